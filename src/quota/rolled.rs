//! What a rule has counted for a key, rolled to the time of a demand.

use std::borrow::Cow;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Charge, Counter, Demand, Measure, Reading, Room, Share, Stamp, State, Taken, ValueMark, Values};

/// A demand, and what its rule has counted as it stands when the demand is made.
pub(super) struct Rolled<'d> {
    demand: &'d Demand,
    counted: Counted<'d>,
    is_moving: bool,
}

enum Counted<'d> {
    Amount { counter: Cow<'d, Counter>, cost: Decimal, grow: Option<Decimal> },
    Distinct { values: Values, value: ValueMark },
}

impl<'d> Rolled<'d> {
    /// Rolls what a state has counted for the demand's rule; without a state, nothing was counted.
    pub(super) fn of(state: Option<&'d State>, demand: &'d Demand, now: Timestamp) -> Self {
        let window = demand.window;
        let (counted, is_moving) = match demand.measure {
            Measure::Amount { cost, grow } => {
                let stored = state.and_then(|state| state.counters.get(&demand.rule));
                let is_moving = stored.is_some_and(|counter| counter.moves_under(window, now));
                let counter = stored.map_or_else(
                    || Cow::Owned(Counter::new(window, now)),
                    |counter| counter.rolled_to(window, now),
                );
                (Counted::Amount { counter, cost, grow }, is_moving)
            }
            Measure::Distinct { value } => {
                let stored = state.and_then(|state| state.values.get(&demand.rule));
                let is_moving = stored.is_some_and(|values| values.moves_under(window, now));
                let values =
                    stored.map_or_else(|| Values::new(window, now), |values| values.rolled_to(window, now));
                (Counted::Distinct { values, value }, is_moving)
            }
        };
        Self { demand, counted, is_moving }
    }

    /// Whether what was counted moves on with time, until it is put into a state under the newer window.
    pub(super) fn is_moving(&self) -> bool {
        self.is_moving
    }

    /// Where it stands for the demand, which has not been charged.
    pub(super) fn reading(&self) -> Reading {
        match &self.counted {
            Counted::Amount { counter, cost, grow } => counter.reading(self.demand, *cost, *grow),
            Counted::Distinct { values, value } => values.reading(self.demand, *value),
        }
    }

    /// Where it stands for a demand that has been charged already.
    pub(super) fn held(&self) -> Reading {
        let (total, limit) = match &self.counted {
            Counted::Amount { counter, grow, .. } => {
                (counter.admitted.total, counter.limit(self.demand.limit, *grow))
            }
            Counted::Distinct { values, .. } => (Decimal::from(values.members.len()), self.demand.limit),
        };
        Reading { rule: self.demand.rule_id().to_owned(), total, limit, over: false, retry_at: None }
    }

    /// The share that the demand takes.
    pub(super) fn share(&self, stamp: Stamp) -> Share {
        let taken = match self.counted {
            Counted::Amount { cost, .. } => Taken::Amount(cost),
            Counted::Distinct { value, .. } => Taken::Value { value, by: stamp },
        };
        Share { rule: self.demand.rule.clone(), bucket: self.bucket(), window: self.demand.window, taken }
    }

    /// Whether what is stored needs no roll, so that adding to it is enough.
    pub(super) fn is_current(&self, state: &State) -> bool {
        let stored = match self.counted {
            Counted::Amount { .. } => {
                state.counters.get(&self.demand.rule).map(|counter| (counter.bucket, counter.window))
            }
            Counted::Distinct { .. } => {
                state.values.get(&self.demand.rule).map(|values| (values.bucket, values.window))
            }
        };
        stored == Some((self.bucket(), self.demand.window))
    }

    /// What must hold for adding to it.
    pub(super) fn room(&self) -> Room {
        let charge = match &self.counted {
            Counted::Amount { counter, cost, grow } => {
                Charge::Amount { at_most: counter.limit(self.demand.limit, *grow) - cost, cost: *cost }
            }
            Counted::Distinct { value, .. } => Charge::Value { fewer_than: self.demand.limit, value: *value },
        };
        Room { rule: self.demand.rule.clone(), bucket: self.bucket(), window: self.demand.window, charge }
    }

    /// Puts it into a state as it is.
    pub(super) fn put(&self, state: &mut State) {
        let name = self.demand.rule.clone();
        match &self.counted {
            Counted::Amount { counter, .. } => {
                state.counters.insert(name, Counter::clone(counter));
            }
            Counted::Distinct { values, .. } => {
                state.values.insert(name, values.clone());
            }
        }
    }

    /// Puts it into a state, the demand charged.
    pub(super) fn charge(&self, state: &mut State, stamp: Stamp) {
        match &self.counted {
            Counted::Amount { counter, cost, .. } => {
                let mut counter = Counter::clone(counter);
                counter.admitted.add(*cost);
                state.counters.insert(self.demand.rule.clone(), counter);
            }
            Counted::Distinct { values, value } => {
                state.values.insert(self.demand.rule.clone(), values.with(*value, stamp));
            }
        }
    }

    fn bucket(&self) -> u64 {
        match &self.counted {
            Counted::Amount { counter, .. } => counter.bucket,
            Counted::Distinct { values, .. } => values.bucket,
        }
    }
}
