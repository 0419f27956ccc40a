//! Changes of lists, each with a history from which it can be undone.
//!
//! The history is written before the list. So whatever is cut off in between, how the entries stood before is
//! never lost: at worst the history has a change that took effect in part, and says that it is not finished.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;

use super::batch::{Write, write_all};
use super::{ListItems, prefix_length, write};
use crate::list::{ChangeId, ChangeKind, EntryChange, Kept, ListChange};
use crate::store::StoreError;
use crate::store::attribute::{EXPIRY, Item, from_json, has_expired, number, text, text_of, to_json};
use crate::store::key::{ItemKey, OF_CHANGE, of_entries_before, partition_of_changes, partition_of_list};

/// How long a change is remembered: as long as records are, if nobody says otherwise.
const REMEMBERED: Duration = Duration::from_secs(90 * 86_400);

/// How many changes are looked into at the same time.
const IN_FLIGHT: usize = 8;

/// The attribute of an entry that names the change which put it there.
const CHANGE: &str = "change";

impl ListItems<'_> {
    /// Makes a change, no two parts of which are about the same entry: first its history is written, then the
    /// list, and last that it is finished. `written` is called with the number of entries that have just been
    /// written.
    ///
    /// # Errors
    /// Where the store fails. What was written before stays.
    pub async fn change(
        self,
        change: &ListChange,
        changes: &[EntryChange],
        written: impl Fn(usize),
    ) -> Result<(), StoreError> {
        let notes = changes.iter().filter(|one| change.kind != ChangeKind::Import || one.before.is_some());
        let notes: Vec<Write> = notes.map(|one| Write::Put(note(change, one))).collect();
        self.put_header(change).await?;
        write_all(self.table, &notes, |_| ()).await?;
        let after = changes.iter().filter_map(|one| one.after.as_ref());
        let lengths: BTreeSet<usize> = after.clone().filter_map(|kept| prefix_length(&kept.entry)).collect();
        if after.count() > 0 {
            // Before the entries, so that none is ever on the list unseen.
            self.announce(&change.list, lengths).await?;
        }
        let writes: Vec<Write> = changes.iter().map(|one| write_of(&change.list, one)).collect();
        write_all(self.table, &writes, written).await?;
        self.put_header(&ListChange { is_finished: true, ..change.clone() }).await
    }

    /// Notes in the history that a change was undone by another one.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn mark_undone(self, change: ListChange, by: &ChangeId) -> Result<(), StoreError> {
        self.put_header(&ListChange { undone_by: Some(by.clone()), ..change }).await
    }

    async fn put_header(self, change: &ListChange) -> Result<(), StoreError> {
        let content =
            serde_json::to_value(change).map_err(|error| StoreError::Unwritable(error.to_string()))?;
        let mut item = ItemKey::of_list_change(&change.list, change.id.as_str()).attributes();
        item.insert("content".to_owned(), from_json(content));
        item.extend(expiry(change));
        write_all(self.table, &[Write::Put(item)], |_| ()).await
    }

    /// The changes of a list, newest first, `most` at most.
    ///
    /// # Errors
    /// Where the store fails, or a change cannot be read.
    pub async fn changes(
        self,
        list: &str,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<ListChange>, StoreError> {
        let request = self.table.beginning_with(&partition_of_changes(list), OF_CHANGE);
        let newest_first = request.scan_index_forward(false);
        let mut items = newest_first.into_paginator().page_size(100).items().send();
        let mut changes = Vec::new();
        while changes.len() < most
            && let Some(item) = items.next().await.transpose()?
        {
            if !has_expired(&item, now) {
                changes.push(read_header(&item)?);
            }
        }
        Ok(changes)
    }

    /// How entries stood before a change, as it noted, `most` of them at most.
    ///
    /// # Errors
    /// Where the store fails, or a note cannot be read.
    pub async fn before(
        self,
        list: &str,
        change: &ChangeId,
        most: usize,
    ) -> Result<BTreeMap<String, Option<Kept>>, StoreError> {
        let notes = of_entries_before(change.as_str());
        let request = self.table.beginning_with(&partition_of_changes(list), &notes);
        let page = i32::try_from(most).ok();
        let mut items = request.set_limit(page).into_paginator().items().send();
        let mut before = BTreeMap::new();
        while before.len() < most
            && let Some(item) = items.next().await.transpose()?
        {
            let (entry, kept) = read_note(list, &item)?;
            before.insert(entry, kept);
        }
        Ok(before)
    }

    /// How one entry stood before each of these changes that noted it.
    ///
    /// # Errors
    /// Where the store fails, or a note cannot be read.
    pub async fn entry_before(
        self,
        list: &str,
        entry: &str,
        changes: &[ListChange],
    ) -> Result<BTreeMap<ChangeId, Option<Kept>>, StoreError> {
        let notes = stream::iter(changes).map(async |change| {
            let key = ItemKey::of_entry_before(list, change.id.as_str(), entry);
            let Some(item) = self.table.get(&key).await? else { return Ok::<_, StoreError>(None) };
            Ok(Some((change.id.clone(), read_note(list, &item)?.1)))
        });
        let notes: Vec<Option<_>> = notes.buffer_unordered(IN_FLIGHT).try_collect().await?;
        Ok(notes.into_iter().flatten().collect())
    }

    /// How these entries stand now, as every write has left them that was acknowledged before.
    ///
    /// # Errors
    /// Where the store fails, or an entry cannot be read.
    pub async fn kept(
        self,
        list: &str,
        entries: impl IntoIterator<Item = &str>,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Kept>, StoreError> {
        let keys: BTreeSet<ItemKey> =
            entries.into_iter().map(|entry| ItemKey::of_list_entry(list, entry)).collect();
        let keys: Vec<ItemKey> = keys.into_iter().collect();
        by_entry(&self.table.get_latest(&keys).await?, now)
    }

    /// All that is on a list now, with the change that put it there.
    ///
    /// # Errors
    /// Where the store fails, or an entry cannot be read.
    pub async fn all_kept(self, list: &str, now: Timestamp) -> Result<BTreeMap<String, Kept>, StoreError> {
        by_entry(&self.table.query(&partition_of_list(list)).await?, now)
    }
}

fn by_entry(items: &[Item], now: Timestamp) -> Result<BTreeMap<String, Kept>, StoreError> {
    let read = |item: &Item| read_kept(item).map(|kept| (kept.entry.entry.clone(), kept));
    items.iter().filter(|item| !has_expired(item, now)).map(read).collect()
}

fn read_kept(item: &Item) -> Result<Kept, StoreError> {
    Ok(Kept { entry: super::read(item)?, change: text_of(item, CHANGE).ok().map(ChangeId::from) })
}

fn write_of(list: &str, change: &EntryChange) -> Write {
    match &change.after {
        Some(kept) => Write::Put(write_kept(kept)),
        None => Write::Delete(ItemKey::of_list_entry(list, &change.entry)),
    }
}

fn write_kept(kept: &Kept) -> Item {
    let mut item = write(&kept.entry);
    item.extend(kept.change.as_ref().map(|change| (CHANGE.to_owned(), text(change.as_str()))));
    item
}

/// How an entry stood before a change.
fn note(change: &ListChange, one: &EntryChange) -> Item {
    let mut item = ItemKey::of_entry_before(&change.list, change.id.as_str(), &one.entry).attributes();
    item.insert("entry".to_owned(), text(&one.entry));
    if let Some(kept) = &one.before {
        let mut before = write_kept(kept);
        before.retain(|name, _| !matches!(name.as_str(), "pk" | "sk"));
        item.insert("before".to_owned(), AttributeValue::M(before));
    }
    item.extend(expiry(change));
    item
}

fn read_note(list: &str, item: &Item) -> Result<(String, Option<Kept>), StoreError> {
    let unreadable = |problem| StoreError::unreadable(&ItemKey::of(item), problem);
    let entry = text_of(item, "entry").map_err(unreadable)?.to_owned();
    let before = item.get("before").and_then(|before| before.as_m().ok());
    let kept = before.map(|before| {
        let mut whole = ItemKey::of_list_entry(list, &entry).attributes();
        whole.extend(before.clone());
        read_kept(&whole)
    });
    Ok((entry, kept.transpose()?))
}

fn read_header(item: &Item) -> Result<ListChange, StoreError> {
    let content = item.get("content").map(to_json).unwrap_or_default();
    serde_json::from_value(content)
        .map_err(|error| StoreError::unreadable(&ItemKey::of(item), error.to_string()))
}

fn expiry(change: &ListChange) -> Option<(String, AttributeValue)> {
    let at = change.changed_at.checked_add(REMEMBERED).ok()?;
    Some((EXPIRY.to_owned(), number(at.as_second())))
}
