//! Rules that turn people away, and rules that do nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{backtest, ended, evidence, stats};
use crate::backtest::Share;
use crate::figures::Spend;
use crate::report::gathered::UNKNOWN_RULE;
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::names::Name;
use crate::report::people;
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::Moment;

/// The fewest people whom a rule turned away and who verified later.
const LEAST_PEOPLE: u64 = 10;

/// The least share of them among all whom it turned away.
const LEAST_SHARE: f64 = 0.1;

/// A wait that is not worth a word: whoever asks too often comes back after a moment, which is what a rule
/// against that is for.
const SHORT: SignedDuration = SignedDuration::from_mins(5);

/// How long a rule is silent before that is worth a word.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Rules that turn away people who verify later. It takes [`LEAST_PEOPLE`] and [`LEAST_SHARE`], half of
/// whom wait longer than [`SHORT`].
pub(super) fn hurting(spanned: &Spanned<'_>, question: &Question) -> Vec<Finding> {
    let finding = |(rule, turned_away): (Name, people::TurnedAway)| {
        let name = spanned.gathered.names.text(rule);
        let later = turned_away.verified_later();
        let share = Share { count: later, of: turned_away.denied };
        let waits: Vec<f64> = turned_away.waits.iter().map(SignedDuration::as_secs_f64).collect();
        let wait = stats::median(&waits)?;
        if later < LEAST_PEOPLE || share.value() < LEAST_SHARE || wait < SHORT.as_secs_f64() {
            return None;
        }
        let subject = if name == UNKNOWN_RULE { "the gate" } else { name };
        let to = turned_away.last?.time();
        Some(Finding {
            kind: Kind::RuleHurtsPeople,
            severity: Severity::Harm,
            title: format!("{subject} turned away {} people who verified later", later * spanned.scale),
            place: Place { rule: (name != UNKNOWN_RULE).then(|| name.to_owned()), ..Place::default() },
            parts: Vec::new(),
            from: turned_away.first?.time(),
            to: ended(spanned, to),
            may_be_older: false,
            cost: Spend::default(),
            without_price: 0,
            denied: Share::default(),
            denied_by: BTreeMap::new(),
            not_spent: Spend::default(),
            people: Some(later * spanned.scale),
            evidence: vec![
                evidence("verified later, of the people turned away", spanned.scaled(share), None),
                evidence("half of them had to wait", in_words(wait), None),
            ],
            rests_on: format!(
                "at least {LEAST_PEOPLE} people and a tenth of those turned away, half of whom waited more \
                 than {} minutes",
                SHORT.as_mins()
            ),
            act: vec![backtest(question, "Try a wider limit on this traffic before it is put in force")],
        })
    };
    people::turned_away(spanned).into_iter().filter_map(finding).collect()
}

/// Rules that have not fired for a month, though they were in force and there was traffic.
pub(super) fn idle(spanned: &Spanned<'_>, question: &Question) -> Vec<Finding> {
    let since = spanned.span.to.saturating_sub(MONTH).unwrap_or(Timestamp::MIN);
    if spanned.known_for() < MONTH || !spanned.gathered.has_stories {
        return Vec::new();
    }
    let mut last: BTreeMap<&str, Moment> = BTreeMap::new();
    for one in spanned.with_before() {
        let Some(at) = one.at else { continue };
        let hits = spanned.gathered.monitors.get(spanned.gathered.names.text(one.monitors));
        let hits = hits.into_iter().flatten().map(|hit| hit.rule.as_str());
        for rule in hits.chain([spanned.gathered.names.text(one.rule)]) {
            last.insert(rule, at);
        }
    }
    let is_silent = |rule: &str| last.get(rule).is_none_or(|at| at.time() < since);
    let in_force: Vec<&str> = match &question.known {
        Some(known) => {
            let long = |rule: &&crate::report::known::KnownRule| rule.since.is_none_or(|at| at <= since);
            known.rules.iter().filter(long).map(|rule| rule.name.as_str()).collect()
        }
        // Where no policy is known, a rule is one that fired at some time.
        None => last.keys().copied().filter(|rule| is_rule(rule)).collect(),
    };
    let silent = in_force.into_iter().filter(|rule| is_silent(rule));
    silent.map(|rule| idle_finding(spanned, question, rule, last.get(rule).copied())).collect()
}

/// Whether a name of what decided is that of a rule.
fn is_rule(name: &str) -> bool {
    !matches!(name, "default" | "on_store_failure" | "none" | UNKNOWN_RULE)
}

fn idle_finding(spanned: &Spanned<'_>, question: &Question, rule: &str, last: Option<Moment>) -> Finding {
    let begun = spanned.span.to.saturating_sub(spanned.known_for()).unwrap_or(spanned.span.from);
    let found = last.map_or_else(|| "never".to_owned(), |last| format!("{:.0}", last.time()));
    Finding {
        kind: Kind::RuleIdle,
        severity: Severity::Gap,
        title: format!("{rule} has not fired for a month"),
        place: Place { rule: Some(rule.to_owned()), ..Place::default() },
        parts: Vec::new(),
        from: last.map_or(begun, Moment::time),
        to: None,
        may_be_older: false,
        cost: Spend::default(),
        without_price: 0,
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: None,
        evidence: vec![
            evidence("it fired last", found, None),
            evidence("requests meanwhile", spanned.figures(spanned.with_before()).requests, None),
        ],
        rests_on: "30 days of traffic in which the rule was in force and never fired".to_owned(),
        act: vec![backtest(question, "See whether it can fire at all, and whether it is still wanted")],
    }
}

fn in_words(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}
