//! `[[tests]]`: what a policy must decide, written beside it.
//!
//! A test is an event, the state of the world that it meets, and the verdict expected. It runs through the
//! same evaluation as a real event; only the store's replies are given.

mod from_toml;
mod over_traffic;

use std::time::Duration;

use jiff::Timestamp;

use super::conclude::{By, Conclusion, StepOutcome};
use super::facts::Facts;
use super::name::{ListName, RuleId};
use super::plan::{Step, StepQuestion};
use super::problem::{Place, Problem, Severity};
use super::trace::trace;
use super::{Checked, Policy};
use crate::event::VerificationRequest;
use crate::verdict::Verdict;

pub(super) use from_toml::read;
pub use over_traffic::TrafficTest;

/// The tests beside a policy.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tests {
    /// Those of one event each.
    pub of_events: Vec<PolicyTest>,
    /// Those over recorded traffic, which only the tool runs.
    pub over_traffic: Vec<TrafficTest>,
}

/// A test of a policy.
#[derive(Clone, PartialEq, Debug)]
pub struct PolicyTest {
    place: Place,
    name: Option<String>,
    app: String,
    request: VerificationRequest,
    /// When it is asked; whenever the test runs where the author left it open.
    at: Option<Timestamp>,
    /// The lists that the number is on.
    listed: Vec<ListName>,
    /// The quota rules that have no room.
    quotas_used: Vec<RuleId>,
    /// How long ago the number was verified.
    verified: Option<Duration>,
    expect: Verdict,
    /// What must decide.
    by: Option<ExpectedBy>,
}

/// What a test expects to decide.
#[derive(Clone, PartialEq, Eq, Debug)]
enum ExpectedBy {
    Default,
    Rule(RuleId),
}

impl Tests {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.of_events.len() + self.over_traffic.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Checked {
    /// Runs the tests of events; gives those that fail, as problems at their places.
    #[must_use]
    pub fn failures(&self, now: Timestamp) -> Vec<Problem> {
        self.tests.of_events.iter().filter_map(|test| test.run(&self.policy, now)).collect()
    }
}

impl PolicyTest {
    /// Runs the test; gives what is wrong where it fails.
    fn run(&self, policy: &Policy, now: Timestamp) -> Option<Problem> {
        let request = &self.request;
        let stored_number = request.number.as_str();
        let now = self.at.unwrap_or(now);
        let facts = Facts { app: &self.app, request, stored_number, now };
        let plan = policy.plan(&facts);
        let outcome = |index: usize| {
            plan.steps.get(index).map_or(StepOutcome::NotFired, |step| self.outcome(step, now))
        };
        let conclusion = plan.conclude(outcome);
        if self.is_met_by(&conclusion) {
            return None;
        }
        // Most helpful is what became of the rule that should have decided, or else of the one that did.
        let of_interest = match (&self.by, conclusion.by) {
            (Some(ExpectedBy::Rule(rule)), _) => Some(rule),
            (_, By::Rule(rule)) => Some(&rule.id),
            _ => None,
        };
        let traced = trace(policy, &facts, &plan, outcome);
        let why = traced.iter().find(|traced| Some(&traced.rule.id) == of_interest);
        let help = why.map_or_else(
            || "no rule decided; `sinch-gate policy explain` shows what became of each".to_owned(),
            |traced| format!("`{}`: {}", traced.rule.id, traced.in_words(&facts)),
        );
        Some(Problem {
            severity: Severity::Error,
            line: self.place.line,
            column: self.place.column,
            message: self.failure(&conclusion),
            help: Some(help),
        })
    }

    /// What was expected, and what came instead.
    fn failure(&self, conclusion: &Conclusion<'_>) -> String {
        let expected = match &self.by {
            None => self.expect.to_string(),
            Some(ExpectedBy::Default) => format!("{} by default", self.expect),
            Some(ExpectedBy::Rule(rule)) => format!("{} by `{rule}`", self.expect),
        };
        let found = match conclusion.by {
            By::Rule(rule) => format!("{} by `{}`", conclusion.verdict, rule.id),
            By::Default | By::StoreFailure(_) => format!("{} by default", conclusion.verdict),
        };
        let name = self.name.as_ref().map_or_else(|| "this test".to_owned(), |name| format!("test “{name}”"));
        format!("{name} fails: expected {expected}, got {found}")
    }

    /// What the store would say to a step.
    fn outcome(&self, step: &Step<'_>, now: Timestamp) -> StepOutcome {
        let fires = match &step.question {
            StepQuestion::List(list) => self.listed.contains(list),
            StepQuestion::Quota { .. } => self.quotas_used.contains(&step.rule.id),
            StepQuestion::Past => true,
        };
        let verified_at = self.verified.and_then(|ago| now.checked_sub(ago).ok());
        if fires && step.past.is_met(verified_at, now) { StepOutcome::Fired } else { StepOutcome::NotFired }
    }

    fn is_met_by(&self, conclusion: &Conclusion<'_>) -> bool {
        let by = match (&self.by, conclusion.by) {
            (None, _) | (Some(ExpectedBy::Default), By::Default) => true,
            (Some(ExpectedBy::Rule(expected)), By::Rule(rule)) => *expected == rule.id,
            _ => false,
        };
        by && conclusion.verdict == self.expect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_tests_are_counted() {
        let tests = |toml: &str| {
            let source = format!("schema = 1\ndefault = \"allow\"\n{toml}");
            Policy::check(&source).unwrap_or_else(|problems| panic!("{problems}")).tests
        };
        let of_event = "[[tests]]\nnumber = \"+46701740605\"\nexpect = \"allow\"\n";
        assert_eq!((tests("").len(), tests("").is_empty()), (0, true));
        let three = tests(&of_event.repeat(3));
        assert_eq!((three.len(), three.is_empty()), (3, false));
        let both = Tests { over_traffic: tests(TRAFFIC).over_traffic, ..three };
        assert_eq!((both.over_traffic.len(), both.len()), (1, 4));
    }

    #[test]
    fn a_member_of_custom_may_be_a_whole_number_in_any_base() {
        let source = "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"r\"\nverdict = \"deny\"\n\
                      when.custom.level = \"16\"\n\
                      [[tests]]\nnumber = \"+46701740605\"\ncustom.level = 0x10\nexpect = \"deny\"\n";
        let checked = Policy::check(source).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(checked.failures(Timestamp::UNIX_EPOCH), []);
    }

    const TRAFFIC: &str = "[[tests]]\nbacktest = { traffic = \"night.jsonl\", max_harm = \"1%\" }\n";
}
