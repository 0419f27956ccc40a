//! A map that forgets what is over.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;
use jiff::Timestamp;

/// What ends at some time.
pub(super) trait Ends {
    /// Whether nothing can depend on it any more.
    fn is_over(&self, now: Timestamp) -> bool;
}

/// The fewest entries that a look for what is over is worth.
const FEWEST: usize = 4_096;

/// Entries by key. Each time their number has doubled, those that are over are dropped, so it holds at most
/// twice as many as are live.
#[derive(Clone, Debug)]
pub(super) struct LiveMap<K, V> {
    entries: HashMap<K, V, RandomState>,
    sweep_at: usize,
}

impl<K, V> Default for LiveMap<K, V> {
    fn default() -> Self {
        Self { entries: HashMap::default(), sweep_at: FEWEST }
    }
}

impl<K: Eq + Hash, V: Ends> LiveMap<K, V> {
    /// The entry of a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// The entry of a key, to change it.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Puts an entry in the place of the one before.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.entries.insert(key, value);
    }

    /// The entry of a key, made where there is none.
    pub(super) fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        self.entries.entry(key).or_insert_with(new)
    }

    /// Drops what is over, where that is worth the look.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        if self.entries.len() < self.sweep_at {
            return;
        }
        self.entries.retain(|_, value| !value.is_over(now));
        self.entries.shrink_to(2 * self.entries.len());
        self.sweep_at = FEWEST.max(2 * self.entries.len());
    }

    /// How much memory it takes, with what each entry has elsewhere.
    pub(super) fn bytes(&self, of_entry: impl Fn(&V) -> usize) -> usize {
        let slots = self.entries.capacity() * (size_of::<(K, V)>() + 1);
        slots + self.entries.values().map(of_entry).sum::<usize>()
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
