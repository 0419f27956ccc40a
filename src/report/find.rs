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
//! | `outages` | messages that do not arrive |
//! | `rules` | rules that turn people away, and rules that do nothing |
//! | `money` | currencies that no limit counts |

mod attacks;
mod blocks;
mod countries;
mod episodes;
mod faked;
mod finding;
mod money;
mod outages;
mod part;
mod rises;
mod rules;
mod stats;
mod tried;
mod usual;

use jiff::{SignedDuration, Timestamp};

use super::model::{Attack, Command, Evidence, Finding, Severity};
use super::question::Question;
use super::span::Spanned;
use crate::figures::Figures;
use faked::Faked;
use finding::Context;
use usual::Usual;

/// Something that was seen in the last part of a span of this length, at least, goes on.
const GOES_ON: SignedDuration = SignedDuration::from_mins(30);

/// How much of the end of a span may be of an attack that goes on, though it is still open, in milliseconds.
const PENDING_AT_THE_END: i64 = 1_800_000;

/// What was found, what costs most first, and the attacks of it.
pub(super) fn all(
    spanned: &Spanned<'_>,
    question: &Question,
    totals: &Figures,
) -> (Vec<Finding>, Vec<Attack>) {
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
    found.extend(outages::all(spanned, question, &is_attack));
    found.extend(rules::hurting(spanned, question));
    found.extend(rules::idle(spanned, question));
    found.extend(money::all(spanned, question, totals));
    let currencies = totals.spend.currencies();
    let main = currencies.get(..1).unwrap_or_default();
    found.sort_by(|one, other| {
        // Of what costs nothing in the main currency, people come before money in others.
        let cost = other.cost.compare(&one.cost, main);
        let severity = one.severity.cmp(&other.severity);
        let people = other.people.cmp(&one.people);
        cost.then(severity).then(people).then_with(|| other.cost.compare(&one.cost, &currencies))
    });
    let attacks = self::attacks(&found, spanned);
    (found, attacks)
}

/// The places of the successes that look faked.
pub(super) fn faked(spanned: &Spanned<'_>) -> Vec<u32> {
    let faked = Faked::of(spanned, &Usual::of(spanned));
    (0..).take(spanned.all.len()).filter(|place| faked.has(*place)).collect()
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

/// The command that tries a policy on the same traffic.
fn backtest(question: &Question) -> String {
    format!("sinch-gate policy backtest {} {}", question.policy, question.place)
}

fn advice(does: impl Into<String>) -> Command {
    Command { does: does.into(), command: None }
}

#[cfg(test)]
mod tests;
