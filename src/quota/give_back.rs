//! What leaves a key again: shares of denied verifications, and of those that ended verified.

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

/// What leaves one key.
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
    /// Whether there is nothing to give back. A stamp alone is nothing: it goes with shares.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty() && self.verified.is_empty()
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
    /// The rule.
    pub rule: String,
    /// Its window.
    pub window: Window,
    /// How much.
    pub amount: Decimal,
}

/// One conditional write that gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GiveBack {
    /// Change some buckets, on the condition that they are still in the window and hold so much. Right under
    /// any concurrency.
    Adjust {
        /// What to take out.
        cuts: Vec<Cut>,
        /// What to add to the verified, and the bucket that must be the newest.
        gains: Vec<(Gain, u64)>,
        /// The stamp that must be there, and then says that its shares were given back.
        stamp: Option<Stamp>,
    },
    /// Put the whole state in place of the one seen: a bucket turned.
    Replace {
        /// The version seen.
        seen: u64,
        /// The state to store.
        state: Box<State>,
    },
}

/// What is taken out of one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The rule whose counter it is.
    pub rule: String,
    /// The window whose bucket it is.
    pub window: Window,
    /// The bucket.
    pub bucket: u64,
    /// What is taken out.
    pub taken: Taken,
}

/// The write to try where nothing is known of the key: each share is in the bucket it says. Where that is
/// wrong the reply brings the state. `None` where there is nothing to give back.
#[must_use]
pub fn give_back_unseen(back: &Return, now: Timestamp) -> Option<GiveBack> {
    let mut cuts = Cuts::default();
    for share in &back.shares {
        cuts.add(&share.rule, share.window, share.bucket, share.taken);
    }
    let gains = back.verified.iter().filter(|gain| !gain.amount.is_zero());
    let gains = gains.map(|gain| (gain.clone(), gain.window.bucket_at(now))).collect();
    adjust(cuts, gains, back.stamp)
}

/// The write that gives back, given the state last seen; `None` where nothing is left to give back, since it
/// has left the window or was given back already.
///
/// Of a share only the earliest bucket that it can be in is known, where its clock was behind that of the
/// key. It leaves the earliest buckets that hold so much: other shares then never count shorter than they
/// should. What is freed never exceeds what was taken.
#[must_use]
pub fn give_back(state: &State, back: &Return, now: Timestamp) -> Option<GiveBack> {
    if back.stamp.is_some_and(|stamp| stamp.was_given_back(&state.stamps)) {
        return None;
    }
    let mut after = state.clone();
    let mut cuts = Cuts::default();
    for share in &back.shares {
        match share.taken {
            Taken::Amount(cost) => {
                let counter = after.counters.get_mut(&share.rule);
                let Some(counter) = counter.filter(|counter| counter.window == share.window) else {
                    continue;
                };
                for (bucket, part) in counter.earliest_from(share.bucket, cost) {
                    counter.subtract(bucket, part);
                    cuts.add(&share.rule, share.window, bucket, Taken::Amount(part));
                }
            }
            Taken::Value { value, by } => {
                let Some(values) = after.values.get_mut(&share.rule) else { continue };
                if values.window == share.window && values.is_only_from(value, share.bucket, by) {
                    values.members.remove(&value);
                    cuts.add(&share.rule, share.window, share.bucket, share.taken);
                }
            }
        }
    }
    let stamp = back.stamp.filter(|stamp| stamp.is_in(&state.stamps));
    let mut gains = Vec::new();
    let mut turns = false;
    for gain in back.verified.iter().filter(|gain| !gain.amount.is_zero()) {
        let counter = after.counters.get_mut(&gain.rule);
        let Some(counter) = counter.filter(|counter| counter.window == gain.window) else { continue };
        let rolled = counter.rolled_to(gain.window, now);
        turns |= rolled.bucket != counter.bucket;
        *counter = rolled;
        counter.verified.add(gain.amount);
        gains.push((gain.clone(), counter.bucket));
    }
    if turns {
        after.begin_version(now);
        if let Some(stamp) = stamp {
            stamp.give_back_in(&mut after.stamps);
        }
        return Some(GiveBack::Replace { seen: state.version, state: Box::new(after) });
    }
    adjust(cuts, gains, stamp)
}

fn adjust(cuts: Cuts, gains: Vec<(Gain, u64)>, stamp: Option<Stamp>) -> Option<GiveBack> {
    let cuts = cuts.into_vec();
    let is_nothing = cuts.is_empty() && gains.is_empty() && stamp.is_none();
    (!is_nothing).then_some(GiveBack::Adjust { cuts, gains, stamp })
}

/// Cuts, with those of one bucket summed, since a write may name each bucket once.
#[derive(Default)]
struct Cuts {
    amounts: BTreeMap<(String, Window, u64), Decimal>,
    values: Vec<Cut>,
}

impl Cuts {
    fn add(&mut self, rule: &str, window: Window, bucket: u64, taken: Taken) {
        match taken {
            Taken::Amount(amount) if amount.is_zero() => {}
            Taken::Amount(amount) => {
                let sum = self.amounts.entry((rule.to_owned(), window, bucket)).or_default();
                *sum = sum.saturating_add(amount);
            }
            Taken::Value { .. } => {
                self.values.push(Cut { rule: rule.to_owned(), window, bucket, taken });
            }
        }
    }

    fn into_vec(self) -> Vec<Cut> {
        let amounts = self.amounts.into_iter().map(|((rule, window, bucket), amount)| Cut {
            rule,
            window,
            bucket,
            taken: Taken::Amount(amount),
        });
        amounts.chain(self.values).collect()
    }
}
