//! What the table does with a write, on a state in memory: whoever keeps states there changes them as the
//! table would.

use rust_decimal::Decimal;

use super::{Adjustment, Change, Charge, GiveBack, Member, Room, Stamp, State};

impl Change {
    /// The state after a write that [`take`](super::take) computed from it. Its conditions hold then.
    #[must_use]
    pub fn made_to(self, state: State, stamp: Stamp) -> State {
        let rooms = match self {
            Self::Add(rooms) => rooms,
            Self::Replace { state, .. } => return *state,
        };
        let mut state = state;
        rooms.iter().for_each(|room| room.fill(&mut state, stamp));
        state.version = state.version.saturating_add(1);
        stamp.put_into(&mut state.stamps);
        state
    }
}

impl Room {
    fn fill(&self, state: &mut State, stamp: Stamp) {
        match self.charge {
            Charge::Amount { cost, .. } => {
                if let Some(counter) = state.counters.get_mut(&self.rule) {
                    counter.admitted.add(cost);
                }
            }
            Charge::Value { value, .. } => {
                if let Some(values) = state.values.get_mut(&self.rule) {
                    let new = Member { bucket: self.bucket, last: stamp, first: stamp };
                    let member = values.members.entry(value).or_insert(new);
                    (member.bucket, member.last) = (self.bucket, stamp);
                }
            }
        }
    }
}

impl GiveBack {
    /// Makes the write to a state where its conditions hold; says whether they do.
    #[must_use]
    pub fn make_to(&self, state: &mut State) -> bool {
        let (counters, values, stamp) = match self {
            Self::Adjust { counters, values, stamp } => (counters, values, *stamp),
            Self::Replace { seen, state: after } => {
                let holds = *seen == state.version;
                if holds {
                    state.clone_from(after);
                }
                return holds;
            }
        };
        let is_there = |((rule, value), (bucket, by)): (&(String, _), &(u64, Stamp))| {
            let member = state.values.get(rule).and_then(|values| values.members.get(value));
            member == Some(&Member { bucket: *bucket, last: *by, first: *by })
        };
        let holds = counters.iter().all(|(rule, adjustment)| adjustment.holds(rule, state))
            && values.iter().all(is_there)
            && stamp.is_none_or(|stamp| stamp.is_in(&state.stamps));
        if holds {
            counters.iter().for_each(|(rule, adjustment)| adjustment.make_to(rule, state));
            for (rule, value) in values.keys() {
                if let Some(values) = state.values.get_mut(rule) {
                    values.members.remove(value);
                }
            }
            if let Some(stamp) = stamp {
                stamp.give_back_in(&mut state.stamps);
            }
            state.version = state.version.saturating_add(1);
        }
        holds
    }
}

impl Adjustment {
    fn holds(&self, rule: &str, state: &State) -> bool {
        let Some(counter) = state.counters.get(rule) else { return false };
        let cuts = (self.cuts.first_key_value(), self.cuts.last_key_value());
        let is_in_time = match (&self.gain, cuts) {
            (Some((newest, _)), _) => counter.bucket == *newest,
            (None, (Some((oldest, _)), Some((newest, _)))) => {
                (*newest..=oldest.saturating_add(self.window.buckets())).contains(&counter.bucket)
            }
            (None, _) => true,
        };
        let held = |bucket: u64| {
            counter.bucket.checked_sub(bucket).map_or(Decimal::ZERO, |age| counter.admitted.at_age(age))
        };
        counter.window == self.window
            && is_in_time
            && self.cuts.iter().all(|(bucket, amount)| held(*bucket) >= *amount)
    }

    fn make_to(&self, rule: &str, state: &mut State) {
        let Some(counter) = state.counters.get_mut(rule) else { return };
        self.cuts.iter().for_each(|(bucket, amount)| counter.subtract(*bucket, *amount));
        if let Some((_, amount)) = self.gain {
            counter.verified.add(amount);
        }
    }
}
