//! A map that does not grow without end.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// A map of two generations: an entry is put into the young one and goes with the old one, so that what was
/// put lately is always there and an attack on ever new keys does not grow the memory.
#[derive(Debug)]
pub(crate) struct BoundedMap<K, V> {
    /// How many entries one generation holds.
    generation: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash, V> BoundedMap<K, V> {
    /// A map that keeps the last `generation` entries, and at most twice as many.
    pub(crate) fn new(generation: usize) -> Self {
        Self { generation, young: HashMap::new(), old: HashMap::new() }
    }

    /// The entry put last under a key, where it is still there.
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Puts an entry.
    pub(crate) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.generation {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_entries_are_there_and_the_first_ones_go() {
        let mut map = BoundedMap::new(10);
        for n in 0..100 {
            map.put(n, n);
            assert!((n - n.min(9)..=n).all(|lately| map.get(&lately) == Some(&lately)), "after {n}");
            assert!(map.young.len() + map.old.len() <= 20);
        }
        assert_eq!(map.get(&0), None);
    }

    #[test]
    fn the_entry_put_last_under_a_key_counts() {
        let mut map = BoundedMap::new(1);
        for value in ["first", "second", "third"] {
            map.put("key", value);
            assert_eq!(map.get("key"), Some(&value));
        }
    }
}
