//! What is usual: how many of the people who try make it, and how fast.

use std::collections::HashMap;

use super::stats::{median, quantile};
use super::tried::Tried;
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
