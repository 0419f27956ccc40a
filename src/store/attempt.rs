//! A number's attempts in the table: what is open, what ended, what was released.
//!
//! Attempts and endings are added whatever else stands there, so they never wait for each other. Like a
//! quota, the item is never read: each write brings it back.

mod item;

#[cfg(feature = "cli")]
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

#[cfg(feature = "cli")]
use item::to_trail;
use item::{
    attempt_name, denial_name, ending_name, from_attempt, from_claims, from_denial, from_ending, to_attempts,
};

#[cfg(feature = "cli")]
use super::attribute::has_expired;
use super::attribute::{EXPIRY, Item, expiry, number_of};
use super::expression::Update;
use super::form::{flag, number, text};
use super::key::{AttemptsKey, RecordKey};
use super::{StoreError, Table, Written};
use crate::attempt::{Attempt, Attempts, Claim, Ending};
#[cfg(feature = "cli")]
use crate::privacy::NumberKey;
use crate::quota::Stamp;
#[cfg(feature = "cli")]
use crate::signature::AppKey;
use crate::token::Token;

/// The attempts of the numbers in a table.
#[derive(Clone, Copy, Debug)]
pub struct AttemptItems<'a> {
    table: &'a Table,
}

impl<'a> AttemptItems<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self { table }
    }

    /// Adds an attempt, unless it is there already; gives all that is known of the number. Beside it stands
    /// where the record of the verification is, which nobody but the operator's tool reads.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn open(
        self,
        key: &AttemptsKey,
        stamp: Stamp,
        attempt: &Attempt,
        record: &RecordKey,
        kept: Duration,
    ) -> Result<Attempts, StoreError> {
        let update = of_open(stamp, attempt, record, kept);
        // The item as it was: what is added to it is known, and would be the most of it.
        let before = self.table.update(key.item(), update).returning_item_before().send().await?;
        let mut known = read_attempts(key, &before.into_inner())?;
        known.attempts.entry(stamp).or_insert_with(|| attempt.clone());
        Ok(known)
    }

    /// Adds an ending, unless it is there already; gives all that is known of the number. A repeat changes
    /// nothing, so the number does not verify anew by an old result that somebody sends again.
    ///
    /// Endings may come in any order, as from a log that is recovered, so the times of the item never go
    /// back. Only where one would, it is written without that time, a second time.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn end(
        self,
        key: &AttemptsKey,
        stamp: Stamp,
        ending: Ending,
        record: &RecordKey,
        kept: Duration,
        now: Timestamp,
    ) -> Result<Attempts, StoreError> {
        let verified_at = (ending == Ending::Verified).then(|| now.as_second());
        let mut times = vec![(EXPIRY, expiry(now, kept))];
        times.extend(verified_at.map(|at| ("verified_at", at)));
        loop {
            let mut update = Update::default();
            let value = from_ending(ending, record, now);
            match ending {
                // Nothing takes back that a number was verified.
                Ending::Verified => {
                    update.set(&ending_name(stamp), value);
                    let known = update.placeholders.path([ending_name(stamp).as_str(), "s"]);
                    let verified = update.placeholders.value(flag(true));
                    update
                        .conditions
                        .push(format!("(attribute_not_exists({known}) OR {known} <> {verified})"));
                }
                Ending::Uncharged => update.set_once(&ending_name(stamp), value),
            }
            times.iter().for_each(|(name, at)| set_later(&mut update, name, *at));
            let request = self.table.update(key.item(), update).returning_item();
            let item = match request.send().await? {
                Written::Done(item) => return read_attempts(key, &item),
                Written::Refused(item) => item,
            };
            let known = read_attempts(key, &item)?;
            if known.endings.get(&stamp).is_some_and(|(known, _)| *known == Ending::Verified) {
                return Ok(known);
            }
            // A time only rises, so one that is later now will be later at the next write, too.
            times.retain(|(name, at)| match item.get(*name) {
                Some(_) => number_of::<i64>(&item, name).is_ok_and(|known| known <= *at),
                None => !item.is_empty(),
            });
        }
    }

    /// Marks attempts as released by `token`, all or none; gives what stands there then, and whether they
    /// are.
    ///
    /// # Errors
    /// Where the store fails. Whether they are released is then not known, and may be asked again.
    pub async fn release(
        self,
        key: &AttemptsKey,
        stamps: &[Stamp],
        token: &Token,
    ) -> Result<Written<Attempts>, StoreError> {
        self.write(key, of_release(stamps, token)).await
    }

    /// Changes what an attempt claims, as long as it is as `token` wrote it and nobody has released it; gives
    /// what stands there then, and whether it was changed.
    ///
    /// # Errors
    /// Where the store fails. Whether it was changed is then not known.
    pub async fn amend(
        self,
        key: &AttemptsKey,
        stamp: Stamp,
        token: &Token,
        claims: &[Claim],
    ) -> Result<Written<Attempts>, StoreError> {
        self.write(key, of_amend(stamp, token, claims)).await
    }

    /// Removes an attempt, as long as it is as `token` wrote it and nobody has released it; gives what stands
    /// there then, and whether it was removed. In its place stays where the record of the verification is,
    /// until another one of the number takes over the slot.
    ///
    /// # Errors
    /// Where the store fails. Whether it was removed is then not known.
    pub async fn withdraw(
        self,
        key: &AttemptsKey,
        stamp: Stamp,
        token: &Token,
        record: &RecordKey,
        now: Timestamp,
    ) -> Result<Written<Attempts>, StoreError> {
        let mut update = of_unreleased(stamp, token);
        update.remove(&attempt_name(stamp));
        update.set(&denial_name(stamp), from_denial(record, now));
        self.write(key, update).await
    }

    /// Forgets attempts and endings.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn forget(self, key: &AttemptsKey, stamps: &[Stamp]) -> Result<(), StoreError> {
        self.write(key, of_forget(stamps)).await.map(|_| ())
    }

    async fn write(self, key: &AttemptsKey, update: Update) -> Result<Written<Attempts>, StoreError> {
        let request = self.table.update(key.item(), update).returning_item();
        request.send().await?.read(|item| read_attempts(key, &item))
    }
}

#[cfg(feature = "cli")]
impl AttemptItems<'_> {
    /// What is known of a number at this moment. The function never looks without writing: each write brings
    /// the item back.
    ///
    /// # Errors
    /// Where the store fails, or the item cannot be read.
    pub async fn peek(self, key: &AttemptsKey) -> Result<Attempts, StoreError> {
        let item = self.table.get(key.item()).await?;
        read_attempts(key, &item.unwrap_or_default())
    }

    /// Where the records of a number's verifications are, as far as its item leads to them. An item that has
    /// expired leads nowhere.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn trail(self, app: &AppKey, number: &NumberKey, now: Timestamp) -> Result<Trail, StoreError> {
        let item = self.table.get(AttemptsKey::new(app, number).item()).await?;
        let item = item.filter(|item| !has_expired(item, now));
        Ok(item.map(|item| to_trail(app, &item)).unwrap_or_default())
    }
}

/// What a number's item knows of its verifications: those that took shares, that ended, or that were denied
/// after they had taken some. There are not many of each, and the oldest are forgotten first.
#[cfg(feature = "cli")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// The records, with the earliest time that the item has for each.
    pub records: BTreeMap<RecordKey, Timestamp>,
    /// The earliest time of all that stands in the item, also of what leads to no record.
    pub since: Option<Timestamp>,
}

/// Reads the item.
pub(super) fn read_attempts(key: &AttemptsKey, item: &Item) -> Result<Attempts, StoreError> {
    to_attempts(item).map_err(|problem| StoreError::unreadable(key.item(), problem))
}

/// The update that adds an attempt.
pub(super) fn of_open(stamp: Stamp, attempt: &Attempt, record: &RecordKey, kept: Duration) -> Update {
    let mut update = kept_until(attempt.at, kept);
    update.set_once(&attempt_name(stamp), from_attempt(attempt, record));
    update
}

/// The update that changes what an attempt claims.
pub(super) fn of_amend(stamp: Stamp, token: &Token, claims: &[Claim]) -> Update {
    let mut update = of_unreleased(stamp, token);
    let path = update.placeholders.path([attempt_name(stamp).as_str(), "q"]);
    let claims = update.placeholders.value(from_claims(claims));
    update.sets.push(format!("{path} = {claims}"));
    update
}

/// The update that marks attempts as released by `token`.
pub(super) fn of_release(stamps: &[Stamp], token: &Token) -> Update {
    let mut update = Update::default();
    let token = update.placeholders.value(text(token.as_str()));
    for stamp in stamps {
        let attempt = update.placeholders.name(&attempt_name(*stamp));
        let released = update.placeholders.path([attempt_name(*stamp).as_str(), "r"]);
        update.conditions.push(format!("attribute_exists({attempt})"));
        update.conditions.push(format!("(attribute_not_exists({released}) OR {released} = {token})"));
        update.sets.push(format!("{released} = {token}"));
    }
    update
}

/// The update that forgets attempts and endings.
pub(super) fn of_forget(stamps: &[Stamp]) -> Update {
    let mut update = Update::default();
    for name in stamps.iter().flat_map(|stamp| [attempt_name(*stamp), ending_name(*stamp)]) {
        update.remove(&name);
    }
    update
}

/// An update of an attempt as `token` wrote it and nobody has released it.
fn of_unreleased(stamp: Stamp, token: &Token) -> Update {
    let mut update = Update::default();
    let name = attempt_name(stamp);
    let writer = update.placeholders.path([name.as_str(), "k"]);
    let released = update.placeholders.path([name.as_str(), "r"]);
    let token = update.placeholders.value(text(token.as_str()));
    update.conditions.push(format!("{writer} = {token} AND attribute_not_exists({released})"));
    update
}

/// Sets a time that never goes back.
fn set_later(update: &mut Update, name: &str, at: i64) {
    update.set(name, number(at));
    let (name, at) = (update.placeholders.name(name), update.placeholders.value(number(at)));
    update.conditions.push(format!("(attribute_not_exists({name}) OR {name} <= {at})"));
}

/// An update that keeps the item from now on for this time.
fn kept_until(now: Timestamp, kept: Duration) -> Update {
    let mut update = Update::default();
    update.set(EXPIRY, number(expiry(now, kept)));
    update
}
