//! The people whom rules turned away.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::names::Name;
use super::span::Spanned;
use super::verification::Moment;

/// What a rule did to numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct TurnedAway {
    /// How many it denied.
    pub(super) denied: u64,
    /// Of those that were verified later: how long it took from the first denial to the request that was.
    pub(super) waits: Vec<SignedDuration>,
    /// When it first denied one of those.
    pub(super) first: Option<Moment>,
    /// When it last denied one of those.
    pub(super) last: Option<Moment>,
}

impl TurnedAway {
    /// How many were verified later.
    pub(super) fn verified_later(&self) -> u64 {
        self.waits.len() as u64
    }
}

/// Whom each rule turned away. A number that has most of its digits hidden is nobody in particular.
pub(super) fn turned_away(spanned: &Spanned<'_>) -> BTreeMap<Name, TurnedAway> {
    let mut rules: BTreeMap<Name, TurnedAway> = BTreeMap::new();
    for number in numbers(spanned) {
        // The denials of a number by rule, the first of each.
        let mut denials: Vec<(Name, Moment)> = Vec::new();
        let mut verified: Vec<Moment> = Vec::new();
        for one in number.iter().filter_map(|place| spanned.at(*place)) {
            let Some(at) = one.at.filter(|_| one.is_somebody()) else { continue };
            if one.is_denied() && !denials.iter().any(|(rule, _)| *rule == one.rule) {
                denials.push((one.rule, at));
            } else if one.is_verified() {
                verified.push(at);
            }
        }
        for (rule, at) in denials {
            let sum = rules.entry(rule).or_default();
            sum.denied += 1;
            if let Some(later) = verified.iter().find(|later| **later > at) {
                sum.waits.push(later.since(at));
                sum.first = Some(sum.first.map_or(at, |first| first.min(at)));
                sum.last = sum.last.max(Some(at));
            }
        }
    }
    rules
}

/// The verifications of each number, in the order of time.
fn numbers<'s>(spanned: &'s Spanned<'_>) -> impl Iterator<Item = &'s [u32]> {
    spanned.by_number.chunk_by(|one, other| {
        let number = |place: &u32| spanned.at(*place).map(|one| one.number);
        number(one) == number(other)
    })
}
