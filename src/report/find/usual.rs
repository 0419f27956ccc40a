//! What is usual: how many of the people who try make it, and how fast.

use std::collections::{BTreeMap, HashMap};

use super::stats::{median, quantile};
use super::tried::{Tried, says_something};
use crate::backtest::Share;
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};

/// The fewest people of a country or a day by whom it says something.
const LEAST_PEOPLE: u64 = 20;

/// The share of people who make it where nothing else is known: the lowest that honest traffic has.
const LOWEST: f64 = 0.6;

/// The fewest countries whose times say what is usual.
const LEAST_COUNTRIES: usize = 3;

/// What is usual.
#[derive(Debug)]
pub(super) struct Usual {
    /// The share of people who make it.
    pub(super) made_it: f64,
    /// Seconds that only a tenth of people verify within, by method, where that is known.
    fast: HashMap<Name, f64>,
}

impl Usual {
    pub(super) fn of(spanned: &Spanned<'_>) -> Self {
        let country = |place: &u32| spanned.at(*place).map(|one| one.country);
        let by_country = spanned.by_number.chunk_by(|one, other| country(one) == country(other));
        let shares: Vec<f64> = by_country
            .map(|places| Tried::of(spanned, places).people)
            .filter(|people: &Share| people.of >= LEAST_PEOPLE)
            .map(Share::value)
            .collect();
        // An attack on most countries leaves most days as they are, and one on most days most countries.
        let by_country = median(&shares).unwrap_or(LOWEST);
        let made_it = by_country.max(by_day(spanned).unwrap_or(LOWEST)).max(LOWEST);
        Self { made_it, fast: fast(spanned) }
    }

    /// Seconds that only a tenth of people verify within by this method.
    pub(super) fn fast(&self, method: Name) -> Option<f64> {
        self.fast.get(&method).copied()
    }
}

/// The share of people who make it on the median day.
fn by_day(spanned: &Spanned<'_>) -> Option<f64> {
    let day = |one: &&Verification| one.at.map(Moment::day);
    let mut attempts: Vec<&Verification> = spanned.with_before().collect();
    attempts.sort_by_key(|one| (one.at.map(Moment::day), one.number));
    let of_day = |attempts: &[&Verification]| {
        let mut tried = Tried::default();
        for attempts in attempts.chunk_by(|one, other| one.number == other.number) {
            tried.add_number(spanned, attempts.iter().copied());
        }
        tried.people
    };
    let days = attempts.chunk_by(|one, other| day(one) == day(other)).map(of_day);
    let shares: Vec<f64> =
        days.filter(|people: &Share| people.of >= LEAST_PEOPLE).map(Share::value).collect();
    median(&shares)
}

/// By method the median over countries of the time that a tenth of the people take at most.
fn fast(spanned: &Spanned<'_>) -> HashMap<Name, f64> {
    let mut times: HashMap<(Name, Name), Vec<f64>> = HashMap::new();
    for one in spanned.with_before() {
        if let Some(took) = one.time_to_verify() {
            times.entry((one.method, one.country)).or_default().push(took.as_secs_f64());
        }
    }
    let mut tenths: HashMap<Name, Vec<f64>> = HashMap::new();
    for ((method, _), times) in &times {
        if times.len() as u64 >= LEAST_PEOPLE {
            tenths.entry(*method).or_default().extend(quantile(times, 0.1));
        }
    }
    let known = tenths.into_iter().filter(|(_, tenths)| tenths.len() >= LEAST_COUNTRIES);
    known.filter_map(|(method, tenths)| Some((method, median(&tenths)?))).collect()
}

/// The fewest days that say what is usual in a country, and the fewest outcomes of such a day.
const LEAST_DAYS: usize = 4;
const SHORT_DAYS: i64 = 4;
const LEAST_OF_DAY: u32 = 5;

/// How many in vain a person who verifies outweighs, at most.
const MOST_AGAINST: f64 = 3.5;

/// What is usual in a country.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usually {
    /// How many in vain a person who verifies outweighs.
    pub(super) against: f64,
    /// Its requests on the median day, or what comes to a day at those of the median hour where fewer than
    /// [`LEAST_DAYS`] days are known.
    pub(super) asked: f64,
    /// Those that the gate denies, likewise.
    pub(super) denied: f64,
    /// Whether days or hours enough are known to say that. Where they are not, nothing counts as usual as
    /// long as the gate lets most countries in, so that what it denies stands out.
    pub(super) is_known: bool,
}

impl Default for Usually {
    fn default() -> Self {
        Self { against: 1.0, asked: 0.0, denied: 0.0, is_known: true }
    }
}

/// Requests by country and day, or hour.
type Counts = BTreeMap<(Name, i64), f64>;

/// What is usual in each country.
pub(super) fn by_country(spanned: &Spanned<'_>) -> BTreeMap<Name, Usually> {
    let mut ends: BTreeMap<(Name, i64), (u32, u32)> = BTreeMap::new();
    let (mut asked, mut denied) = (Counts::new(), Counts::new());
    let are_days = spanned.known_for().as_hours() >= 24 * SHORT_DAYS;
    let step = |at: Moment| if are_days { at.day() } else { at.hour() };
    for one in spanned.with_before() {
        let Some(at) = one.at else { continue };
        let place = (one.country, step(at));
        *asked.entry(place).or_default() += 1.0;
        if one.is_denied() {
            *denied.entry(place).or_default() += 1.0;
        } else if says_something(spanned, one) {
            let (made, in_vain) = ends.entry((one.country, at.day())).or_default();
            *(if one.is_verified() { made } else { in_vain }) += 1;
        }
    }
    let steps = || spanned.with_before().filter_map(|one| one.at).map(step);
    let known = steps().next().zip(steps().last()).map_or(1, |(first, last)| last - first + 1);
    let known = usize::try_from(known).unwrap_or(1);
    let per_day = if are_days { 1.0 } else { 24.0 };
    let mut usually: BTreeMap<Name, Usually> = BTreeMap::new();
    if known < LEAST_DAYS {
        // More than any, where most countries are denied anyway.
        let usual = if lets_most_in(&asked, &denied) { 0.0 } else { f64::INFINITY };
        let unknown = Usually { against: 1.0, asked: usual, denied: usual, is_known: false };
        return asked.into_keys().map(|(country, _)| (country, unknown)).collect();
    }
    for (country, days) in by_name(ends) {
        usually.entry(country).or_default().against = against(&days);
    }
    for (country, counts) in by_name(asked) {
        usually.entry(country).or_default().asked = per_day * on_median(counts, known);
    }
    for (country, counts) in by_name(denied) {
        usually.entry(country).or_default().denied = per_day * on_median(counts, known);
    }
    usually
}

/// What stands under each country.
fn by_name<T>(counts: BTreeMap<(Name, i64), T>) -> BTreeMap<Name, Vec<T>> {
    let mut names: BTreeMap<Name, Vec<T>> = BTreeMap::new();
    for ((name, _), count) in counts {
        names.entry(name).or_default().push(count);
    }
    names
}

/// Whether the gate lets in more than half of the requests of most countries.
fn lets_most_in(asked: &Counts, denied: &Counts) -> bool {
    let sum = |counts: &Counts| {
        let mut sums: BTreeMap<Name, f64> = BTreeMap::new();
        counts.iter().for_each(|((country, _), count)| *sums.entry(*country).or_default() += count);
        sums
    };
    let (asked, denied) = (sum(asked), sum(denied));
    let is_denied =
        |(country, asked): &(&Name, &f64)| denied.get(*country).is_some_and(|denied| denied * 2.0 >= **asked);
    asked.iter().filter(is_denied).count() * 2 < asked.len()
}

/// The count of the median day, or hour, of all that are `known`.
fn on_median(mut counts: Vec<f64>, known: usize) -> f64 {
    counts.resize(known.max(counts.len()), 0.0);
    median(&counts).unwrap_or(0.0)
}

/// How many in vain a person who verifies outweighs, where it is not one: as many as usual and half as many
/// again. What is usual is that of the better days, since an attack may last for most of them.
fn against(days: &[(u32, u32)]) -> f64 {
    let said = days.iter().filter(|(made, in_vain)| made + in_vain >= LEAST_OF_DAY);
    let odds = said.map(|(made, in_vain)| (f64::from(*in_vain) + 0.5) / (f64::from(*made) + 0.5));
    let odds: Vec<f64> = odds.collect();
    let against = if odds.len() < LEAST_DAYS { None } else { quantile(&odds, 0.25) };
    match against.map(|against| 1.5 * against) {
        // Where hardly anybody ever verifies, that is what is to be found.
        Some(against) if against <= MOST_AGAINST => against.max(1.0),
        _ => 1.0,
    }
}
