//! What is given back to a key: shares of denied verifications, and of those that ended verified.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Share, Stamp, State, ValueMark, Window};

/// What a share took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// An amount.
    Amount(Decimal),
    /// A place among the different values.
    Value {
        /// The value.
        value: ValueMark,
        /// The verification that brought it.
        by: Stamp,
    },
}

/// What is given back to one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Return {
    /// The shares to give back.
    pub shares: Vec<Share>,
    /// What ended verified, which limits that grow follow. It counts from now on.
    pub verified: Vec<Gain>,
    /// The stamp of the verification, where it gives back all that it holds of the key. It proves that the
    /// shares are held, as long as no other verification has overwritten it.
    pub stamp: Option<Stamp>,
}

impl Return {
    /// Whether there is nothing to give back. A stamp alone is nothing, since it belongs to shares.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty() && self.verified.is_empty()
    }

    fn gains(&self) -> impl Iterator<Item = &Gain> {
        self.verified.iter().filter(|gain| !gain.amount.is_zero())
    }

    /// Whether the stamp still proves that the shares are held.
    #[must_use]
    pub fn is_stamped_in(&self, state: &State) -> bool {
        self.stamp.is_some_and(|stamp| stamp.is_in(&state.stamps))
    }
}

/// What ended verified under one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gain {
    /// The name of the rule's counter.
    pub rule: String,
    /// Its window.
    pub window: Window,
    /// How much.
    pub amount: Decimal,
}

/// One conditional write that gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GiveBack {
    /// Change some buckets, on the condition that they are still in the window and hold the amount. Right
    /// under any concurrency.
    Adjust {
        /// What changes, by the names of the counters.
        counters: BTreeMap<String, Adjustment>,
        /// Values to take out, by counter and value, with the bucket and the verification that must stand
        /// there.
        values: BTreeMap<(String, ValueMark), (u64, Stamp)>,
        /// The stamp that must be there, and then says that its shares were given back.
        stamp: Option<Stamp>,
    },
    /// Put the whole state in place of the one seen: a bucket turned, or too much changes for one expression.
    Replace {
        /// The version seen.
        seen: u64,
        /// The state to store.
        state: Box<State>,
    },
}

/// What changes in one counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// The window it must be cut by.
    pub window: Window,
    /// What to take out of each bucket. No two of them are further apart than the window, since a new bucket
    /// takes the name of one that has left it.
    pub cuts: BTreeMap<u64, Decimal>,
    /// What to add to the verified, and the bucket that must be the newest.
    pub gain: Option<(u64, Decimal)>,
}

/// The most that one write changes bit by bit: its expressions are bounded, and each part takes room in them.
const MOST_PARTS: usize = 72;

/// The write to try where nothing is known of the key: each share is in the bucket it says. Where that is
/// wrong, the reply brings the state. `None` where there is nothing to give back.
///
/// Shares that have left the window by now, or were taken under another window than the newest one, are left
/// out.
#[must_use]
pub fn give_back_unseen(back: &Return, now: Timestamp) -> Option<GiveBack> {
    let mut parts = Parts::default();
    for gain in back.gains() {
        parts.gain(gain, gain.window.bucket_at(now));
    }
    // The newest share comes first, so that it settles the window and the newest bucket for the others.
    let mut shares: Vec<&Share> = back.shares.iter().collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.window.start_of(share.bucket)));
    let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
    for share in shares {
        match share.taken {
            Taken::Amount(amount) => {
                let newest = newest
                    .entry(share.rule.as_str())
                    .or_insert_with(|| share.bucket.max(share.window.bucket_at(now)));
                if share.bucket.saturating_add(share.window.buckets()) >= *newest {
                    parts.cut(&share.rule, share.window, share.bucket, amount);
                }
            }
            Taken::Value { value, by } => parts.value(&share.rule, value, share.bucket, by),
        }
    }
    if parts.is_too_much() {
        // No item has the version 0, so this changes nothing and brings the state.
        return Some(GiveBack::Replace { seen: 0, state: Box::default() });
    }
    parts.into_write(back.stamp)
}

/// The write that gives back, given the state last seen; `None` where nothing is left to give back, since
/// everything has left the window or was given back already.
///
/// If the clock of a share was behind that of the key, only the earliest bucket that it can be in is known.
/// So it leaves the earliest buckets that hold enough, and other shares never count shorter than they should.
/// What is freed never exceeds what was taken.
#[must_use]
pub fn give_back(state: &State, back: &Return, now: Timestamp) -> Option<GiveBack> {
    if back.stamp.is_some_and(|stamp| stamp.was_given_back(&state.stamps)) {
        return None;
    }
    let mut after = state.clone();
    let mut parts = Parts::default();
    for share in &back.shares {
        match share.taken {
            Taken::Amount(cost) => {
                let counter = after.counters.get_mut(&share.rule);
                let Some(counter) = counter.filter(|counter| counter.window == share.window) else {
                    continue;
                };
                for (bucket, part) in counter.earliest_from(share.bucket, cost) {
                    counter.subtract(bucket, part);
                    parts.cut(&share.rule, share.window, bucket, part);
                }
            }
            Taken::Value { value, by } => {
                let Some(values) = after.values.get_mut(&share.rule) else { continue };
                if values.window == share.window && values.is_only_from(value, share.bucket, by) {
                    values.members.remove(&value);
                    parts.value(&share.rule, value, share.bucket, by);
                }
            }
        }
    }
    let mut turns = false;
    for gain in back.gains() {
        let counter = after.counters.get_mut(&gain.rule);
        let Some(counter) = counter.filter(|counter| counter.window == gain.window) else { continue };
        let rolled = counter.rolled_to(gain.window, now).into_owned();
        turns |= rolled.bucket != counter.bucket;
        *counter = rolled;
        counter.verified.add(gain.amount);
        parts.gain(gain, counter.bucket);
    }
    let stamp = back.stamp.filter(|stamp| stamp.is_in(&state.stamps));
    if turns || parts.is_too_much() {
        after.begin_version(now);
        if let Some(stamp) = stamp {
            stamp.give_back_in(&mut after.stamps);
        }
        return Some(GiveBack::Replace { seen: state.version, state: Box::new(after) });
    }
    parts.into_write(stamp)
}

/// What a write changes, each part named once.
#[derive(Default)]
struct Parts {
    counters: BTreeMap<String, Adjustment>,
    values: BTreeMap<(String, ValueMark), (u64, Stamp)>,
}

impl Parts {
    fn cut(&mut self, rule: &str, window: Window, bucket: u64, amount: Decimal) {
        if amount.is_zero() {
            return;
        }
        if let Some(adjustment) = self.adjustment(rule, window) {
            let sum = adjustment.cuts.entry(bucket).or_default();
            *sum = sum.saturating_add(amount);
            // The key's time is at least that of the share.
            if let Some((newest, _)) = &mut adjustment.gain {
                *newest = bucket.max(*newest);
            }
        }
    }

    fn gain(&mut self, gain: &Gain, bucket: u64) {
        if let Some(adjustment) = self.adjustment(&gain.rule, gain.window) {
            let (_, sum) = adjustment.gain.get_or_insert((bucket, Decimal::ZERO));
            *sum = sum.saturating_add(gain.amount);
        }
    }

    fn value(&mut self, rule: &str, value: ValueMark, bucket: u64, by: Stamp) {
        self.values.insert((rule.to_owned(), value), (bucket, by));
    }

    /// The changes of a counter; `None` where others in it are under another window.
    fn adjustment(&mut self, rule: &str, window: Window) -> Option<&mut Adjustment> {
        let new = || Adjustment { window, cuts: BTreeMap::new(), gain: None };
        let adjustment = self.counters.entry(rule.to_owned()).or_insert_with(new);
        (adjustment.window == window).then_some(adjustment)
    }

    fn is_too_much(&self) -> bool {
        let of =
            |adjustment: &Adjustment| 1 + adjustment.cuts.len() + 2 * usize::from(adjustment.gain.is_some());
        self.counters.values().map(of).sum::<usize>() + 2 * self.values.len() > MOST_PARTS
    }

    fn into_write(self, stamp: Option<Stamp>) -> Option<GiveBack> {
        let Self { counters, values } = self;
        let is_nothing = counters.is_empty() && values.is_empty() && stamp.is_none();
        (!is_nothing).then_some(GiveBack::Adjust { counters, values, stamp })
    }
}
