//! The candidate without one of its rules, over traffic that the candidate has decided before.

use super::counts::Counts;
use super::event::{Happens, TrafficEvent};
use super::is_denial;
use super::label::Label;
use super::side::{Said, Side};
use crate::quota::Stamp;

/// What became of a verification, and whether a rule of the candidate denied it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verification.
    pub stamp: Stamp,
    /// What became of it.
    pub label: Label,
    /// Whether it is of the time that counts.
    pub counts: bool,
    /// The rule that denied it, by its place in the policy.
    pub denied_by: Option<usize>,
}

/// A candidate without a rule, under way.
#[derive(Debug)]
pub struct Without {
    side: Side,
    found: Found,
}

/// What a candidate denies without a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The rule, by its place in the candidate.
    pub(super) place: usize,
    pub(super) denied: Counts,
    /// How many of those that the rule denied are denied all the same.
    pub(super) caught: u64,
}

impl Without {
    /// A candidate without the rule of a place, which `side` replays.
    #[must_use]
    pub fn new(place: usize, side: Side) -> Self {
        Self { side, found: Found { place, denied: Counts::default(), caught: 0 } }
    }

    /// Takes an event; `judged` is asked what became of a verification, in the order of first requests.
    pub fn take(&mut self, event: &TrafficEvent, judged: impl FnOnce(Stamp) -> Option<Judged>) {
        let said = self.side.handle(event);
        let (Happens::Request(request, _), Said::Decided { .. }) = (&event.happens, &said) else { return };
        let stamp = Stamp::new(event.app.as_str(), request.id.as_str());
        let Some(judged) = judged(stamp).filter(|judged| judged.counts && is_denial(&said)) else { return };
        self.found.denied.add(judged.label, request.price);
        self.found.caught += u64::from(judged.denied_by == Some(self.found.place));
    }

    /// What it came to; all that is live is forgotten.
    #[must_use]
    pub fn done(self) -> Found {
        self.found
    }
}
