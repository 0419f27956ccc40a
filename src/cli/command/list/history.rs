//! `sinch-gate list history`: who changed a list, when, why, and what was there before.

use std::collections::BTreeMap;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use serde::Serialize;

use super::report;
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::clock;
use crate::list::{ChangeId, Kept, ListChange, ListEntry};
use crate::store::{Store, StoreError};

/// How many entries of a change are named.
const MOST_NAMED: usize = 3;

/// How many changes are looked into at the same time.
const IN_FLIGHT: usize = 8;

/// Show who changed a list, when and why, and what was there before.
///
/// The changes of the last 90 days are known. With an entry only its own changes are shown, each with how it
/// stood before.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list history blocklist '+99899394*' --data gate.db")]
pub(in crate::cli) struct History {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    /// A number or prefix, as it was added
    entry: Option<String>,
    /// How many changes to look at, the newest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    last: usize,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A change, and how entries stood before it, as one line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    change: &'a ListChange,
    /// Some of its entries, or the one that was asked for.
    entries: Vec<Earlier<'a>>,
}

/// An entry, and how it stood before a change; it was not on the list where that is absent.
#[derive(Serialize)]
struct Earlier<'a> {
    entry: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a ListEntry>,
}

type Before = BTreeMap<String, Option<Kept>>;

impl<'a> Earlier<'a> {
    fn of(before: &'a Before) -> Vec<Self> {
        let of = |(entry, kept): (&'a String, &'a Option<Kept>)| Self {
            entry,
            before: kept.as_ref().map(|kept| &kept.entry),
        };
        before.iter().map(of).collect()
    }
}

impl History {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = clock::now();
        let entry = match &self.entry {
            Some(text) => super::read_entries(std::slice::from_ref(text), None)?.pop_first(),
            None => None,
        };
        let read = async |store: &Store| self.read(store, entry.as_deref(), now).await;
        let changes = self.place.with_existing_store(read).await?;
        match self.format {
            Format::Json => changes.iter().try_for_each(|(change, before)| {
                output::json(&Line { change, entries: Earlier::of(before) })
            })?,
            Format::Table if changes.is_empty() => {
                let of = entry.map(|entry| format!("{entry} on ")).unwrap_or_default();
                output::message(&format!("no change of {of}{} is known of the last 90 days", self.list));
            }
            Format::Table => print(&changes),
        }
        Ok(Exit::Done)
    }

    async fn read(
        &self,
        store: &Store,
        entry: Option<&str>,
        now: Timestamp,
    ) -> anyhow::Result<Vec<(ListChange, Before)>> {
        let changes = store.lists().changes(&self.list, self.last, now).await?;
        if changes.is_empty() {
            super::must_exist(store, &self.list).await?;
        }
        let Some(entry) = entry else { return Ok(self.with_some_entries(store, changes).await?) };
        let mut before = store.lists().entry_before(&self.list, entry, &changes).await?;
        // An import notes only what it replaced; which one put an entry there, the entry says itself.
        let there = store.lists().kept(&self.list, [entry], now).await?;
        let noted = before.values().flatten().chain(there.values()).filter_map(|kept| kept.change.clone());
        let put_by: Vec<ChangeId> = noted.collect();
        let is_about = |change: &ListChange| before.contains_key(&change.id) || put_by.contains(&change.id);
        let about: Vec<ListChange> = changes.into_iter().filter(is_about).collect();
        let with = |change: ListChange| {
            let kept = before.remove(&change.id).flatten();
            (change, Before::from([(entry.to_owned(), kept)]))
        };
        Ok(about.into_iter().map(with).collect())
    }

    async fn with_some_entries(
        &self,
        store: &Store,
        changes: Vec<ListChange>,
    ) -> Result<Vec<(ListChange, Before)>, StoreError> {
        let reads = stream::iter(changes).map(async |change| {
            let before = store.lists().before(&self.list, &change.id, MOST_NAMED).await?;
            Ok((change, before))
        });
        reads.buffered(IN_FLIGHT).try_collect().await
    }
}

fn print(changes: &[(ListChange, Before)]) {
    let mut table = output::table(["when", "by", "what"]);
    for (change, before) in changes {
        let at = output::time(change.changed_at);
        table.add_row([at, change.changed_by.clone(), what(change, before)]);
    }
    output::print(table);
}

fn what(change: &ListChange, before: &Before) -> String {
    let mut parts = vec![report::what_in_words(change)];
    parts.extend(before.iter().map(|(entry, kept)| match kept {
        Some(kept) => format!("{entry} was there {}", report::in_words(&kept.entry)),
        None => format!("{entry} is new"),
    }));
    parts.join("; ")
}
