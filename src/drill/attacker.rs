//! Attackers: what they send, and how they take it when they are denied.

use std::collections::VecDeque;

use jiff::SignedDuration;

use crate::event::Method;
use crate::phone::PhoneNumber;
use crate::verdict::Verdict;

/// A verification that an attacker starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shot {
    /// When, since the beginning.
    pub(super) at: SignedDuration,
    pub(super) number: PhoneNumber,
    pub(super) method: Method,
    /// In ten-thousandths of a euro.
    pub(super) price: u32,
    /// The address that it comes from.
    pub(super) address: Option<String>,
    /// Whether it ends verified, as attackers can make it.
    pub(super) is_faked: bool,
    /// How often its callbacks come again.
    pub(super) copies: u8,
    /// Whether it only prepares the attack, as honest use does, and so is not counted.
    pub(super) is_bait: bool,
}

/// Somebody who sends verifications one after the other.
pub(super) trait Attacker {
    /// The next one, now that the verdict about the last is known; `None` at the end. It is never earlier
    /// than the last.
    fn next(&mut self, last: Option<Verdict>) -> Option<Shot>;
}

/// An attacker who goes on as planned, denied or not.
#[derive(Debug)]
pub(super) struct Planned(VecDeque<Shot>);

impl Planned {
    pub(super) fn new(mut shots: Vec<Shot>) -> Self {
        shots.sort_by_key(|shot| shot.at);
        Self(shots.into())
    }
}

impl Attacker for Planned {
    fn next(&mut self, _: Option<Verdict>) -> Option<Shot> {
        self.0.pop_front()
    }
}
