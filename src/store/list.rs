//! List entries: numbers and prefixes to block or to let through.
//!
//! An entry's sort key is what it matches: `+46701234567`, or `+99899394*` for a prefix. The lengths of the
//! prefixes in use stand beside the policies (`POLICY#*` / `LISTS`), so that a lookup asks for the exact
//! number and for those lengths only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::attribute::{Item, has_expired, number, number_of, text, text_of};
use super::expression::Placeholders;
use super::key::pair;
use super::{Store, StoreError};
use crate::list::ListEntry;

/// The partition and sort key of the prefix lengths.
pub(super) const LENGTHS_KEY: (&str, &str) = ("POLICY#*", "LISTS");

/// What an attribute of that item begins with, before the list's name.
const LENGTHS_PREFIX: &str = "list#";

/// The attribute of that item that holds the name of every list that was ever added to.
const NAMES: &str = "names";

/// The lengths in digits of the prefixes that each list holds.
pub type PrefixLengths = BTreeMap<String, BTreeSet<u8>>;

/// One question: is this number on this list?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The list's name.
    pub list: String,
    /// The sort keys to ask for: the exact number, and its prefixes of the lengths in use, longest first.
    pub candidates: Vec<String>,
}

impl Lookup {
    /// The question for a number, given the prefix lengths in use. A number that is not E.164 is on no list,
    /// since no entry can name it.
    #[must_use]
    pub fn new(list: &str, number: &crate::phone::PhoneNumber, lengths: &PrefixLengths) -> Self {
        let mut candidates = Vec::new();
        if let Some(digits) = number.digits() {
            candidates.push(number.as_str().to_owned());
            let lengths = lengths.get(list).into_iter().flatten().rev();
            let prefixes = lengths.filter_map(|length| digits.get(..usize::from(*length)));
            candidates.extend(prefixes.map(|prefix| format!("+{prefix}*")));
        }
        Self { list: list.to_owned(), candidates }
    }
}

impl Store {
    /// Answers several lookups in one trip: for each, the entry that matches best, if any.
    ///
    /// # Errors
    /// Where the store fails for any of them.
    pub async fn find_listed(
        &self,
        lookups: &[Lookup],
        now: Timestamp,
    ) -> Result<Vec<Option<ListEntry>>, StoreError> {
        let keys: Vec<(String, String)> = keys_of(lookups).into_iter().collect();
        best_matches(lookups, &self.get_batch(&keys).await?, now)
    }

    /// Puts an entry on a list, in the place of an equal one. A prefix is usable by every function within
    /// the time it keeps policies, since its length must be known first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn add_listed(&self, entry: &ListEntry) -> Result<(), StoreError> {
        self.announce(&entry.list, prefix_length(entry)).await?;
        self.client.put_item().table_name(&self.table).set_item(Some(write(entry))).send().await?;
        Ok(())
    }

    /// The entries of a list that have not expired, in the order of what they match.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn show_list(&self, list: &str, now: Timestamp) -> Result<Vec<ListEntry>, StoreError> {
        let items = self.query_partition(&partition(list)).await?;
        items.iter().filter(|item| !has_expired(item, now)).map(read).collect()
    }

    /// The names of the lists that were ever added to.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn list_names(&self) -> Result<BTreeSet<String>, StoreError> {
        let key = [(LENGTHS_KEY.0.to_owned(), LENGTHS_KEY.1.to_owned())];
        let items = self.get_batch(&key).await?;
        let names = items.iter().filter_map(|item| item.get(NAMES)?.as_ss().ok()).flatten();
        Ok(names.cloned().collect())
    }

    /// Makes a list known, and the lengths in digits of the prefixes that are about to be on it.
    pub(super) async fn announce(
        &self,
        list: &str,
        lengths: impl IntoIterator<Item = usize>,
    ) -> Result<(), StoreError> {
        let mut p = Placeholders::default();
        let (names, name) = (p.name(NAMES), p.value(AttributeValue::Ss(vec![list.to_owned()])));
        let mut added = vec![format!("{names} {name}")];
        let lengths: Vec<String> = lengths.into_iter().map(|length| length.to_string()).collect();
        // DynamoDB has no empty sets.
        if !lengths.is_empty() {
            let (name, value) =
                (p.name(&format!("{LENGTHS_PREFIX}{list}")), p.value(AttributeValue::Ns(lengths)));
            added.push(format!("{name} {value}"));
        }
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(pair(LENGTHS_KEY.0, LENGTHS_KEY.1)))
            .update_expression(format!("ADD {}", added.join(", ")))
            .set_expression_attribute_names(p.names())
            .set_expression_attribute_values(p.values())
            .send()
            .await?;
        Ok(())
    }

    /// Every item of a partition, in the order of the sort key.
    pub(super) async fn query_partition(&self, pk: &str) -> Result<Vec<Item>, StoreError> {
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        Ok(pages.collect::<Result<Vec<Item>, _>>().await?)
    }
}

/// The keys of every entry that could match.
pub(super) fn keys_of(lookups: &[Lookup]) -> BTreeSet<(String, String)> {
    lookups
        .iter()
        .flat_map(|lookup| lookup.candidates.iter().map(|entry| (partition(&lookup.list), entry.clone())))
        .collect()
}

/// For each lookup the entry among these items that matches best, if any.
pub(super) fn best_matches(
    lookups: &[Lookup],
    items: &[Item],
    now: Timestamp,
) -> Result<Vec<Option<ListEntry>>, StoreError> {
    let mut found = HashMap::new();
    for item in items.iter().filter(|item| is_entry(item) && !has_expired(item, now)) {
        let entry = read(item)?;
        found.insert((entry.list.clone(), entry.entry.clone()), entry);
    }
    let best = |lookup: &Lookup| {
        lookup.candidates.iter().find_map(|entry| found.get(&(lookup.list.clone(), entry.clone())).cloned())
    };
    Ok(lookups.iter().map(best).collect())
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

/// What the partition key of a list begins with.
const PARTITION: &str = "LIST#";

pub(super) fn partition(list: &str) -> String {
    format!("{PARTITION}{list}")
}

fn is_entry(item: &Item) -> bool {
    text_of(item, "pk").is_ok_and(|pk| pk.starts_with(PARTITION))
}

/// The length in digits of an entry that is a prefix.
pub(super) fn prefix_length(entry: &ListEntry) -> Option<usize> {
    let digits = entry.entry.strip_prefix('+')?.strip_suffix('*')?;
    Some(digits.len())
}

pub(super) fn write(entry: &ListEntry) -> Item {
    let mut item = pair(&partition(&entry.list), &entry.entry);
    item.insert("reason".to_owned(), text(&entry.reason));
    item.insert("author".to_owned(), text(&entry.author));
    item.insert("added_at".to_owned(), number(entry.added_at.as_second()));
    if let Some(at) = entry.expires_at {
        item.insert("expires_at".to_owned(), number(at.as_second()));
    }
    item
}

pub(super) fn read(item: &Item) -> Result<ListEntry, StoreError> {
    let (pk, sk) = (text_of(item, "pk").unwrap_or_default(), text_of(item, "sk").unwrap_or_default());
    let unreadable =
        |problem| StoreError::Unreadable { pk: pk.to_owned(), sk: "(entry)".to_owned(), problem };
    let moment = |name| {
        let seconds = number_of(item, name)?;
        Timestamp::from_second(seconds).map_err(|_| format!("`{name}` is out of range"))
    };
    Ok(ListEntry {
        list: pk.strip_prefix(PARTITION).unwrap_or(pk).to_owned(),
        entry: sk.to_owned(),
        reason: text_of(item, "reason").map_err(unreadable)?.to_owned(),
        author: text_of(item, "author").map_err(unreadable)?.to_owned(),
        added_at: moment("added_at").map_err(unreadable)?,
        expires_at: item
            .contains_key("expires_at")
            .then(|| moment("expires_at"))
            .transpose()
            .map_err(unreadable)?,
    })
}
