//! What the gate denied of what nothing else explains: where and by which rule most of it was, and whether
//! those whom it kept out verified later.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::evidence;
use crate::backtest::Share;
use crate::report::gathered::{NO_COUNTRY, UNKNOWN_RULE};
use crate::report::model::Evidence;
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Number, Verification};
use crate::report::words::counted;

/// Some of the verifications that the gate denied.
pub(super) struct Denied<'s> {
    spanned: &'s Spanned<'s>,
    n: u64,
    /// The country of most of them.
    country: Name,
    n_there: u64,
    /// The rule that denied most of those.
    rule: Name,
    /// How many numbers verified later, and how many were denied.
    n_later: u64,
    n_numbers: u64,
    /// When the first of them was denied, and the last.
    pub(super) from: Moment,
    pub(super) to: Moment,
}

impl<'s> Denied<'s> {
    /// These, in the order of time; `None` where there are none.
    pub(super) fn of(
        spanned: &'s Spanned<'s>,
        denied: impl Iterator<Item = &'s Verification>,
    ) -> Option<Self> {
        let denied: Vec<&Verification> = denied.collect();
        let (country, n_there) = most(denied.iter().map(|one| one.country))?;
        let there = denied.iter().filter(|one| one.country == country);
        let (rule, _) = most(there.map(|one| one.rule))?;
        let somebody = denied.iter().filter(|one| one.is_somebody());
        let numbers: BTreeSet<Number> = somebody.map(|one| one.number).collect();
        Some(Self {
            spanned,
            n: denied.len() as u64,
            country,
            n_there,
            rule,
            n_later: verified_later(spanned, &denied).len() as u64 * spanned.scale,
            n_numbers: numbers.len() as u64 * spanned.scale,
            from: denied.first()?.at?,
            to: denied.last()?.at?,
        })
    }

    /// The country of most of them, where it is known.
    pub(super) fn country(&self) -> Option<String> {
        Some(self.text(self.country)).filter(|country| *country != NO_COUNTRY).map(str::to_owned)
    }

    /// Whether more than half of them are of one country.
    pub(super) fn are_mostly_there(&self) -> bool {
        2 * self.n_there > self.n
    }

    /// The rule that denied most of what was denied in that country, where it is known.
    pub(super) fn rule(&self) -> Option<String> {
        Some(self.text(self.rule)).filter(|rule| *rule != UNKNOWN_RULE).map(str::to_owned)
    }

    /// How many people are among them for certain: those who verified later.
    pub(super) fn people(&self) -> Option<u64> {
        (self.n_later > 0).then_some(self.n_later)
    }

    /// How many of the numbers verified later, as the end of a sentence.
    pub(super) fn verified_later(&self) -> String {
        match self.n_numbers {
            0 => String::new(),
            n => format!("; {} of {} verified later", self.n_later, counted(n, "number", "numbers")),
        }
    }

    /// What this rests on: how much was denied, which the caller says, where most of it, and of whom.
    pub(super) fn evidence(&self, share: Share, how_much: Evidence) -> Vec<Evidence> {
        let there = format!("of them in {}, most of all", self.text(self.country));
        vec![
            how_much,
            evidence(&there, format!("{} of {}", self.n_there * self.spanned.scale, share.count), None),
            evidence(
                "numbers that were denied and verified later",
                format!("{} of {}", self.n_later, self.n_numbers),
                None,
            ),
        ]
    }

    fn text(&self, name: Name) -> &str {
        self.spanned.gathered.names.text(name)
    }
}

/// The numbers among those denied that verified later.
fn verified_later(spanned: &Spanned<'_>, denied: &[&Verification]) -> BTreeSet<Number> {
    let mut first: BTreeMap<Number, Option<Moment>> = BTreeMap::new();
    for one in denied.iter().filter(|one| one.is_somebody()) {
        first.entry(one.number).or_insert(one.at);
    }
    let verified = spanned.all.iter().filter(|one| one.is_verified());
    let later = verified.filter(|one| first.get(&one.number).is_some_and(|denied| one.at > *denied));
    later.map(|one| one.number).collect()
}

/// The name that is there most often, and how often.
fn most(names: impl Iterator<Item = Name>) -> Option<(Name, u64)> {
    let mut counts: BTreeMap<Name, u64> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    counts.into_iter().max_by_key(|(name, count)| (*count, Reverse(*name)))
}
