//! The quota states last seen by this process.

use jiff::{SignedDuration, Timestamp};

use crate::bounded::BoundedMap;
use crate::quota::State;
use crate::store::QuotaKey;

/// How many states are kept.
const STATES: usize = 4_096;

/// How long a remembered state may stand in for the table where it leads to no write. Shares that were given
/// back since are noticed after this time.
const FRESH: SignedDuration = SignedDuration::from_secs(2);

/// The states last seen, and when.
#[derive(Debug)]
pub(in crate::store) struct Memory {
    states: BoundedMap<QuotaKey, (State, Timestamp)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { states: BoundedMap::new(STATES) }
    }
}

impl Memory {
    /// The state last seen, and whether that was moments ago.
    pub(super) fn last_seen(&self, key: &QuotaKey, now: Timestamp) -> Option<(State, bool)> {
        let (state, seen_at) = self.states.get(key)?;
        let age = now.duration_since(*seen_at);
        Some((state.clone(), age < FRESH && age > -FRESH))
    }

    /// Remembers a state.
    pub(super) fn put(&mut self, key: QuotaKey, state: State, now: Timestamp) {
        self.states.put(key, (state, now));
    }
}
