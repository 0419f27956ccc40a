//! What a person should know of, each with its evidence: the findings.
//!
//! Each kind has a file of its own, which says what it takes. Two things hold for all: a finding takes a
//! minimum of people, so that chance does not make one, and what is usual is a median, so that the attack
//! does not become the usual.
//!
//! | file | what it finds |
//! |---|---|
//! | `stats` | medians and quantiles |
//! | `usual` | what is usual: how many people verify, and how fast |
//! | `tried` | the people who tried, and those who made it |
//! | `rises` | when something rose, and when that was over |
//! | `faked` | successes that look faked |
//! | `episodes` | what one number did in one go |
//! | `part` | a part of an attack: what happened at a place in a stretch of time |
//! | `blocks`, `countries` | blocks and countries that were attacked |
//! | `attacks` | what of it is one attack |
//! | `finding` | an attack in words |
//! | `todo` | what to do about an attack |
//! | `denials` | far more denials than usual |
//! | `kept_out` | very many denials, as before |
//! | `hurt` | whom the gate hurt, as far as that can be known |
//! | `early` | what may be the beginning of an attack |
//! | `outages` | messages that do not arrive |
//! | `rules` | rules that turn people away, and rules that do nothing |
//! | `money` | currencies that no limit counts |

mod attacks;
mod blocks;
mod countries;
mod denials;
mod denied;
mod early;
mod episodes;
mod faked;
mod finding;
mod hurt;
mod kept_out;
mod money;
mod outages;
mod part;
mod rises;
mod rules;
mod stats;
mod todo;
mod tried;
mod usual;

use jiff::{SignedDuration, Timestamp};

use super::model::{Attack, Command, Evidence, Finding, Kind, Severity};
use super::question::Question;
use super::span::Spanned;
use super::verification::Moment;
use crate::figures::Figures;
use faked::Faked;
use finding::Context;
pub(super) use hurt::Hurt;
use usual::Usual;

/// Something that was seen in the last part of a span of this length, at least, goes on.
const GOES_ON: SignedDuration = SignedDuration::from_mins(30);

/// How long people ask again after an outage, in milliseconds.
const AFTER: i64 = 3_600_000;

/// How much of the end of a span may be of an attack that goes on, though it is still open, in milliseconds.
const PENDING_AT_THE_END: i64 = 1_800_000;

/// What was found, what weighs most first, the attacks of it, and whom the gate hurt.
pub(super) fn all(
    spanned: &Spanned<'_>,
    question: &Question,
    totals: &Figures,
) -> (Vec<Finding>, Vec<Attack>, Hurt) {
    let usual = Usual::of(spanned);
    let faked = Faked::of(spanned, &usual);
    let attacks = attacks::all(spanned, &faked);
    let mut is_attack = vec![false; spanned.all.len()];
    for place in attacks.iter().flat_map(attacks::Attack::places) {
        if let Some(is_attack) = usize::try_from(place).ok().and_then(|place| is_attack.get_mut(place)) {
            *is_attack = true;
        }
    }
    let context = Context { spanned, usual: &usual, faked: &faked, question };
    let mut found: Vec<Finding> = attacks.iter().filter_map(|attack| context.finding(attack)).collect();
    let outages = outages::all(spanned, question, &is_attack);
    let hurt = Hurt::of(spanned, &is_attack);
    // Whoever gets no code asks again and again, until the gate denies it.
    let mut is_explained = is_attack;
    outages.iter().for_each(|outage| mark(spanned, outage, &mut is_explained));
    found.extend(outages);
    let rose = denials::find(spanned, question, &is_explained);
    found.extend(rose.or_else(|| kept_out::find(spanned, question, &is_explained)));
    found.extend(early::find(spanned, question, &is_explained));
    found.extend(rules::hurting(spanned, question));
    found.extend(rules::idle(spanned, question));
    found.extend(money::all(spanned, question, totals));
    let currencies = totals.spend.currencies();
    found.sort_by(|one, other| {
        // What the gate stopped costs nothing, and weighs by what it denied.
        let cost = || other.cost.compare(&one.cost, &currencies);
        let denied = || other.denied.count.cmp(&one.denied.count);
        let people = || other.people.cmp(&one.people);
        rank(one).cmp(&rank(other)).then_with(cost).then_with(denied).then_with(people)
    });
    let attacks = self::attacks(&found, spanned);
    (found, attacks, hurt)
}

/// The places of the successes that look faked.
pub(super) fn faked(spanned: &Spanned<'_>) -> Vec<u32> {
    let faked = Faked::of(spanned, &Usual::of(spanned));
    (0..).take(spanned.all.len()).filter(|place| faked.has(*place)).collect()
}

/// Marks what was asked in the country and at the time of an outage.
fn mark(spanned: &Spanned<'_>, outage: &Finding, is_marked: &mut [bool]) {
    let from = Moment::of(outage.from);
    let to = outage.to.map_or(Moment(i64::MAX), |to| Moment(Moment::of(to).0.saturating_add(AFTER)));
    let country = outage.place.country.as_deref().and_then(|name| spanned.gathered.names.find(name));
    for (one, is_marked) in spanned.all.iter().zip(is_marked) {
        *is_marked |= Some(one.country) == country && one.at.is_some_and(|at| (from..=to).contains(&at));
    }
}

/// What comes first: attacks, then what may be one, then what people suffer, then the rest.
fn rank(finding: &Finding) -> u8 {
    match (finding.severity, finding.kind) {
        (Severity::Attack, _) => 0,
        (_, Kind::DenialsRose | Kind::DenialsMany) => 1,
        (_, Kind::TooEarly) => 2,
        (Severity::Harm, _) => 3,
        (Severity::Gap, _) => 4,
    }
}

fn attacks(findings: &[Finding], spanned: &Spanned<'_>) -> Vec<Attack> {
    let attack = |(place, finding): (usize, &Finding)| {
        let Finding { from, to, .. } = finding;
        let at = &finding.place;
        let countries: Vec<String> = at.country.iter().chain(&at.countries).cloned().collect();
        let label = match (&at.blocks[..], &countries[..]) {
            ([block], [country]) => format!("{block} ({country})"),
            ([], [country]) => country.clone(),
            (blocks, [country]) => format!("{country}, {} blocks", blocks.len()),
            (_, countries) => format!("{} countries", countries.len()),
        };
        Attack { from: *from, to: to.unwrap_or(spanned.span.to), label, countries, finding: place }
    };
    let attacks = findings.iter().enumerate().filter(|(_, finding)| finding.severity == Severity::Attack);
    let mut attacks: Vec<Attack> = attacks.map(attack).collect();
    attacks.sort_by_key(|attack| attack.from);
    attacks
}

/// When something ended; `None` where it goes on at the end of the span.
fn ended(spanned: &Spanned<'_>, to: Timestamp) -> Option<Timestamp> {
    (spanned.span.to.duration_since(to) > GOES_ON).then_some(to)
}

fn evidence(what: &str, found: impl ToString, usual: Option<String>) -> Evidence {
    Evidence { what: what.to_owned(), found: found.to_string(), usual }
}

fn act(does: impl Into<String>, command: impl Into<String>) -> Command {
    Command { does: does.into(), command: Some(command.into()) }
}

/// A command that reads the same traffic.
fn reads(question: &Question, does: &str, command: &str) -> Command {
    let first = if question.is_piped { "; save standard input as traffic.jsonl first" } else { "" };
    act(format!("{does}{first}"), format!("sinch-gate {command} {}", question.place))
}

/// To try a policy on the same traffic; in words where the policy's file is not known.
fn backtest(question: &Question, does: &str) -> Command {
    match &question.policy {
        Some(file) => reads(question, does, &format!("policy backtest {file}")),
        None => advice(format!(
            "{does}: give your policy's file to `sinch-gate policy backtest`, with {}",
            question.place
        )),
    }
}

/// To try the starter policy on the same traffic.
fn backtest_starter(question: &Question, does: &str) -> Command {
    reads(question, does, "policy backtest starter")
}

fn advice(does: impl Into<String>) -> Command {
    Command { does: does.into(), command: None }
}

#[cfg(test)]
mod tests;
