//! Events in the order of time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use jiff::Timestamp;

use super::WINDOW;
use crate::backtest::TrafficEvent;

/// Events that wait until no earlier one can come.
pub(super) struct InOrder {
    waiting: BinaryHeap<Waiting>,
    n_put: u64,
    /// The latest time that was read.
    reached: Timestamp,
    /// The time of the event that was passed on last.
    passed: Timestamp,
}

/// An event, and its place in the file, which decides between events of the same time.
struct Waiting {
    event: TrafficEvent,
    place: u64,
}

impl Default for InOrder {
    fn default() -> Self {
        let (reached, passed) = (Timestamp::MIN, Timestamp::MIN);
        Self { waiting: BinaryHeap::new(), n_put: 0, reached, passed }
    }
}

impl InOrder {
    /// Notes that a file has reached this time: what follows is at most the window earlier.
    pub(super) fn reach(&mut self, at: Timestamp) {
        self.reached = self.reached.max(at);
    }

    /// Puts an event; says whether it is in time. One that is not is passed on all the same.
    pub(super) fn put(&mut self, event: TrafficEvent) -> bool {
        let is_in_time = event.at >= self.passed;
        self.n_put += 1;
        self.waiting.push(Waiting { event, place: self.n_put });
        is_in_time
    }

    /// The next event that no earlier one can stand before.
    pub(super) fn next(&mut self) -> Option<TrafficEvent> {
        let first = self.waiting.peek()?;
        let is_certain = self.reached.duration_since(first.event.at) > WINDOW;
        if is_certain { self.pop() } else { None }
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = TrafficEvent> {
        std::iter::from_fn(|| self.pop())
    }

    fn pop(&mut self) -> Option<TrafficEvent> {
        let Waiting { event, .. } = self.waiting.pop()?;
        self.passed = self.passed.max(event.at);
        Some(event)
    }
}

impl Waiting {
    fn order(&self) -> (Timestamp, u64) {
        (self.event.at, self.place)
    }
}

/// The heap gives the greatest first, which is to be the earliest.
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        other.order().cmp(&self.order())
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Waiting {}
