//! Successes that look faked: faster than people are, or of numbers one after the other.
//!
//! Whoever pumps traffic may verify a part of it, so that conversion looks honest. Two things give that away.
//! People take their time: only a tenth of them verify within what `usual` calls fast, so where more than
//! half of at least [`LEAST_FAST`] do, a program does. And the numbers of people are strewn over a block, so
//! [`RUN`] and more that verified one after the other, each at most two above the one before, are drawn up.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks::{commands, denied};
use super::usual::Usual;
use super::{advice, ended, evidence, stats};
use crate::backtest::Share;
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::names::Name;
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};

/// The fewest fast successes of a country by one method that say something.
const LEAST_FAST: usize = 20;

/// How many numbers in sequence are not chance, in a block where fewer than a tenth of the numbers verified.
const RUN: usize = 10;

/// The part of a thousand numbers up to which a run is not chance.
const MOST_OF_A_BLOCK: usize = 100;

/// What looks faked in a country.
#[derive(Default)]
struct Suspects<'v> {
    fast: Vec<&'v Verification>,
    in_sequence: Vec<&'v Verification>,
    blocks: BTreeSet<String>,
    evidence: Vec<crate::report::model::Evidence>,
}

/// A finding for each country with such successes.
pub(super) fn all(spanned: &Spanned<'_>, usual: &Usual, question: &Question) -> Vec<Finding> {
    let mut countries: BTreeMap<Name, Suspects<'_>> = BTreeMap::new();
    too_fast(spanned, usual, &mut countries);
    in_sequence(spanned, &mut countries);
    let finding = |(country, suspects)| finding(spanned, question, country, suspects);
    countries.into_iter().filter_map(finding).collect()
}

fn too_fast<'v>(spanned: &Spanned<'v>, usual: &Usual, countries: &mut BTreeMap<Name, Suspects<'v>>) {
    // By day, so that an attack stands out among the successes of a month.
    let mut groups: BTreeMap<(Name, Name, i64), Vec<&Verification>> = BTreeMap::new();
    for one in spanned.all.iter().filter(|one| one.is_verified()) {
        let day = one.at.map_or(0, Moment::day);
        groups.entry((one.country, one.method, day)).or_default().push(one);
    }
    for ((country, method, _), successes) in groups {
        let Some(fast) = usual.fast(method) else { continue };
        let seconds = |one: &&&Verification| one.time_to_verify().map(|took| took.as_secs_f64());
        let fastest: Vec<&Verification> =
            successes.iter().filter(|one| seconds(one).is_some_and(|took| took < fast)).copied().collect();
        let share = Share { count: fastest.len() as u64, of: successes.len() as u64 };
        if fastest.len() < LEAST_FAST || share.interval().0 <= 0.5 {
            continue;
        }
        let took: Vec<f64> = fastest.iter().filter_map(|one| seconds(&one)).collect();
        let middle = stats::median(&took).unwrap_or(0.0);
        let suspects = countries.entry(country).or_default();
        suspects.fast.extend(fastest);
        suspects.evidence.push(evidence(
            &format!("verified within {fast:.1} s by {}", spanned.gathered.names.text(method)),
            format!("{}, half of them within {middle:.1} s", spanned.scaled(share)),
            Some("one in ten".to_owned()),
        ));
    }
}

fn in_sequence<'v>(spanned: &Spanned<'v>, countries: &mut BTreeMap<Name, Suspects<'v>>) {
    let block = |place: &u32| spanned.at(*place).map(|one| (one.country, one.block));
    for places in spanned.by_number.chunk_by(|one, other| block(one) == block(other)) {
        let verified = places.iter().filter_map(|place| spanned.at(*place)).filter(|one| one.is_verified());
        let mut verified: Vec<&Verification> =
            verified.filter(|one| one.number.digits().is_some() && !one.block.is_none()).collect();
        verified.dedup_by_key(|one| one.number);
        if verified.len() > MOST_OF_A_BLOCK {
            continue;
        }
        let digits = |one: &Verification| one.number.digits().unwrap_or(0);
        let runs = verified.chunk_by(|one, next| digits(next) - digits(one) <= 2);
        for run in runs.filter(|run| run.len() >= RUN) {
            let Some(first) = run.first() else { continue };
            let suspects = countries.entry(first.country).or_default();
            suspects.in_sequence.extend(run);
            suspects.blocks.insert(first.block.to_string());
        }
    }
}

fn finding(
    spanned: &Spanned<'_>,
    question: &Question,
    country: Name,
    suspects: Suspects<'_>,
) -> Option<Finding> {
    let Suspects { fast, in_sequence, blocks, evidence: mut found } = suspects;
    let moments: Vec<Moment> = fast.iter().chain(&in_sequence).filter_map(|one| one.at).collect();
    let count = fast.len().max(in_sequence.len()) as u64 * spanned.scale;
    let (from, to) = stats::densest(moments)?;
    if !in_sequence.is_empty() {
        let numbers = in_sequence.len() as u64 * spanned.scale;
        found.push(evidence("numbers that verified in sequence", numbers, Some("none".to_owned())));
    }
    // What the same hands did not verify costs as much.
    let hands = spanned
        .all
        .iter()
        .filter(|one| one.country == country && one.at.is_some_and(|at| (from..=to).contains(&at.time())));
    let figures = spanned.figures(hands);
    found.push(evidence(
        "requests of the country at that time, and verified",
        format!("{}, {}", figures.requests, figures.verified),
        None,
    ));
    let name = spanned.gathered.names.text(country).to_owned();
    let blocks: Vec<String> = blocks.into_iter().collect();
    let denied = denied(&figures);
    let mut act = vec![advice("Count money by country as well, since conversion proves nothing here")];
    act.splice(0..0, commands(&blocks, question, denied));
    Some(Finding {
        kind: Kind::FakedSuccesses,
        severity: Severity::Attack,
        title: format!("{count} verifications in {name} look faked"),
        place: Place { country: Some(name), blocks, ..Place::default() },
        from,
        to: ended(spanned, to),
        cost: figures.spend,
        denied,
        people: None,
        evidence: found,
        rests_on: format!(
            "at least {LEAST_FAST} successes of a country, a method and a day, more than half of them faster \
             than a tenth of people are; or {RUN} numbers of a block that verified in sequence"
        ),
        act,
    })
}
