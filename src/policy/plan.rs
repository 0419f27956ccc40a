//! The first half of a decision: what follows from the event alone.

use rust_decimal::Decimal;

use super::Policy;
use super::facts::Facts;
use super::name::ListName;
use super::note::{Lack, Note};
use super::quota::{Quota, Takes};
use super::rule::{Effect, Question, Rule};
use super::verified_within::RequiredPast;
use crate::dimension_key::DimensionKey;
use crate::quota::Demand;
use crate::verdict::Verdict;

/// What follows from the event alone: the questions left for the store, in the order of the rules, and what
/// holds where none of them decides.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan<'p> {
    /// The questions, one per list or quota rule that looks at this verification.
    pub steps: Vec<Step<'p>>,
    /// What decides where no step does.
    pub end: End<'p>,
    /// Rules that could not apply.
    pub notes: Vec<Note<'p>>,
    /// What a question means that the store did not answer.
    pub on_store_failure: Verdict,
}

/// A rule that waits for the store.
#[derive(Clone, PartialEq, Debug)]
pub struct Step<'p> {
    /// What happened between the step above and this one.
    pub passed: Passed<'p>,
    /// The rule.
    pub rule: &'p Rule,
    /// Its question.
    pub question: StepQuestion<'p>,
    /// What the number's past must be for the rule to look at the verification at all.
    pub past: RequiredPast,
}

/// A question for the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StepQuestion<'p> {
    /// Is the number, or a prefix of it, on this list?
    List(&'p ListName),
    /// Is the quota used up for this key?
    Quota {
        /// The quota.
        quota: &'p Quota,
        /// What it counts under.
        key: DimensionKey,
        /// What this verification takes.
        takes: Takes,
    },
    /// Nothing else: the rule waits only to learn whether the number verified before.
    Past,
}

/// The verdict where no step decides.
#[derive(Clone, PartialEq, Debug)]
pub struct End<'p> {
    /// What happened after the last step.
    pub passed: Passed<'p>,
    /// The verdict.
    pub verdict: Verdict,
    /// The rule that gives it; `None` for the policy's default.
    pub rule: Option<&'p Rule>,
}

/// Rules that fired without deciding.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Passed<'p> {
    /// Those in monitor mode, with the verdict that they would have given.
    pub monitors: Vec<(&'p Rule, Verdict)>,
    /// Those that add answer options.
    pub responders: Vec<&'p Rule>,
}

impl Policy {
    /// Walks the rules from top to bottom as far as the event alone allows.
    #[must_use]
    pub fn plan<'p>(&'p self, facts: &Facts<'_>) -> Plan<'p> {
        let mut steps = Vec::new();
        let mut notes = Vec::new();
        let mut passed = Passed::default();
        let mut end = (self.default, None);
        for rule in &self.rules {
            let above = steps.len();
            let mut note = |lack, assumed| notes.push(Note { rule: &rule.id, above, lack, assumed });
            let Some(past) = rule.looks_at(facts, |lack| note(lack, None)) else { continue };
            let question = match &rule.question {
                Question::Nothing if !past.is_any() => StepQuestion::Past,
                Question::Nothing => match rule.effect() {
                    Effect::Decide(verdict) => {
                        end = (verdict, Some(rule));
                        break;
                    }
                    effect => {
                        passed.add(rule, effect);
                        continue;
                    }
                },
                Question::List(name) => StepQuestion::List(name),
                Question::Quota(quota) => match ask(quota, facts, |lack, cost| note(lack, Some(cost))) {
                    Ok(question) => question,
                    Err(lack) => {
                        note(lack, None);
                        continue;
                    }
                },
            };
            steps.push(Step { passed: std::mem::take(&mut passed), rule, question, past });
        }
        let (verdict, rule) = end;
        Plan { steps, end: End { passed, verdict, rule }, notes, on_store_failure: self.on_store_failure }
    }
}

impl Rule {
    /// What the number's past must be for the rule to look at a verification; `None` where it does not in any
    /// case. What kept it from that goes to `note`.
    fn looks_at(&self, facts: &Facts<'_>, note: impl FnMut(Lack)) -> Option<RequiredPast> {
        let request = facts.request;
        if self.active.is_some_and(|active| !active.contains(facts.now)) {
            return None;
        }
        if self.sample.is_some_and(|sample| !sample.contains(&self.id, request.id.as_str())) {
            return None;
        }
        let mut lacks = Vec::new();
        let matches = self.when.match_all(request, &mut lacks);
        let is_excluded = matches && !self.unless.is_empty() && self.unless.match_all(request, &mut lacks);
        lacks.into_iter().for_each(note);
        // Conditions are ANDed: those that the event alone meets leave the verdict to the number's past.
        let not_within = self.unless.verified_within.filter(|_| is_excluded);
        let looks = matches && (!is_excluded || not_within.is_some());
        looks.then_some(RequiredPast { within: self.when.verified_within, not_within })
    }
}

/// The question of a quota. What it counts in place of a price that it cannot use goes to `assumed`.
fn ask<'p>(
    quota: &'p Quota,
    facts: &Facts<'_>,
    mut assumed: impl FnMut(Lack, Decimal),
) -> Result<StepQuestion<'p>, Lack> {
    let key = quota.key(facts)?;
    let (takes, lack) = quota.takes(facts)?;
    if let (Takes::Cost(cost), Some(lack)) = (&takes, lack) {
        assumed(lack, *cost);
    }
    Ok(StepQuestion::Quota { quota, key, takes })
}

impl Step<'_> {
    /// What it demands of the counter of a key.
    #[must_use]
    pub fn demand(&self, quota: &Quota, key: &DimensionKey, takes: &Takes) -> Demand {
        Demand {
            rule: quota.counter_of(&self.rule.id),
            window: quota.window,
            limit: quota.limit_of(key),
            measure: quota.measure(takes),
            enforced: matches!(self.rule.effect(), Effect::Decide(_)),
        }
    }
}

impl<'p> Passed<'p> {
    fn add(&mut self, rule: &'p Rule, effect: Effect) {
        match effect {
            Effect::Decide(_) => {}
            Effect::Observe(verdict) => self.monitors.push((rule, verdict)),
            Effect::Respond => self.responders.push(rule),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::event::{VerificationId, VerificationRequest};
    use crate::policy::sample::{one_rule, request};

    fn facts(request: &VerificationRequest) -> Facts<'_> {
        Facts { app: "app", request, stored_number: "+46701740605", now: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn neither_facts_nor_plans_print_a_whole_number() {
        let request = request("+46701740605");
        let facts = facts(&request);
        let policy = Policy::starter();
        let shown = format!("{facts:?} {:?}", policy.plan(&facts));
        assert!(
            shown.contains("per-number") && !shown.contains("701740605") && !shown.contains("46701740"),
            "{shown}"
        );
        assert!(shown.starts_with("Facts(app, 1234567890, "), "{shown}");
    }

    #[test]
    fn a_rule_with_a_sample_looks_at_that_share_of_the_verifications() {
        let policy = Policy::compile(&one_rule("sample = 0.01"))
            .unwrap_or_else(|problems| panic!("{problems}"))
            .policy;
        let is_denied = |id: u32| {
            let id = VerificationId(id.to_string());
            let request = VerificationRequest { id, ..request("+46701740605") };
            policy.plan(&facts(&request)).end.verdict == Verdict::Deny
        };
        let n_denied = (0..1_000).filter(|id| is_denied(*id)).count();
        assert!((1..30).contains(&n_denied), "{n_denied}");
    }
}
