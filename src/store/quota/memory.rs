//! The quota states last seen by this process.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::quota::State;
use crate::store::QuotaKey;

/// How many states one generation holds. An attack on ever new numbers must not grow the function's memory.
const GENERATION: usize = 4_096;

/// How long a remembered state may stand in for the table where it leads to no write. Shares that were given
/// back since are noticed after this time.
const FRESH: SignedDuration = SignedDuration::from_secs(2);

/// A bounded map: entries move to the young generation when they are put, and go with the old one.
#[derive(Debug, Default)]
pub(in crate::store) struct Memory {
    young: HashMap<QuotaKey, (State, Timestamp)>,
    old: HashMap<QuotaKey, (State, Timestamp)>,
}

impl Memory {
    /// The state last seen, and whether that was moments ago.
    pub(super) fn last_seen(&self, key: &QuotaKey, now: Timestamp) -> Option<(State, bool)> {
        let (state, seen_at) = self.young.get(key).or_else(|| self.old.get(key))?;
        let age = now.duration_since(*seen_at);
        Some((state.clone(), age < FRESH && age > -FRESH))
    }

    /// Remembers a state.
    pub(super) fn put(&mut self, key: QuotaKey, state: State, now: Timestamp) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, (state, now));
    }
}
