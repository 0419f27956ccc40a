//! The entries of a list, page by page, since a list may be longer than anybody wants to hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{ListItems, read};
use crate::list::ListEntry;
use crate::store::attribute::{has_expired, text};
use crate::store::key::partition_of_list;
use crate::store::table::PAGE;
use crate::store::{StoreError, Table};

/// A page for a look at whether there is anything; some of it may have expired.
const FEW: i32 = 25;

/// Reads a list in the order of what its entries match.
#[derive(Debug)]
pub struct Entries<'a> {
    table: &'a Table,
    pk: String,
    now: Timestamp,
    /// How many items a page has at most.
    page: i32,
    /// Where the next page begins, once one was read.
    after: Option<HashMap<String, AttributeValue>>,
    /// Whether the last page was read.
    is_read: bool,
}

impl<'a> ListItems<'a> {
    /// The entries of a list that have not expired.
    #[must_use]
    pub fn entries(self, list: &str, now: Timestamp) -> Entries<'a> {
        self.pages(list, now, PAGE)
    }

    fn pages(self, list: &str, now: Timestamp, page: i32) -> Entries<'a> {
        Entries { table: self.table, pk: partition_of_list(list), now, page, after: None, is_read: false }
    }

    /// Whether nothing is on a list that has not expired.
    ///
    /// # Errors
    /// Where the store fails, or an entry cannot be read.
    pub async fn is_empty(self, list: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.pages(list, now, FEW).next().await?.is_none())
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
                .table
                .client()
                .query()
                .table_name(self.table.name())
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(&self.pk))
                .consistent_read(true)
                .limit(self.page)
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
