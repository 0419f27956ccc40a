//! The state of one quota item: what is asked of it first, and what leaves it. The arithmetic is
//! `sinch_gate::quota`'s.

use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sinch_gate::quota::{self, Change, Demand, Measure, Return, Share, Stamp, State, Step, Window};

use crate::quota_table;

/// A demand for one share of a limit.
pub(crate) fn demand(limit: Decimal, window: Duration) -> Option<Demand> {
    Some(Demand {
        rule: "rule".to_owned(),
        window: Window::new(window)?,
        limit,
        measure: Measure::Amount { cost: Decimal::ONE, grow: None },
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
    let Some((state, is_fresh)) = remembered else {
        return if is_often_new {
            quota::take(None, demands, stamp, now)
        } else {
            quota::take_unseen(None, demands, stamp, now)
        };
    };
    match quota::take(Some(state), demands, stamp, now) {
        Step::Write(write) if is_often_new || matches!(write.change, Change::Add(_)) => Step::Write(write),
        step @ (Step::AlreadyTaken(_) | Step::Refused(_) | Step::Untouched(_)) if is_fresh => step,
        _ => quota::take_unseen(Some(state), demands, stamp, now),
    }
}

/// The state after a verification that was denied has given back what it held.
pub(crate) fn give_back(state: &State, shares: &[Share], stamp: Stamp) -> State {
    let back = Return { shares: shares.to_vec(), verified: Vec::new(), stamp: Some(stamp) };
    // The time matters only to what was verified.
    let change = quota::give_back(state, &back, Timestamp::UNIX_EPOCH);
    change.and_then(|change| quota_table::adjust(state, &change)).unwrap_or_else(|| state.clone())
}
