//! List entries: numbers and prefixes to block or to let through.
//!
//! An entry's sort key is what it matches: `+46701234567`, or `+99899394*` for a prefix. The lengths of the
//! prefixes in use stand beside the policies (`POLICY#*` / `LISTS`), so that a lookup asks for the exact
//! number and for those lengths only.

#[cfg(feature = "cli")]
mod batch;
#[cfg(feature = "cli")]
mod change;
#[cfg(feature = "cli")]
mod entries;
mod lookup;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

#[cfg(feature = "cli")]
pub use entries::Entries;
pub use lookup::{Lookup, PrefixLengths};
pub(super) use lookup::{best_matches, keys_of};

use super::attribute::{EXPIRY, Item, number, number_of, text, text_of};
use super::expression::Update;
use super::form;
use super::key::{ItemKey, list_of_partition};
use super::{StoreError, Table};
use crate::list::ListEntry;

/// What an attribute of the item of all lists begins with, before the list's name.
const LENGTHS_PREFIX: &str = "list#";

/// The attribute of that item that holds the name of every list that was ever added to.
const NAMES: &str = "names";

/// The lists in a table.
#[derive(Clone, Copy, Debug)]
pub struct ListItems<'a> {
    table: &'a Table,
}

impl<'a> ListItems<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self { table }
    }

    /// Answers several lookups in one trip: for each, the entry that matches best, if any.
    ///
    /// # Errors
    /// Where the store fails for any of them.
    pub async fn find(
        self,
        lookups: &[Lookup],
        now: Timestamp,
    ) -> Result<Vec<Option<ListEntry>>, StoreError> {
        let keys: Vec<ItemKey> = keys_of(lookups).into_iter().collect();
        best_matches(lookups, &self.table.get_batch(&keys).await?, now)
    }

    /// Puts an entry on a list, in the place of an equal one. A prefix is usable by every function within
    /// the time it keeps policies, since its length must be known first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn add(self, entry: &ListEntry) -> Result<(), StoreError> {
        self.announce(&entry.list, prefix_length(entry)).await?;
        self.table.put(write(entry)).await
    }

    /// The names of the lists that were ever added to.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn names(self) -> Result<BTreeSet<String>, StoreError> {
        let items = self.table.get_batch(&[ItemKey::of_lists()]).await?;
        let names = items.iter().filter_map(|item| item.get(NAMES)?.as_ss().ok()).flatten();
        Ok(names.cloned().collect())
    }

    /// Makes a list known, and the lengths in digits of the prefixes that are about to be on it.
    async fn announce(self, list: &str, lengths: impl IntoIterator<Item = usize>) -> Result<(), StoreError> {
        let mut update = Update::default();
        update.add(NAMES, form::texts([list].iter()));
        let lengths: Vec<String> = lengths.into_iter().map(|length| length.to_string()).collect();
        // DynamoDB has no empty sets.
        if !lengths.is_empty() {
            update.add(&format!("{LENGTHS_PREFIX}{list}"), form::numbers(lengths.iter()));
        }
        self.table.update(&ItemKey::of_lists(), update).send().await.map(|_| ())
    }
}

/// Reads the prefix lengths from their item.
pub(super) fn read_lengths(item: &Item) -> PrefixLengths {
    let lengths = |value: &AttributeValue| {
        let texts = value.as_ns().ok()?;
        Some(texts.iter().filter_map(|text| text.parse().ok()).collect())
    };
    item.iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(LENGTHS_PREFIX)?.to_owned(), lengths(value)?)))
        .collect()
}

/// The length in digits of an entry that is a prefix.
fn prefix_length(entry: &ListEntry) -> Option<usize> {
    let digits = entry.entry.strip_prefix('+')?.strip_suffix('*')?;
    Some(digits.len())
}

fn write(entry: &ListEntry) -> Item {
    let mut item = ItemKey::of_list_entry(&entry.list, &entry.entry).attributes();
    item.insert("reason".to_owned(), text(&entry.reason));
    item.insert("author".to_owned(), text(&entry.author));
    item.insert("added_at".to_owned(), number(entry.added_at.as_second()));
    if let Some(at) = entry.expires_at {
        item.insert(EXPIRY.to_owned(), number(at.as_second()));
    }
    item
}

fn read(item: &Item) -> Result<ListEntry, StoreError> {
    let key = ItemKey::of(item);
    let unreadable = |problem| StoreError::unreadable(&key, problem);
    let moment = |name| {
        let seconds = number_of(item, name)?;
        Timestamp::from_second(seconds).map_err(|_| format!("`{name}` is out of range"))
    };
    Ok(ListEntry {
        list: list_of_partition(&key.pk).unwrap_or(&key.pk).to_owned(),
        entry: key.sk.clone(),
        reason: text_of(item, "reason").map_err(unreadable)?.to_owned(),
        author: text_of(item, "author").map_err(unreadable)?.to_owned(),
        added_at: moment("added_at").map_err(unreadable)?,
        expires_at: item.contains_key(EXPIRY).then(|| moment(EXPIRY)).transpose().map_err(unreadable)?,
    })
}
