//! What happens next, in virtual time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Events by time; those of the same moment in the order they were put in.
pub(crate) struct Schedule<E> {
    events: BinaryHeap<Entry<E>>,
    count: u64,
}

struct Entry<E> {
    at: u64,
    number: u64,
    event: E,
}

impl<E> Schedule<E> {
    pub(crate) fn new() -> Self {
        Self { events: BinaryHeap::new(), count: 0 }
    }

    pub(crate) fn put(&mut self, at: u64, event: E) {
        self.count += 1;
        self.events.push(Entry { at, number: self.count, event });
    }

    pub(crate) fn next(&mut self) -> Option<(u64, E)> {
        self.events.pop().map(|entry| (entry.at, entry.event))
    }
}

/// The earliest is the greatest, since a heap gives that first.
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<E> Eq for Entry<E> {}
