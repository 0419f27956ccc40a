//! The counters of quotas in memory. What a write does is the quota's own arithmetic; this keeps the states,
//! as the table does for the gate.

use jiff::Timestamp;

use super::key::Key;
use super::live::LiveMap;
use super::packed::Names;
use super::packed_state::Seen;
use crate::gate::QuotaItem;
use crate::quota::{self, Demand, Reading, Return, Share, Stamp, State, Step};
use crate::store::QuotaKey;

/// The counters, by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    states: LiveMap<Key, Seen>,
    names: Names,
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
        let seen = self.states.get(&Key::of(&item.key)).filter(|seen| seen.is_fresh(now));
        match seen.and_then(|seen| seen.state(&self.names)) {
            Some(state) => {
                let demands: Vec<&Demand> = item.steps.iter().map(|of| &of.demand).collect();
                quota::full(&state, &demands, stamp, now)
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
        let key = Key::of(key);
        let before = self.states.get(&key).and_then(|seen| seen.state(&self.names));
        let write = match quota::take(before.as_ref(), demands, stamp, now) {
            Step::Write(write) => write,
            Step::AlreadyTaken(readings) | Step::Refused(readings) | Step::Untouched(readings) => {
                // A gate that does not remember it asks the table, and remembers what that said.
                if let Some(seen) = self.states.get_mut(&key).filter(|seen| !seen.is_fresh(now)) {
                    seen.see(now);
                }
                return (readings, Vec::new());
            }
        };
        let state = write.change.made_to(before.unwrap_or_default(), stamp);
        let mut readings = quota::readings_of(&state, demands, now);
        // Full counters in monitor mode took no part in the write.
        for (reading, known) in readings.iter_mut().zip(write.readings).filter(|(_, known)| known.over) {
            *reading = known;
        }
        self.states.put(key, Seen::new(state, now, &mut self.names));
        (readings, write.shares)
    }

    /// Gives back to one key.
    pub(super) fn give_back(&mut self, key: Key, back: &Return, now: Timestamp) {
        if back.is_empty() {
            return;
        }
        let Some(mut state) = self.states.get(&key).and_then(|seen| seen.state(&self.names)) else { return };
        // First as the gate does, which knows nothing of the key.
        let Some(unseen) = quota::give_back_unseen(back, now) else { return };
        let is_written = unseen.make_to(&mut state)
            || quota::give_back(&state, back, now).is_some_and(|write| write.make_to(&mut state));
        if is_written {
            self.states.put(key, Seen::new(state, now, &mut self.names));
        }
    }

    /// The state of a key.
    pub(super) fn state(&self, key: &QuotaKey) -> Option<State> {
        self.states.get(&Key::of(key)).and_then(|seen| seen.state(&self.names))
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.states.bytes(Seen::bytes)
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
