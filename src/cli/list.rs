//! `sinch-gate list`: block or safelist numbers and prefixes.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::Exit;
use super::output::{self, Format};
use super::place::{Place, TIMEOUT};
use super::policy::Author;
use crate::clock;
use crate::list::{ListEntry, parse_entry, parse_lifetime};
use crate::phone::{NumberType, PhoneNumber};

/// Block or safelist numbers and prefixes.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate list show blocklist --data gate.db")]
pub(super) enum List {
    Add(Add),
    Remove(Remove),
    Show(Show),
}

/// Put numbers or prefixes on a list.
///
/// A number is E.164, such as +46701740605; a prefix ends with a star, such as +99899394*. An entry that is
/// there already is replaced.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate list add blocklist '+99899394*' --reason "pumping" --for 6h \
    --data gate.db"#)]
pub(super) struct Add {
    /// The list, as rules name it
    #[arg(value_parser = list_name)]
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
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list remove blocklist '+99899394*' --data gate.db")]
pub(super) struct Remove {
    /// The list, as rules name it
    #[arg(value_parser = list_name)]
    list: String,
    /// Numbers and prefixes, as they were added
    #[arg(required = true)]
    entries: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Show a list.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list show blocklist --data gate.db --format json")]
pub(super) struct Show {
    /// The list, as rules name it
    #[arg(value_parser = list_name)]
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
        let until = expires_at.map(|at| format!(" until {}", output::time(at))).unwrap_or_default();
        let author = self.author.name();
        let entries = self
            .entries
            .iter()
            .map(|entry| {
                Ok(ListEntry {
                    list: self.list.clone(),
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
            output::message(&format!("{} is on {}{until}", entry.entry, entry.list));
            if PhoneNumber::new(&entry.entry).number_type() == NumberType::Unknown {
                output::message(
                    "  its country hands out no such number; if it is a prefix, end it with a star",
                );
            }
        }
        opened.close().await;
        Ok(Exit::Done)
    }
}

impl Remove {
    async fn run(self) -> anyhow::Result<Exit> {
        let list = self.list;
        let entries = self.entries.iter().map(|entry| parse_entry(entry)).collect::<Result<Vec<_>, _>>()?;
        let opened = self.place.open_existing(TIMEOUT).await?;
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
        let opened = self.place.open_existing(TIMEOUT).await?;
        let entries = opened.store.show_list(&self.list, clock::now()).await?;
        opened.close().await;
        if entries.is_empty() {
            output::message(&format!("nothing is on {}", self.list));
            return Ok(Exit::Done);
        }
        match self.format {
            Format::Json => entries.iter().try_for_each(output::json)?,
            Format::Table => {
                let mut table = output::table(["entry", "until", "reason (author, since)"]);
                for entry in &entries {
                    let until = entry.expires_at.map_or_else(|| "for good".to_owned(), output::time);
                    let reason =
                        format!("{} ({}, {})", entry.reason, entry.author, output::time(entry.added_at));
                    table.add_row([&entry.entry, &until, &reason]);
                }
                output::print(table);
            }
        }
        Ok(Exit::Done)
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
