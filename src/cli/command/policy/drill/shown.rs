//! What a drill says, for people.

use jiff::SignedDuration;
use serde::Serialize;

use crate::backtest::percent;
use crate::cli::output::{self, Format};
use crate::drill::{Goals, Kind, Outcome, RuleHits, Scenario};

/// The most rules that a row names.
const MOST_RULES: usize = 3;

/// What a scenario is.
#[derive(Debug, Serialize)]
struct Described {
    scenario: &'static str,
    kind: Kind,
    about: &'static str,
    source: &'static str,
}

/// Says what scenarios are.
pub(super) fn list(scenarios: &[&Scenario], format: Format) -> anyhow::Result<()> {
    for (place, scenario) in scenarios.iter().enumerate() {
        let Scenario { name, kind, about, source, .. } = **scenario;
        match format {
            Format::Json => output::json(&Described { scenario: name, kind, about, source })?,
            Format::Table => {
                if place > 0 {
                    output::line("");
                }
                output::line(&format!("{name} ({})", kind.name()));
                output::prose(&format!("  {about}"));
                output::prose(&format!("  after: {source}"));
            }
        }
    }
    Ok(())
}

/// Prints the scenarios and what sums them up.
pub(super) fn print(policy: &str, seed: u64, scale: f64, outcomes: &[Outcome], goals: &Goals) {
    output::line(&format!("{policy}, seed {seed}, scale {scale}\n"));
    let mut table = output::table(["scenario", "kind", "stopped", "contained after", "people lost", "rules"]);
    for outcome in outcomes {
        table.add_row([
            outcome.scenario.to_owned(),
            outcome.kind.name().to_owned(),
            outcome.stopped.map(percent).unwrap_or_default(),
            contained(outcome),
            outcome.lost.to_string(),
            rules(outcome),
        ]);
    }
    output::print(table);
    output::line("");
    let mut sums = output::columns();
    for (name, share) in [
        ("attack spend stopped, mean of the published attacks", goals.stopped_mean),
        ("the worst of them but the slow ones", goals.stopped_worst),
        ("the worst of the slow ones", goals.slow_worst),
        ("attack spend stopped of those who adapt, mean", goals.adapting_mean),
        ("the worst of them", goals.adapting_worst),
        ("people lost on honest days, mean", goals.lost_on_honest_days),
        ("people lost on days of attacks, mean", goals.lost_on_attack_days),
    ] {
        if let Some(share) = share {
            sums.add_row([name.to_owned(), percent(share)]);
        }
    }
    output::print(sums);
    for outcome in outcomes.iter().filter(|outcome| outcome.kind == Kind::Honest) {
        if outcome.lost_to_carrier > 0 {
            output::prose(&format!(
                "\nIn {} no message reached {} people who wanted to verify; that is the carrier's doing, and \
                 not counted as lost.",
                outcome.scenario, outcome.lost_to_carrier
            ));
        }
    }
}

fn contained(outcome: &Outcome) -> String {
    match (outcome.stopped, outcome.contained_after_seconds) {
        (None, _) => String::new(),
        (Some(_), None) => "never".to_owned(),
        (Some(_), Some(seconds)) => format!("{:#}", SignedDuration::from_secs(seconds)),
    }
}

/// The rules that denied most: attackers, or where there are none, people.
fn rules(outcome: &Outcome) -> String {
    let hits_of = |hits: &RuleHits| {
        if outcome.kind == Kind::Honest { hits.people_lost } else { hits.attack_denied }
    };
    let named = outcome.rules.iter().map(|hits| (&hits.rule, hits_of(hits))).filter(|(_, n)| *n > 0);
    let named = named.take(MOST_RULES).map(|(rule, n)| format!("{rule} ({n})"));
    named.collect::<Vec<_>>().join(", ")
}
