//! Messages that do not arrive: a carrier's fault, which looks like pumping where only conversion is seen.
//!
//! It takes hours in which at least half of the receipts of a country are of failures, [`LEAST_FAILED`] in
//! all. In an outage it is the usual people whose messages fail, in all blocks, and they ask again. Numbers
//! that do not exist fail as well. Those of a few blocks are found as attacks on these, and are left out
//! here; those all over a country are far more than usual, and hardly any of them asks again.

use std::collections::{BTreeMap, BTreeSet};

use super::{advice, ended, evidence, reads};
use crate::backtest::Share;
use crate::figures::Spend;
use crate::report::model::{Evidence, Finding, Kind, Place, Severity};
use crate::report::names::Name;
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Number, Verification};
use crate::report::words::{counted, share};

/// The fewest messages that did not arrive.
const LEAST_FAILED: u64 = 20;

/// How many hours without a failure end an outage.
const GAP: i64 = 2;

/// The fewest numbers all over a country that may be made up.
const LEAST_MADE_UP: usize = 50;

/// Numbers that are made up are this many times as many as usual, at least.
const RISE: usize = 3;

type Hour = i64;

/// The hours of a country that may be an outage.
struct Outage<'v> {
    to: Hour,
    receipts: Share,
    failed: Vec<&'v Verification>,
}

/// A finding for each country and outage.
pub(super) fn all(spanned: &Spanned<'_>, question: &Question, is_attack: &[bool]) -> Vec<Finding> {
    let mut countries: BTreeMap<Name, BTreeMap<Hour, Vec<&Verification>>> = BTreeMap::new();
    for (one, is_attack) in spanned.all.iter().zip(is_attack) {
        let has_receipt = one.has_arrived || one.has_failed_delivery;
        let Some(at) = one.at.filter(|_| has_receipt && !is_attack) else { continue };
        countries.entry(one.country).or_default().entry(at.hour()).or_default().push(one);
    }
    countries
        .into_iter()
        .flat_map(|(country, hours)| of_country(spanned, question, country, &hours))
        .collect()
}

fn of_country(
    spanned: &Spanned<'_>,
    question: &Question,
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
            None => outages.push(Outage { to: *hour, receipts: Share { count, of }, failed }),
        }
    }
    let outages = outages.into_iter().filter(|outage| outage.receipts.count >= LEAST_FAILED);
    outages.filter_map(|outage| finding(spanned, question, country, &outage, elsewhere)).collect()
}

/// What says whether messages failed to usual people.
struct Signs {
    /// Numbers whose messages did not arrive.
    numbers: BTreeSet<Number>,
    /// Those of them that asked again.
    again: usize,
    /// How many numbers of the country usually ask in as long a time; absent where no other day is known.
    usual: Option<usize>,
    /// Their blocks.
    blocks: usize,
}

impl Signs {
    fn of(
        spanned: &Spanned<'_>,
        country: Name,
        failed: &[&Verification],
        (from, to): (Moment, Moment),
    ) -> Self {
        let numbers: BTreeSet<Number> = failed.iter().map(|one| one.number).collect();
        let blocks: BTreeSet<_> = failed.iter().map(|one| one.block.wider()).collect();
        // By the day, counted from that of the outage, those who asked at the same time of the day.
        let mut days: BTreeMap<i64, BTreeSet<Number>> = BTreeMap::new();
        let mut attempts: BTreeMap<Number, usize> = BTreeMap::new();
        let first = spanned.with_before().next().and_then(|one| one.at).unwrap_or(from);
        let last = Moment::of(spanned.span.to);
        let shift = |at: Moment| (at.0 - from.0).div_euclid(DAY);
        for day in shift(first) + 1..shift(last) {
            days.insert(day, BTreeSet::new());
        }
        for one in spanned.with_before().filter(|one| one.country == country) {
            let Some(at) = one.at else { continue };
            let day = shift(at);
            if at.0 - day * DAY <= to.0 {
                days.entry(day).or_default().insert(one.number);
            }
            if (from..=to).contains(&at) && numbers.contains(&one.number) {
                *attempts.entry(one.number).or_default() += 1;
            }
        }
        let length = shift(to);
        let mut counts: Vec<usize> =
            days.into_iter().filter(|(day, _)| !(0..=length).contains(day)).map(|(_, n)| n.len()).collect();
        counts.sort_unstable();
        let usual = counts.get(counts.len() / 2).copied();
        let again = attempts.values().filter(|n| **n > 1).count();
        Self { again, usual, blocks: blocks.len(), numbers }
    }

    /// Whether the numbers do not exist.
    fn are_made_up(&self) -> bool {
        let n = self.numbers.len();
        let rose = self.usual.is_some_and(|usual| n > RISE * usual);
        rose && n >= LEAST_MADE_UP && self.again * 10 < n
    }

    /// What the finding rests on; of those concerned, `lost` never verified.
    fn evidence(
        &self,
        spanned: &Spanned<'_>,
        outage: &Outage<'_>,
        elsewhere: Share,
        lost: u64,
    ) -> Vec<Evidence> {
        let scaled = |n: usize| n as u64 * spanned.scale;
        let numbers = scaled(self.numbers.len());
        vec![
            evidence(
                "messages that did not arrive",
                spanned.scaled(outage.receipts),
                Some(share(spanned.scaled(elsewhere))),
            ),
            evidence("people who never verified, of those concerned", format!("{lost} of {numbers}"), None),
            evidence(
                "numbers concerned, beside those that ask in as long a time",
                numbers,
                self.usual.map(|usual| scaled(usual).to_string()),
            ),
            evidence("those of them that asked again", scaled(self.again), None),
            evidence("their blocks of ten thousand numbers", scaled(self.blocks), None),
        ]
    }
}

/// In milliseconds.
const DAY: i64 = 86_400_000;

fn finding(
    spanned: &Spanned<'_>,
    question: &Question,
    country: Name,
    outage: &Outage<'_>,
    elsewhere: Share,
) -> Option<Finding> {
    let name = spanned.gathered.names.text(country).to_owned();
    let from = outage.failed.iter().filter_map(|one| one.at).min()?;
    let to = outage.failed.iter().filter_map(|one| one.at).max()?;
    let signs = Signs::of(spanned, country, &outage.failed, (from, to));
    let scaled = |n: usize| n as u64 * spanned.scale;
    let came_through = spanned.all.iter().filter(|one| one.country == country && one.is_verified());
    let came_through: BTreeSet<_> = came_through.map(|one| one.number).collect();
    let lost = scaled(signs.numbers.difference(&came_through).count());
    let hours = ((to.since(from).as_mins() + 30) / 60).max(1);
    let figures = spanned.figures(outage.failed.iter().copied());
    let numbers = scaled(signs.numbers.len());
    let are_made_up = signs.are_made_up();
    let failed = outage.receipts.count * spanned.scale;
    let title = if are_made_up {
        let numbers = counted(numbers, "number", "numbers");
        format!("{numbers} all over {name} asked for codes, and no message to them arrived")
    } else {
        format!("messages to {name} did not arrive for {hours} h: {failed} failed")
    };
    let evidence = signs.evidence(spanned, outage, elsewhere, lost);
    let finding = Finding {
        kind: Kind::CarrierOutage,
        severity: Severity::Harm,
        title,
        place: Place { country: Some(name), ..Place::default() },
        parts: Vec::new(),
        from: from.time(),
        to: ended(spanned, to.time()),
        may_be_older: false,
        cost: figures.unverified_spend.clone(),
        without_price: spanned.without_price(outage.failed.iter().copied()),
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: Some(lost),
        evidence,
        rests_on: format!(
            "hours in which at least half of the receipts are of failures, {LEAST_FAILED} failures in all; \
             not {RISE} times as many numbers as usual of which hardly any asks again, nor those of few \
             blocks, since such numbers do not exist"
        ),
        act: vec![
            advice("Ask Sinch about the route, and offer a phone call in the meantime"),
            advice("Do not block: it is a fault of delivery, and no code was there to be entered"),
        ],
    };
    let denied = Share { count: 0, of: figures.requests };
    Some(if are_made_up { made_up(finding, denied, question) } else { finding })
}

/// The same as an attack by numbers that do not exist.
fn made_up(finding: Finding, denied: Share, question: &Question) -> Finding {
    Finding {
        kind: Kind::MadeUpNumbers,
        severity: Severity::Attack,
        denied,
        people: None,
        rests_on: format!(
            "at least {LEAST_MADE_UP} numbers whose messages did not arrive, {RISE} times as many as usually \
             ask in as long a time, of which fewer than a tenth asked again"
        ),
        act: vec![reads(question, "Look for limits that would have stopped it", "policy suggest")],
        ..finding
    }
}
