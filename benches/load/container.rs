//! What a container remembers, as the store's memory does: the states last seen, and when.

use std::collections::HashMap;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use sinch_gate::quota::{self, Demand, Stamp, State, Step};

use crate::item;
use crate::table::Key;

/// How long a state that leads to no write stands in for the table.
const FRESH: SignedDuration = SignedDuration::from_secs(2);

#[derive(Default)]
pub(crate) struct Container {
    states: HashMap<Key, (Rc<State>, Timestamp)>,
}

impl Container {
    pub(crate) fn remember(&mut self, key: Key, state: Rc<State>, now: Timestamp) {
        self.states.insert(key, (state, now));
    }

    /// Whether a demand is refused without asking the table.
    pub(crate) fn refuses(&self, key: Key, demands: &[Demand], stamp: Stamp, now: Timestamp) -> bool {
        self.last_seen(key, now).is_some_and(|(state, fresh)| {
            fresh && quota::full(state, demands, stamp, now).iter().any(Option::is_some)
        })
    }

    pub(crate) fn first_step(&self, key: Key, demands: &[Demand], stamp: Stamp, now: Timestamp) -> Step {
        item::first_step(self.last_seen(key, now), key.is_often_new(), demands, stamp, now)
    }

    fn last_seen(&self, key: Key, now: Timestamp) -> Option<(&State, bool)> {
        let (state, seen_at) = self.states.get(&key)?;
        let age = now.duration_since(*seen_at);
        Some((state, age < FRESH && age > -FRESH))
    }
}
