//! Asking before something is taken away.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::bail;
use clap::Args;

use super::output;

/// Leave to go on without asking.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Confirm {
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

impl Confirm {
    /// Says what will be done, and asks for leave on a terminal.
    ///
    /// # Errors
    /// Where leave is refused, or nobody can be asked.
    pub(super) fn ask(self, what: &str) -> anyhow::Result<()> {
        output::message(what);
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            bail!("nothing was done, since nobody can be asked here\nhint: give --yes to go on");
        }
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "Go on? [y/N] ")?;
        stderr.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            bail!("nothing was done");
        }
        Ok(())
    }
}
