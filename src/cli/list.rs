//! `sinch-gate list`: block or safelist numbers and prefixes.

mod add;
mod remove;
mod show;

use anyhow::bail;
use clap::Subcommand;

use super::Exit;

/// Block or safelist numbers and prefixes.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate list show blocklist --data gate.db")]
pub(super) enum List {
    Add(add::Add),
    Remove(remove::Remove),
    Show(show::Show),
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Remove(remove) => remove.run().await,
            Self::Show(show) => show.run().await,
        }
    }
}

/// A list's name, as policies spell it.
fn list_name(name: &str) -> anyhow::Result<String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(fits) {
        bail!(
            "a list's name is made of at most 40 lower-case letters, digits and hyphens, as in a rule's `list`"
        );
    }
    Ok(name.to_owned())
}
