//! `sinch-gate list`: block or safelist numbers and prefixes, see who did so, and undo it.

mod add;
mod anyway;
mod confirmed;
mod export;
mod history;
mod import;
mod lately;
mod ls;
mod remove;
mod report;
mod show;
mod stakes;
mod undo;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use jiff::Timestamp;

use crate::cli::asked_lists::AskedLists;
use crate::cli::{Exit, input};
use crate::list::{ListEntry, parse_lifetime, read_entry};
use crate::phone::{Country, propose};
use crate::policy::{ListName, NameError};
use crate::store::Store;
use crate::suggest::did_you_mean;

/// Block or safelist numbers and prefixes.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate list show blocklist --data gate.db")]
pub(in crate::cli) enum List {
    Add(add::Add),
    Remove(remove::Remove),
    Show(show::Show),
    Ls(ls::Ls),
    Import(import::Import),
    Export(export::Export),
    History(history::History),
    Undo(undo::Undo),
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Remove(remove) => remove.run().await,
            Self::Show(show) => show.run().await,
            Self::Ls(ls) => ls.run().await,
            Self::Import(import) => import.run().await,
            Self::Export(export) => export.run().await,
            Self::History(history) => history.run().await,
            Self::Undo(undo) => undo.run().await,
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
/// Where nothing was ever put on it, and no rule in force names it.
async fn must_exist(store: &Store, list: &str) -> anyhow::Result<()> {
    let mut names = store.lists().names().await?;
    names.extend(AskedLists::load(store).await?.named().map(str::to_owned));
    if names.contains(list) {
        return Ok(());
    }
    let help = did_you_mean(list, names.iter().map(String::as_str));
    let help = help.map(|help| format!("\nhint: {help}")).unwrap_or_default();
    bail!("there is no list `{list}`: nothing was ever put on it, and no rule names it{help}");
}

/// A list's name, as policies spell it.
pub(in crate::cli) fn list_name(name: &str) -> Result<String, NameError> {
    name.parse().map(|name: ListName| name.to_string())
}

/// When an entry ends that is to live for what `--for` says; `None` where it stays for good.
///
/// # Errors
/// Where that is not a lifetime.
fn expires_at(lifetime: Option<&str>, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let lifetime = lifetime.map(parse_lifetime).transpose().context("--for")?;
    lifetime.map(|lifetime| now.checked_add(lifetime)).transpose().context("--for")
}

/// Entries as arguments have them, each once.
///
/// # Errors
/// Where any of them is neither a number nor a prefix; all of those are reported.
fn read_entries(texts: &[String], country: Option<Country>) -> anyhow::Result<BTreeSet<String>> {
    let mut mistakes = Vec::new();
    let mut entries = BTreeSet::new();
    for text in texts {
        match read_entry(text, country) {
            Ok(entry) => _ = entries.insert(entry),
            Err(error) => {
                let hint = propose(text, country).map(|meant| format!("\nhint: {meant}")).unwrap_or_default();
                mistakes.push(format!("{error}{hint}"));
            }
        }
    }
    if !mistakes.is_empty() {
        bail!("{}", mistakes.join("\n"));
    }
    Ok(entries)
}

/// The text of a file, or of standard input.
pub(in crate::cli) fn read_text(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let name = input::name(file);
    std::io::Read::read_to_end(&mut input::open(file)?, &mut bytes)
        .with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8 text; export it as CSV in UTF-8"))
}

/// A file of entries, as an argument.
type FileArgument = PathBuf;
