//! Records of verifications: the decision, and what was heard of it afterwards.

#[cfg(feature = "cli")]
mod exported;
mod index;
mod item;
#[cfg(feature = "cli")]
mod sinch_answer;

use std::time::Duration;

use jiff::Timestamp;

#[cfg(feature = "cli")]
pub use exported::exported_story;
pub use index::HOUR_SHARDS;
#[cfg(feature = "cli")]
pub use index::{Indexed, Stories};
pub(super) use item::earlier_in;
#[cfg(feature = "cli")]
pub use sinch_answer::Answered;

use super::attribute::{has_expired, text_of};
use super::form::{Json, flag, text};
use super::key::partition_of_records;
use super::{RecordKey, StoreError, Table, Written};
use crate::event::Status;
use crate::privacy::StoredNumber;
use crate::record::{Decided, Happening, Heard, Story, Subject};
use crate::signature::AppKey;
use crate::token::Token;
use item::{heard_name, read_added, read_earlier, read_story, to_json, update_about};

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
    pub number: Option<StoredNumber>,
    /// The ends that contradict each other, where Sinch said one of them when it was asked.
    pub contradiction: Vec<Status>,
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
    pub token: &'a Token,
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

/// What a decision may be written over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Nothing,
    Predictions,
    OwnPrediction,
}

/// The records in a table.
#[derive(Clone, Copy, Debug)]
pub struct RecordItems<'a> {
    table: &'a Table,
}

impl<'a> RecordItems<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self { table }
    }

    /// Records the first decision about a verification, or gives back the one that stands.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn record(
        self,
        key: &RecordKey,
        new: &NewDecision<'_>,
        finality: Finality,
    ) -> Result<Recorded, StoreError> {
        self.write(key, new, finality, Over::Nothing).await
    }

    /// Makes a decision final, in the place of a predicted one, unless one is final already.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn settle(self, key: &RecordKey, new: &NewDecision<'_>) -> Result<Recorded, StoreError> {
        self.write(key, new, Finality::Settled, Over::Predictions).await
    }

    /// The same, but only in the place of what `new.token` has predicted, or of nothing: gives back what
    /// another handling predicted.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn settle_own(self, key: &RecordKey, new: &NewDecision<'_>) -> Result<Recorded, StoreError> {
        self.write(key, new, Finality::Settled, Over::OwnPrediction).await
    }

    async fn write(
        self,
        key: &RecordKey,
        new: &NewDecision<'_>,
        finality: Finality,
        over: Over,
    ) -> Result<Recorded, StoreError> {
        let mut update = update_about(key, new.subject, new.decided.at, new.retention)?;
        update.set("decided", Json(&to_json(new.decided)?));
        update.set("answer", text(new.answer));
        update.set("token", text(new.token.as_str()));
        if finality == Finality::Settled {
            update.set("settled", flag(true));
        }
        let unless = update.placeholders.name(if over == Over::Nothing { "decided" } else { "settled" });
        update.conditions.push(format!("attribute_not_exists({unless})"));
        if over == Over::OwnPrediction {
            let [decided, token] = ["decided", "token"].map(|name| update.placeholders.name(name));
            let ours = update.placeholders.value(text(new.token.as_str()));
            update.conditions.push(format!("(attribute_not_exists({decided}) OR {token} = {ours})"));
        }
        let item = match self.table.update(key.item(), update).send().await? {
            Written::Done(_) => return Ok(Recorded::Ours),
            Written::Refused(item) => item,
        };
        let earlier = read_earlier(&item).map_err(|problem| StoreError::unreadable(key.item(), problem))?;
        // The reply to the first try was lost, and this is what that try wrote.
        if text_of(&item, "token") == Ok(new.token.as_str()) && earlier.decided == *new.decided {
            return Ok(Recorded::Ours);
        }
        Ok(Recorded::Earlier(Box::new(earlier)))
    }

    /// The decision that stands at this moment, if any.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find(self, key: &RecordKey) -> Result<Option<Earlier>, StoreError> {
        let items = self.table.get_latest(std::slice::from_ref(key.item())).await?;
        items.first().map_or(Ok(None), |item| earlier_in(item, key))
    }

    /// Records a delivery or a result. A repeat changes nothing, whatever came between.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn add(
        self,
        key: &RecordKey,
        subject: &Subject,
        happening: &Happening,
        retention: Duration,
        now: Timestamp,
    ) -> Result<Added, StoreError> {
        let mut update = update_about(key, subject, now, retention)?;
        let heard = Heard { at: now, happening: happening.clone(), reconciled: false };
        let name = heard_name(happening);
        update.set_once(&name, Json(&to_json(&heard)?));
        let item = self.table.update(key.item(), update).returning_item().send().await?.into_inner();
        read_added(&item, &name, now).map_err(|problem| StoreError::unreadable(key.item(), problem))
    }

    /// The stories kept under a reference, or under an id where no reference was given.
    ///
    /// # Errors
    /// Where the store fails, or an item cannot be read.
    pub async fn stories(self, app: &AppKey, name: &str, now: Timestamp) -> Result<Vec<Story>, StoreError> {
        let items = self.table.query(&partition_of_records(app, name)).await?;
        items.iter().filter(|item| !has_expired(item, now)).map(read_story).collect()
    }
}
