//! Quotas in the table: one conditional `UpdateItem` per key, and a memory of the states last seen.
//!
//! The function never reads a quota: a write whose condition fails brings the state back with it
//! (`ReturnValuesOnConditionCheckFailure`), and a write that succeeds returns the state it made.

mod give_back;
mod item;
mod memory;
mod write;

use std::sync::Mutex;

use jiff::Timestamp;

#[cfg(feature = "cli")]
pub(crate) use memory::FRESH;
pub(super) use memory::Memory;
pub use write::{expressions_of_give_back, expressions_of_take};
#[cfg(all(feature = "cli", any(test, fuzzing)))]
pub(super) use write::{of_give_back, of_take};

use super::table::back_off;
use super::{QuotaKey, StoreError, Table, Written};
use crate::quota::{self, Change, Demand, Reading, Share, Stamp, State, Step, Write};

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

/// The counters of the quotas in a table, and what this process remembers of them.
#[derive(Clone, Copy, Debug)]
pub struct QuotaItems<'a> {
    table: &'a Table,
    memory: &'a Mutex<Memory>,
}

impl<'a> QuotaItems<'a> {
    pub(super) fn new(table: &'a Table, memory: &'a Mutex<Memory>) -> Self {
        Self { table, memory }
    }

    /// Takes what the demands ask of one key, or nothing.
    ///
    /// # Errors
    /// Where the store fails, or others change the item at every try; whether a share was taken is then not
    /// known, which errs towards refusing and heals with the window.
    pub async fn take(
        self,
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
            match self.write_take(key, &write.change, stamp).await? {
                Written::Done(state) => {
                    return Ok(Take::Held(self.held(key, demands, write, state.unwrap_or_default(), now)));
                }
                Written::Refused(state) => step = self.next_step(key, demands, stamp, state, now).await,
            }
            if attempt >= 2 && matches!(&step, Step::Write(Write { change: Change::Replace { .. }, .. })) {
                back_off(attempt).await;
            }
        }
        Err(StoreError::Contended(TRIES))
    }

    /// What a write that was done has taken, and where the counters stand after it.
    fn held(self, key: &QuotaKey, demands: &[Demand], write: Write, state: State, now: Timestamp) -> Held {
        let mut readings = quota::readings_of(&state, demands, now);
        // Full counters in monitor mode took no part in the write.
        for known in write.readings.into_iter().filter(|reading| reading.over) {
            readings.iter_mut().filter(|r| r.rule == known.rule).for_each(|r| *r = known.clone());
        }
        self.remember(key, state, now);
        Held { readings, shares: write.shares }
    }

    /// What to try after a write that was refused, by the state that came back with the refusal.
    async fn next_step(
        self,
        key: &QuotaKey,
        demands: &[Demand],
        stamp: Stamp,
        state: Option<State>,
        now: Timestamp,
    ) -> Step {
        let step = quota::take(state.as_ref(), demands, stamp, now);
        if let Some(mut state) = state {
            if !matches!(step, Step::Write(_)) {
                state = self.recut(key, state, demands, stamp, now).await;
            }
            self.remember(key, state, now);
        }
        step
    }

    /// Writes down what a shorter window of a newer policy concerns; gives the state after that. What is
    /// answered does not depend on it, so a failure is left to the next one.
    async fn recut(
        self,
        key: &QuotaKey,
        state: State,
        demands: &[Demand],
        stamp: Stamp,
        now: Timestamp,
    ) -> State {
        let Some(change) = quota::recut(&state, demands, now) else { return state };
        match self.write_take(key, &change, stamp).await {
            Ok(written) => written.into_inner().unwrap_or(state),
            Err(error) => {
                super::notice::WindowNotShortened { key, error: &error }.log();
                state
            }
        }
    }

    /// For each demand the reading of its counter where that is certainly full without asking the table:
    /// moments ago, in the bucket that is still the current one, the total left no room, and the verification
    /// held no share of it.
    #[must_use]
    pub fn full_in_memory(
        self,
        key: &QuotaKey,
        demands: &[Demand],
        stamp: Stamp,
        now: Timestamp,
    ) -> Vec<Option<Reading>> {
        let seen = self.memory.lock().ok().and_then(|memory| memory.last_seen(key, now));
        match seen {
            Some((state, is_fresh)) if is_fresh => quota::full(&state, demands, stamp, now),
            _ => vec![None; demands.len()],
        }
    }

    /// What to try first, by what this process remembers. A memory that does not lead to a write is trusted
    /// only while it is fresh; otherwise the table is asked, by a write that it may well refuse.
    fn first_step(self, key: &QuotaKey, demands: &[Demand], stamp: Stamp, now: Timestamp) -> Step {
        let remembered = self.memory.lock().ok().and_then(|memory| memory.last_seen(key, now));
        let Some((state, is_fresh)) = remembered else {
            return if key.is_often_new() {
                quota::take(None, demands, stamp, now)
            } else {
                quota::take_unseen(None, demands, stamp, now)
            };
        };
        match quota::take(Some(&state), demands, stamp, now) {
            // Of a key that is always in use, another container has probably turned the bucket already.
            Step::Write(write) if key.is_often_new() || matches!(write.change, Change::Add(_)) => {
                Step::Write(write)
            }
            step @ (Step::AlreadyTaken(_) | Step::Refused(_) | Step::Untouched(_))
                if is_fresh && quota::recut(&state, demands, now).is_none() =>
            {
                step
            }
            _ => quota::take_unseen(Some(&state), demands, stamp, now),
        }
    }

    fn remember(self, key: &QuotaKey, state: State, now: Timestamp) {
        if let Ok(mut memory) = self.memory.lock() {
            memory.put(key.clone(), state, now);
        }
    }
}

#[cfg(feature = "cli")]
impl QuotaItems<'_> {
    /// The counters of a key as they stand at this moment; `None` where nothing was counted, or long ago. The
    /// function never looks without taking: its write brings the state with it.
    ///
    /// # Errors
    /// Where the store fails, or the item cannot be read.
    pub async fn peek(self, key: &QuotaKey) -> Result<Option<State>, StoreError> {
        let item = self.table.get(&key.item()).await?;
        write::read_state(key, &item.unwrap_or_default())
    }
}
