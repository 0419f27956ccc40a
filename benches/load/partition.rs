//! What one partition takes, and what has partitions of its own beside the quotas: the index by hour, and
//! lists.

use std::collections::HashMap;

use fastrand::Rng;
use sinch_gate::quota::Stamp;
use sinch_gate::store::HOUR_SHARDS;

use crate::table::{Key, SECOND};

/// Writes of an item below 1 KB, each one unit.
pub(crate) const WRITES_PER_SECOND: f64 = 1_000.0;

/// Reads of an item below 4 KB, each half a unit, since they need not be consistent.
const READS_PER_SECOND: f64 = 6_000.0;

/// How many lists a verification is looked up on.
const LISTS: u8 = 2;

/// What a partition, or an item, has left at the moment. While idle, it gathers what it takes in a tenth of a
/// second.
pub(crate) struct Capacity {
    per_second: f64,
    left: f64,
    last: u64,
}

/// The index by hour. A record that it cannot take is not written to the table either.
pub(crate) struct Index {
    partitions: Vec<Capacity>,
    /// Where DynamoDB's hash puts each shard of the hour.
    shards: Vec<usize>,
}

/// The lists: what is read of them is one item for each prefix in use, whether it is there or not. Entries
/// for whole numbers are left out, since each is asked for once.
#[derive(Default)]
pub(crate) struct Lists {
    prefixes: HashMap<Prefix, Capacity>,
}

/// A prefix of a number, on one of the lists.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    list: u8,
    key: Key,
}

impl Capacity {
    pub(crate) fn of(per_second: f64, at: u64) -> Self {
        Self { per_second, left: per_second / 10.0, last: at }
    }

    /// Whether one more is taken.
    pub(crate) fn take(&mut self, at: u64) -> bool {
        let idle = (at - self.last) as f64 / SECOND as f64;
        self.left = (self.left + idle * self.per_second).min(self.per_second / 10.0);
        self.last = at;
        let is_taken = self.left >= 1.0;
        self.left -= f64::from(u8::from(is_taken));
        is_taken
    }
}

impl Index {
    /// An index that has grown to twice the partitions that its traffic needs, as one that was used at this
    /// rate for hours may have; a new one has four.
    pub(crate) fn grown_for(rate: u64) -> Self {
        let count = usize::try_from(rate / 500).unwrap_or(usize::MAX).max(4);
        let mut random = Rng::with_seed(13);
        Self {
            partitions: (0..count).map(|_| Capacity::of(WRITES_PER_SECOND, 0)).collect(),
            shards: (0..HOUR_SHARDS).map(|_| random.usize(0..count)).collect(),
        }
    }

    /// Whether the index takes one more record.
    pub(crate) fn write(&mut self, stamp: Stamp, at: u64) -> bool {
        let [.., last] = stamp.to_bytes();
        let partition = self.shards.get(usize::from(last % HOUR_SHARDS));
        partition.and_then(|at| self.partitions.get_mut(*at)).is_some_and(|partition| partition.take(at))
    }
}

impl Lists {
    /// Whether an item is read.
    pub(crate) fn read(&mut self, prefix: Prefix, at: u64) -> bool {
        self.prefixes.entry(prefix).or_insert_with(|| Capacity::of(READS_PER_SECOND, at)).take(at)
    }
}

impl Prefix {
    /// The prefixes of a number that has these quota keys: its block, and its country.
    pub(crate) fn of(keys: impl Iterator<Item = Key>) -> Vec<Self> {
        let prefixes = keys.filter_map(|key| match key {
            Key::Block(_) => Some(key),
            Key::Country { country, .. } => Some(Key::Country { country, shard: 0 }),
            Key::Number(_) | Key::All { .. } => None,
        });
        prefixes.flat_map(|key| (0..LISTS).map(move |list| Self { list, key })).collect()
    }
}
