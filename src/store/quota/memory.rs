//! The quota states last seen by this process.

use jiff::{SignedDuration, Timestamp};

use crate::bounded::BoundedMap;
use crate::quota::State;
use crate::store::QuotaKey;

/// How much memory the states take that were seen last; twice as much is the most of all. A state of a few
/// counters takes 1 to 2 KB, so this is some hundred verifications. What many of them share, such as a
/// country, is always among them, and to remember a number that asked long ago saves nothing.
const BYTES: usize = 2 << 20;

/// How long a remembered state may stand in for the table where it leads to no write. Shares that were given
/// back since are noticed after this time.
pub(crate) const FRESH: SignedDuration = SignedDuration::from_secs(2);

/// What an entry takes beside key and state, in a map that is half empty.
const OVERHEAD: usize = 256;

/// The states last seen, and when.
#[derive(Debug)]
pub(in crate::store) struct Memory {
    states: BoundedMap<QuotaKey, (State, Timestamp)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { states: BoundedMap::new(BYTES) }
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
        let bytes = state.bytes().saturating_add(key.name().len()).saturating_add(OVERHEAD);
        self.states.put_weighing(key, (state, now), bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::quota::{Counter, Ring, Window};

    #[test]
    fn states_of_many_counters_do_not_take_more_memory_than_those_of_few() {
        let now = Timestamp::UNIX_EPOCH;
        let window = Window::new(Duration::from_secs(86_400)).unwrap();
        let full = Ring::new(1.into(), vec![1.into(); 20]);
        let counter = Counter { admitted: full.clone(), verified: full, ..Counter::new(window, now) };
        for n_counters in [1, 40, 200] {
            let counters = (0..n_counters).map(|n| (format!("a-rule-of-some-length-{n}"), counter.clone()));
            let state = State { counters: counters.collect(), ..State::default() };
            let bytes = state.bytes();
            // Two rings of 21 decimals of 16 bytes are the least that each takes.
            assert!(bytes >= n_counters * 640, "{bytes} bytes");
            let mut memory = Memory::default();
            for n in 0..4 * BYTES / bytes {
                memory.put(QuotaKey::named(format!("QUOTA#app#number#{n}")), state.clone(), now);
            }
            let kept = (0..4 * BYTES / bytes)
                .filter(|n| {
                    memory.last_seen(&QuotaKey::named(format!("QUOTA#app#number#{n}")), now).is_some()
                })
                .count();
            assert!(kept * bytes <= 2 * BYTES && kept * bytes >= BYTES / 2, "{kept} of {bytes} bytes");
        }
    }
}
