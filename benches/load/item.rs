//! The state of one quota item, and what each write does to it: the only place here that knows what a state
//! is made of. The arithmetic is `sinch_gate::quota`'s.

use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sinch_gate::quota::{self, Change, Demand, Room, Share, Stamp, State, Step, Window};

/// A demand for one share of a limit.
pub(crate) fn demand(limit: Decimal, window: Duration) -> Option<Demand> {
    Some(Demand {
        rule: "rule".to_owned(),
        window: Window::new(window)?,
        limit,
        cost: Decimal::ONE,
        enforced: true,
    })
}

/// What the store tries first, by what the container remembers of the key.
pub(crate) fn first_step(
    remembered: Option<(&State, bool)>,
    is_often_new: bool,
    demands: &[Demand],
    stamp: Stamp,
    now: Timestamp,
) -> Step {
    match remembered {
        None if is_often_new => quota::take(None, demands, stamp, now),
        None => Step::Write(quota::take_unseen(demands, now)),
        Some((state, is_fresh)) => match quota::take(Some(state), demands, stamp, now) {
            Step::Write(write) => Step::Write(write),
            step if is_fresh => step,
            _ => Step::Write(quota::take_unseen(demands, now)),
        },
    }
}

/// What the table does with a write: the state after it, or `None` where its condition fails.
pub(crate) fn apply(state: Option<&State>, change: &Change, stamp: Stamp) -> Option<State> {
    match change {
        Change::Replace { seen, state: next } => {
            (state.map(|state| state.version) == *seen).then(|| next.as_ref().clone())
        }
        Change::Add(rooms) => {
            let mut next = state?.clone();
            let slot = next.stamps.get_mut(stamp.slot())?;
            if *slot == Some(stamp) {
                return None;
            }
            *slot = Some(stamp);
            next.version += 1;
            rooms.iter().try_for_each(|room| add(&mut next, room))?;
            Some(next)
        }
    }
}

fn add(state: &mut State, room: &Room) -> Option<()> {
    let counter = state.counters.get_mut(&room.rule)?;
    let fits =
        counter.bucket == room.bucket && counter.window == room.window && counter.total <= room.at_most;
    fits.then(|| {
        counter.total += room.cost;
        counter.current += room.cost;
    })
}

/// The state after a verification that was denied has given back what it held.
pub(crate) fn give_back(state: &State, shares: &[Share], stamp: Stamp) -> State {
    quota::give_back(state, shares, Some(stamp))
}
