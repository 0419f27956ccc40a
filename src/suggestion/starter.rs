//! The starter policy, with what only its operator can know taken from traffic.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::gaps::{gaps, in_words};
use super::survey::Survey;
use super::text::{comment, listed};
use super::{Suggestion, SuggestionError, compiled, faked};
use crate::backtest::{Happens, PackedTraffic, replayed};
use crate::policy::Policy;
use crate::replay::Lists;

/// The requests of a day for which the limits of the starter policy were chosen, at home and abroad: those of
/// the drill's usual days.
const CHOSEN_FOR: Day = Day { home: 2_000, abroad: 550 };

/// What may stay unverified in three hours on such a day, by the starter policy, at home and abroad.
const UNVERIFIED: u64 = 100;

/// What a country abroad may cost on such a day, in usual prices.
const PRICES_ABROAD: u64 = 350;

/// The requests of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    home: u64,
    abroad: u64,
}

/// Fills the head of the starter policy: markets are where people verify, prices are those of the traffic,
/// and limits on a volume grow with a usual day of it.
///
/// # Errors
/// Where nobody verified.
pub fn fill_starter(traffic: &PackedTraffic, lists: &Arc<Lists>) -> Result<Suggestion, SuggestionError> {
    let without = faked::without_faked(traffic);
    let (traffic, n_faked) = without.as_ref().map_or((traffic, 0), |(without, n)| (without, *n));
    let mut survey = Survey::of(traffic, lists)?;
    survey.n_faked = n_faked;
    let day = usual_day(traffic, &survey.home);
    let text = filled(&survey, day);
    let report = replayed(&compiled(&text)?, Arc::clone(lists), traffic);
    let gaps = gaps(&survey, &[], 1.0);
    Ok(Suggestion { text, report, home: survey.home, rules: Vec::new(), gaps })
}

fn filled(survey: &Survey, day: Day) -> String {
    let sets = sets(survey, day);
    let mut text = String::new();
    for line in Policy::starter_source().lines() {
        if line == "[sets]" {
            text.push_str(&comment(&format!(
                "Filled from {} requests within {}: on a usual day {} at home and {} abroad.",
                survey.report.all.requests,
                in_words(survey.span()),
                day.home,
                day.abroad
            )));
        }
        let name = line.split(" = ").next().unwrap_or_default();
        match sets.iter().find(|(of, _)| *of == name) {
            Some((_, values)) => text.push_str(&format!("{name} = [{values}]")),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The sets to fill in, with their values. Without prices in the traffic, those of the starter policy stay.
fn sets(survey: &Survey, day: Day) -> Vec<(&'static str, String)> {
    let times = |limit: u64, of: u64, chosen_for: u64| limit.saturating_mul(of.max(chosen_for)) / chosen_for;
    let mut sets = vec![
        ("home", listed(&mut survey.home.iter().map(String::as_str))),
        ("home-unverified", times(UNVERIFIED, day.home, CHOSEN_FOR.home).to_string()),
        ("abroad-unverified", times(UNVERIFIED, day.abroad, CHOSEN_FOR.abroad).to_string()),
    ];
    if let Some((currency, price)) = survey.price {
        let prices = Decimal::from(times(PRICES_ABROAD, day.abroad, CHOSEN_FOR.abroad));
        sets.push(("usual-price", format!("\"{} {currency}\"", price.round_dp(4).normalize())));
        sets.push(("spend-abroad", format!("\"{} {currency}\"", (price * prices).round_dp(2).normalize())));
    }
    sets
}

/// The day in the middle, so that no attack and no outage counts as usual.
fn usual_day(traffic: &PackedTraffic, home: &[String]) -> Day {
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();
    for event in traffic.counted() {
        let Happens::Request(request, _) = &event.happens else { continue };
        let Some(country) = request.number.country() else { continue };
        let day = days.entry(event.at.as_second().div_euclid(86_400)).or_default();
        if home.iter().any(|home| *home == country.to_string()) {
            day.home += 1;
        } else {
            day.abroad += 1;
        }
    }
    let middle = |of: fn(&Day) -> u64| {
        let mut sorted: Vec<u64> = days.values().map(of).collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    };
    Day { home: middle(|day| day.home), abroad: middle(|day| day.abroad) }
}
