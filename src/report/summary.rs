//! What happened, for whoever reads nothing else.

mod hurt;
mod quiet;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::find::Hurt;
use super::model::{Before, Finding, Intake, Kind, Place, Severity, State, Summary};
use super::span::Spanned;
use super::words::{self, counted, percent_of};
use crate::backtest::Share;
use crate::figures::{Figures, Spend};

/// One line in how many that could not be read belongs into the first lines.
const UNREAD: u64 = 100;

/// The first lines of a report.
pub(super) fn of(
    spanned: &Spanned<'_>,
    totals: &Figures,
    before: Option<&Before>,
    findings: &[Finding],
    hurt: &Hurt,
    intake: &Intake,
) -> Summary {
    let mut summary = of_what_was_read(spanned, totals, before, findings);
    summary.hurt = (!spanned.all.is_empty()).then(|| hurt::in_words(hurt, totals, findings));
    let Intake { lines, broken, without_request, .. } = intake;
    if spanned.all.is_empty() && *without_request > 0 {
        let outcomes = counted(*without_request, "outcome is", "outcomes are");
        summary.what = format!("no request is in this span, and {outcomes} of requests that are missing");
        "Give the traffic with the requests as well".clone_into(&mut summary.act);
    }
    if spanned.all.is_empty() && *broken > 0 && broken == lines {
        summary.what = match lines {
            1 => "the only line could not be read, so nothing can be said".to_owned(),
            lines => format!("none of the {lines} lines could be read, so nothing can be said"),
        };
        "Give files that `outcome export` wrote, or an export of DynamoDB".clone_into(&mut summary.act);
    } else if *broken * UNREAD > *lines {
        let _ = write!(summary.what, "; but {broken} of {lines} lines could not be read");
    }
    summary
}

fn of_what_was_read(
    spanned: &Spanned<'_>,
    totals: &Figures,
    before: Option<&Before>,
    findings: &[Finding],
) -> Summary {
    if spanned.all.is_empty() {
        return Summary {
            state: State::Empty,
            what: "nothing happened in this span, as far as this traffic says".to_owned(),
            place: None,
            since: None,
            cost: None,
            gate: None,
            hurt: None,
            act: "Check the span, the application and where the traffic is from".to_owned(),
        };
    }
    let attacks: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity == Severity::Attack).collect();
    let is_small = |finding: &Finding| finding.severity == Severity::Gap && finding.kind != Kind::TooEarly;
    let Some(finding) = findings.first() else { return quiet::of(spanned, totals, before) };
    if is_small(finding) {
        let summary = quiet::of(spanned, totals, before);
        if summary.state == State::Attention {
            return Summary { what: and_more(summary.what, findings.iter()), ..summary };
        }
    }
    let state = if attacks.is_empty() { State::Attention } else { State::Attacked };
    let (place, since) = match &attacks[..] {
        [_, _, ..] => (of_each(&attacks, |attack| place(&attack.place)), of_each(&attacks, since)),
        _ => (place(&finding.place), since(finding)),
    };
    // What goes on unhindered comes first, then whom the gate keeps out who is of no attack.
    let unhindered = attacks.iter().copied().find(|attack| !attack.was_stopped());
    let others = findings.iter().find(|finding| is_of_denials(finding));
    let urgent = unhindered.or(others).unwrap_or(finding);
    let act = urgent.act.first().map_or("Read the finding below", |act| &act.does);
    let command = urgent.act.first().and_then(|act| act.command.as_ref());
    Summary {
        state,
        what: what(finding, &attacks, others, findings),
        place: Some(place).filter(|place| !place.is_empty()),
        since: Some(since),
        cost: Some(cost(finding, &attacks, totals)),
        gate: Some(gate(totals, &attacks)),
        hurt: None,
        act: command.map_or_else(|| act.to_owned(), |command| format!("{act}: {command}")),
    }
}

/// The worst finding in a sentence, and how many more there are.
fn what(finding: &Finding, attacks: &[&Finding], others: Option<&Finding>, findings: &[Finding]) -> String {
    let title = match attacks {
        [_, _, ..] if attacks.iter().all(|attack| attack.was_stopped()) => {
            format!("{} attacks that the gate stopped, the worst of them: {}", attacks.len(), finding.title)
        }
        [_, _, ..] => format!("{} attacks, the worst of them: {}", attacks.len(), finding.title),
        [attack] if attack.was_stopped() => format!("an attack that the gate stopped: {}", finding.title),
        [_] => format!("an attack: {}", finding.title),
        [] => finding.title.clone(),
    };
    let more = findings.iter().skip(1).filter(|other| other.severity != Severity::Attack);
    match others.filter(|_| !attacks.is_empty()) {
        Some(others) => {
            let title = format!("{title}; and outside of it {}", others.title);
            and_more(title, more.filter(|other| !std::ptr::eq(*other, others)))
        }
        None => and_more(title, more),
    }
}

/// Whether it says that the gate denies many of whom nobody knows that they attack.
fn is_of_denials(finding: &Finding) -> bool {
    matches!(finding.kind, Kind::DenialsRose | Kind::DenialsMany)
}

fn and_more<'f>(what: String, others: impl Iterator<Item = &'f Finding>) -> String {
    let kinds: Vec<Kind> = others.map(|other| other.kind).collect();
    let mut things: Vec<&str> = Vec::new();
    for kind in &kinds {
        let thing = words::thing(*kind);
        if !things.contains(&thing) {
            things.push(thing);
        }
    }
    things.truncate(MOST);
    let such = if things.len() < kinds.len() { ", such as" } else { ":" };
    match kinds.len() {
        0 => what,
        1 => format!("{what}; and one thing more: {}", things.concat()),
        n => format!("{what}; and {n} things more{such} {}", things.join(", ")),
    }
}

/// The most attacks of which the first lines say where each is, and when, and the most other things.
const MOST: usize = 3;

/// Of several attacks, the worst first, something of each.
fn of_each(attacks: &[&Finding], of: impl Fn(&Finding) -> String) -> String {
    let mut parts: Vec<String> = attacks.iter().take(MOST).map(|attack| of(attack)).collect();
    let more = attacks.len().saturating_sub(MOST);
    if more > 0 {
        parts.push(format!("and {} below", counted(more as u64, "more", "more")));
    }
    parts.join("; ")
}

fn place(place: &Place) -> String {
    let Place { country, countries, blocks, method, rule, currency } = place;
    let countries = match &countries[..] {
        [] => None,
        few @ ([_] | [_, _] | [_, _, _]) => Some(few.join(", ")),
        [one, two, three, ..] => {
            Some(format!("{} countries, such as {one}, {two}, {three}", countries.len()))
        }
    };
    let blocks = match &blocks[..] {
        [] => None,
        [block] => Some(format!("block {block}")),
        [first, ..] => Some(format!("{} blocks, such as {first}", blocks.len())),
    };
    let method = method.as_ref().map(|method| format!("by {method}"));
    let rule = rule.as_ref().map(|rule| format!("rule {rule}"));
    let parts = [country.clone(), countries, blocks, method, rule, currency.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn since(finding: &Finding) -> String {
    let to = finding.to.map_or_else(|| "and goes on".to_owned(), |to| format!("to {to:.0}"));
    let older = if finding.may_be_older { " or earlier," } else { "" };
    format!("{:.0}{older} {to}", finding.from)
}

/// What the attacks cost, or else the one finding.
fn cost(finding: &Finding, attacks: &[&Finding], totals: &Figures) -> String {
    let mut cost = finding.cost.clone();
    attacks.iter().skip(1).for_each(|other| cost.add_all(&other.cost));
    let share = totals.spend.currencies().first().and_then(|currency| {
        let (part, all) = (cost.of(*currency), totals.spend.of(*currency));
        Some(format!(", {} of all spend in {currency}", percent_of(part, all)?))
    });
    let people = finding.people.map(|people| counted(people, "person", "people"));
    let others = attacks.iter().skip(1).map(|other| other.without_price);
    let without_price = finding.without_price + others.sum::<u64>();
    // Nor is a share known where the cost is not.
    let share = share.filter(|_| without_price == 0).unwrap_or_default();
    let amount = (!cost.is_empty()).then(|| format!("{}{share}", cost.in_short()));
    let money = (amount.is_some() || without_price > 0).then(|| words::cost(amount, without_price));
    let mut not_spent = Spend::default();
    attacks.iter().for_each(|attack| not_spent.add_all(&attack.not_spent));
    let not_spent = (!not_spent.is_empty())
        .then(|| format!("{} not spent, the price of what the gate denied", not_spent.in_short()));
    let parts: Vec<String> = money.into_iter().chain(not_spent).chain(people).collect();
    if parts.is_empty() { words::cost(None, 0) } else { parts.join("; ") }
}

/// Whether the gate stops the attacks (nearly all of them, hardly any, or some), and what it denied of them
/// and of all.
fn gate(totals: &Figures, attacks: &[&Finding]) -> String {
    let denied = Share { count: totals.denied, of: totals.requests };
    let of = |of: fn(&Share) -> u64| attacks.iter().map(|attack| of(&attack.denied)).sum::<u64>();
    let of_attacks = Share { count: of(|denied| denied.count), of: of(|denied| denied.of) };
    let stops = match of_attacks.value() {
        _ if attacks.iter().all(|attack| attack.was_stopped()) => "yes",
        ..0.1 => "no",
        _ => "in part",
    };
    let attack = match attacks.len() {
        0 => String::new(),
        1 => format!("{stops}: denied {of_attacks} requests of the attack{}; ", most_by(attacks)),
        _ => format!("{stops}: denied {of_attacks} requests of the attacks{}; ", most_by(attacks)),
    };
    format!("{attack}denied {denied} of all requests")
}

/// The rule that denied most of the attacks, where the traffic says it.
fn most_by(attacks: &[&Finding]) -> String {
    let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
    for (rule, count) in attacks.iter().flat_map(|attack| &attack.denied_by) {
        *rules.entry(rule).or_default() += count;
    }
    let most = rules.into_iter().max_by_key(|(_, count)| *count);
    most.map_or_else(String::new, |(rule, count)| format!(", {count} of them by rule {rule}"))
}
