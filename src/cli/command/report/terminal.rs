//! The report on a terminal: what was found first, then figures, in 80 columns.

mod figures;

use std::time::Duration;

use jiff::SignedDuration;

use crate::cli::bars::bars;
use crate::cli::output::{self, colour, one_line};
use crate::figures::{Figures, Step};
use crate::report::model::{Finding, Kind, Note, Severity, State};
use crate::report::{Model, region};
use crate::span;

/// The most findings that are shown with their evidence.
const MOST_FINDINGS: usize = 5;

/// The columns of what names a row, and where the words of the row begin.
const NAME: usize = 9;
const WORDS: usize = NAME + 3;

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
        State::TooLittle => colour::odd("too little"),
        State::Empty => colour::odd("nothing"),
    };
    let mut table = output::columns().at_least([NAME]);
    table.add_row([&state, &one_line(&region::named(&summary.what))]);
    let parts = [
        ("where", &summary.place),
        ("since", &summary.since),
        ("cost", &summary.cost),
        ("the gate", &summary.gate),
        ("hurts", &summary.hurt),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            table.add_row([name, &one_line(&region::named(part))]);
        }
    }
    let (does, command) = parted(model);
    table.add_row(["to do", &one_line(does)]);
    output::print_on_page(table);
    if let Some(command) = command {
        print_command(command);
    }
    let mut table = output::columns().at_least([NAME]);
    let span = format!("{} to {}", output::time(model.span.from), output::time(model.span.to));
    let app = model.app.as_ref().map(|app| format!(", application {app}")).unwrap_or_default();
    table.add_row(["span", &one_line(&format!("{span}{app}, from {}", model.sources.join(", ")))]);
    output::print_on_page(table);
}

/// What to do, and the command that does it.
fn parted(model: &Model) -> (&str, Option<&str>) {
    let act = model.summary.act.as_str();
    let mut commands =
        model.findings.iter().flat_map(|finding| &finding.act).filter_map(|act| act.command.as_deref());
    let parted = commands.find_map(|command| Some((act.strip_suffix(command)?.strip_suffix(": ")?, command)));
    parted.map_or((act, None), |(does, command)| (does, Some(command)))
}

/// A command on a line of its own, in one piece however long it is, to be copied.
fn print_command(command: &str) {
    output::line(&format!("{:WORDS$}{}", "", one_line(command)));
}

fn print_notes(notes: &[Note]) {
    for Note { text, hint, .. } in notes {
        let hint = hint.as_ref().map(|hint| format!("\n  hint: {}", one_line(hint))).unwrap_or_default();
        output::paragraph(&format!("note: {}{hint}", one_line(text)));
    }
}

fn print_findings(findings: &[Finding]) {
    for (n, finding) in findings.iter().take(MOST_FINDINGS).enumerate() {
        output::line("");
        output::paragraph(&format!(
            "{}. {}",
            n + 1,
            colour::strong(&one_line(&region::named(&finding.title)))
        ));
        let mut table = output::columns().at_least([NAME]);
        table.add_row(["  kind", &kind(finding)]);
        for evidence in &finding.evidence {
            let usual = evidence.usual.as_ref().map(|usual| format!("; usual: {usual}")).unwrap_or_default();
            let found = format!("{}: {}{usual}", evidence.what, evidence.found);
            table.add_row(["  why", &one_line(&region::named(&found))]);
        }
        output::print_on_page(table);
        for act in &finding.act {
            let mut table = output::columns().at_least([NAME]);
            table.add_row(["  to do", &one_line(&act.does)]);
            output::print_on_page(table);
            act.command.iter().for_each(|command| print_command(command));
        }
    }
    let more = findings.len().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        output::line("");
        let mut table = output::table(["cost", "further findings"]);
        for finding in findings.iter().skip(MOST_FINDINGS).take(4 * MOST_FINDINGS) {
            table.add_row([&finding.cost_in_words(), &one_line(&region::named(&finding.title))]);
        }
        output::print_on_page(table);
        if more > 4 * MOST_FINDINGS {
            output::line(&format!("… and {} more: --format json", more - 4 * MOST_FINDINGS));
        }
    }
}

fn kind(finding: &Finding) -> String {
    let kind = match finding.kind {
        Kind::BlockCollapsed => "block whose conversion collapsed",
        Kind::CountryJumped => "country whose unverified spend jumped",
        Kind::ManyCountries => "one attack on several countries",
        Kind::MadeUpNumbers => "numbers that do not exist, no outage",
        Kind::FakedSuccesses => "successes that look faked",
        Kind::CarrierOutage => "messages that do not arrive, no attack",
        Kind::DenialsRose => "far more denials than usual",
        Kind::DenialsMany => "very many denials, as before",
        Kind::TooEarly => "too early to say",
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
