//! The second half of a decision: what the store's replies make of a plan.

use super::name::RuleId;
use super::plan::{Passed, Plan, Step};
use super::rule::{Effect, Rule};
use crate::answer::Options;
use crate::verdict::Verdict;

/// What became of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepOutcome {
    /// The number is on the list; the quota is used up.
    Fired,
    /// It is not.
    NotFired,
    /// The store did not answer.
    Unknown,
}

/// A decision, and all that led to it.
#[derive(Clone, PartialEq, Debug)]
pub struct Conclusion<'p> {
    /// The verdict.
    pub verdict: Verdict,
    /// Where it comes from.
    pub by: By<'p>,
    /// Options for the answer; empty where the verdict is to deny.
    pub options: Options,
    /// What rules in monitor mode would have decided, from top to bottom, as far as the walk came.
    pub monitors: Vec<MonitorHit<'p>>,
    /// Rules that could have decided and got no reply, from top to bottom. With `on_store_failure = "allow"`
    /// the walk passes them, so the verification may be beyond their limits.
    pub unanswered: Vec<&'p RuleId>,
    /// The step that ended the walk, by its index; the number of steps where none did. Steps from there on
    /// had no say.
    pub end: usize,
}

/// Where a verdict comes from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum By<'p> {
    /// This rule.
    Rule(&'p Rule),
    /// The policy's `default`.
    Default,
    /// The policy's `on_store_failure`, since this rule got no reply: either it denies at once, or the walk
    /// went on and no other rule decided.
    StoreFailure(&'p Rule),
}

/// A rule in monitor mode that fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MonitorHit<'p> {
    /// The rule.
    pub rule: &'p RuleId,
    /// The verdict it would have given.
    pub verdict: Verdict,
}

impl<'p> Plan<'p> {
    /// Draws the conclusion from what became of each step, named by its index in `steps`. Steps below the one
    /// that decides are not asked about.
    #[must_use]
    pub fn conclude(&self, outcome: impl Fn(usize) -> StepOutcome) -> Conclusion<'p> {
        let mut walk = Walk::default();
        for (index, step) in self.steps.iter().enumerate() {
            walk.pass(&step.passed);
            if let Some((verdict, by)) = walk.take(step, outcome(index), self.on_store_failure) {
                return walk.conclude(verdict, by, index);
            }
        }
        walk.pass(&self.end.passed);
        let by = match (self.end.rule, walk.unanswered.first()) {
            (Some(rule), _) => By::Rule(rule),
            (None, Some(rule)) if self.end.verdict == self.on_store_failure => By::StoreFailure(rule),
            (None, _) => By::Default,
        };
        walk.conclude(self.end.verdict, by, self.steps.len())
    }
}

/// What has been gathered on the way down.
#[derive(Default)]
struct Walk<'p> {
    options: Options,
    monitors: Vec<MonitorHit<'p>>,
    unanswered: Vec<&'p Rule>,
}

impl<'p> Walk<'p> {
    fn pass(&mut self, passed: &Passed<'p>) {
        self.monitors.extend(passed.monitors.iter().map(|(rule, verdict)| hit(rule, *verdict)));
        passed.responders.iter().for_each(|rule| self.respond(rule));
    }

    /// Takes one step; gives the verdict where it ends the walk.
    fn take(
        &mut self,
        step: &Step<'p>,
        outcome: StepOutcome,
        on_store_failure: Verdict,
    ) -> Option<(Verdict, By<'p>)> {
        match (outcome, step.rule.effect()) {
            (StepOutcome::NotFired, _) => None,
            (StepOutcome::Fired, Effect::Decide(verdict)) => Some((verdict, By::Rule(step.rule))),
            (StepOutcome::Fired, Effect::Observe(verdict)) => {
                self.monitors.push(hit(step.rule, verdict));
                None
            }
            (StepOutcome::Fired, Effect::Respond) => {
                self.respond(step.rule);
                None
            }
            // An unknown reply counts only where the known one could have decided.
            (StepOutcome::Unknown, Effect::Decide(_)) => {
                self.unanswered.push(step.rule);
                (on_store_failure == Verdict::Deny).then_some((Verdict::Deny, By::StoreFailure(step.rule)))
            }
            (StepOutcome::Unknown, _) => None,
        }
    }

    /// Adds a rule's options. What a rule above has set stays.
    fn respond(&mut self, rule: &Rule) {
        if let Some(options) = &rule.respond {
            self.options.merge(options);
        }
    }

    fn conclude(mut self, verdict: Verdict, by: By<'p>, end: usize) -> Conclusion<'p> {
        match (verdict, by) {
            (Verdict::Deny, _) => self.options = Options::default(),
            (Verdict::Allow, By::Rule(rule)) => self.respond(rule),
            (Verdict::Allow, By::Default | By::StoreFailure(_)) => {}
        }
        let unanswered = self.unanswered.iter().map(|rule| &rule.id).collect();
        Conclusion { verdict, by, options: self.options, monitors: self.monitors, unanswered, end }
    }
}

fn hit(rule: &Rule, verdict: Verdict) -> MonitorHit<'_> {
    MonitorHit { rule: &rule.id, verdict }
}
