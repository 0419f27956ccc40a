//! The records of a span by the whole index, where that is less than asking for each of its hours.
//!
//! A year has 280,000 partitions of the index. Where little happens, nearly all of them are empty, and nobody
//! knows which without asking. But then the whole index is a few pages, since it holds keys only. No decision
//! reads the index, so none waits for whoever goes through it.

use jiff::Timestamp;

use super::in_index;
use super::stories::{Indexed, last_before, read_indexed};
use crate::store::StoreError;
use crate::store::record::RecordItems;
use crate::store::table::{HOUR_INDEX, patient};

/// How many keys a page has, which is less than DynamoDB gives at once, and the most pages. An index that has
/// more is too large.
const PAGE: i32 = 4_000;
const MOST_PAGES: usize = 16;

impl RecordItems<'_> {
    /// The verifications first heard of from `from` on and before `to`, from the earliest on. `None` where
    /// the index is too large to be read from end to end, or DynamoDB refuses that.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn all_between(
        self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<Vec<Indexed>>, StoreError> {
        let (first, last) = (in_index(from), last_before(to));
        let scan =
            self.table.client().scan().table_name(self.table.name()).index_name(HOUR_INDEX).limit(PAGE);
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let page = scan.clone().set_exclusive_start_key(after);
            let reply =
                match page.customize().config_override(patient()).send().await.map_err(StoreError::from) {
                    Ok(reply) => reply,
                    Err(error) if error.name() == "refused" => return Ok(None),
                    Err(error) => return Err(error),
                };
            let items = reply.items.unwrap_or_default();
            let indexed = items.iter().filter_map(read_indexed);
            found.extend(indexed.filter(|one| (first.as_str()..=last.as_str()).contains(&one.at.as_str())));
            after = reply.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                found.sort_unstable();
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
