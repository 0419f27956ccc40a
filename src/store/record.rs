//! Records of verifications.
//!
//! | attribute | meaning |
//! |---|---|
//! | `subject` | which verification: application, id, reference, number, country, type, method |
//! | `decided`, `answer` | the decision, and the exact answer that was given |
//! | `settled` | the decision is final: no concurrent copy of the request may turn it any more |
//! | `token` | which handling wrote the decision, so that a retried write knows its own work |
//! | `heard#…` | one delivery or result, under its fingerprint; `reconciled` where Sinch gave it when it was asked |
//! | `asked` | when Sinch was last asked how it stands, and what it said |
//! | `cost` | what it costs, as far as Sinch said so when it was asked |
//! | `hour`, `at` | the keys of the sparse index by hour |
//! | `expires_at` | epoch seconds after which the record is forgotten |

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::attribute::{Item, from_json, has_expired, number, text, text_of, to_json};
use super::expression::Update;
use super::key::{pair, partition_of};
use super::{RecordKey, Store, StoreError};
use crate::record::{Decided, Happening, Heard, Story, Subject, in_order};

/// How many partitions of the index share one hour. DynamoDB takes 1,000 writes a second for one key, and where the
/// index cannot follow, it refuses writes to the table. Readers ask for each of them, so there should not be many; the
/// number may grow, and must never shrink while records are kept that were written before.
pub const HOUR_SHARDS: u8 = 32;

/// What became of a decision that was to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It stands.
    Ours,
    /// Another decision about the same verification stands already.
    Earlier(Box<Earlier>),
}

/// The decision that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The decision.
    pub decided: Decided,
    /// The exact answer that goes with it.
    pub answer: String,
    /// Whether it is final.
    pub settled: bool,
}

/// What came of adding a happening to its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Added {
    /// Whether the record did not have it yet.
    pub is_new: bool,
    /// The number as the record knows it, for events that do not name one.
    pub number: Option<String>,
    /// The ends that contradict each other, where Sinch said one of them when it was asked.
    pub contradiction: Vec<String>,
}

/// A decision to record.
#[derive(Clone, Debug)]
pub struct NewDecision<'a> {
    /// Which verification it is about.
    pub subject: &'a Subject,
    /// The decision.
    pub decided: &'a Decided,
    /// The exact answer to Sinch.
    pub answer: &'a str,
    /// Marks this handling of the request; different for every one.
    pub token: &'a str,
    /// How long the record is kept.
    pub retention: Duration,
}

/// Whether a decision may still be turned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finality {
    /// Written together with the quotas it predicts; it may be corrected.
    Predicted,
    /// Final.
    Settled,
}

impl Store {
    /// Records the first decision about a verification, or gives back the one that stands.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn record_decision(
        &self,
        key: &RecordKey,
        new: &NewDecision<'_>,
        finality: Finality,
    ) -> Result<Recorded, StoreError> {
        self.write_decision(key, new, finality, "decided").await
    }

    /// Makes a decision final, in the place of a predicted one, unless one is final already.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn settle_decision(
        &self,
        key: &RecordKey,
        new: &NewDecision<'_>,
    ) -> Result<Recorded, StoreError> {
        self.write_decision(key, new, Finality::Settled, "settled").await
    }

    async fn write_decision(
        &self,
        key: &RecordKey,
        new: &NewDecision<'_>,
        finality: Finality,
        unless: &str,
    ) -> Result<Recorded, StoreError> {
        let mut update = update_about(key, new.subject, new.decided.at, new.retention)?;
        update.set("decided", to_attribute(new.decided)?);
        update.set("answer", text(new.answer));
        update.set("token", text(new.token));
        if finality == Finality::Settled {
            update.set("settled", AttributeValue::Bool(true));
        }
        let unless = update.placeholders.name(unless);
        update.conditions.push(format!("attribute_not_exists({unless})"));
        let request = self
            .update_item(pair(&key.pk, &key.sk), &update)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let item = match request.send().await {
            Ok(_) => return Ok(Recorded::Ours),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone().unwrap_or_default()
                }
                _ => return Err(error.into()),
            },
        };
        let earlier = read_earlier(&item).map_err(|problem| unreadable(key, problem))?;
        // The reply to the first try was lost, and this is what that try wrote.
        if text_of(&item, "token") == Ok(new.token) && earlier.decided == *new.decided {
            return Ok(Recorded::Ours);
        }
        Ok(Recorded::Earlier(Box::new(earlier)))
    }

    /// The decision that stands at this moment, if any.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find_decision(&self, key: &RecordKey) -> Result<Option<Earlier>, StoreError> {
        let items = self.get_latest(&[(key.pk.clone(), key.sk.clone())]).await?;
        items.first().map_or(Ok(None), |item| earlier_in(item, key))
    }

    /// Records a delivery or a result. A repeat changes nothing, whatever came between.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn record_happening(
        &self,
        key: &RecordKey,
        subject: &Subject,
        happening: &Happening,
        retention: Duration,
        now: Timestamp,
    ) -> Result<Added, StoreError> {
        let mut update = update_about(key, subject, now, retention)?;
        let heard = Heard { at: now, happening: happening.clone(), reconciled: false };
        let name = heard_name(happening);
        update.set_once(&name, to_attribute(&heard)?);
        let reply = self
            .update_item(pair(&key.pk, &key.sk), &update)
            .return_values(ReturnValue::AllNew)
            .send()
            .await?;
        let item = reply.attributes.unwrap_or_default();
        read_added(&item, &name, now).map_err(|problem| unreadable(key, problem))
    }

    /// The stories kept under a reference, or under an id where no reference was given.
    ///
    /// # Errors
    /// Where the store fails, or an item cannot be read.
    pub async fn stories(&self, app: &str, name: &str, now: Timestamp) -> Result<Vec<Story>, StoreError> {
        let pk = partition_of(app, name);
        let items = self.query_partition(&pk).await?;
        let kept = items.iter().filter(|item| !has_expired(item, now));
        kept.map(|item| {
            read_story(item).map_err(|problem| {
                let sk = text_of(item, "sk").unwrap_or_default().to_owned();
                StoreError::Unreadable { pk: format!("REF#{app}"), sk, problem }
            })
        })
        .collect()
    }
}

/// An update that begins with what every event knows: whose record it is, where the index finds it, and how long it
/// is kept. Whatever came first stays, but for what it did not know.
fn update_about(
    key: &RecordKey,
    subject: &Subject,
    now: Timestamp,
    retention: Duration,
) -> Result<Update, StoreError> {
    let mut update = Update::default();
    // An outcome may come first and not name the number, which the request then does.
    if is_whole(subject) {
        update.set("subject", to_attribute(subject)?);
    } else {
        update.set_once("subject", to_attribute(subject)?);
    }
    update.set_once("hour", text(hour_of(now, &key.sk)));
    update.set_once("at", text(format!("{now:.3}")));
    let retention = i64::try_from(retention.as_secs()).unwrap_or(i64::MAX);
    update.set_once("expires_at", number(now.as_second().saturating_add(retention)));
    Ok(update)
}

/// Whether an event knew all of its subject that any event can know, so that it takes the place of what another knew.
/// What was made from a log has the number masked.
fn is_whole(subject: &Subject) -> bool {
    subject.method.is_some() && subject.number.as_ref().is_some_and(|number| !number.contains('*'))
}

/// The index partition of a record: its hour, and one of [`HOUR_SHARDS`] shards by its id.
pub(super) fn hour_of(now: Timestamp, verification_id: &str) -> String {
    let shard = Sha256::digest(verification_id).first().copied().unwrap_or(0) % HOUR_SHARDS;
    format!("{}#{shard}", name_of_hour(now))
}

/// The hour of a time, as the index names it: `2026-01-15T09`.
pub(super) fn name_of_hour(at: Timestamp) -> String {
    at.to_string().chars().take("2026-01-15T09".len()).collect()
}

/// Fingerprints may be as long as Sinch's words; the attribute's name is not.
pub(super) fn heard_name(happening: &Happening) -> String {
    let digest = Sha256::digest(happening.fingerprint());
    digest.iter().take(8).fold("heard#".to_owned(), |name, byte| format!("{name}{byte:02x}"))
}

pub(super) fn to_attribute(value: &impl Serialize) -> Result<AttributeValue, StoreError> {
    let json = serde_json::to_value(value).map_err(|error| StoreError::Unwritable(error.to_string()))?;
    Ok(from_json(json))
}

fn read_part<T: DeserializeOwned>(item: &Item, name: &str) -> Result<T, String> {
    let value = item.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
    serde_json::from_value(to_json(value)).map_err(|error| format!("`{name}`: {error}"))
}

fn read_part_if_any<T: DeserializeOwned>(item: &Item, name: &str) -> Result<Option<T>, String> {
    item.contains_key(name).then(|| read_part(item, name)).transpose()
}

fn read_added(item: &Item, name: &str, now: Timestamp) -> Result<Added, String> {
    let subject: Subject = read_part(item, "subject")?;
    // What was heard first keeps its time.
    let is_new = read_part::<Heard>(item, name).is_ok_and(|first| first.at == now);
    // Only an answer can be contradicted, and hardly any record has one.
    let contradiction = match item.contains_key("asked") {
        true => read_story(item)?.contradiction().into_iter().map(ToOwned::to_owned).collect(),
        false => Vec::new(),
    };
    Ok(Added { is_new, number: subject.number, contradiction })
}

/// The decision in a record; none where only results or deliveries were heard of so far.
pub(super) fn earlier_in(item: &Item, key: &RecordKey) -> Result<Option<Earlier>, StoreError> {
    let earlier = item.contains_key("decided").then(|| read_earlier(item));
    earlier.transpose().map_err(|problem| unreadable(key, problem))
}

fn read_earlier(item: &Item) -> Result<Earlier, String> {
    Ok(Earlier {
        decided: read_part(item, "decided")?,
        answer: text_of(item, "answer")?.to_owned(),
        settled: item.contains_key("settled"),
    })
}

pub(super) fn read_story(item: &HashMap<String, AttributeValue>) -> Result<Story, String> {
    let heard = item
        .keys()
        .filter(|name| name.starts_with("heard#"))
        .map(|name| read_part::<Heard>(item, name))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Story {
        subject: read_part(item, "subject")?,
        decision: read_part_if_any(item, "decided")?,
        heard: in_order(heard),
        asked: read_part_if_any(item, "asked")?,
        cost: read_part_if_any(item, "cost")?,
    })
}

fn unreadable(key: &RecordKey, problem: String) -> StoreError {
    StoreError::Unreadable { pk: "REF".to_owned(), sk: key.sk.clone(), problem }
}
