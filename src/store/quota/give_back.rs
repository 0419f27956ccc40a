//! Giving shares back, at most once: when a give-back is sent again, and when it is not.

use jiff::Timestamp;

use super::write::{of_give_back, read_state};
use super::{QuotaItems, TRIES};
use crate::quota::{self, GiveBack, Return, State};
use crate::store::table::back_off;
use crate::store::{QuotaKey, StoreError, Written};

impl QuotaItems<'_> {
    /// Gives back to one key, at most once.
    ///
    /// Where the outcome of a try is not known, it is tried again only while the verification's stamp proves
    /// that nothing was given back. What is lost heals with the window.
    ///
    /// # Errors
    /// Where the store fails, or the outcome stays unknown.
    pub async fn give_back(self, key: &QuotaKey, back: &Return, now: Timestamp) -> Result<(), StoreError> {
        let mut change = quota::give_back_unseen(back, now);
        let mut is_stamped = back.stamp.is_some();
        let mut is_unclear = false;
        for attempt in 0..TRIES {
            let Some(write) = &change else { return Ok(()) };
            match self.write_give_back(key, write).await {
                Ok(Written::Done(state)) => {
                    self.remember(key, state.unwrap_or_default(), now);
                    return Ok(());
                }
                // Forgotten with its window.
                Ok(Written::Refused(None)) => return Ok(()),
                Ok(Written::Refused(Some(state))) => {
                    change = quota::give_back(&state, back, now);
                    is_stamped = back.is_stamped_in(&state);
                    if is_unclear && change.is_some() && !is_stamped {
                        return Err(StoreError::Timeout);
                    }
                }
                Err(error) if error.took_no_effect() => back_off(attempt).await,
                Err(_) if is_stamped => is_unclear = true,
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Contended(TRIES))
    }

    /// Writes what gives shares back. It is sent once, since a repeat could give back twice.
    async fn write_give_back(
        self,
        key: &QuotaKey,
        change: &GiveBack,
    ) -> Result<Written<Option<State>>, StoreError> {
        let item = key.item();
        let request = self.table.update(&item, of_give_back(change));
        request.returning_item().once().send().await?.read(|item| read_state(key, &item))
    }
}
