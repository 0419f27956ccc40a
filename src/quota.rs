//! Quotas: how much is admitted per key in any span of time, as pure arithmetic.
//!
//! **The promise.** In any span of length `window` at most `limit` is admitted for a key, whatever the
//! concurrency and the number of containers. An admission may come up to one bucket late, never early. A
//! denied attempt takes nothing.
//!
//! **How.** A window is a ring of buckets with a running total ([`Counter`]). The counters of all rules that
//! share a key are one [`State`], which is one item of the table. [`take`] maps the state last seen to a
//! [`Step`]: a refusal, or one conditional write that is right whatever happened since. The writing itself
//! is `store::quota`'s.
//!
//! Time is the furthest-ahead clock that has touched the key: a caller whose clock is behind counts into the
//! newest bucket there is, so time never runs back.

mod counter;
mod stamp;
mod window;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

pub use counter::Counter;
pub use stamp::{SLOTS, Stamp};
pub use window::Window;

/// What one rule asks of one key for one verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The rule, whose counter this is.
    pub rule: String,
    /// The span in which `limit` holds.
    pub window: Window,
    /// The most that is admitted in any span of the window.
    pub limit: Decimal,
    /// What this verification takes: 1 where attempts are counted.
    pub cost: Decimal,
    /// Whether a full counter refuses, or is only noted (`mode = "monitor"`).
    pub enforced: bool,
}

/// All counters of one key: one item of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Rises with every write, so that a state computed from an older one is never stored. It begins with the
    /// milliseconds since 1970: an item that was forgotten and made anew is then ahead of all that anybody
    /// remembers of the one before, since no item is written a thousand times a second for long.
    pub version: u64,
    /// By rule. Counters of rules that a newer policy dropped stay until they have run out.
    pub counters: BTreeMap<String, Counter>,
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
    /// The rule's limit.
    pub limit: Decimal,
    /// Whether this verification was over the limit, and so took nothing here.
    pub over: bool,
    /// When an equal demand would fit again; `None` where it fits now, or never will.
    pub retry_at: Option<Timestamp>,
}

/// A share that was taken, remembered so that it can be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The rule whose counter it was taken from.
    pub rule: String,
    /// The bucket it was counted in.
    pub bucket: u64,
    /// The window whose bucket that is.
    pub window: Window,
    /// How much.
    pub cost: Decimal,
}

/// What to do about a demand, given the state last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This very verification holds its shares already: a repeat, or the retry of a write whose reply was lost.
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

/// The condition of an [`Change::Add`] for one counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The rule whose counter it is.
    pub rule: String,
    /// The bucket that must be the counter's current one.
    pub bucket: u64,
    /// The window it must be cut by.
    pub window: Window,
    /// The most that the total may stand at for the cost to fit.
    pub at_most: Decimal,
    /// The cost to add.
    pub cost: Decimal,
}

/// Decides what a verification takes from one key.
///
/// `state` is the state last seen, `None` where the key has no item.
#[must_use]
pub fn take(state: Option<&State>, demands: &[Demand], stamp: Stamp, now: Timestamp) -> Step {
    let rolled: Vec<Counter> = demands.iter().map(|demand| rolled_counter(state, demand, now)).collect();
    if state.is_some_and(|state| stamp.is_in(&state.stamps)) {
        let readings = demands.iter().zip(&rolled).map(|(demand, counter)| held(demand, counter));
        return Step::AlreadyTaken(readings.collect());
    }
    let readings: Vec<Reading> =
        demands.iter().zip(&rolled).map(|(demand, counter)| counter.reading(demand)).collect();
    if demands.iter().zip(&readings).any(|(demand, reading)| demand.enforced && reading.over) {
        return Step::Refused(readings);
    }
    let fitting: Vec<(&Demand, &Counter)> = demands
        .iter()
        .zip(&rolled)
        .zip(&readings)
        .filter(|(_, reading)| !reading.over)
        .map(|(pair, _)| pair)
        .collect();
    if fitting.is_empty() {
        return Step::Untouched(readings);
    }
    let shares = fitting.iter().map(|(demand, counter)| share(demand, counter)).collect();
    let change = match state {
        Some(state) if fitting.iter().all(|(demand, counter)| is_current(state, demand, counter)) => {
            Change::Add(fitting.iter().map(|(demand, counter)| room(demand, counter)).collect())
        }
        _ => replace(state, &fitting, stamp, now),
    };
    Step::Write(Write { change, shares, readings })
}

/// The write to try for a key of which nothing is known but that it is probably in use: it adds to the
/// buckets that the clock says are current. Where that is wrong the reply brings the state.
#[must_use]
pub fn take_unseen(demands: &[Demand], now: Timestamp) -> Write {
    let fresh: Vec<Counter> = demands.iter().map(|demand| Counter::new(demand.window, now)).collect();
    let pairs = || demands.iter().zip(&fresh);
    Write {
        change: Change::Add(pairs().map(|(demand, counter)| room(demand, counter)).collect()),
        shares: pairs().map(|(demand, counter)| share(demand, counter)).collect(),
        readings: Vec::new(),
    }
}

/// The state after giving shares back, and the stamp with them where nothing is kept: they leave the buckets they were counted in, where those are still
/// in the ring. A total never falls below zero.
#[must_use]
pub fn give_back(state: &State, shares: &[Share], stamp: Option<Stamp>) -> State {
    let mut next = State { version: state.version.saturating_add(1), ..state.clone() };
    if let Some(stamp) = stamp {
        stamp.remove_from(&mut next.stamps);
    }
    for share in shares {
        if let Some(counter) = next.counters.get_mut(&share.rule)
            && counter.window == share.window
        {
            counter.subtract(share.bucket, share.cost);
        }
    }
    next
}

/// The readings of a state in which some enforced counter has no room for a verification; `None` where all
/// have, or where it holds its shares already.
#[must_use]
pub fn refusal(state: &State, demands: &[Demand], stamp: Stamp, now: Timestamp) -> Option<Vec<Reading>> {
    if stamp.is_in(&state.stamps) {
        return None;
    }
    let readings: Vec<Reading> =
        demands.iter().map(|demand| rolled_counter(Some(state), demand, now).reading(demand)).collect();
    demands.iter().zip(&readings).any(|(demand, reading)| demand.enforced && reading.over).then_some(readings)
}

/// Whether all shares were counted in buckets that are still the current ones.
#[must_use]
pub fn are_current(state: &State, shares: &[Share]) -> bool {
    shares.iter().all(|share| {
        state
            .counters
            .get(&share.rule)
            .is_some_and(|counter| counter.bucket == share.bucket && counter.window == share.window)
    })
}

/// Where the counters stand for a verification that was just admitted, or already holds its shares.
#[must_use]
pub fn readings_of(state: &State, demands: &[Demand], now: Timestamp) -> Vec<Reading> {
    demands.iter().map(|demand| held(demand, &rolled_counter(Some(state), demand, now))).collect()
}

fn held(demand: &Demand, counter: &Counter) -> Reading {
    Reading {
        rule: demand.rule.clone(),
        total: counter.total,
        limit: demand.limit,
        over: false,
        retry_at: None,
    }
}

fn rolled_counter(state: Option<&State>, demand: &Demand, now: Timestamp) -> Counter {
    state
        .and_then(|state| state.counters.get(&demand.rule))
        .map_or_else(|| Counter::new(demand.window, now), |counter| counter.rolled_to(demand.window, now))
}

/// Whether the stored counter needs no roll, so that adding to it is enough.
fn is_current(state: &State, demand: &Demand, rolled: &Counter) -> bool {
    state
        .counters
        .get(&demand.rule)
        .is_some_and(|stored| stored.bucket == rolled.bucket && stored.window == rolled.window)
}

fn replace(state: Option<&State>, fitting: &[(&Demand, &Counter)], stamp: Stamp, now: Timestamp) -> Change {
    let mut next = state.cloned().unwrap_or_default();
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    next.version = next.version.saturating_add(1).max(millis);
    next.counters.retain(|_, counter| !counter.has_run_out(now));
    for (demand, counter) in fitting {
        next.counters.insert(demand.rule.clone(), counter.with(demand.cost));
    }
    stamp.put_into(&mut next.stamps);
    Change::Replace { seen: state.map(|state| state.version), state: Box::new(next) }
}

fn share(demand: &Demand, counter: &Counter) -> Share {
    Share { rule: demand.rule.clone(), bucket: counter.bucket, window: counter.window, cost: demand.cost }
}

fn room(demand: &Demand, counter: &Counter) -> Room {
    Room {
        rule: demand.rule.clone(),
        bucket: counter.bucket,
        window: counter.window,
        at_most: demand.limit - demand.cost,
        cost: demand.cost,
    }
}
