//! Quotas: how much is admitted per key in any span of time, as pure arithmetic.
//!
//! **The promise.** In any span of length `window` at most `limit` is admitted for a key, whatever the
//! concurrency and the number of containers. An admission may come up to one bucket late, never early. A
//! denied attempt takes nothing, and a share is given back at most once, and never more than was taken.
//!
//! **How.** A window is a ring of buckets with a running total ([`Counter`]), or, where different values are
//! counted, each value with the bucket in which it was admitted last ([`Values`]). All that rules count under
//! one key is one [`State`], which is one item of the table. [`take`] maps the state last seen to a [`Step`]:
//! a refusal, or one conditional write that is right whatever happened since; [`give_back`] does so for what
//! leaves again. `store::quota` does the writing itself.
//!
//! Time is the furthest-ahead clock that has touched the key: a caller whose clock is behind counts into the
//! newest bucket there is, so time never runs back.

#[cfg(any(test, feature = "cli"))]
mod apply;
mod by_name;
mod counter;
mod distinct;
mod give_back;
#[cfg(test)]
mod one_key;
mod ring;
mod rolled;
mod stamp;
mod window;

use std::borrow::Borrow;

use jiff::Timestamp;
use rust_decimal::Decimal;

pub use by_name::ByName;
pub use counter::Counter;
pub use distinct::{Member, ValueMark, Values};
pub use give_back::{Adjustment, Gain, GiveBack, Return, Taken, give_back, give_back_unseen};
pub use ring::Ring;
pub use stamp::{SLOTS, Stamp};
pub use window::Window;

use rolled::Rolled;

/// The most counters that one write adds to. Each takes part in the expressions of the write, which DynamoDB
/// bounds, so with more of them the whole state is replaced.
const MOST_ROOMS: usize = 32;

/// What one rule asks of one key for one verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The name of the counter: the rule's id, and `#` with what it counts unless that is verifications.
    pub rule: String,
    /// The span in which `limit` holds.
    pub window: Window,
    /// The most that is admitted in any span of the window.
    pub limit: Decimal,
    /// What is counted, and what this verification adds to it.
    pub measure: Measure,
    /// Whether a full counter refuses, or is only noted (`mode = "monitor"`).
    pub enforced: bool,
}

/// What a rule counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Verifications, or money.
    Amount {
        /// What this verification takes: 1 where verifications are counted.
        cost: Decimal,
        /// Lifts the limit to this share of what was verified in the window, where that is more.
        grow: Option<Decimal>,
    },
    /// Different values of something; one that counts already takes nothing.
    Distinct {
        /// This verification's value.
        value: ValueMark,
    },
}

/// All that is counted under one key: one item of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Rises with every write, so that a state computed from an older one is never stored. It begins with the
    /// milliseconds since 1970: so an item that was forgotten and made anew is ahead of anything that is
    /// remembered of the one before, since no item is written a thousand times a second for long.
    pub version: u64,
    /// By name. Counters of rules that a newer policy dropped stay until they have run out.
    pub counters: ByName<Counter>,
    /// By name, where different values are counted.
    pub values: ByName<Values>,
    /// The verifications that took a share last, so that a repeat of one takes nothing.
    pub stamps: [Option<Stamp>; SLOTS],
}

/// Where one rule's counter stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The rule.
    pub rule: String,
    /// What was admitted in the window, this verification included where it was admitted.
    pub total: Decimal,
    /// The rule's limit, as far as it has grown.
    pub limit: Decimal,
    /// Whether this verification was over the limit, and so took nothing here.
    pub over: bool,
    /// When an equal demand would fit again; `None` where it fits now, or never will.
    pub retry_at: Option<Timestamp>,
}

/// A share that was taken, remembered so that it can be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The name of the counter it was taken from.
    pub rule: String,
    /// The bucket it was counted in, or one before that.
    pub bucket: u64,
    /// The window whose bucket that is.
    pub window: Window,
    /// What was taken.
    pub taken: Taken,
}

/// What to do about a demand, given the state last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This very verification holds its shares already: a repeat, or the retry of a write whose reply was
    /// lost.
    AlreadyTaken(Vec<Reading>),
    /// An enforced counter is full. Nothing is taken anywhere in the item.
    Refused(Vec<Reading>),
    /// Only full counters in monitor mode are concerned; there is nothing to write.
    Untouched(Vec<Reading>),
    /// The shares fit; one conditional write takes them.
    Write(Write),
}

/// One conditional write that takes shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// How the state changes.
    pub change: Change,
    /// The shares it takes.
    pub shares: Vec<Share>,
    /// The counters after it, as far as they are known before the reply.
    pub readings: Vec<Reading>,
}

/// The two forms of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Add to the current buckets, on the condition that they are current and that the totals still fit.
    /// Right under any concurrency without having seen the state.
    Add(Vec<Room>),
    /// Put the whole state in place of the one seen: a first use, or a bucket turned.
    Replace {
        /// The version seen, or `None` where there was no item.
        seen: Option<u64>,
        /// The state to store; its version is the next one.
        state: Box<State>,
    },
}

/// The condition of a [`Change::Add`] for one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The name of the counter.
    pub rule: String,
    /// The bucket that must be the counter's current one.
    pub bucket: u64,
    /// The window it must be cut by.
    pub window: Window,
    /// What is added, and what must hold for that.
    pub charge: Charge,
}

/// What a [`Change::Add`] adds for one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charge {
    /// An amount.
    Amount {
        /// The most that the total may stand at for the cost to fit. What was verified only rises while a
        /// bucket lasts, so a limit that grows is never lower than it was when this was computed.
        at_most: Decimal,
        /// The cost to add.
        cost: Decimal,
    },
    /// A value.
    Value {
        /// A value that is new fits while there are fewer than this.
        fewer_than: Decimal,
        /// The value.
        value: ValueMark,
    },
}

/// Decides what a verification takes from one key.
///
/// `state` is the state last seen, `None` where the key has no item.
#[must_use]
pub fn take(state: Option<&State>, demands: &[impl Borrow<Demand>], stamp: Stamp, now: Timestamp) -> Step {
    let rolled: Vec<Rolled<'_>> =
        demands.iter().map(|demand| Rolled::of(state, demand.borrow(), now)).collect();
    if state.is_some_and(|state| stamp.is_in(&state.stamps)) {
        return Step::AlreadyTaken(rolled.iter().map(Rolled::held).collect());
    }
    let readings: Vec<Reading> = rolled.iter().map(Rolled::reading).collect();
    if is_refused(demands, &readings) {
        return Step::Refused(readings);
    }
    let fitting: Vec<&Rolled<'_>> =
        rolled.iter().zip(&readings).filter(|(_, reading)| !reading.over).map(|(rolled, _)| rolled).collect();
    if fitting.is_empty() {
        return Step::Untouched(readings);
    }
    let shares = fitting.iter().map(|rolled| rolled.share(stamp)).collect();
    let moving: Vec<&Rolled<'_>> = rolled
        .iter()
        .zip(&readings)
        .filter(|(rolled, reading)| reading.over && rolled.is_moving())
        .map(|(rolled, _)| rolled)
        .collect();
    let is_addition = moving.is_empty() && fitting.len() <= MOST_ROOMS;
    let change = match state {
        Some(state) if is_addition && fitting.iter().all(|rolled| rolled.is_current(state)) => {
            Change::Add(fitting.iter().map(|rolled| rolled.room()).collect())
        }
        _ => {
            let mut next = successor(state, now);
            moving.iter().for_each(|rolled| rolled.put(&mut next));
            fitting.iter().for_each(|rolled| rolled.charge(&mut next, stamp));
            stamp.put_into(&mut next.stamps);
            Change::Replace { seen: state.map(|state| state.version), state: Box::new(next) }
        }
    };
    Step::Write(Write { change, shares, readings })
}

/// The write to try for a key that others are probably using, of which at most an old state is known: it adds
/// to the buckets that the clock says are current, whoever turned them. Where that is wrong the reply brings
/// the state. What was verified since is not known, so a limit that grows is never taken for higher than it
/// is.
#[must_use]
pub fn take_unseen(old: Option<&State>, demands: &[Demand], stamp: Stamp, now: Timestamp) -> Step {
    if demands.len() > MOST_ROOMS {
        // Taken for a first use; if it is not, the reply brings the state as well.
        return take(None, demands, stamp, now);
    }
    let rolled: Vec<Rolled<'_>> = demands.iter().map(|demand| Rolled::of(old, demand, now)).collect();
    Step::Write(Write {
        change: Change::Add(rolled.iter().map(Rolled::room).collect()),
        shares: rolled.iter().map(|rolled| rolled.share(stamp)).collect(),
        readings: Vec::new(),
    })
}

/// The write that settles what a shorter window of a newer policy left open, where a demand takes nothing.
/// Usually there is nothing to write.
///
/// The bucket in progress is longer than those of the new window, and it is not known when in it something
/// was admitted: at the latest now. Unless that is written down, "now" is a later moment at each look.
#[must_use]
pub fn recut(state: &State, demands: &[Demand], now: Timestamp) -> Option<Change> {
    let rolled = demands.iter().map(|demand| Rolled::of(Some(state), demand, now));
    let moving: Vec<Rolled<'_>> = rolled.filter(Rolled::is_moving).collect();
    if moving.is_empty() {
        return None;
    }
    let mut next = successor(Some(state), now);
    moving.iter().for_each(|rolled| rolled.put(&mut next));
    Some(Change::Replace { seen: Some(state.version), state: Box::new(next) })
}

/// The readings of the counters that have no room for the verification. Empty where the verification holds
/// its shares already, or where a newer window is still to be written down ([`recut`]).
#[must_use]
pub fn full(
    state: &State,
    demands: &[impl Borrow<Demand>],
    stamp: Stamp,
    now: Timestamp,
) -> Vec<Option<Reading>> {
    let holds_shares = stamp.is_in(&state.stamps);
    let full = |demand: &Demand| {
        let rolled = Rolled::of(Some(state), demand, now);
        Some(rolled.reading()).filter(|found| found.over && !holds_shares && !rolled.is_moving())
    };
    demands.iter().map(|demand| full(demand.borrow())).collect()
}

/// Where the counters stand for a verification that was just admitted, or already holds its shares.
#[must_use]
pub fn readings_of(state: &State, demands: &[impl Borrow<Demand>], now: Timestamp) -> Vec<Reading> {
    demands.iter().map(|demand| Rolled::of(Some(state), demand.borrow(), now).held()).collect()
}

fn is_refused(demands: &[impl Borrow<Demand>], readings: &[Reading]) -> bool {
    let is_enforced = |demand: &Demand| demand.enforced;
    demands.iter().zip(readings).any(|(demand, reading)| is_enforced(demand.borrow()) && reading.over)
}

/// The state that replaces another, without what has run out.
fn successor(state: Option<&State>, now: Timestamp) -> State {
    let mut next = state.cloned().unwrap_or_default();
    next.begin_version(now);
    next.forget_what_has_run_out(now);
    next
}

impl Demand {
    /// The id of the rule, by which people know it.
    #[must_use]
    pub fn rule_id(&self) -> &str {
        self.rule.split_once('#').map_or(self.rule.as_str(), |(id, _)| id)
    }
}

impl State {
    /// The millisecond from which on nothing in it counts any more.
    #[must_use]
    pub fn runs_out_at(&self) -> u64 {
        let counters = self.counters.values().map(Counter::runs_out_at);
        counters.chain(self.values.values().map(Values::runs_out_at)).max().unwrap_or(0)
    }

    /// Roughly how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let of_counter = |(name, counter): (&String, &Counter)| name.len() + counter.bytes();
        let of_values = |(name, values): (&String, &Values)| name.len() + values.bytes();
        let counters = self.counters.iter().map(|one| size_of::<(String, Counter)>() + of_counter(one));
        let values = self.values.iter().map(|one| size_of::<(String, Values)>() + of_values(one));
        size_of::<Self>() + counters.chain(values).sum::<usize>()
    }

    /// Raises the version for a write that replaces the whole state.
    fn begin_version(&mut self, now: Timestamp) {
        self.version = self.version.saturating_add(1).max(millis(now));
    }

    fn forget_what_has_run_out(&mut self, now: Timestamp) {
        let now = millis(now);
        self.counters.retain(|counter| counter.runs_out_at() > now);
        self.values.retain(|values| values.runs_out_at() > now);
    }
}

/// Milliseconds since 1970; moments before are 0.
fn millis(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond()).unwrap_or(0)
}
