//! Quotas in the table: one conditional `UpdateItem` per key, and a memory of the states last seen.
//!
//! No read is ever made: a write whose condition fails brings the state back with it
//! (`ReturnValuesOnConditionCheckFailure`), and a write that succeeds returns the state it made.

mod item;
mod memory;
mod peek;
mod write;

use jiff::Timestamp;

pub(super) use memory::Memory;

use super::{QuotaKey, Store, StoreError};
use crate::quota::{self, Change, Demand, Reading, Share, Stamp, State, Step, Write};
use write::{Outcome, Retry};

/// How often a write is tried while others change the same item. Each try after the first starts from the
/// newest state, so more than a few are needed only under heavy contention for one key.
const TRIES: u32 = 12;

/// What came of a demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Take {
    /// The verification holds its shares.
    Held(Held),
    /// An enforced limit is reached; nothing was taken.
    Refused(Vec<Reading>),
}

/// Shares that a verification holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Where the counters stand.
    pub readings: Vec<Reading>,
    /// What this very call took; empty where an earlier call for the same verification had taken it.
    pub shares: Vec<Share>,
}

impl Store {
    /// Takes what the demands ask of one key, or nothing.
    ///
    /// # Errors
    /// Where the store fails, or others change the item at every try; whether a share was taken is then not
    /// known, which errs towards refusing and heals with the window.
    pub async fn take(
        &self,
        key: &QuotaKey,
        demands: &[Demand],
        stamp: Stamp,
        now: Timestamp,
    ) -> Result<Take, StoreError> {
        let mut step = self.first_step(key, demands, stamp, now);
        for attempt in 0..TRIES {
            let write = match step {
                Step::Write(write) => write,
                Step::AlreadyTaken(readings) | Step::Untouched(readings) => {
                    return Ok(Take::Held(Held { readings, shares: Vec::new() }));
                }
                Step::Refused(readings) => return Ok(Take::Refused(readings)),
            };
            let state = match self.write_quota(key, &write, stamp).await? {
                Outcome::Done(state) => {
                    let mut readings = quota::readings_of(&state, demands, now);
                    // Full counters in monitor mode took no part in the write.
                    for known in write.readings.into_iter().filter(|reading| reading.over) {
                        readings.iter_mut().filter(|r| r.rule == known.rule).for_each(|r| *r = known.clone());
                    }
                    self.remember(key, state, now);
                    return Ok(Take::Held(Held { readings, shares: write.shares }));
                }
                Outcome::Stale(state) => state,
            };
            step = quota::take(state.as_ref(), demands, stamp, now);
            if let Some(state) = state {
                self.remember(key, state, now);
            }
            if attempt >= 2 && matches!(&step, Step::Write(Write { change: Change::Replace { .. }, .. })) {
                tokio::time::sleep(std::time::Duration::from_millis(fastrand::u64(0..5 << attempt.min(4))))
                    .await;
            }
        }
        Err(StoreError::Contended(TRIES))
    }

    /// The refusal that is certain without asking the table: moments ago, in the bucket that is still the
    /// current one, the total left no room, and the verification held no share of it.
    #[must_use]
    pub fn refused_in_memory(
        &self,
        key: &QuotaKey,
        demands: &[Demand],
        stamp: Stamp,
        now: Timestamp,
    ) -> Option<Vec<Reading>> {
        let (state, is_fresh) = self.memory.lock().ok()?.last_seen(key, now)?;
        if is_fresh { quota::refusal(&state, demands, stamp, now) } else { None }
    }

    /// Gives shares back that [`Self::take`] took, since the verification was denied after all.
    ///
    /// `stamp` is the verification's, where it gives back all that it holds of the key, and `None` where it
    /// keeps some. A share is given back at most once: where the outcome of a try is not known, it is not
    /// tried again. A lost give-back heals with the window.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn give_back(
        &self,
        key: &QuotaKey,
        shares: &[Share],
        stamp: Option<Stamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut outcome = self.subtract(key, shares, stamp).await?;
        for _ in 0..TRIES {
            let state = match outcome {
                Outcome::Done(state) => {
                    self.remember(key, state, now);
                    return Ok(());
                }
                Outcome::Stale(Some(state))
                    if !stamp.is_some_and(|stamp| stamp.was_removed(&state.stamps)) =>
                {
                    state
                }
                // Forgotten with its window, or given back already.
                Outcome::Stale(_) => return Ok(()),
            };
            outcome = if quota::are_current(&state, shares) {
                // Another verification has overwritten the stamp since; the shares are still ours.
                self.subtract(key, shares, None).await?
            } else {
                self.replace(key, Some(state.version), &quota::give_back(&state, shares, stamp), Retry::No)
                    .await?
            };
        }
        Err(StoreError::Contended(TRIES))
    }

    /// What to try first, by what this process remembers. A memory that does not lead to a write is trusted
    /// only while it is fresh; otherwise the table is asked, by a write that it may well refuse.
    fn first_step(&self, key: &QuotaKey, demands: &[Demand], stamp: Stamp, now: Timestamp) -> Step {
        let remembered = self.memory.lock().ok().and_then(|memory| memory.last_seen(key, now));
        match remembered {
            None if key.is_often_new() => quota::take(None, demands, stamp, now),
            None => Step::Write(quota::take_unseen(demands, now)),
            Some((state, is_fresh)) => match quota::take(Some(&state), demands, stamp, now) {
                Step::Write(write) => Step::Write(write),
                step if is_fresh => step,
                _ => Step::Write(quota::take_unseen(demands, now)),
            },
        }
    }

    fn remember(&self, key: &QuotaKey, state: State, now: Timestamp) {
        if let Ok(mut memory) = self.memory.lock() {
            memory.put(key.clone(), state, now);
        }
    }
}
