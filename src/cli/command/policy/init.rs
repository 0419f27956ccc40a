//! `policy init`: a policy to begin with.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::cli::{Exit, new_file, output};
use crate::policy::Policy;

/// Write a policy to begin with, explained line by line.
///
/// It is the one in force until you apply another. A file that exists is never overwritten.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy init my-policy.toml")]
pub(in crate::cli) struct Init {
    /// The file to write
    #[arg(default_value = "policy.toml")]
    file: PathBuf,
}

impl Init {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let file = self.file.display();
        let mut made = new_file::make(&self.file)?;
        made.write_all(Policy::starter_source().as_bytes())
            .with_context(|| format!("cannot write {file}"))?;
        output::message(&format!(
            "{file} is written: set your markets in it, then `sinch-gate policy check {file}`"
        ));
        Ok(Exit::Done)
    }
}
