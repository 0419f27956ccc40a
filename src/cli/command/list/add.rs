//! `sinch-gate list add`: numbers and prefixes, put on a list one by one.

use anyhow::Context as _;
use clap::Args;

use crate::cli::Exit;
use crate::cli::author::Author;
use crate::cli::output;
use crate::cli::place::Place;
use crate::clock;
use crate::list::{ListEntry, parse_entry, parse_lifetime};
use crate::phone::{NumberType, PhoneNumber};
use crate::store::Store;

/// Put numbers or prefixes on a list.
///
/// A number is E.164, such as +46701740605; a prefix ends with a star, such as +99899394*. An entry that is
/// there already is replaced.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate list add blocklist '+99899394*' --reason "pumping" --for 6h \
    --data gate.db"#)]
pub(in crate::cli) struct Add {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
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

impl Add {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = clock::now();
        let lifetime = self.lifetime.as_deref().map(parse_lifetime).transpose().context("--for")?;
        let expires_at = lifetime.map(|lifetime| now.checked_add(lifetime)).transpose().context("--for")?;
        let until = expires_at.map(|at| format!(" until {}", output::time(at))).unwrap_or_default();
        let author = self.author.name(&self.place).await?;
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
        self.place.with_store(async |store| add(store, &entries, &until).await).await?;
        Ok(Exit::Done)
    }
}

async fn add(store: &Store, entries: &[ListEntry], until: &str) -> anyhow::Result<()> {
    for entry in entries {
        store.lists().add(entry).await?;
        output::message(&format!("{} is on {}{until}", entry.entry, entry.list));
        if PhoneNumber::new(&entry.entry).number_type() == NumberType::Unknown {
            output::message("  its country hands out no such number; if it is a prefix, end it with a star");
        }
    }
    Ok(())
}
