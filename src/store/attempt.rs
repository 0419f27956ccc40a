//! A number's attempts in the table: what is open, what ended, what was released.
//!
//! Attempts and endings are added whatever else stands there, so they never wait for each other. Like a quota, the
//! item is never read: each write brings it back.

mod item;
#[cfg(feature = "cli")]
mod peek;

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;

use item::{attempt_name, ending_name, from_attempt, from_claims, from_ending};

use super::attribute::{Item, number, number_of, text};
use super::expression::Update;
use super::key::AttemptsKey;
use super::{Store, StoreError};
use crate::attempt::{Attempt, Attempts, Claim, Ending};
use crate::quota::Stamp;

impl Store {
    /// Adds an attempt, unless it is there already; gives all that is known of the number.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn open_attempt(
        &self,
        key: &AttemptsKey,
        stamp: Stamp,
        attempt: &Attempt,
        kept: Duration,
    ) -> Result<Attempts, StoreError> {
        let mut update = kept_until(attempt.at, kept);
        update.set_once(&attempt_name(stamp), from_attempt(attempt));
        self.write_attempts(key, update).await.map(|(attempts, _)| attempts)
    }

    /// Adds an ending, unless it is there already; gives all that is known of the number.
    ///
    /// Endings may come in any order, as from a log that is recovered, so the times of the item never go back. Only
    /// where one would, it is written without that time, a second time.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn end_attempt(
        &self,
        key: &AttemptsKey,
        stamp: Stamp,
        ending: Ending,
        kept: Duration,
        now: Timestamp,
    ) -> Result<Attempts, StoreError> {
        let verified_at = (ending == Ending::Verified).then(|| now.as_second());
        let mut times = vec![("expires_at", end_of(now, kept))];
        times.extend(verified_at.map(|at| ("verified_at", at)));
        loop {
            let mut update = Update::default();
            let value = from_ending(ending, now);
            match ending {
                // Nothing takes back that a number was verified.
                Ending::Verified => update.set(&ending_name(stamp), value),
                Ending::Uncharged => update.set_once(&ending_name(stamp), value),
            }
            for (name, at) in &times {
                update.set(name, number(at));
                let (name, at) = (update.placeholders.name(name), update.placeholders.value(number(at)));
                update.conditions.push(format!("(attribute_not_exists({name}) OR {name} <= {at})"));
            }
            let (item, is_done) = self.write(key, &update).await?;
            if is_done {
                return to_attempts(&item);
            }
            // A time only rises, so one that is later now will be later at the next write, too.
            times.retain(|(name, at)| match item.get(*name) {
                Some(_) => number_of::<i64>(&item, name).is_ok_and(|known| known <= *at),
                None => !item.is_empty(),
            });
        }
    }

    /// Marks attempts as released by `token`, all or none; gives what stands there then, and whether they are.
    ///
    /// # Errors
    /// Where the store fails. Whether they are released is then not known, and may be asked again.
    pub async fn release_attempts(
        &self,
        key: &AttemptsKey,
        stamps: &[Stamp],
        token: &str,
    ) -> Result<(Attempts, bool), StoreError> {
        let mut update = Update::default();
        let token = update.placeholders.value(text(token));
        for stamp in stamps {
            let attempt = update.placeholders.name(&attempt_name(*stamp));
            let released = update.placeholders.path([attempt_name(*stamp).as_str(), "r"]);
            update.conditions.push(format!("attribute_exists({attempt})"));
            update.conditions.push(format!("(attribute_not_exists({released}) OR {released} = {token})"));
            update.sets.push(format!("{released} = {token}"));
        }
        self.write_attempts(key, update).await
    }

    /// Changes what an attempt claims, as long as it is as `token` wrote it and nobody has released it; gives what
    /// stands there then, and whether it was changed.
    ///
    /// # Errors
    /// Where the store fails. Whether it was changed is then not known.
    pub async fn amend_attempt(
        &self,
        key: &AttemptsKey,
        stamp: Stamp,
        token: &str,
        claims: &[Claim],
    ) -> Result<(Attempts, bool), StoreError> {
        let mut update = of_unreleased(stamp, token);
        let path = update.placeholders.path([attempt_name(stamp).as_str(), "q"]);
        let claims = update.placeholders.value(from_claims(claims));
        update.sets.push(format!("{path} = {claims}"));
        self.write_attempts(key, update).await
    }

    /// Removes an attempt, as long as it is as `token` wrote it and nobody has released it; gives what stands there
    /// then, and whether it was removed.
    ///
    /// # Errors
    /// Where the store fails. Whether it was removed is then not known.
    pub async fn withdraw_attempt(
        &self,
        key: &AttemptsKey,
        stamp: Stamp,
        token: &str,
    ) -> Result<(Attempts, bool), StoreError> {
        let mut update = of_unreleased(stamp, token);
        update.remove(&attempt_name(stamp));
        self.write_attempts(key, update).await
    }

    /// Forgets attempts and endings.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn forget_attempts(&self, key: &AttemptsKey, stamps: &[Stamp]) -> Result<(), StoreError> {
        let mut update = Update::default();
        for name in stamps.iter().flat_map(|stamp| [attempt_name(*stamp), ending_name(*stamp)]) {
            update.remove(&name);
        }
        self.write_attempts(key, update).await.map(|_| ())
    }

    /// Gives what is known after the write, or what stood in its way, and which of the two it is.
    async fn write_attempts(
        &self,
        key: &AttemptsKey,
        update: Update,
    ) -> Result<(Attempts, bool), StoreError> {
        let (item, is_done) = self.write(key, &update).await?;
        Ok((to_attempts(&item)?, is_done))
    }

    /// Gives the item after the write, or the one that stood in its way, and which of the two it is.
    async fn write(&self, key: &AttemptsKey, update: &Update) -> Result<(Item, bool), StoreError> {
        let reply = self
            .update_item(key.attributes(), update)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let (item, is_done) = match reply {
            Ok(reply) => (reply.attributes, true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    (failed.item.clone(), false)
                }
                _ => return Err(error.into()),
            },
        };
        Ok((item.unwrap_or_default(), is_done))
    }
}

/// Reads the item.
pub(super) fn to_attempts(item: &Item) -> Result<Attempts, StoreError> {
    item::to_attempts(item).map_err(unreadable)
}

fn unreadable(problem: String) -> StoreError {
    StoreError::Unreadable { pk: "QUOTA#…#number".to_owned(), sk: "ATTEMPTS".to_owned(), problem }
}

/// An update of an attempt as `token` wrote it and nobody has released it.
fn of_unreleased(stamp: Stamp, token: &str) -> Update {
    let mut update = Update::default();
    let name = attempt_name(stamp);
    let writer = update.placeholders.path([name.as_str(), "k"]);
    let released = update.placeholders.path([name.as_str(), "r"]);
    let token = update.placeholders.value(text(token));
    update.conditions.push(format!("{writer} = {token} AND attribute_not_exists({released})"));
    update
}

/// An update that keeps the item for so long from now on.
fn kept_until(now: Timestamp, kept: Duration) -> Update {
    let mut update = Update::default();
    update.set("expires_at", number(end_of(now, kept)));
    update
}

/// When something is forgotten that is kept for so long.
fn end_of(now: Timestamp, kept: Duration) -> i64 {
    now.as_second().saturating_add(i64::try_from(kept.as_secs()).unwrap_or(i64::MAX))
}
