//! When nearly all of some traffic came, whatever a clock that was wrong dated. One clock in 1970 must not
//! stretch a span over decades.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// What lies this far from the others was dated by a clock that was wrong.
const FAR: SignedDuration = SignedDuration::from_hours(60 * 24);

/// How many must have come to say when most did.
const LEAST: u64 = 10;

/// The days of UTC on which something came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Days(BTreeMap<i64, Day>);

/// What came on a day.
#[derive(Clone, Copy, Debug)]
struct Day {
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

/// The span that is asked for, as far as one is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// From when on; all where it is absent.
    pub from: Option<Timestamp>,
    /// Before when; all where it is absent.
    pub to: Option<Timestamp>,
}

/// When nearly all came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Most {
    /// The first of these.
    pub(crate) first: Timestamp,
    /// The last.
    pub(crate) last: Timestamp,
    /// How many others there are.
    pub(crate) n_far: u64,
    /// One of the others.
    pub(crate) far: Option<Timestamp>,
}

impl Days {
    /// Notes that something came.
    pub(crate) fn add(&mut self, at: Timestamp) {
        let new = Day { first: at, last: at, count: 0 };
        let day = self.0.entry(at.as_second().div_euclid(86_400)).or_insert(new);
        (day.first, day.last) = (day.first.min(at), day.last.max(at));
        day.count += 1;
    }

    /// When nearly all came; `None` where nothing did.
    ///
    /// One in a hundred, and one at least, is left out where it lies farther off than [`FAR`], and than three
    /// times as long as most take, unless the span that is asked for has it.
    pub(crate) fn most(&self, asked: Asked) -> Option<Most> {
        let days: Vec<&Day> = self.0.values().collect();
        let n: u64 = days.iter().map(|day| day.count).sum();
        let edge = (n / 10).max(1);
        let length = match (days_from(&days, edge), days_from(&days, n.saturating_sub(edge + 1))) {
            (Some(first), Some(last)) if n >= LEAST => last.last.duration_since(first.first),
            _ => SignedDuration::MAX,
        };
        let gap = FAR.max(length.saturating_mul(3));
        let most = (n / 100).max(1);
        let (mut from, mut to, mut before) = (0, days.len(), 0);
        for (place, (day, next)) in days.iter().zip(days.iter().skip(1)).enumerate() {
            before += day.count;
            let is_far = next.first.duration_since(day.last) > gap;
            if is_far && before <= most && !asked.reaches_before(day.last, next.first) {
                from = place + 1;
            }
            if is_far && n - before <= most && !asked.reaches_behind(day.last, next.first) {
                to = to.min(place + 1);
            }
        }
        let near = days.get(from..to)?;
        let far = if from > 0 { days.first() } else { days.get(to) };
        Some(Most {
            first: near.first()?.first,
            last: near.last()?.last,
            n_far: n - near.iter().map(|day| day.count).sum::<u64>(),
            far: far.map(|day| day.first),
        })
    }
}

impl Asked {
    /// Whether it has what came until before a gap.
    fn reaches_before(self, before: Timestamp, after: Timestamp) -> bool {
        self.from.is_some_and(|from| from <= before) || self.to.is_some_and(|to| to <= after)
    }

    /// Whether it has what came after a gap.
    fn reaches_behind(self, before: Timestamp, after: Timestamp) -> bool {
        self.to.is_some_and(|to| to > after) || self.from.is_some_and(|from| from > before)
    }
}

/// The day of what came at this place of all, counted from zero.
fn days_from<'d>(days: &[&'d Day], place: u64) -> Option<&'d Day> {
    let mut before = 0;
    days.iter().copied().find(|day| {
        before += day.count;
        before > place
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(n * 86_400).unwrap()
    }

    /// When most came, of something a day from day 10,000 on and on these days.
    #[track_caller]
    fn check(usual: i64, odd: &[i64], asked: (Option<i64>, Option<i64>), most: (i64, i64, u64)) {
        let mut days = Days::default();
        (10_000..10_000 + usual).chain(odd.iter().copied()).for_each(|n| days.add(day(n)));
        let asked = Asked { from: asked.0.map(day), to: asked.1.map(day) };
        let Most { first, last, n_far, far } = days.most(asked).unwrap();
        assert_eq!((first, last, n_far), (day(most.0), day(most.1), most.2), "{odd:?}");
        assert_eq!(far.is_some(), n_far > 0);
    }

    #[test]
    fn what_lies_far_from_all_others_is_left_out_unless_it_is_asked_for() {
        let none = (None, None);
        check(20, &[0], none, (10_000, 10_019, 1));
        check(20, &[20_000], none, (10_000, 10_019, 1));
        check(200, &[0, 1, 20_000, 20_001], none, (10_000, 10_199, 4));
        check(200, &[0, 20_000], (Some(0), None), (0, 10_199, 1));
        check(200, &[0, 20_000], (None, Some(20_001)), (10_000, 20_000, 1));
        check(200, &[0, 20_000], (Some(15_000), None), (10_000, 20_000, 1));
        // Too many, too near for what most take, or too few to say.
        check(20, &[0, 1], none, (0, 10_019, 0));
        check(20, &[10_070], none, (10_000, 10_070, 0));
        check(60, &[10_190], none, (10_000, 10_190, 0));
        check(5, &[0], none, (0, 10_004, 0));
        assert_eq!(Days::default().most(Asked::default()), None);
    }
}
