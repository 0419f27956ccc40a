//! Releasing: what an ended verification gives back to the quotas.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use super::Gate;
use crate::attempt::{Attempts, Ending};
use crate::quota::{Return, Stamp};
use crate::store::{AttemptsKey, QuotaKey, StoreError};

/// How often attempts are asked for again that others released meanwhile.
const TRIES: u32 = 4;

impl Gate {
    /// Remembers how a verification of a number ended, and gives back what that frees.
    ///
    /// It may be repeated: what was given back once is not given back again.
    ///
    /// # Errors
    /// Where the store fails before anything was released.
    pub(super) async fn close(
        &self,
        app: &str,
        id: &str,
        stored_number: &str,
        ending: Ending,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = AttemptsKey::new(app, stored_number);
        let stamp = Stamp::new(app, id);
        let kept = self.memory_of_numbers(app);
        let attempts = self.store.attempts().end(&key, stamp, ending, kept, now).await?;
        self.release(&key, stamp, attempts, self.deadline(), now).await
    }

    /// Gives back what the ending of a verification frees, as far as nobody has.
    ///
    /// # Errors
    /// Where the store fails before anything was released, or others release attempts of the number at every try.
    pub(super) async fn release(
        &self,
        key: &AttemptsKey,
        stamp: Stamp,
        mut attempts: Attempts,
        deadline: Instant,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let token = super::token();
        for _ in 0..TRIES {
            let freed = attempts.freed_by(stamp, &token);
            if freed.is_empty() {
                self.forget_surplus(key, &attempts, deadline).await;
                return Ok(());
            }
            let written = self.store.attempts().release(key, &freed, &token).await?;
            let is_released = written.is_done();
            attempts = written.into_inner();
            if is_released {
                let returns = attempts.returns(stamp, &freed);
                let returns = returns.into_iter().map(|(name, back)| (QuotaKey::named(name), back));
                self.give_back_all(returns, deadline, now).await;
                self.forget_surplus(key, &attempts, deadline).await;
                return Ok(());
            }
        }
        // Others release attempts of this number all the time. As a result that cannot be stored, it is sent again.
        Err(StoreError::Contended(TRIES))
    }

    /// Gives back to several keys at once. A failure is logged; the window heals it.
    pub(super) async fn give_back_all(
        &self,
        returns: impl Iterator<Item = (QuotaKey, Return)>,
        deadline: Instant,
        now: Timestamp,
    ) {
        let given = returns.filter(|(_, back)| !back.is_empty()).map(|(key, back)| async move {
            if let Err(error) = self.within(deadline, self.store.quotas().give_back(&key, &back, now)).await {
                tracing::warn!(cause = error.name(), ?key, %error, "shares not given back");
            }
        });
        join_all(given).await;
    }

    /// Forgets what is too much, so that the item stays small. It is tried again next time.
    pub(super) async fn forget_surplus(&self, key: &AttemptsKey, attempts: &Attempts, deadline: Instant) {
        let surplus = attempts.surplus();
        if surplus.is_empty() {
            return;
        }
        if let Err(error) = self.within(deadline, self.store.attempts().forget(key, &surplus)).await {
            tracing::debug!(cause = error.name(), "surplus attempts not forgotten");
        }
    }

    /// How long a number's attempts are kept: as long as records are, or as the policy looks back.
    pub(super) fn memory_of_numbers(&self, app: &str) -> Duration {
        self.settings.retention.max(self.policies.current(app).policy.longest_memory())
    }
}
