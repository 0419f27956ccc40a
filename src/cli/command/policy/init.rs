//! `policy init`: a policy to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::Exit;
use crate::cli::output;
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
        let mut made = match OpenOptions::new().write(true).create_new(true).open(&self.file) {
            Ok(made) => made,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("{file} exists and stays as it is; name another file, or move it away")
            }
            Err(error) => return Err(error).with_context(|| format!("cannot make {file}")),
        };
        made.write_all(Policy::starter_source().as_bytes())
            .with_context(|| format!("cannot write {file}"))?;
        output::message(&format!(
            "{file} is written: set your markets in it, then `sinch-gate policy check {file}`"
        ));
        Ok(Exit::Done)
    }
}
