//! Messages that do not arrive: a carrier's fault, which looks like pumping where only conversion is seen.
//!
//! It takes hours in which at least half of the receipts of a country are of failures, [`LEAST_FAILED`] in
//! all. An attacker's messages arrive: nobody is paid for those that do not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{advice, ended, evidence};
use crate::backtest::Share;
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::Verification;

/// The fewest messages that did not arrive.
const LEAST_FAILED: u64 = 20;

/// How many hours without a failure end an outage.
const GAP: i64 = 2;

type Hour = i64;

/// The hours of a country that may be an outage.
struct Outage<'v> {
    from: Hour,
    to: Hour,
    receipts: Share,
    failed: Vec<&'v Verification>,
}

/// A finding for each country and outage.
pub(super) fn all(spanned: &Spanned<'_>) -> Vec<Finding> {
    let mut countries: BTreeMap<Name, BTreeMap<Hour, Vec<&Verification>>> = BTreeMap::new();
    for one in spanned.all.iter().filter(|one| one.has_arrived || one.has_failed_delivery) {
        let Some(at) = one.at else { continue };
        countries.entry(one.country).or_default().entry(at.hour()).or_default().push(one);
    }
    countries.into_iter().flat_map(|(country, hours)| of_country(spanned, country, &hours)).collect()
}

fn of_country(
    spanned: &Spanned<'_>,
    country: Name,
    hours: &BTreeMap<Hour, Vec<&Verification>>,
) -> Vec<Finding> {
    let mut outages: Vec<Outage<'_>> = Vec::new();
    let mut elsewhere = Share::default();
    for (hour, receipts) in hours {
        let failed: Vec<&Verification> =
            receipts.iter().filter(|one| one.has_failed_delivery && !one.has_arrived).copied().collect();
        let (count, of) = (failed.len() as u64, receipts.len() as u64);
        if count == 0 || 2 * count < of {
            elsewhere = Share { count: elsewhere.count + count, of: elsewhere.of + of };
            continue;
        }
        match outages.last_mut().filter(|outage| hour - outage.to <= GAP) {
            Some(outage) => {
                outage.to = *hour;
                outage.receipts = Share { count: outage.receipts.count + count, of: outage.receipts.of + of };
                outage.failed.extend(failed);
            }
            None => outages.push(Outage { from: *hour, to: *hour, receipts: Share { count, of }, failed }),
        }
    }
    let outages = outages.into_iter().filter(|outage| outage.receipts.count >= LEAST_FAILED);
    outages.filter_map(|outage| finding(spanned, country, &outage, elsewhere)).collect()
}

fn finding(spanned: &Spanned<'_>, country: Name, outage: &Outage<'_>, elsewhere: Share) -> Option<Finding> {
    let name = spanned.gathered.names.text(country).to_owned();
    let from = Timestamp::from_second(outage.from * 3_600).ok()?.max(spanned.span.from);
    let to = Timestamp::from_second((outage.to + 1) * 3_600).ok()?.min(spanned.span.to);
    let numbers: BTreeSet<_> = outage.failed.iter().map(|one| one.number).collect();
    let came_through = spanned.all.iter().filter(|one| one.country == country && one.is_verified());
    let came_through: BTreeSet<_> = came_through.map(|one| one.number).collect();
    let lost = numbers.difference(&came_through).count() as u64 * spanned.scale;
    let took = to.duration_since(from).max(SignedDuration::from_hours(1)).as_hours();
    Some(Finding {
        kind: Kind::CarrierOutage,
        severity: Severity::Harm,
        title: format!(
            "messages to {name} did not arrive for {took} h: {} failed",
            outage.receipts.count * spanned.scale
        ),
        place: Place { country: Some(name), ..Place::default() },
        from,
        to: ended(spanned, to),
        cost: spanned.figures(outage.failed.iter().copied()).unverified_spend,
        denied: Share::default(),
        people: Some(lost),
        evidence: vec![
            evidence(
                "messages that did not arrive",
                spanned.scaled(outage.receipts),
                Some(spanned.scaled(elsewhere).to_string()),
            ),
            evidence(
                "people who never verified, of those concerned",
                format!("{lost} of {}", numbers.len() as u64 * spanned.scale),
                None,
            ),
        ],
        rests_on: format!(
            "hours in which at least half of the receipts are of failures, {LEAST_FAILED} failures in all"
        ),
        act: vec![
            advice("Ask Sinch about the route, and offer a phone call in the meantime"),
            advice("Do not block: it is a fault of delivery, and no code was there to be entered"),
        ],
    })
}
