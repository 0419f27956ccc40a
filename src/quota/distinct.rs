//! Distinct values: how many different ones were admitted under one rule.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::{Demand, Reading, Stamp, Window, millis};

/// The different values that one rule has admitted for one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// The rule's window.
    pub window: Window,
    /// The newest bucket, numbered from 1970 on.
    pub bucket: u64,
    /// Each value, and when it was admitted last.
    pub members: BTreeMap<ValueMark, Member>,
}

/// One value among those that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The bucket of its last admission: the value counts until that leaves the window.
    pub bucket: u64,
    /// The verification that brought it last.
    pub last: Stamp,
    /// The verification that brought it first. If both are the same, no other verification relies on it.
    pub first: Stamp,
}

/// The mark of a value: 64 bits of its hash, so that what stands in an event cannot make an item grow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ValueMark(u64);

impl ValueMark {
    /// The mark of a value.
    #[must_use]
    pub fn new(value: &str) -> Self {
        let digest = Sha256::digest(value);
        Self(digest.iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte)))
    }

    /// The mark as it was shown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

/// Sixteen hexadecimal digits.
impl std::fmt::Display for ValueMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Values {
    /// No values.
    #[must_use]
    pub fn new(window: Window, now: Timestamp) -> Self {
        Self { window, bucket: window.bucket_at(now), members: BTreeMap::new() }
    }

    /// The values that count at `now` under a window. Where a newer policy changed the window, each value
    /// moves to the latest moment it can have been admitted at.
    pub(super) fn rolled_to(&self, window: Window, now: Timestamp) -> Self {
        let bucket_of = |bucket: u64| {
            if self.window == window {
                return bucket;
            }
            let now = millis(now).max(self.window.start_of(self.bucket));
            let last = self.window.start_of(bucket.saturating_add(1)).saturating_sub(1).min(now);
            last.saturating_mul(window.buckets()) / window.as_millis()
        };
        let newest = bucket_of(self.bucket).max(window.bucket_at(now));
        let members = self
            .members
            .iter()
            .map(|(value, member)| (*value, Member { bucket: bucket_of(member.bucket), ..*member }))
            .filter(|(_, member)| newest - member.bucket.min(newest) <= window.buckets());
        Self { window, bucket: newest, members: members.collect() }
    }

    /// Whether a value would move on with time under a shorter window, until that is written down.
    pub(super) fn moves_under(&self, newer: Window, now: Timestamp) -> bool {
        self.members.values().any(|member| member.bucket == self.bucket)
            && self.window.is_cut_short_by(newer, self.bucket, now)
    }

    /// Where the values stand for one that may be new.
    pub(super) fn reading(&self, demand: &Demand, value: ValueMark) -> Reading {
        let count = Decimal::from(self.members.len());
        let is_new = !self.members.contains_key(&value);
        let with_it = if is_new { count + Decimal::ONE } else { count };
        let over = is_new && with_it > demand.limit;
        Reading {
            rule: demand.rule_id().to_owned(),
            total: if over { count } else { with_it },
            limit: demand.limit,
            over,
            retry_at: if over { self.has_room_at(demand.limit) } else { None },
        }
    }

    /// When enough values will have left the window for one more to fit.
    fn has_room_at(&self, limit: Decimal) -> Option<Timestamp> {
        let mut buckets: Vec<u64> = self.members.values().map(|member| member.bucket).collect();
        buckets.sort_unstable();
        let spare = usize::try_from(limit).ok().and_then(|limit| buckets.len().checked_sub(limit))?;
        self.window.leaves_at(*buckets.get(spare)?)
    }

    /// The values after one more was admitted, or one of them once more.
    pub(super) fn with(&self, value: ValueMark, stamp: Stamp) -> Self {
        let mut values = self.clone();
        let member = values.members.entry(value);
        let member = member.or_insert(Member { bucket: self.bucket, last: stamp, first: stamp });
        (member.bucket, member.last) = (self.bucket, stamp);
        values
    }

    /// Whether a verification brought a value, and no other has brought it since.
    pub(super) fn is_only_from(&self, value: ValueMark, bucket: u64, stamp: Stamp) -> bool {
        self.members.get(&value).is_some_and(|member| *member == Member { bucket, last: stamp, first: stamp })
    }

    /// Roughly how much memory its values take, in a tree whose nodes may be half empty.
    pub(super) fn bytes(&self) -> usize {
        2 * size_of::<(ValueMark, Member)>() * self.members.len()
    }

    /// The millisecond from which on nothing in it counts any more.
    #[must_use]
    pub(crate) fn runs_out_at(&self) -> u64 {
        self.window.end_of(self.bucket)
    }
}
