//! Records by Sinch's id, by way of the index by hour: its keys hold the id, and the id says in which
//! partition of an hour it is. So one small query for each hour finds a verification that nobody knows the
//! reference of.

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use super::hour_of;
use crate::store::attribute::text;
use crate::store::key::bounded;
use crate::store::record::RecordItems;
use crate::store::table::HOUR_INDEX;
use crate::store::{RecordKey, StoreError};

/// How many hours are asked for at the same time.
const AT_ONCE: usize = 24;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl RecordItems<'_> {
    /// Where the records of this id are that were first heard of between `from` and `to`. The search begins
    /// with the latest hours, and ends with the first that have any.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn with_id(
        self,
        id: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<RecordKey>, StoreError> {
        let mut hour = to;
        // The hour of `from` begins before it.
        let first = from.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
        while hour > first {
            let mut hours = Vec::with_capacity(AT_ONCE);
            while hours.len() < AT_ONCE && hour > first {
                hours.push(hour);
                hour = hour.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
            }
            let asked = hours.into_iter().map(|hour| self.with_id_in(hour, id));
            let found: Vec<RecordKey> = try_join_all(asked).await?.into_iter().flatten().collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    async fn with_id_in(self, hour: Timestamp, id: &str) -> Result<Vec<RecordKey>, StoreError> {
        let id = bounded(id);
        let pages = self
            .table
            .client()
            .query()
            .table_name(self.table.name())
            .index_name(HOUR_INDEX)
            .key_condition_expression("#hour = :hour")
            .filter_expression("#sk = :id")
            .expression_attribute_names("#hour", "hour")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":hour", text(hour_of(hour, &id)))
            .expression_attribute_values(":id", text(id))
            .into_paginator()
            .items()
            .send();
        let items = pages.collect::<Result<Vec<_>, _>>().await?;
        Ok(items.iter().map(RecordKey::of).collect())
    }
}
