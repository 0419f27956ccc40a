//! `sinch-gate list`: block or safelist numbers and prefixes.

mod add;
mod export;
mod import;
mod remove;
mod show;

use anyhow::bail;
use clap::Subcommand;
use jiff::Timestamp;

use crate::cli::Exit;
use crate::list::ListEntry;
use crate::policy::{ListName, NameError, Policy, Question};
use crate::signature::AppScope;
use crate::store::Store;
use crate::suggest::did_you_mean;

/// Block or safelist numbers and prefixes.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate list show blocklist --data gate.db")]
pub(in crate::cli) enum List {
    Add(add::Add),
    Remove(remove::Remove),
    Show(show::Show),
    Import(import::Import),
    Export(export::Export),
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Remove(remove) => remove.run().await,
            Self::Show(show) => show.run().await,
            Self::Import(import) => import.run().await,
            Self::Export(export) => export.run().await,
        }
    }
}

/// Gives what is on a list to `take`, page by page; says how many entries there are.
///
/// # Errors
/// Where there is no such list, since nothing was ever put on it and no rule names it, or the store or `take`
/// fails.
async fn each_page(
    store: &Store,
    list: &str,
    now: Timestamp,
    mut take: impl FnMut(&[ListEntry]) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let mut pages = store.lists().entries(list, now);
    let mut n_entries = 0;
    while let Some(entries) = pages.next().await? {
        n_entries += entries.len();
        take(&entries)?;
    }
    if n_entries == 0 {
        must_exist(store, list).await?;
    }
    Ok(n_entries)
}

/// Makes sure that a list is known, so that a misspelt name is not taken for an empty list.
///
/// # Errors
/// Where nothing was ever put on it, and no rule of the policy for all applications names it.
async fn must_exist(store: &Store, list: &str) -> anyhow::Result<()> {
    let mut names = store.lists().names().await?;
    let stored = store.policies().load(&[]).await?;
    let active = stored.active.get(&AppScope::All).and_then(|active| Policy::compile(&active.source).ok());
    let policy = active.map_or_else(Policy::starter, |compiled| compiled.policy);
    names.extend(policy.rules().iter().filter_map(|rule| match &rule.question {
        Question::List(name) => Some(name.to_string()),
        Question::Nothing | Question::Quota(_) => None,
    }));
    if names.contains(list) {
        return Ok(());
    }
    let help = did_you_mean(list, names.iter().map(String::as_str)).unwrap_or_default();
    bail!("there is no list `{list}`: nothing was ever put on it, and no rule names it; {help}");
}

/// A list's name, as policies spell it.
fn list_name(name: &str) -> Result<String, NameError> {
    name.parse().map(|name: ListName| name.to_string())
}
