//! Countries whose unverified spend jumped beyond their usual day, or where hardly anybody verifies at all.
//!
//! A day is one of UTC. It is beyond the usual where its unverified spend is more than twice the median of
//! the other days and six spreads above it, and where the people beyond those of the usual day verify less
//! than half as often as people do. So a launch that brings ten times the people is not a jump. It takes
//! [`LEAST_DAYS`] and [`LEAST_PEOPLE`]. Where there are fewer days, a country stands out by its conversion.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::prelude::ToPrimitive as _;

use super::blocks::{commands, denied, pumping};
use super::tried::{Tried, says_something};
use super::usual::Usual;
use super::{ended, evidence, stats};
use crate::backtest::Share;
use crate::figures::{Figures, Spend};
use crate::money::Currency;
use crate::report::model::{Evidence, Finding, Kind, Place, Severity};
use crate::report::names::Name;
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};

/// The fewest days that say what is usual.
const LEAST_DAYS: usize = 5;

/// The fewest people beyond those of the usual day.
const LEAST_PEOPLE: f64 = 20.0;

/// The fewest people of a country, where only its conversion is known.
const LEAST_PEOPLE_OF_COUNTRY: u64 = 50;

/// A day, counted from the epoch.
type Day = i64;

/// What happened in a country on a day.
#[derive(Debug)]
struct OfDay<'v> {
    spend: Spend,
    people: Share,
    /// By number.
    attempts: &'v [&'v Verification],
}

/// A finding for each country that stands out.
pub(super) fn all(spanned: &Spanned<'_>, usual: &Usual, question: &Question) -> Vec<Finding> {
    let currency = spanned.figures(spanned.with_before()).unverified_spend.currencies().first().copied();
    let mut attempts: Vec<&Verification> = spanned.with_before().collect();
    attempts.sort_by_key(|one| (one.country, one.at.map(Moment::day), one.number));
    let first = spanned.with_before().find_map(|one| one.at).map_or(0, Moment::day);
    let last = spanned.all.last().and_then(|one| one.at).map_or(first, Moment::day);
    let known: Vec<Day> = (first..=last).collect();
    let of_country = |attempts: &[&Verification]| {
        let name = attempts.first()?.country;
        let by_day = attempts.chunk_by(|one, other| one.at.map(Moment::day) == other.at.map(Moment::day));
        let days = by_day.filter_map(|attempts| {
            let day = attempts.first()?.at?.day();
            Some((day, OfDay::new(spanned, attempts)))
        });
        let country =
            OfCountry { spanned, usual, question, name, days: days.collect(), known: &known, currency };
        if known.len() > LEAST_DAYS { country.jump() } else { country.collapse() }
    };
    attempts.chunk_by(|one, other| one.country == other.country).filter_map(of_country).collect()
}

impl<'v> OfDay<'v> {
    fn new(spanned: &Spanned<'_>, attempts: &'v [&'v Verification]) -> Self {
        let mut spend = Spend::default();
        for one in attempts.iter().filter(|one| !one.is_verified() && says_something(spanned, one)) {
            spanned.counted(one).cost().into_iter().for_each(|cost| spend.add(cost));
        }
        let mut day = Self { spend, people: Share::default(), attempts };
        day.people = day.tried(spanned).people;
        day
    }

    fn tried(&self, spanned: &Spanned<'_>) -> Tried {
        let mut tried = Tried::default();
        for attempts in self.attempts.chunk_by(|one, other| one.number == other.number) {
            tried.add_number(spanned, attempts.iter().copied());
        }
        tried
    }
}

/// A country, day by day.
struct OfCountry<'a> {
    spanned: &'a Spanned<'a>,
    usual: &'a Usual,
    question: &'a Question,
    name: Name,
    days: BTreeMap<Day, OfDay<'a>>,
    known: &'a [Day],
    currency: Option<Currency>,
}

impl OfCountry<'_> {
    fn spent(&self, day: Day) -> f64 {
        let spend = self.days.get(&day).zip(self.currency).map(|(day, currency)| day.spend.of(currency));
        spend.and_then(|spend| spend.to_f64()).unwrap_or(0.0)
    }

    fn people(&self, day: Day) -> Share {
        self.days.get(&day).map(|day| day.people).unwrap_or_default()
    }

    fn tried<'d>(&self, days: impl Iterator<Item = &'d OfDay<'d>>) -> Tried {
        let mut all = Tried::default();
        days.for_each(|day| all.add(day.tried(self.spanned)));
        all
    }

    /// The days of the span on which it jumped.
    fn jump(&self) -> Option<Finding> {
        let spent: Vec<f64> = self.known.iter().map(|day| self.spent(*day)).collect();
        let (middle, spread) = (stats::median(&spent)?, stats::spread(&spent)?);
        let people: Vec<Share> = self.known.iter().map(|day| self.people(*day)).collect();
        let of_all = |of: fn(&Share) -> u64| {
            let counts: Vec<f64> = people.iter().filter_map(|people| of(people).to_f64()).collect();
            stats::median(&counts)
        };
        let (usual_tried, usual_made) = (of_all(|people| people.of)?, of_all(|people| people.count)?);
        let from = self.spanned.span.from;
        let is_beyond = |(day, (spent, people)): &(&Day, (&f64, &Share))| {
            let tried = people.of.to_f64().unwrap_or(0.0) - usual_tried;
            let made = people.count.to_f64().unwrap_or(0.0) - usual_made;
            let is_in_span = end_of(**day) > from;
            is_in_span
                && **spent > 2.0 * middle
                && **spent > middle + 6.0 * spread
                && tried >= LEAST_PEOPLE
                && made / tried < self.usual.made_it / 2.0
        };
        let days = self.known.iter().zip(spent.iter().zip(&people)).filter(is_beyond);
        let days: Vec<Day> = days.map(|(day, _)| *day).collect();
        let worst = days.iter().map(|day| self.spent(*day)).max_by(f64::total_cmp)?;
        let scale = self.spanned.scale.to_f64()?;
        let (worst, middle, spread) = (worst * scale, middle * scale, spread * scale);
        let currency = self.currency?;
        let times = (middle > 0.0).then(|| format!(", {:.0} times its usual day", worst / middle));
        let name = self.spanned.gathered.names.text(self.name).to_owned();
        let title = format!(
            "unverified spend in {name} jumped to {worst:.2} {currency} in a day{}",
            times.unwrap_or_else(|| ", where a usual day has none".to_owned())
        );
        let usual = format!("{middle:.2} {currency}, give or take {spread:.2}");
        let spend =
            evidence("unverified spend on the worst day", format!("{worst:.2} {currency}"), Some(usual));
        self.finding(
            name,
            title,
            days.iter().filter_map(|day| self.days.get(day)),
            spend,
            format!(
                "a day above twice the median of {} days and six spreads above it, and at least \
                 {LEAST_PEOPLE} people more than on a usual day, who verify less than half as often",
                self.known.len()
            ),
        )
    }

    /// All of it, where hardly anybody verifies.
    fn collapse(&self) -> Option<Finding> {
        let tried = self.tried(self.days.values());
        if !tried.has_collapsed(LEAST_PEOPLE_OF_COUNTRY, self.usual.made_it) {
            return None;
        }
        let name = self.spanned.gathered.names.text(self.name).to_owned();
        let people = self.spanned.scaled(tried.people);
        let title = format!("{} of {} people in {name} made it", people.count, people.of);
        let days = evidence("days to compare with", self.known.len(), Some(format!("{LEAST_DAYS} at least")));
        self.finding(
            name,
            title,
            self.days.values(),
            days,
            format!(
                "at least {LEAST_PEOPLE_OF_COUNTRY} people, of whom fewer than half as many verify as usual, \
                 with 95 % certainty"
            ),
        )
    }

    fn finding<'d>(
        &self,
        name: String,
        title: String,
        days: impl Iterator<Item = &'d OfDay<'d>> + Clone,
        first: Evidence,
        rests_on: String,
    ) -> Option<Finding> {
        let tried = self.tried(days.clone());
        let (from, to) = stats::densest(tried.in_vain.clone())?;
        let all = days.flat_map(|day| day.attempts).copied();
        let figures: Figures = self.spanned.figures(all);
        let denied = denied(&figures);
        let mut evidence = vec![first];
        evidence.extend(pumping(self.spanned, &tried, &figures, self.usual));
        Some(Finding {
            kind: Kind::CountryJumped,
            severity: Severity::Attack,
            title,
            place: Place { country: Some(name), ..Place::default() },
            from: from.max(self.spanned.span.from),
            to: ended(self.spanned, to),
            cost: figures.unverified_spend,
            denied,
            people: None,
            evidence,
            rests_on,
            act: commands(&[], self.question, denied),
        })
    }
}

/// The first moment after a day.
fn end_of(day: Day) -> Timestamp {
    Timestamp::from_second((day + 1) * 86_400).unwrap_or(Timestamp::MAX)
}
