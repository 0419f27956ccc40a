//! `sinch-gate man`: the help of every command as man pages.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};

use crate::cli::{Cli, Exit, output};

/// Print the man page, or write one for every command into a folder.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate man --dir man1")]
pub(in crate::cli) struct Man {
    /// The folder for the pages of all commands; it is made if it is not there
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let command = Cli::command();
        if let Some(dir) = self.dir {
            std::fs::create_dir_all(&dir)
                .and_then(|()| clap_mangen::generate_to(command, &dir))
                .with_context(|| format!("cannot write the pages to {}", dir.display()))?;
            output::message(&format!(
                "the pages are in {0}\nhint: read one with `man {0}/sinch-gate.1`",
                dir.display()
            ));
            return Ok(Exit::Done);
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        output::raw(String::from_utf8(page)?.trim_end());
        Ok(Exit::Done)
    }
}
