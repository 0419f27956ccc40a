//! The report on a terminal: what was found first, then figures, in 80 columns.

mod figures;

use std::time::Duration;

use jiff::SignedDuration;

use crate::cli::bars::bars;
use crate::cli::output::{self, colour, one_line};
use crate::figures::{Figures, Step};
use crate::report::Model;
use crate::report::model::{Finding, Kind, Note, Severity, State};
use crate::span;

/// The most findings that are shown with their evidence.
const MOST_FINDINGS: usize = 5;

/// The columns of the longest row of bars.
const COLUMNS: usize = 60;

/// Prints it.
pub(super) fn print(model: &Model) {
    print_summary(model);
    print_notes(&model.notes);
    if model.is_empty() {
        return;
    }
    print_findings(&model.findings);
    print_steps(model);
    figures::print(model);
}

fn print_summary(model: &Model) {
    let summary = &model.summary;
    let state = match summary.state {
        State::Attacked => colour::bad("attacked"),
        State::Attention => colour::odd("look here"),
        State::Quiet => colour::good("quiet"),
        State::Empty => colour::odd("nothing"),
    };
    let mut table = output::columns();
    table.add_row([&state, &one_line(&summary.what)]);
    let parts = [
        ("where", &summary.place),
        ("since", &summary.since),
        ("cost", &summary.cost),
        ("the gate", &summary.gate),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            table.add_row([name, &one_line(part)]);
        }
    }
    table.add_row(["to do", &one_line(&summary.act)]);
    let span = format!("{} to {}", output::time(model.span.from), output::time(model.span.to));
    let app = model.app.as_ref().map(|app| format!(", application {app}")).unwrap_or_default();
    table.add_row(["span", &one_line(&format!("{span}{app}, from {}", model.sources.join(", ")))]);
    output::print(table);
}

fn print_notes(notes: &[Note]) {
    for Note { text, hint, .. } in notes {
        let hint = hint.as_ref().map(|hint| format!("\n  hint: {}", one_line(hint))).unwrap_or_default();
        output::prose(&format!("note: {}{hint}", one_line(text)));
    }
}

fn print_findings(findings: &[Finding]) {
    for (n, finding) in findings.iter().take(MOST_FINDINGS).enumerate() {
        output::line("");
        output::prose(&format!("{}. {}", n + 1, colour::strong(&one_line(&finding.title))));
        let mut table = output::columns();
        table.add_row(["  kind", &kind(finding)]);
        for evidence in &finding.evidence {
            let usual = evidence.usual.as_ref().map(|usual| format!("; usual: {usual}")).unwrap_or_default();
            let found = format!("{}: {}{usual}", evidence.what, evidence.found);
            table.add_row(["  why", &one_line(&found)]);
        }
        for act in &finding.act {
            let command = act.command.as_ref().map(|command| format!(": `{command}`")).unwrap_or_default();
            table.add_row(["  to do", &format!("{}{command}", act.does)]);
        }
        output::print(table);
    }
    let more = findings.len().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        output::line("");
        let mut table = output::table(["further findings", "cost"]);
        for finding in findings.iter().skip(MOST_FINDINGS).take(4 * MOST_FINDINGS) {
            table.add_row([&one_line(&finding.title), &finding.cost.rounded().to_string()]);
        }
        output::print(table);
        if more > 4 * MOST_FINDINGS {
            output::line(&format!("… and {} more: --format json", more - 4 * MOST_FINDINGS));
        }
    }
}

fn kind(finding: &Finding) -> String {
    let kind = match finding.kind {
        Kind::BlockCollapsed => "block whose conversion collapsed",
        Kind::CountryJumped => "country whose unverified spend jumped",
        Kind::FakedSuccesses => "successes that look faked",
        Kind::CarrierOutage => "messages that do not arrive, no attack",
        Kind::RuleHurtsPeople => "rule that turns people away",
        Kind::RuleIdle => "rule that does not fire",
        Kind::CurrencyUncounted => "currency that no limit counts",
    };
    match finding.severity {
        Severity::Attack => colour::bad(kind),
        Severity::Harm => colour::odd(kind),
        Severity::Gap => kind.to_owned(),
    }
}

fn print_steps(model: &Model) {
    let Some(first) = model.steps.first() else { return };
    let together = model.steps.len().div_ceil(COLUMNS).max(1);
    let length = model.step_seconds.unsigned_abs().saturating_mul(together as u64);
    let length = span::show(Duration::from_secs(length));
    output::line(&format!("\na bar for each {length}, from {} on", output::time(first.from)));
    let mut table = output::columns();
    let mut row = |name: &str, of: fn(&Figures) -> u64| {
        let counts: Vec<u64> = model.steps.iter().map(|step| of(&step.figures)).collect();
        table.add_row([format!("{name:<10} {}", bars_within(&counts, COLUMNS))]);
    };
    row("requests", |figures| figures.requests);
    row("denied", |figures| figures.denied);
    row("verified", |figures| figures.verified);
    row("unverified", |figures| figures.unverified);
    table.add_row([format!("{:<10} {}", "attacks", attack_marks(model, together))]);
    output::print(table);
}

/// Bars that take at most this many columns: neighbours stand together.
fn bars_within(counts: &[u64], columns: usize) -> String {
    let together = counts.len().div_ceil(columns).max(1);
    let sums: Vec<u64> = counts.chunks(together).map(|some| some.iter().sum()).collect();
    bars(&sums)
}

/// A mark under each bar in whose time somebody attacked.
fn attack_marks(model: &Model, together: usize) -> String {
    let mark = |some: &[Step]| {
        let from = some.first().map_or(model.span.to, |step| step.from);
        let seconds = model.step_seconds.saturating_mul(i64::try_from(some.len()).unwrap_or(1));
        let to = from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(from);
        if model.attacks.iter().any(|attack| attack.from < to && attack.to >= from) { '!' } else { ' ' }
    };
    model.steps.chunks(together).map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_a_long_span_stand_together() {
        assert_eq!(bars_within(&[1; 240], 60).chars().count(), 60);
        assert_eq!(bars_within(&[1; 61], 60).chars().count(), 31);
        assert_eq!(bars_within(&[], 60), "");
    }
}
