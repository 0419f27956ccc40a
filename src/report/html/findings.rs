//! What was found, what costs most first, each with its evidence and the commands to act.

use maud::{Markup, html};

use super::figure::{bar, left_out};
use super::text::{counted, money, region, sentence, shown, time, whole, with_regions};
use crate::report::model::{Attack, Finding, Model, Place, Severity};

/// The most findings that stand with their evidence, those without it, and the blocks that one names.
pub(super) const MOST: usize = 20;
const MOST_TITLES: usize = 60;
const MOST_BLOCKS: usize = 10;

/// The attacks that are marked in charts: those whose evidence stands on the page.
pub(super) fn marked(model: &Model) -> impl Iterator<Item = &Attack> {
    model.attacks.iter().filter(|attack| attack.finding < MOST)
}

/// The findings.
pub(super) fn section(model: &Model) -> Markup {
    html! {
        section #findings aria-labelledby="findings-title" {
            h2 #findings-title { "What was found" }
            @if model.findings.is_empty() {
                p {
                    "Nothing: no block whose numbers do not verify, no country that costs more than on its "
                    "usual day, no faked successes, no outage of a carrier, and no rule that turns people "
                    "away."
                }
            } @else {
                p.aside { "What costs most comes first." }
                ol.findings {
                    @for (n, finding) in model.findings.iter().enumerate().take(MOST) {
                        li { (one(n + 1, finding, share_of_most(model, finding))) }
                    }
                }
                (further(model.findings.get(MOST..).unwrap_or_default()))
            }
        }
    }
}

/// The findings that cost least, by their titles.
fn further(findings: &[Finding]) -> Markup {
    let summary = counted(findings.len() as u64, "finding", "findings") + " more that cost less";
    html! {
        @if !findings.is_empty() {
            details.more {
                summary { (summary) }
                ul {
                    @for finding in findings.iter().take(MOST_TITLES) {
                        li { (with_regions(&finding.title)) ": " (cost(finding)) }
                    }
                }
                (left_out(findings.len(), MOST_TITLES, "finding", "findings"))
            }
        }
    }
}

/// The cost of a finding beside that of the costliest, in the currency of that one.
fn share_of_most(model: &Model, finding: &Finding) -> f64 {
    let most = model.findings.first().map(|first| &first.cost);
    let currency = most.and_then(|most| most.currencies().first().copied());
    let amount = |finding: &Finding| {
        currency.and_then(|currency| f64::try_from(finding.cost.of(currency)).ok()).unwrap_or(0.0)
    };
    let highest = model.findings.iter().map(amount).fold(0.0, f64::max);
    if highest > 0.0 { amount(finding) / highest } else { 0.0 }
}

fn severity(finding: &Finding) -> (&'static str, &'static str) {
    match finding.severity {
        Severity::Attack if finding.was_stopped() => ("attention", "Attack, stopped by the gate"),
        Severity::Attack if finding.to.is_some() => ("attacked", "Attack, over by now"),
        Severity::Attack => ("attacked", "Attack"),
        Severity::Harm => ("attention", "People are hurt"),
        Severity::Gap => ("gap", "Gap"),
    }
}

fn one(number: usize, finding: &Finding, share: f64) -> Markup {
    let (class, name) = severity(finding);
    let title = format!("finding-{number}-title");
    html! {
        article.finding.(class) id=(format!("finding-{number}")) aria-labelledby=(title) {
            header {
                p.state { span.dot aria-hidden="true" {} (name) }
                h3 id=(title) { (with_regions(&finding.title)) }
                p.aside {
                    (place(&finding.place))
                    time datetime=(finding.from) { (finding.from.strftime("%-d %b %Y, %H:%M")) }
                    @if finding.may_be_older { " UTC or earlier," }
                    @match finding.to {
                        Some(to) => { " to " (time(to)) " UTC" }
                        None if finding.may_be_older => { " and it goes on" }
                        None => { " UTC, and it goes on" }
                    }
                }
                div.cost {
                    strong { (cost(finding)) }
                    (bar(&[("unverified", share)]))
                    @if let Some(people) = finding.people {
                        span.aside { (counted(people, "person", "people")) " turned away" }
                    }
                }
            }
            div.two {
            (evidence(finding))
            ol.acts {
                @for act in &finding.act {
                    li {
                        p { (sentence(&act.does)) }
                        @if let Some(text) = &act.command { (command(text)) }
                    }
                }
            }
            }
        }
    }
}

fn cost(finding: &Finding) -> String {
    match (finding.cost.is_empty(), finding.without_price) {
        (true, 0) => "costs no money".to_owned(),
        (true, _) => "cost not known".to_owned(),
        (false, 0) => money(&finding.cost),
        (false, _) => format!("at least {}", money(&finding.cost)),
    }
}

fn place(place: &Place) -> Markup {
    let more = place.blocks.len().saturating_sub(MOST_BLOCKS);
    html! {
        @for country in place.country.iter().chain(place.countries.iter().take(5)) {
            (region(country)) " · "
        }
        @if place.countries.len() > 5 { "and " (place.countries.len() - 5) " more · " }
        @for block in place.blocks.iter().take(MOST_BLOCKS) { bdi { (shown(block)) } " · " }
        @if more > 0 { "and " (counted(more as u64, "block", "blocks")) " more · " }
        @for word in place.method.iter().chain(&place.currency) { bdi { (shown(word)) } " · " }
        @if let Some(rule) = &place.rule { "rule " bdi { (shown(rule)) } " · " }
    }
}

fn evidence(finding: &Finding) -> Markup {
    let has_usual = finding.evidence.iter().any(|evidence| evidence.usual.is_some());
    html! {
        div {
        table.evidence {
            caption.unseen { "Evidence" }
            thead { tr {
                th scope="col" { "What" } th scope="col" { "Found" }
                @if has_usual { th scope="col" { "Usual" } }
            } }
            tbody {
                @for evidence in &finding.evidence {
                    tr {
                        th scope="row" { (with_regions(&evidence.what)) }
                        td { strong { (with_regions(&evidence.found)) } }
                        @if has_usual { td { (with_regions(evidence.usual.as_deref().unwrap_or("–"))) } }
                    }
                }
            }
        }
        p.aside { "It takes " (sentence(&finding.rests_on)) "." }
        }
    }
}

/// The words of a command, which break between lines only as wholes.
fn words(command: &str) -> Markup {
    html! {
        @for (n, word) in whole(command).split(' ').enumerate() {
            @if n > 0 { " " }
            span { (word) }
        }
    }
}

/// A command. A click selects all of it, and where scripts run there is a button that copies it.
#[must_use]
pub(super) fn command(text: &str) -> Markup {
    html! { div.command { pre tabindex="0" role="group" aria-label="Command" { code { (words(text)) } } } }
}
