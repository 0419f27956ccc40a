//! Records in the order of time, by way of the index by hour.
//!
//! The index holds keys only, spread over [`HOUR_SHARDS`] partitions an hour. The shards are read side by
//! side, page by page, and merged; then the records themselves are fetched. Memory holds a page per shard and
//! some batches of records, however long the span.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use jiff::{SignedDuration, Timestamp};

use super::{HOUR_SHARDS, hour_of, in_index, name_of_hour};
use crate::record::Story;
use crate::store::attribute::{Item, has_expired, text, text_of};
use crate::store::expression::Update;
use crate::store::form;
use crate::store::key::ItemKey;
use crate::store::record::RecordItems;
use crate::store::record::item::read_story;
use crate::store::table::{HOUR_INDEX, PAGE};
use crate::store::{RecordKey, StoreError};

/// How many records are fetched at once. DynamoDB gives a hundred for one request, so these are eight side by
/// side.
const BATCH: usize = 800;

/// How many of these are fetched at the same time.
const AHEAD: usize = 2;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A verification, as the index has it: when it was first heard of, and where its record is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Indexed {
    /// When it was first heard of, RFC 3339 in milliseconds, so that the order of texts is that of times.
    pub at: String,
    /// Its record.
    pub key: RecordKey,
}

/// Some of them, with their stories.
type Batch = Vec<(Indexed, Story)>;

/// Reads the records of a span of time, from the earliest on.
#[derive(Debug)]
pub struct Stories<'a> {
    records: RecordItems<'a>,
    from: Timestamp,
    to: Timestamp,
    /// How many shards of each hour are read.
    n_shards: u8,
    /// The beginning of the hour after the one that `shards` read.
    next_hour: Timestamp,
    shards: Vec<Shard>,
    /// Batches of records that are being fetched, while the caller is busy with the one before.
    under_way: FuturesOrdered<BoxFuture<'a, Result<Batch, StoreError>>>,
}

/// What is left of one partition of the index.
#[derive(Debug)]
struct Shard {
    hour: String,
    page: VecDeque<Indexed>,
    /// Where the next page begins, once one was read.
    after: Option<HashMap<String, AttributeValue>>,
    /// Whether the last page was read.
    is_read: bool,
}

impl<'a> RecordItems<'a> {
    /// The verifications first heard of from `from` on and before `to`.
    #[must_use]
    pub fn between(self, from: Timestamp, to: Timestamp) -> Stories<'a> {
        let next_hour = beginning_of_hour(from);
        Stories {
            records: self,
            from,
            to,
            n_shards: HOUR_SHARDS,
            next_hour,
            shards: Vec::new(),
            under_way: FuturesOrdered::new(),
        }
    }

    /// How many verifications, `most` at most, one shard of the index has from `from` on, until its hour is
    /// over or `to` is reached; and the time until which it was looked.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn count_in_a_shard(
        self,
        from: Timestamp,
        to: Timestamp,
        most: u16,
    ) -> Result<(usize, Timestamp), StoreError> {
        let end = beginning_of_hour(from).saturating_add(HOUR).unwrap_or(to).min(to);
        let mut shard = Shard::new(&name_of_hour(from), 0);
        let (first, last) = (in_index(from), last_before(end));
        let page = self.page_of(&mut shard, &first, &last).limit(most.into()).send().await?;
        let found: Vec<Indexed> = page.items.unwrap_or_default().iter().filter_map(read_indexed).collect();
        let is_cut_off = found.len() >= usize::from(most);
        let until = found.last().filter(|_| is_cut_off).and_then(|last| last.at.parse().ok());
        Ok((found.len(), until.unwrap_or(end)))
    }

    /// Lets the index find a record from this time on, where it has it later: an outcome may be recorded
    /// before what came before it, which is then recovered from a log. A record that is not there is not
    /// made.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn index_from(self, key: &RecordKey, at: Timestamp) -> Result<(), StoreError> {
        let mut update = Update::default();
        update.set("hour", form::text(&hour_of(at, key.id())));
        update.set("at", form::text(&in_index(at)));
        update.require(["at"], ">", form::text(&in_index(at)));
        // Where it is refused, the index has the record from an earlier time on, or there is no record.
        self.table.update(key.item(), update).send().await.map(|_| ())
    }

    /// The next page of a shard, with what lies between two times.
    fn page_of(self, shard: &mut Shard, from: &str, to: &str) -> QueryFluentBuilder {
        self.table
            .client()
            .query()
            .table_name(self.table.name())
            .index_name(HOUR_INDEX)
            .key_condition_expression("#hour = :hour AND #at BETWEEN :from AND :to")
            .expression_attribute_names("#hour", "hour")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":hour", text(&shard.hour))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            .limit(PAGE)
            .set_exclusive_start_key(shard.after.take())
    }

    async fn read_page(self, shard: &mut Shard, from: &str, to: &str) -> Result<(), StoreError> {
        // A page may be empty although others follow.
        while shard.page.is_empty() && !shard.is_read {
            let reply = self.page_of(shard, from, to).send().await?;
            shard.page = reply.items.unwrap_or_default().iter().filter_map(read_indexed).collect();
            shard.after = reply.last_evaluated_key.filter(|key| !key.is_empty());
            shard.is_read = shard.after.is_none();
        }
        Ok(())
    }

    /// The stories of these records, in their order; one that is not there any more is left out.
    ///
    /// # Errors
    /// Where the store fails, or a record cannot be read.
    pub async fn of(
        self,
        keys: impl IntoIterator<Item = RecordKey>,
        now: Timestamp,
    ) -> Result<Vec<Story>, StoreError> {
        let indexed = keys.into_iter().map(|key| Indexed { at: String::new(), key }).collect();
        Ok(self.stories_of(indexed, now).await?.into_iter().map(|(_, story)| story).collect())
    }

    /// The stories of some records, in their order; a record that has gone meanwhile is left out.
    async fn stories_of(self, indexed: Vec<Indexed>, now: Timestamp) -> Result<Batch, StoreError> {
        let keys: Vec<ItemKey> = indexed.iter().map(|one| one.key.item().clone()).collect();
        let mut stories = HashMap::new();
        for item in self.table.get_batch(&keys).await?.iter().filter(|item| !has_expired(item, now)) {
            stories.insert(RecordKey::of(item), read_story(item)?);
        }
        Ok(indexed.into_iter().filter_map(|one| stories.remove(&one.key).map(|story| (one, story))).collect())
    }
}

impl Shard {
    fn new(hour: &str, shard: u8) -> Self {
        Self { hour: format!("{hour}#{shard}"), page: VecDeque::new(), after: None, is_read: false }
    }
}

impl<'a> Stories<'a> {
    /// Only what the first of the index's shards have, which is a fair sample: a record's shard is a hash of
    /// its id.
    #[must_use]
    pub fn of_shards(self, n_shards: u8) -> Self {
        Self { n_shards: n_shards.min(HOUR_SHARDS), ..self }
    }

    /// The next stories, some at a time, or none where the span is over. An expired record is left out as of
    /// `now`.
    ///
    /// # Errors
    /// Where the store fails, or a record cannot be read.
    pub async fn next(&mut self, now: Timestamp) -> Result<Option<Batch>, StoreError> {
        while self.under_way.len() < AHEAD {
            let batch = self.next_batch().await?;
            if batch.is_empty() {
                break;
            }
            self.under_way.push_back(Box::pin(self.records.stories_of(batch, now)));
        }
        self.under_way.next().await.transpose()
    }

    async fn next_batch(&mut self) -> Result<Vec<Indexed>, StoreError> {
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some(indexed) = self.next_indexed().await?
        {
            batch.push(indexed);
        }
        Ok(batch)
    }

    /// The earliest verification that was not given yet.
    async fn next_indexed(&mut self) -> Result<Option<Indexed>, StoreError> {
        loop {
            self.fill().await?;
            let heads =
                self.shards.iter().enumerate().filter_map(|(at, shard)| Some((at, shard.page.front()?)));
            let first = heads.min_by(|(_, one), (_, other)| one.cmp(other)).map(|(at, _)| at);
            if let Some(shard) = first.and_then(|at| self.shards.get_mut(at)) {
                return Ok(shard.page.pop_front());
            }
            if self.next_hour >= self.to {
                return Ok(None);
            }
            let hour = name_of_hour(self.next_hour);
            self.shards = (0..self.n_shards).map(|shard| Shard::new(&hour, shard)).collect();
            self.next_hour = self.next_hour.saturating_add(HOUR).unwrap_or(Timestamp::MAX);
        }
    }

    /// Sees to it that every shard with anything left has its earliest at hand.
    async fn fill(&mut self) -> Result<(), StoreError> {
        let from = in_index(self.from);
        let to = last_before(self.to);
        let records = self.records;
        let reads = self.shards.iter_mut().map(|shard| records.read_page(shard, &from, &to));
        futures_util::future::try_join_all(reads).await?;
        Ok(())
    }
}

pub(super) fn read_indexed(item: &Item) -> Option<Indexed> {
    Some(Indexed { at: text_of(item, "at").ok()?.to_owned(), key: RecordKey::of(item) })
}

/// The last millisecond before a time, since the index knows no fractions of it.
pub(super) fn last_before(end: Timestamp) -> String {
    in_index(end.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(end))
}

fn beginning_of_hour(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(at)
}
