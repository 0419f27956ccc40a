//! `sinch-gate list`: block or safelist numbers and prefixes.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::Exit;
use super::output::{self, Format};
use super::place::Place;
use super::policy::Author;
use crate::clock;
use crate::list::{ListEntry, parse_entry, parse_lifetime};

/// How long the tool waits for the table.
const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, Subcommand)]
pub(super) enum List {
    /// Put numbers or prefixes on a list
    Add(Add),
    /// Take numbers or prefixes off a list
    Remove(Remove),
    /// Show a list
    Show(Show),
}

/// Put numbers or prefixes on a list.
///
/// A number is E.164, such as +46701740605; a prefix ends with a star, such as +99899394*. An entry that is
/// there already is replaced.
///
/// Example:
///   sinch-gate list add blocklist '+99899394*' --reason "pumping" --for 6h --data gate.db
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Add {
    /// The list, as rules name it
    list: String,
    /// Numbers and prefixes
    #[arg(required = true)]
    entries: Vec<String>,
    /// Why
    #[arg(long)]
    reason: String,
    /// For how long, such as 30m, 6h or 7d; for good if not given
    #[arg(long = "for", value_name = "TIME")]
    lifetime: Option<String>,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
}

/// Take numbers or prefixes off a list.
///
/// Exit code 2 means that one of them was not on it.
///
/// Example:
///   sinch-gate list remove blocklist '+99899394*' --data gate.db
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Remove {
    /// The list
    list: String,
    /// Numbers and prefixes, as they were added
    #[arg(required = true)]
    entries: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Show a list.
///
/// Example:
///   sinch-gate list show blocklist --data gate.db --format json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Show {
    /// The list
    list: String,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
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

impl Add {
    async fn run(self) -> anyhow::Result<Exit> {
        let now = clock::now();
        let lifetime = self.lifetime.as_deref().map(parse_lifetime).transpose().context("--for")?;
        let expires_at = lifetime.map(|lifetime| now.checked_add(lifetime)).transpose().context("--for")?;
        let author = self.author.name();
        let entries = self
            .entries
            .iter()
            .map(|entry| {
                Ok(ListEntry {
                    list: list_name(&self.list)?,
                    entry: parse_entry(entry)?,
                    reason: self.reason.clone(),
                    author: author.clone(),
                    added_at: now,
                    expires_at,
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let opened = self.place.open(TIMEOUT).await?;
        for entry in &entries {
            opened.store.add_listed(entry).await?;
            output::message(&format!("{} is on {}", entry.entry, entry.list));
        }
        opened.close().await;
        Ok(Exit::Done)
    }
}

impl Remove {
    async fn run(self) -> anyhow::Result<Exit> {
        let list = list_name(&self.list)?;
        let entries = self.entries.iter().map(|entry| parse_entry(entry)).collect::<Result<Vec<_>, _>>()?;
        let opened = self.place.open(TIMEOUT).await?;
        let mut exit = Exit::Done;
        for entry in &entries {
            if opened.store.remove_listed(&list, entry).await? {
                output::message(&format!("{entry} is off {list}"));
            } else {
                output::message(&format!(
                    "{entry} was not on {list}; `sinch-gate list show {list}` tells what is"
                ));
                exit = Exit::Found;
            }
        }
        opened.close().await;
        Ok(exit)
    }
}

impl Show {
    async fn run(self) -> anyhow::Result<Exit> {
        let opened = self.place.open(TIMEOUT).await?;
        let entries = opened.store.show_list(&list_name(&self.list)?, clock::now()).await?;
        match self.format {
            Format::Json => entries.iter().try_for_each(output::json)?,
            Format::Table => {
                let mut table = output::table(["entry", "until", "reason", "author", "added"]);
                for entry in &entries {
                    let until = entry.expires_at.map_or_else(|| "for good".to_owned(), |at| at.to_string());
                    let added = format!("{:.0}", entry.added_at);
                    table.add_row([&entry.entry, &until, &entry.reason, &entry.author, &added]);
                }
                output::line(&table.to_string());
            }
        }
        opened.close().await;
        Ok(Exit::Done)
    }
}

/// A list's name, as policies spell it.
fn list_name(name: &str) -> anyhow::Result<String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(fits) {
        bail!(
            "`{name}` is no list name: at most 40 lower-case letters, digits and hyphens, as in a rule's `list`"
        );
    }
    Ok(name.to_owned())
}
