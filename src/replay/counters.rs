//! The counters of quotas in memory. What a write does is the quota's own arithmetic; this keeps the states,
//! as the table does for the gate.

use jiff::Timestamp;

use super::live::{Ends, LiveMap};
use crate::gate::QuotaItem;
use crate::quota::{self, Demand, Reading, Return, Share, Stamp, State, Step};
use crate::store::{FRESH, QuotaKey};

/// The counters, by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    states: LiveMap<QuotaKey, Seen>,
}

/// A state, and when the gate would have seen it last: for a moment it trusts that a full quota is full yet.
#[derive(Clone, Debug)]
struct Seen {
    /// Apart from the map, which moves what it holds when it grows.
    state: Box<State>,
    at: Timestamp,
}

impl Ends for Seen {
    fn is_over(&self, now: Timestamp) -> bool {
        self.state.runs_out_at() <= u64::try_from(now.as_millisecond()).unwrap_or(0)
    }
}

impl Seen {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.at);
        age < FRESH && age > -FRESH
    }
}

impl Counters {
    /// For each step of an item the reading of its counter, where the gate would know without asking that it
    /// is full.
    pub(super) fn known_to_be_full(
        &self,
        item: &QuotaItem,
        stamp: Stamp,
        now: Timestamp,
    ) -> Vec<Option<Reading>> {
        match self.states.get(&item.key).filter(|seen| seen.is_fresh(now)) {
            Some(seen) => {
                let demands: Vec<&Demand> = item.steps.iter().map(|of| &of.demand).collect();
                quota::full(&seen.state, &demands, stamp, now)
            }
            None => Vec::new(),
        }
    }

    /// Takes what is demanded of a key, or nothing; gives the readings and the shares.
    pub(super) fn take(
        &mut self,
        key: &QuotaKey,
        demands: &[&Demand],
        stamp: Stamp,
        now: Timestamp,
    ) -> (Vec<Reading>, Vec<Share>) {
        let mut seen = self.states.get_mut(key);
        let write = match quota::take(seen.as_ref().map(|seen| &*seen.state), demands, stamp, now) {
            Step::Write(write) => write,
            Step::AlreadyTaken(readings) | Step::Refused(readings) | Step::Untouched(readings) => {
                // A gate that does not remember it asks the table, and remembers what that said.
                if let Some(seen) = seen.filter(|seen| !seen.is_fresh(now)) {
                    seen.at = now;
                }
                return (readings, Vec::new());
            }
        };
        let before = seen.as_mut().map(|seen| std::mem::take(&mut *seen.state)).unwrap_or_default();
        let state = write.change.made_to(before, stamp);
        let mut readings = quota::readings_of(&state, demands, now);
        // Full counters in monitor mode took no part in the write.
        for (reading, known) in readings.iter_mut().zip(write.readings).filter(|(_, known)| known.over) {
            *reading = known;
        }
        match seen {
            Some(seen) => (*seen.state, seen.at) = (state, now),
            None => self.states.put(key.clone(), Seen { state: Box::new(state), at: now }),
        }
        (readings, write.shares)
    }

    /// Gives back to one key.
    pub(super) fn give_back(&mut self, key: &QuotaKey, back: &Return, now: Timestamp) {
        if back.is_empty() {
            return;
        }
        let Some(seen) = self.states.get_mut(key) else { return };
        let is_written = |write: &quota::GiveBack, seen: &mut Seen| {
            let is_done = write.make_to(&mut seen.state);
            if is_done {
                seen.at = now;
            }
            is_done
        };
        // First as the gate does, which knows nothing of the key.
        let Some(unseen) = quota::give_back_unseen(back, now) else { return };
        if !is_written(&unseen, seen)
            && let Some(write) = quota::give_back(&seen.state, back, now)
        {
            is_written(&write, seen);
        }
    }

    /// The state of a key.
    pub(super) fn state(&self, key: &QuotaKey) -> Option<&State> {
        self.states.get(key).map(|seen| &*seen.state)
    }

    /// How many keys something is counted under.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// Forgets the counters that have run out.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.states.sweep(now);
    }
}
