//! A map that does not grow without end.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// A map of two generations: an entry is put into the young one and goes with the old one, so that what was
/// put recently is always there, and an attack with ever new keys does not make the memory grow.
#[derive(Debug)]
pub(crate) struct BoundedMap<K, V> {
    /// How much one generation holds.
    generation: usize,
    /// How much the young one holds. What was put under a key twice counts twice, so this errs towards too
    /// much.
    weight: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash, V> BoundedMap<K, V> {
    /// A map that keeps at least what was put last up to a weight of `generation`, and at most twice that
    /// weight.
    pub(crate) fn new(generation: usize) -> Self {
        Self { generation, weight: 0, young: HashMap::new(), old: HashMap::new() }
    }

    /// The entry put last under a key, where it is still there.
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Puts an entry, which weighs as much as any other.
    pub(crate) fn put(&mut self, key: K, value: V) {
        self.put_weighing(key, value, 1);
    }

    /// Puts an entry of a given weight. An entry that is too heavy for a generation is the only one in it.
    pub(crate) fn put_weighing(&mut self, key: K, value: V, weight: usize) {
        if self.weight.saturating_add(weight) > self.generation && !self.young.is_empty() {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight = self.weight.saturating_add(weight);
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
    fn heavy_entries_leave_less_room_for_others() {
        let mut map = BoundedMap::new(100);
        for n in 0..100 {
            map.put_weighing(n, n, if n < 50 { 5 } else { 50 });
            assert!(map.young.len() + map.old.len() <= 40, "after {n}");
        }
        assert!(map.young.len() + map.old.len() <= 4);
        map.put_weighing(100, 100, 1_000);
        assert_eq!((map.get(&100), map.young.len()), (Some(&100), 1));
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
