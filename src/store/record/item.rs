//! The item of a record.
//!
//! | attribute | meaning |
//! |---|---|
//! | `subject` | which verification: application, id, reference, number, country, type, method |
//! | `decided`, `answer` | the decision, and the exact answer that was given |
//! | `settled` | the decision is final: no concurrent copy of the request may turn it any more |
//! | `token` | which handling wrote the decision, so that a retried write knows its own work |
//! | `heard#…` | one delivery or result, under its fingerprint; `reconciled` where Sinch was asked for it |
//! | `asked` | when Sinch was last asked how it stands, and what it said |
//! | `cost` | what it costs, as far as Sinch said so when it was asked |
//! | `hour`, `at` | the keys of the sparse index by hour |
//! | `expires_at` | epoch seconds after which the record is forgotten |

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::index::{hour_of, in_index};
use super::{Added, Earlier};
use crate::hex::hex;
use crate::record::{Happening, Heard, Story, Subject, in_order};
use crate::store::attribute::{self, EXPIRY, Item, expiry, text_of};
use crate::store::expression::Update;
use crate::store::form::{Json, number, text};
use crate::store::key::ItemKey;
use crate::store::{RecordKey, StoreError};

/// An update that begins with what every event knows: whose record it is, where the index finds it, and how
/// long it is kept. Whatever came first stays, but for what it did not know.
pub(super) fn update_about(
    key: &RecordKey,
    subject: &Subject,
    now: Timestamp,
    retention: Duration,
) -> Result<Update, StoreError> {
    let mut update = Update::default();
    // An outcome may come first and not name the number, which the request then does.
    if is_whole(subject) {
        update.set("subject", Json(&to_json(subject)?));
    } else {
        update.set_once("subject", Json(&to_json(subject)?));
    }
    update.set_once("hour", text(&hour_of(now, key.id())));
    update.set_once("at", text(&in_index(now)));
    update.set_once(EXPIRY, number(expiry(now, retention)));
    Ok(update)
}

/// Whether an event knew all of its subject that any event can know, so that it takes the place of what
/// another knew. What was made from a log has the number masked.
fn is_whole(subject: &Subject) -> bool {
    subject.method.is_some() && subject.number.as_ref().is_some_and(|number| number.key().is_some())
}

/// Fingerprints may be as long as Sinch's words; the attribute's name is not.
pub(super) fn heard_name(happening: &Happening) -> String {
    let digest = Sha256::digest(happening.fingerprint());
    format!("heard#{}", hex(digest.iter().take(8)))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::Unwritable(error.to_string()))
}

fn read_part<T: DeserializeOwned>(item: &Item, name: &str) -> Result<T, String> {
    let value = item.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
    serde_json::from_value(attribute::to_json(value)).map_err(|error| format!("`{name}`: {error}"))
}

fn read_part_if_any<T: DeserializeOwned>(item: &Item, name: &str) -> Result<Option<T>, String> {
    item.contains_key(name).then(|| read_part(item, name)).transpose()
}

pub(super) fn read_added(item: &Item, name: &str, now: Timestamp) -> Result<Added, String> {
    let subject: Subject = read_part(item, "subject")?;
    // What was heard first keeps its time.
    let is_new = read_part::<Heard>(item, name).is_ok_and(|first| first.at == now);
    // Only an answer can be contradicted, and hardly any record has one.
    let contradiction = match item.contains_key("asked") {
        true => story_of(item)?.contradiction().into_iter().cloned().collect(),
        false => Vec::new(),
    };
    Ok(Added { is_new, number: subject.number, contradiction })
}

/// The decision in a record; none where only results or deliveries were heard of so far.
pub(in crate::store) fn earlier_in(item: &Item, key: &RecordKey) -> Result<Option<Earlier>, StoreError> {
    let earlier = item.contains_key("decided").then(|| read_earlier(item));
    earlier.transpose().map_err(|problem| StoreError::unreadable(key.item(), problem))
}

pub(super) fn read_earlier(item: &Item) -> Result<Earlier, String> {
    Ok(Earlier {
        decided: read_part(item, "decided")?,
        answer: text_of(item, "answer")?.to_owned(),
        settled: item.contains_key("settled"),
    })
}

/// What is known of a verification.
pub(super) fn read_story(item: &Item) -> Result<Story, StoreError> {
    story_of(item).map_err(|problem| StoreError::unreadable(&ItemKey::of(item), problem))
}

pub(super) fn story_of(item: &Item) -> Result<Story, String> {
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
