//! Releasing: what an ended verification gives back to the quotas.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use super::Gate;
use super::final_by_age::decided_before;
use super::notice::Failure;
use crate::attempt::{Attempts, Ending};
use crate::privacy::NumberKey;
use crate::quota::{Return, Stamp};
use crate::record::Subject;
use crate::signature::AppKey;
use crate::store::{AttemptsKey, QuotaKey, RecordKey, StoreError};
use crate::token::Token;

/// How often attempts are asked for again that others released meanwhile.
const TRIES: u32 = 4;

/// One verification that gives back what it took, or a part of that, and the deadline for doing so.
pub(super) struct Closing<'a> {
    pub(super) id: &'a str,
    pub(super) attempts_key: &'a AttemptsKey,
    pub(super) stamp: Stamp,
    pub(super) deadline: Instant,
    pub(super) now: Timestamp,
}

impl Gate {
    /// Remembers how a verification of a number ended, and gives back what that frees.
    ///
    /// It may be repeated: what was given back once is not given back again.
    ///
    /// # Errors
    /// Where the store fails before anything was released.
    pub(super) async fn close(
        &self,
        subject: &Subject,
        record: &RecordKey,
        number: &NumberKey,
        ending: Ending,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Subject { app, id, .. } = subject;
        let key = AttemptsKey::new(app, number);
        let stamp = Stamp::new(app.as_str(), id);
        let kept = self.memory_of_numbers(app);
        let attempts = self.store.attempts().end(&key, stamp, ending, record, kept, now).await?;
        let closing = Closing { id, attempts_key: &key, stamp, deadline: self.deadline(), now };
        self.release(&closing, attempts).await
    }

    /// Gives back what the ending of a verification frees, as far as nobody has.
    ///
    /// # Errors
    /// Where the store fails before anything was released, or others release attempts of the number at every
    /// try.
    pub(super) async fn release(
        &self,
        closing: &Closing<'_>,
        mut attempts: Attempts,
    ) -> Result<(), StoreError> {
        let Closing { attempts_key: key, stamp, .. } = *closing;
        let token = Token::new(fastrand::u128(..));
        let decided_before = decided_before(self.settings.budget, closing.now);
        for _ in 0..TRIES {
            let freed = attempts.freed_by(stamp, &token, decided_before);
            if freed.is_empty() {
                self.forget_surplus(closing, &attempts).await;
                return Ok(());
            }
            let written = self.store.attempts().release(key, &freed, &token).await?;
            let is_released = written.is_done();
            attempts = written.into_inner();
            if is_released {
                let returns = attempts.returns(stamp, &freed);
                let returns = returns.into_iter().map(|(name, back)| (QuotaKey::named(name), back));
                self.give_back_all(closing, returns).await;
                self.forget_surplus(closing, &attempts).await;
                return Ok(());
            }
        }
        // Others release attempts of this number all the time. As a result that cannot be stored, it is sent
        // again.
        Err(StoreError::Contended(TRIES))
    }

    /// Gives back to several keys at once. A failure is logged; the window heals it.
    pub(super) async fn give_back_all(
        &self,
        closing: &Closing<'_>,
        returns: impl Iterator<Item = (QuotaKey, Return)>,
    ) {
        let given = returns.filter(|(_, back)| !back.is_empty()).map(|(key, back)| async move {
            let giving = self.store.quotas().give_back(&key, &back, closing.now);
            let failure = Failure::SharesNotGivenBack { id: closing.id, key: &key };
            let _ = self.within(closing.deadline, giving, failure).await;
        });
        join_all(given).await;
    }

    /// Forgets what is too much, so that the item stays small. It is tried again next time.
    pub(super) async fn forget_surplus(&self, closing: &Closing<'_>, attempts: &Attempts) {
        let surplus = attempts.surplus();
        if surplus.is_empty() {
            return;
        }
        let forgetting = self.store.attempts().forget(closing.attempts_key, &surplus);
        let failure = Failure::SurplusNotForgotten { id: closing.id };
        let _ = self.within(closing.deadline, forgetting, failure).await;
    }

    /// How long a number's attempts are kept: as long as records are, or as the policy looks back.
    pub(super) fn memory_of_numbers(&self, app: &AppKey) -> Duration {
        self.settings.retention.max(self.policies.current(app).policy.longest_past())
    }
}
