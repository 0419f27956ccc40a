//! All that a decision asks before it takes anything, in one request.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::attempt::read_attempts;
use super::attribute::has_expired;
use super::key::ItemKey;
use super::list::{best_matches, keys_of};
use super::record::earlier_in;
use super::{AttemptsKey, Earlier, Lookup, RecordKey, Store, StoreError};
use crate::attempt::Attempts;
use crate::list::ListEntry;

/// What a decision wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The lists to look at.
    pub lookups: &'a [Lookup],
    /// Where the number's past stands; `None` where nothing depends on it.
    pub attempts: Option<&'a AttemptsKey>,
    /// The verification's own record.
    pub record: &'a RecordKey,
}

/// What the table said. Each part may fail to be read without the others.
#[derive(Debug)]
pub struct Answers {
    /// For each lookup the entry that matches best, if any.
    pub listed: Result<Vec<Option<ListEntry>>, StoreError>,
    /// What is known of the number; nothing where it was not asked for.
    pub attempts: Result<Attempts, StoreError>,
    /// The decision that this verification has already.
    pub earlier: Result<Option<Earlier>, StoreError>,
}

impl Store {
    /// Asks for list entries, for the number's past and for the verification's own record, in one trip.
    ///
    /// The read may be a moment behind the table. That is enough: an entry or a success that is so new may as
    /// well have come after the request, and the record is written on a condition.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn ask(&self, question: &Question<'_>, now: Timestamp) -> Result<Answers, StoreError> {
        let mut keys: BTreeSet<ItemKey> = keys_of(question.lookups);
        keys.insert(question.record.item().clone());
        keys.extend(question.attempts.map(|attempts| attempts.item().clone()));
        let keys: Vec<ItemKey> = keys.into_iter().collect();
        let items = self.table.get_batch(&keys).await?;
        let find =
            |key: &ItemKey| items.iter().find(|item| key.is_of(item)).filter(|item| !has_expired(item, now));
        let read_past = |key: &AttemptsKey| find(key.item()).map(|item| read_attempts(key, item));
        Ok(Answers {
            listed: best_matches(question.lookups, &items, now),
            attempts: question.attempts.and_then(read_past).unwrap_or_else(|| Ok(Attempts::default())),
            earlier: find(question.record.item()).map_or(Ok(None), |item| earlier_in(item, question.record)),
        })
    }
}
