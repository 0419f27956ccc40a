//! What happened, for whoever reads nothing else.

use jiff::Timestamp;

use super::model::{Before, Finding, Place, Severity, State, Summary};
use super::span::Spanned;
use crate::backtest::Share;
use crate::figures::Figures;

/// The first lines of a report.
pub(super) fn of(
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
            act: "Check the span, the application and where the traffic is from".to_owned(),
        };
    }
    let worst = findings.iter().find(|finding| finding.severity == Severity::Attack);
    let next = findings.iter().find(|finding| finding.severity == Severity::Harm).or(findings.first());
    let Some(finding) = worst.or(next) else { return quiet(totals, before) };
    let state = if worst.is_some() { State::Attacked } else { State::Attention };
    let n_more = findings.len().saturating_sub(1);
    let more = match n_more {
        0 => String::new(),
        1 => "; one more finding below".to_owned(),
        n => format!("; {n} more findings below"),
    };
    let act = finding.act.first().map_or("Read the finding below", |act| &act.does);
    let command = finding.act.first().and_then(|act| act.command.as_ref());
    Summary {
        state,
        what: format!("{}{more}", finding.title),
        place: Some(place(&finding.place)).filter(|place| !place.is_empty()),
        since: Some(since(finding)),
        cost: Some(cost(finding, totals)),
        gate: Some(gate(totals)),
        act: command.map_or_else(|| act.to_owned(), |command| format!("{act}: {command}")),
    }
}

fn quiet(totals: &Figures, before: Option<&Before>) -> Summary {
    let conversion = Share { count: totals.verified, of: totals.ended };
    let beside = before.map_or_else(String::new, |before| {
        let conversion = Share { count: before.totals.verified, of: before.totals.ended };
        format!(", after {} requests and {conversion} verified in the span before", before.totals.requests)
    });
    Summary {
        state: State::Quiet,
        what: format!(
            "nobody attacks, as far as can be seen: {} requests, {conversion} of those that ended \
             verified{beside}",
            totals.requests
        ),
        place: None,
        since: None,
        cost: Some(format!(
            "{}, {} of it unverified",
            totals.spend.rounded(),
            totals.unverified_spend.rounded()
        )),
        gate: Some(gate(totals)),
        act: "Nothing to do".to_owned(),
    }
}

fn place(place: &Place) -> String {
    let Place { country, blocks, method, rule, currency } = place;
    let blocks = match &blocks[..] {
        [] => None,
        [block] => Some(format!("block {block}")),
        [first, ..] => Some(format!("{} blocks, such as {first}", blocks.len())),
    };
    let method = method.as_ref().map(|method| format!("by {method}"));
    let rule = rule.as_ref().map(|rule| format!("rule {rule}"));
    let parts = [country.clone(), blocks, method, rule, currency.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn since(finding: &Finding) -> String {
    let to = finding.to.map_or_else(|| "and goes on".to_owned(), |to: Timestamp| format!("to {to:.0}"));
    format!("{:.0} {to}", finding.from)
}

fn cost(finding: &Finding, totals: &Figures) -> String {
    let main = totals.spend.currencies().first().copied();
    let share = main.and_then(|currency| {
        let (part, all) = (finding.cost.of(currency), totals.spend.of(currency));
        let percent = (part * rust_decimal::Decimal::ONE_HUNDRED).checked_div(all)?;
        Some(format!(", {:.0} % of all spend in {currency}", percent))
    });
    let people = finding.people.map(|people| match people {
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    });
    let money = (!finding.cost.is_empty())
        .then(|| format!("{}{}", finding.cost.rounded(), share.unwrap_or_default()));
    let parts: Vec<String> = money.into_iter().chain(people).collect();
    if parts.is_empty() { "no money".to_owned() } else { parts.join("; ") }
}

fn gate(totals: &Figures) -> String {
    let denied = Share { count: totals.denied, of: totals.requests };
    format!("denied {denied} of all requests")
}
