//! A gate that denies very many, as it did before, so that nothing rises: of all requests, or nearly all of a
//! country.
//!
//! It takes a fifth of all requests that no attack and no outage explains, and [`LEAST`] of them, or nine in
//! ten of a country, of [`LEAST_NUMBERS`] numbers. That may be what is meant, such as a closed market. But it
//! is never quiet, since nobody who is kept out can show that he is a person.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::denied::Denied;
use super::{advice, backtest, ended, evidence};
use crate::backtest::Share;
use crate::figures::Spend;
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

/// What the gate denied of a country, and of which numbers.
#[derive(Default)]
struct OfCountry {
    share: Share,
    numbers: BTreeSet<Number>,
}

/// The finding, where the gate denies very many of what nothing else explains.
pub(super) fn find(spanned: &Spanned<'_>, question: &Question, is_explained: &[bool]) -> Option<Finding> {
    let unexplained = || {
        let of_span = spanned.all.iter().zip(is_explained);
        of_span.filter(|(_, is_explained)| !**is_explained).map(|(one, _)| one)
    };
    let mut countries: BTreeMap<Name, OfCountry> = BTreeMap::new();
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
    let is_closed = |denied: &OfCountry| {
        denied.numbers.len() >= LEAST_NUMBERS && 10 * denied.share.count >= TENTHS * denied.share.of
    };
    let mut closed: Vec<(&Name, &OfCountry)> =
        countries.iter().filter(|(_, denied)| !are_many && is_closed(denied)).collect();
    closed.sort_by_key(|(_, denied)| Reverse(denied.share.count));
    if !are_many && closed.is_empty() {
        return None;
    }
    let names: Vec<Name> = closed.iter().map(|(name, _)| **name).collect();
    let is_of_it = |one: &&Verification| one.is_denied() && (are_many || names.contains(&one.country));
    let denied = Denied::of(spanned, unexplained().filter(is_of_it))?;
    let share = if are_many { all } else { closed.iter().map(|(_, country)| country.share).sum() };
    Some(finding(spanned, question, &denied, share, &names))
}

/// In words, of what was denied, in these countries or, where none is named, in all.
fn finding(
    spanned: &Spanned<'_>,
    question: &Question,
    denied: &Denied<'_>,
    share: Share,
    closed: &[Name],
) -> Finding {
    let text = |name: Name| spanned.gathered.names.text(name).to_owned();
    let share = spanned.scaled(share);
    // Where all are denied alike, that of most customers says nothing.
    let is_one = closed.len() == 1 || (closed.is_empty() && denied.are_mostly_there());
    let place = match closed {
        [] => String::new(),
        [one] => format!(" in {}", text(*one)),
        several => format!(" in {} countries", several.len()),
    };
    Finding {
        kind: Kind::DenialsMany,
        severity: Severity::Harm,
        title: format!("the gate denies {share} requests{place}{}", denied.verified_later()),
        place: Place {
            country: denied.country().filter(|_| is_one),
            countries: if closed.len() < 2 { Vec::new() } else { closed.iter().copied().map(text).collect() },
            rule: denied.rule(),
            ..Place::default()
        },
        parts: Vec::new(),
        from: denied.from.time(),
        to: ended(spanned, denied.to.time()),
        cost: Spend::default(),
        may_be_older: false,
        without_price: 0,
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: denied.people(),
        evidence: denied
            .evidence(share, evidence("denied, of the requests that no attack explains", share, None)),
        rests_on: format!(
            "at least {LEAST} denials that are one in {ONE_IN} of all requests, or {TENTHS} in 10 requests \
             of a country, of {LEAST_NUMBERS} numbers; without attacks and outages"
        ),
        act: vec![
            advice("See which rule denies them, and whether it is meant to, as where a market is closed"),
            backtest(question, "Try the policy with that rule changed on this traffic"),
        ],
    }
}
