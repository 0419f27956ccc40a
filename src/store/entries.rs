//! The entries of a list, page by page, since a list may be longer than anybody wants to hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::attribute::{has_expired, text};
use super::list::{partition, read};
use super::{Store, StoreError};
use crate::list::ListEntry;

/// Reads a list in the order of what its entries match.
#[derive(Debug)]
pub struct Entries<'a> {
    store: &'a Store,
    pk: String,
    now: Timestamp,
    /// Where the next page begins, once one was read.
    after: Option<HashMap<String, AttributeValue>>,
    /// Whether the last page was read.
    is_read: bool,
}

impl Store {
    /// The entries of a list that have not expired.
    #[must_use]
    pub fn entries_of(&self, list: &str, now: Timestamp) -> Entries<'_> {
        Entries { store: self, pk: partition(list), now, after: None, is_read: false }
    }
}

impl Entries<'_> {
    /// The next entries, some at a time, or none where the list ends.
    ///
    /// # Errors
    /// Where the store fails, or an entry cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<ListEntry>>, StoreError> {
        while !self.is_read {
            let reply = self
                .store
                .client
                .query()
                .table_name(&self.store.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(&self.pk))
                .consistent_read(true)
                .set_exclusive_start_key(self.after.take())
                .send()
                .await?;
            self.after = reply.last_evaluated_key.filter(|key| !key.is_empty());
            self.is_read = self.after.is_none();
            let items = reply.items.unwrap_or_default();
            let kept = items.iter().filter(|item| !has_expired(item, self.now));
            let entries = kept.map(read).collect::<Result<Vec<_>, _>>()?;
            if !entries.is_empty() {
                return Ok(Some(entries));
            }
        }
        Ok(None)
    }
}
