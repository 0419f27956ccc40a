//! What a person should know of, each with its evidence: the findings.
//!
//! Each kind has a file of its own, which says what it takes. Two things hold for all: a finding takes a
//! minimum of people, so that chance does not make one, and what is usual is a median, so that the attack
//! does not become the usual.
//!
//! | file | what it finds |
//! |---|---|
//! | `stats` | medians, and the shortest span that holds most |
//! | `usual` | what is usual: how many people verify, and how fast |
//! | `tried` | the people of a block or a country who tried, and those who made it |
//! | `blocks` | blocks whose conversion collapsed |
//! | `jumps` | countries whose unverified spend jumped |
//! | `faked` | successes that look faked |
//! | `outages` | messages that do not arrive |
//! | `rules` | rules that turn people away, and rules that do nothing |
//! | `money` | currencies that no limit counts |

mod blocks;
mod faked;
mod jumps;
mod money;
mod outages;
mod rules;
mod stats;
mod tried;
mod usual;

use jiff::{SignedDuration, Timestamp};

use super::model::{Attack, Command, Evidence, Finding, Severity};
use super::question::Question;
use super::span::Spanned;
use crate::figures::Figures;
use usual::Usual;

/// Something that was seen in the last part of a span of this length, at least, goes on.
const GOES_ON: SignedDuration = SignedDuration::from_mins(30);

/// What was found, what costs most first, and the attacks of it.
pub(super) fn all(
    spanned: &Spanned<'_>,
    question: &Question,
    totals: &Figures,
) -> (Vec<Finding>, Vec<Attack>) {
    let usual = Usual::of(spanned);
    let mut found = faked::all(spanned, &usual, question);
    found.extend(without(&found, blocks::all(spanned, &usual, question)));
    found.extend(without(&found, jumps::all(spanned, &usual, question)));
    found.extend(outages::all(spanned));
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
    let attacks = attacks(&found, spanned);
    (found, attacks)
}

/// Those of the later findings that are not about a country of which an earlier one says it already.
fn without(earlier: &[Finding], later: Vec<Finding>) -> Vec<Finding> {
    let is_new =
        |finding: &Finding| !earlier.iter().any(|known| known.place.country == finding.place.country);
    later.into_iter().filter(is_new).collect()
}

fn attacks(findings: &[Finding], spanned: &Spanned<'_>) -> Vec<Attack> {
    let attack = |(place, finding): (usize, &Finding)| {
        let country = finding.place.country.clone();
        let label = match (finding.place.blocks.split_first(), &country) {
            (Some((block, [])), Some(country)) => format!("{block} ({country})"),
            (Some((_, more)), Some(country)) => format!("{country}, {} blocks", more.len() + 1),
            (_, Some(country)) => country.clone(),
            (_, None) => finding.title.clone(),
        };
        let to = finding.to.unwrap_or(spanned.span.to);
        Attack { from: finding.from, to, label, country, finding: place }
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

fn advice(does: impl Into<String>) -> Command {
    Command { does: does.into(), command: None }
}

#[cfg(test)]
mod tests;
