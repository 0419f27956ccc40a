//! What was decided about each verification, so that a repeat gets the first answer.

use jiff::Timestamp;

use super::key::Key;
use super::live::{Ends, LiveMap};
use crate::quota::Stamp;
use crate::verdict::Verdict;

/// The verifications that were heard of, by their stamps.
#[derive(Clone, Debug, Default)]
pub(super) struct Verifications {
    known: LiveMap<Stamp, Known>,
}

/// What is known of a verification.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The first decision; `None` where the request has not come yet.
    pub(super) decided: Option<First>,
    /// Its number, for events that do not name one.
    pub(super) number: Option<Key>,
    expires_at: i64,
}

/// The first decision about a verification.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) verdict: Verdict,
    /// The rule, by its place; there are far fewer than fit.
    rule: Option<u16>,
}

impl First {
    pub(super) fn new(verdict: Verdict, rule: Option<usize>) -> Self {
        Self { verdict, rule: rule.and_then(|place| place.try_into().ok()) }
    }

    pub(super) fn rule(self) -> Option<usize> {
        self.rule.map(usize::from)
    }
}

impl Ends for Known {
    fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at <= now.as_second()
    }
}

impl Verifications {
    /// The first decision about a verification.
    pub(super) fn decided(&self, stamp: Stamp, now: Timestamp) -> Option<First> {
        self.known.get(&stamp).filter(|known| !known.is_over(now)).and_then(|known| known.decided)
    }

    /// Remembers the first decision.
    pub(super) fn decide(&mut self, stamp: Stamp, first: First, number: Key, until: i64) {
        let new = || Known { decided: None, number: None, expires_at: until };
        let known = self.known.entry(stamp, new);
        (known.decided, known.number) = (Some(first), Some(number));
    }

    /// Remembers what an outcome knows of its verification; gives the number as it is known then. What names
    /// number and method takes the place of what was known before.
    pub(super) fn hear(
        &mut self,
        stamp: Stamp,
        number: Option<Key>,
        names_method: bool,
        until: i64,
    ) -> Option<Key> {
        let known = self.known.entry(stamp, || Known { decided: None, number, expires_at: until });
        if names_method && number.is_some() {
            known.number = number;
        }
        known.number
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.known.bytes(|_| 0)
    }

    /// How many verifications are remembered.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Forgets those whose time is over.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.known.sweep(now);
    }
}
