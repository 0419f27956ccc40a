//! Asking before something is done that others will feel.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, bail};
use clap::Args;

/// What is said where the answer was no.
pub(super) const NOTHING_DONE: &str = "nothing was changed";

/// Whether to ask at all.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Assent {
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

impl Assent {
    /// Whether the user wants what was just described.
    ///
    /// # Errors
    /// Where nobody can be asked.
    pub(super) fn given_for(self, question: &str) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            bail!("nobody can be asked here; if that is what you want, give --yes");
        }
        let _ = write!(std::io::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}
