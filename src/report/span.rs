//! The verifications of a span, and those of the span before.

use jiff::{SignedDuration, Timestamp};

use super::gathered::Gathered;
use super::model;
use super::question::Question;
use super::verification::{Moment, Verification};
use crate::backtest::Share;
use crate::figures::{Asked, Counted, Days};

/// A span of traffic in the order of time.
pub(super) struct Spanned<'a> {
    pub(super) gathered: &'a Gathered,
    pub(super) span: model::Span,
    /// Those that were asked for in the span.
    pub(super) all: &'a [Verification],
    /// Those that were asked for before it, as far as the span before reaches.
    pub(super) before: &'a [Verification],
    /// All that was asked for before it.
    earlier: &'a [Verification],
    /// Whether the traffic reaches back to the beginning of the span before.
    pub(super) has_before: bool,
    /// Requests that are left out since they lie far from all others.
    pub(super) far: [&'a [Verification]; 2],
    /// Outcomes in the span of verifications whose request was not seen.
    pub(super) without_request: u64,
    /// Places in `all`, by country, block, number and time.
    pub(super) by_number: Vec<u32>,
    /// For how many verifications each one stands.
    pub(super) scale: u64,
}

impl<'a> Spanned<'a> {
    /// The verifications of the span that is asked for; `gathered` is in the order of time.
    pub(super) fn of(gathered: &'a Gathered, question: &Question) -> Self {
        // What has no request stands first.
        let n_lost = gathered.all.partition_point(|one| one.at.is_none());
        let (lost, known) = gathered.all.split_at(n_lost);
        let (known, far) = without_far(known, question);
        let span = span_of(known, question);
        let length = span.to.duration_since(span.from);
        let at = |time: Timestamp| {
            let moment = Moment::of(time);
            known.partition_point(|one| one.at.is_some_and(|at| at < moment))
        };
        let begun = span.from.saturating_sub(length).unwrap_or(Timestamp::MIN);
        let (earlier, from, to) = (at(begun), at(span.from), at(span.to));
        let all = known.get(from..to).unwrap_or_default();
        let before = known.get(earlier..from).unwrap_or_default();
        let earlier = known.get(..from).unwrap_or_default();
        // A tenth of the span may be quiet at its beginning.
        let reaches_to = begun.saturating_add(length / 10).unwrap_or(begun);
        let is_read = question.complete_from.is_some_and(|complete| complete <= begun);
        let begins = before.first().and_then(|one| one.at);
        let has_before = is_read || begins.is_some_and(|at| at.time() <= reaches_to);
        // Where no times are given, all of them are meant, even those before the first request.
        let is_inside = |one: &&Verification| {
            let at = one.heard_at.time();
            question.from.is_none_or(|from| from <= at) && question.to.is_none_or(|to| at < to)
        };
        let without_request = lost.iter().filter(is_inside).count() as u64;
        Self {
            gathered,
            span,
            all,
            before,
            earlier,
            has_before,
            far,
            without_request,
            by_number: by_number(all),
            scale: gathered.scale().saturating_mul(question.scale),
        }
    }

    /// What a verification adds to figures.
    pub(super) fn counted(&self, one: &Verification) -> Counted {
        one.counted(self.gathered.prices.price(one.price))
    }

    /// How many of some were charged and have no price.
    pub(super) fn without_price<'v>(&self, some: impl IntoIterator<Item = &'v Verification>) -> u64 {
        let without = some.into_iter().filter(|one| self.counted(one).is_without_price());
        without.count() as u64 * self.scale
    }

    /// How many of how many a share stands for, where not all was read.
    pub(super) fn scaled(&self, share: Share) -> Share {
        let scaled = |count: u64| count.saturating_mul(self.scale);
        Share { count: scaled(share.count), of: scaled(share.of) }
    }

    /// The verification at a place.
    pub(super) fn at(&self, place: u32) -> Option<&'a Verification> {
        self.all.get(usize::try_from(place).ok()?)
    }

    /// Everything that is known before the span.
    pub(super) fn before_all(&self) -> impl Iterator<Item = &'a Verification> {
        self.earlier.iter()
    }

    /// All that is known, with everything before the span.
    pub(super) fn with_before(&self) -> impl Iterator<Item = &'a Verification> {
        self.earlier.iter().chain(self.all)
    }

    /// How long all of it is.
    pub(super) fn known_for(&self) -> SignedDuration {
        let first = self.with_before().next().and_then(|one| one.at).map_or(self.span.to, Moment::time);
        self.span.to.duration_since(first)
    }
}

/// The span that is asked for; where no times are given, from the first request to the last.
fn span_of(known: &[Verification], question: &Question) -> model::Span {
    let first = known.first().and_then(|one| one.at).map_or(question.made_at, Moment::time);
    let last = known.last().and_then(|one| one.at).map_or(question.made_at, Moment::time);
    let from = question.from.unwrap_or(first);
    let after_last = last.saturating_add(SignedDuration::from_secs(1)).unwrap_or(last);
    let to = question.to.unwrap_or(after_last).max(from);
    model::Span { from, to }
}

/// Requests without those far before or after all others, unless the span that is asked for has these; and
/// those.
fn without_far<'v>(
    known: &'v [Verification],
    question: &Question,
) -> (&'v [Verification], [&'v [Verification]; 2]) {
    let mut days = Days::default();
    known.iter().filter_map(|one| one.at).for_each(|at| days.add(at.time()));
    let Some(most) = days.most(Asked { from: question.from, to: question.to }) else {
        return (known, [&[], &[]]);
    };
    let (first, last) = (Moment::of(most.first), Moment::of(most.last));
    let from = known.partition_point(|one| one.at.is_some_and(|at| at < first));
    let to = known.partition_point(|one| one.at.is_some_and(|at| at <= last));
    let part = |from: usize, to: usize| known.get(from..to).unwrap_or_default();
    (part(from, to), [part(0, from), part(to, known.len())])
}

fn by_number(all: &[Verification]) -> Vec<u32> {
    let mut places: Vec<u32> = (0..).take(all.len()).collect();
    let key = |place: &u32| {
        let one = usize::try_from(*place).ok().and_then(|place| all.get(place));
        one.map(|one| (one.country, one.block, one.number, *place))
    };
    places.sort_unstable_by_key(key);
    places
}
