//! A gate that denies very many, as it did before, so that nothing rises: of all requests, or nearly all of a
//! country.
//!
//! It takes a fifth of all requests that no attack and no outage explains, and [`LEAST`] of them, or nine in
//! ten of a country, of [`LEAST_NUMBERS`] numbers. That may be what is meant, such as a closed market. But it
//! is never quiet, since nobody who is kept out can show that he is a person.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::denials::{later, most, numbers};
use super::{advice, backtest, ended, evidence};
use crate::backtest::Share;
use crate::figures::Spend;
use crate::report::gathered::{NO_COUNTRY, UNKNOWN_RULE};
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::names::Name;
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::{Number, Verification};

/// The fewest denials of all requests.
const LEAST: u64 = 100;

/// One request in how many, of all.
const ONE_IN: u64 = 5;

/// The fewest numbers of a country that were denied.
const LEAST_NUMBERS: usize = 50;

/// Of how many tenths of the requests of a country it is nearly all.
const TENTHS: u64 = 9;

/// What the gate denied of something, and of how many numbers.
#[derive(Default)]
struct Denied {
    share: Share,
    numbers: BTreeSet<Number>,
}

/// The finding, where the gate denies very many of what nothing else explains.
pub(super) fn find(spanned: &Spanned<'_>, question: &Question, is_explained: &[bool]) -> Option<Finding> {
    let unexplained = || {
        let of_span = spanned.all.iter().zip(is_explained);
        of_span.filter(|(_, is_explained)| !**is_explained).map(|(one, _)| one)
    };
    let mut countries: BTreeMap<Name, Denied> = BTreeMap::new();
    let mut all = Share::default();
    for one in unexplained() {
        let country = countries.entry(one.country).or_default();
        for share in [&mut all, &mut country.share] {
            share.of += 1;
            share.count += u64::from(one.is_denied());
        }
        if one.is_denied() && one.is_somebody() {
            country.numbers.insert(one.number);
        }
    }
    let are_many = all.count >= LEAST && ONE_IN * all.count >= all.of;
    let is_closed = |denied: &Denied| {
        denied.numbers.len() >= LEAST_NUMBERS && 10 * denied.share.count >= TENTHS * denied.share.of
    };
    let mut closed: Vec<(&Name, &Denied)> =
        countries.iter().filter(|(_, denied)| !are_many && is_closed(denied)).collect();
    closed.sort_by_key(|(_, denied)| Reverse(denied.share.count));
    if !are_many && closed.is_empty() {
        return None;
    }
    let names: Vec<Name> = closed.iter().map(|(name, _)| **name).collect();
    let is_of_it = |one: &&Verification| one.is_denied() && (are_many || names.contains(&one.country));
    let denied: Vec<&Verification> = unexplained().filter(is_of_it).collect();
    let add = |sum: Share, (_, country): &(&Name, &Denied)| Share {
        count: sum.count + country.share.count,
        of: sum.of + country.share.of,
    };
    let share = if are_many { all } else { closed.iter().fold(Share::default(), add) };
    finding(spanned, question, &denied, share, &names)
}

/// In words, of what was denied, in these countries or, where none is named, in all.
fn finding(
    spanned: &Spanned<'_>,
    question: &Question,
    denied: &[&Verification],
    share: Share,
    closed: &[Name],
) -> Option<Finding> {
    let text = |name: Name| spanned.gathered.names.text(name).to_owned();
    let (country, n_there) = most(denied.iter().map(|one| one.country))?;
    let (rule, _) = most(denied.iter().filter(|one| one.country == country).map(|one| one.rule))?;
    let [n_later, n_numbers] = numbers(spanned, denied);
    let share = spanned.scaled(share);
    // Where all are denied alike, that of most customers says nothing.
    let is_one = closed.len() == 1 || (closed.is_empty() && 2 * n_there > denied.len() as u64);
    let place = match closed {
        [] => String::new(),
        [one] => format!(" in {}", text(*one)),
        several => format!(" in {} countries", several.len()),
    };
    Some(Finding {
        kind: Kind::DenialsMany,
        severity: Severity::Harm,
        title: format!("the gate denies {share} requests{place}{}", later(n_later, n_numbers)),
        place: Place {
            country: is_one.then(|| text(country)).filter(|country| country != NO_COUNTRY),
            countries: if closed.len() < 2 { Vec::new() } else { closed.iter().copied().map(text).collect() },
            rule: Some(text(rule)).filter(|rule| rule != UNKNOWN_RULE),
            ..Place::default()
        },
        parts: Vec::new(),
        from: denied.first()?.at?.time(),
        to: ended(spanned, denied.last()?.at?.time()),
        cost: Spend::default(),
        may_be_older: false,
        without_price: 0,
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: (n_later > 0).then_some(n_later),
        evidence: vec![
            evidence("denied, of the requests that no attack explains", share, None),
            evidence(
                &format!("of them in {}, most of all", text(country)),
                format!("{} of {}", n_there * spanned.scale, share.count),
                None,
            ),
            evidence(
                "numbers that were denied and verified later",
                format!("{n_later} of {n_numbers}"),
                None,
            ),
        ],
        rests_on: format!(
            "at least {LEAST} denials that are one in {ONE_IN} of all requests, or {TENTHS} in 10 requests \
             of a country, of {LEAST_NUMBERS} numbers; without attacks and outages"
        ),
        act: vec![
            advice("See which rule denies them, and whether it is meant to, as where a market is closed"),
            backtest(question, "Try the policy with that rule changed on this traffic"),
        ],
    })
}
