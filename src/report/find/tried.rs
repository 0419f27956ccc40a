//! The people who tried, and those of them who made it.
//!
//! A number is a person. Somebody who asks three times and then verifies made it, so resends do not look like
//! an attack. Attempts whose message did not arrive, and those of the last minutes, which may still end, are
//! left out: they say nothing about the person.

use jiff::SignedDuration;

use crate::backtest::Share;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};

/// How long a verification may take to end.
pub(super) const PENDING: SignedDuration = SignedDuration::from_mins(10);

/// What became of the people of a block, a country or a day.
#[derive(Clone, Debug, Default)]
pub(super) struct Tried {
    /// Those of whom at least one attempt was allowed and came to an end, and how many of them verified.
    pub(super) people: Share,
}

impl Tried {
    /// Of places that stand number by number.
    pub(super) fn of(spanned: &Spanned<'_>, places: &[u32]) -> Self {
        let mut tried = Self::default();
        let number = |place: &u32| spanned.at(*place).map(|one| one.number);
        for of_number in places.chunk_by(|one, other| number(one) == number(other)) {
            tried.add_number(spanned, of_number.iter().filter_map(|place| spanned.at(*place)));
        }
        tried
    }

    /// Adds the attempts of one number.
    pub(super) fn add_number<'v>(
        &mut self,
        spanned: &Spanned<'_>,
        attempts: impl Iterator<Item = &'v Verification> + Clone,
    ) {
        let made_it = attempts.clone().any(Verification::is_verified);
        let counts = attempts.clone().any(|one| says_something(spanned, one));
        self.people.of += u64::from(counts || made_it);
        self.people.count += u64::from(made_it);
    }
}

/// Whether an attempt says something about the person: it was allowed, arrived as far as is known, and had
/// its time.
pub(super) fn says_something(spanned: &Spanned<'_>, one: &Verification) -> bool {
    let is_pending =
        one.is_open() && one.at.is_some_and(|at| Moment::of(spanned.span.to).since(at) < PENDING);
    let counted = spanned.counted(one);
    let is_lost = one.has_failed_delivery && !one.has_arrived;
    counted.is_verified() || (counted.is_unverified() && !is_lost && !is_pending)
}
