//! Denials far beyond what is usual, apart from those of attacks and outages: of people, or of an attack
//! that looks like them.
//!
//! It takes a day with [`LEAST`] denials that are three times as many as on the median day, and three times
//! the share of requests that is denied on other days, so that a launch with many more people is not one.
//! Where few days are known, it takes a fifth of all requests.

use std::collections::{BTreeMap, BTreeSet};

use super::denied::Denied;
use super::{advice, backtest, ended, evidence};
use crate::backtest::Share;
use crate::figures::Spend;
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};

/// The fewest denials of a day, or of a short span.
const LEAST: u64 = 100;

/// How many times as many as usual.
const BEYOND: u64 = 3;

/// The fewest days that say how many are usual.
const LEAST_DAYS: usize = 6;

/// Requests of a day, and those of them that were denied.
type Days = BTreeMap<i64, Share>;

/// The finding, where the gate denied far more than usual of what nothing else explains.
pub(super) fn find(spanned: &Spanned<'_>, question: &Question, is_explained: &[bool]) -> Option<Finding> {
    let usual = Usual::of(spanned, is_explained);
    let days = usual.days_beyond()?;
    let is_then = |one: &Verification| one.at.is_some_and(|at| days.contains(&at.day()));
    let of_span = spanned.all.iter().zip(is_explained);
    let of_span = of_span.filter(|(one, is_explained)| one.is_denied() && !**is_explained && is_then(one));
    let denied = Denied::of(spanned, of_span.map(|(one, _)| one))?;
    let share = spanned.scaled(usual.sum(&days));
    Some(Finding {
        kind: Kind::DenialsRose,
        severity: Severity::Harm,
        title: title(share, usual.median.is_some(), &denied),
        place: Place { country: denied.country(), rule: denied.rule(), ..Place::default() },
        parts: Vec::new(),
        from: denied.from.time(),
        to: ended(spanned, denied.to.time()),
        may_be_older: false,
        cost: Spend::default(),
        without_price: 0,
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: denied.people(),
        evidence: denied.evidence(
            share,
            evidence("denied on these days, of their requests", share, usual.in_words(spanned, &days)),
        ),
        rests_on: rests_on(),
        act: vec![
            advice("See whether those denied were people, or an attack that the gate stopped"),
            backtest(question, "Try a wider limit on this traffic before it is put in force"),
        ],
    })
}

fn title(share: Share, is_usual_known: bool, denied: &Denied<'_>) -> String {
    let beyond = if is_usual_known { ", far more than usual" } else { "" };
    format!("the gate denied {share} requests{beyond}{}", denied.verified_later())
}

fn rests_on() -> String {
    format!(
        "a day with at least {LEAST} denials, {BEYOND} times as many as on the median day and {BEYOND} times \
         the share of other days; or a fifth of all requests, where fewer than {LEAST_DAYS} days are known"
    )
}

/// What the gate denies day by day.
struct Usual {
    days: Days,
    /// The first day of the span.
    begins: i64,
    /// How many are denied on the median day; absent where too few days are known.
    median: Option<u64>,
}

impl Usual {
    fn of(spanned: &Spanned<'_>, is_explained: &[bool]) -> Self {
        let mut days = Days::new();
        let mut add = |one: &Verification| {
            let day = days.entry(one.at.map_or(0, Moment::day)).or_default();
            day.of += 1;
            day.count += u64::from(one.is_denied());
        };
        spanned.before_all().for_each(&mut add);
        let others = spanned.all.iter().zip(is_explained).filter(|(_, is_explained)| !**is_explained);
        others.for_each(|(one, _)| add(one));
        let begins = spanned.all.first().and_then(|one| one.at).map_or(0, Moment::day);
        let known = days.keys().next().zip(days.keys().last()).map_or(0, |(first, last)| last - first + 1);
        let known = usize::try_from(known).unwrap_or(0);
        let mut counts: Vec<u64> = days.values().map(|day| day.count).collect();
        counts.resize(known.max(counts.len()), 0);
        counts.sort_unstable();
        let median = counts.get(known / 2).copied().filter(|_| known >= LEAST_DAYS);
        Self { days, begins, median }
    }

    /// The days of the span on which far more were denied than usual; all where little is known.
    fn days_beyond(&self) -> Option<BTreeSet<i64>> {
        let of_span = || self.days.range(self.begins..);
        let Some(median) = self.median else {
            let days: BTreeSet<i64> = of_span().map(|(day, _)| *day).collect();
            let all = self.sum(&days);
            return (all.count >= LEAST && 5 * all.count >= all.of).then_some(days);
        };
        let many = of_span().filter(|(_, day)| day.count >= LEAST && day.count > BEYOND * median);
        let many: BTreeSet<i64> = many.map(|(day, _)| *day).collect();
        let others = self.others(&many);
        let is_beyond = |day: &i64| {
            let day = self.days.get(day).copied().unwrap_or_default();
            day.count * others.of > BEYOND * others.count * day.of
        };
        let beyond: BTreeSet<i64> = many.into_iter().filter(is_beyond).collect();
        (!beyond.is_empty()).then_some(beyond)
    }

    fn sum(&self, days: &BTreeSet<i64>) -> Share {
        self.days.iter().filter(|(day, _)| days.contains(day)).map(|(_, day)| *day).sum()
    }

    fn others(&self, days: &BTreeSet<i64>) -> Share {
        self.days.iter().filter(|(day, _)| !days.contains(day)).map(|(_, day)| *day).sum()
    }

    fn in_words(&self, spanned: &Spanned<'_>, days: &BTreeSet<i64>) -> Option<String> {
        let others = spanned.scaled(self.others(days));
        Some(format!("{} on the median day, {others} on all others", self.median? * spanned.scale))
    }
}
