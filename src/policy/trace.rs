//! What became of each rule on the way to a verdict, for people who ask why.

use std::fmt;

use super::Policy;
use super::conclude::{By, StepOutcome};
use super::condition::{Condition, Conditions};
use super::facts::Facts;
use super::note::Lack;
use super::plan::Plan;
use super::rule::{Effect, Question, Rule};
use crate::verdict::Verdict;

/// A rule and what became of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Traced<'p> {
    /// The rule.
    pub rule: &'p Rule,
    /// What became of it.
    pub course: Course<'p>,
    /// The step of the plan that asked the store for it, if any.
    pub step: Option<usize>,
}

/// What became of a rule.
#[derive(Clone, PartialEq, Debug)]
pub enum Course<'p> {
    /// A rule above decided.
    NotReached,
    /// It is not in force at this time.
    NotActive,
    /// The verification is not in its share.
    NotSampled,
    /// This condition under `when` does not match.
    WhenDiffers(&'p Condition),
    /// All conditions under `unless` match.
    Excepted,
    /// The event lacks what it needs.
    Lacks(Lack),
    /// Its list, its quota or the number's past did not make it fire.
    NotFired,
    /// The store did not answer.
    Unknown,
    /// It fired in monitor mode.
    WouldDecide(Verdict),
    /// It fired and added answer options.
    Responded,
    /// It decided; by itself, or since the store did not answer.
    Decided(Verdict),
}

/// What became of each rule, from top to bottom, given the plan and what became of its steps.
#[must_use]
pub fn trace<'p>(
    policy: &'p Policy,
    facts: &Facts<'_>,
    plan: &Plan<'p>,
    outcome: impl Fn(usize) -> StepOutcome,
) -> Vec<Traced<'p>> {
    let conclusion = plan.conclude(&outcome);
    let last = match (plan.steps.get(conclusion.end), conclusion.by) {
        (Some(step), _) => step.rule,
        (None, By::Rule(rule)) => rule,
        (None, By::Default | By::StoreFailure(_)) => {
            return policy.rules.iter().map(|rule| one(rule, facts, plan, &outcome)).collect();
        }
    };
    let mut traced = Vec::new();
    let mut is_decided = false;
    for rule in &policy.rules {
        let course = if is_decided {
            Traced { rule, course: Course::NotReached, step: None }
        } else if rule.id == last.id {
            is_decided = true;
            Traced { course: Course::Decided(conclusion.verdict), ..one(rule, facts, plan, &outcome) }
        } else {
            one(rule, facts, plan, &outcome)
        };
        traced.push(course);
    }
    traced
}

/// What became of a rule that did not decide.
fn one<'p>(
    rule: &'p Rule,
    facts: &Facts<'_>,
    plan: &Plan<'p>,
    outcome: impl Fn(usize) -> StepOutcome,
) -> Traced<'p> {
    let fired = match rule.effect() {
        Effect::Decide(verdict) => Course::Decided(verdict),
        Effect::Observe(verdict) => Course::WouldDecide(verdict),
        Effect::Respond => Course::Responded,
    };
    let step = plan.steps.iter().position(|step| step.rule.id == rule.id);
    if let Some(step) = step {
        let course = match outcome(step) {
            StepOutcome::Fired => fired,
            StepOutcome::NotFired => Course::NotFired,
            StepOutcome::Unknown => Course::Unknown,
        };
        return Traced { rule, course, step: Some(step) };
    }
    let mut passed = plan.steps.iter().map(|step| &step.passed).chain([&plan.end.passed]);
    let has_fired = passed.any(|passed| {
        let monitors = passed.monitors.iter().map(|(monitor, _)| monitor);
        monitors.chain(&passed.responders).any(|passed| passed.id == rule.id)
    });
    let course = if has_fired { fired } else { passed_over(rule, facts, plan) };
    Traced { rule, course, step: None }
}

/// Why the plan passed a rule over.
fn passed_over<'p>(rule: &'p Rule, facts: &Facts<'_>, plan: &Plan<'p>) -> Course<'p> {
    if rule.active.is_some_and(|active| !active.contains(facts.now)) {
        return Course::NotActive;
    }
    if rule.sample.is_some_and(|sample| !sample.contains(&rule.id, facts.request.id.as_str())) {
        return Course::NotSampled;
    }
    let lack = plan.notes.iter().find(|note| *note.rule == rule.id && note.assumed.is_none());
    if let Some(note) = lack {
        return Course::Lacks(note.lack.clone());
    }
    let differs = rule.when.iter().find(|condition| !matches!(condition.matches(facts.request), Ok(true)));
    differs.map_or(Course::Excepted, Course::WhenDiffers)
}

impl Traced<'_> {
    /// What became of the rule in words, as far as the event shows it; what a list or a quota said is known
    /// to whoever asked the store.
    #[must_use]
    pub fn in_words(&self, facts: &Facts<'_>) -> impl fmt::Display {
        std::fmt::from_fn(move |f| match &self.course {
            Course::NotReached => f.write_str("not reached, a rule above decided"),
            Course::NotActive => f.write_str("not in force at this time"),
            Course::NotSampled => f.write_str("this verification is not in its sample"),
            Course::WhenDiffers(condition) => {
                write!(f, "`when.{}` does not match: {}", condition.key(), condition.in_words(facts.request))
            }
            Course::Excepted => {
                write!(f, "`unless` matches: {}", all_seen(&self.rule.unless, facts))
            }
            Course::Lacks(lack) => write!(f, "does not apply: {lack}"),
            Course::NotFired => self.why_not_fired(f),
            Course::Unknown => f.write_str("the store did not answer"),
            Course::WouldDecide(verdict) => write!(f, "only monitors; it would {verdict}"),
            Course::Responded => f.write_str("adds options to the answer"),
            Course::Decided(verdict) => {
                // The past is not in the event: whoever asked the store says what it was.
                let seen = all_seen(&self.rule.when, facts);
                let colon = if seen.is_empty() { "" } else { ": " };
                write!(f, "decided to {verdict}{colon}{seen}")
            }
        })
    }
}

impl Traced<'_> {
    /// Why the store's reply did not make the rule fire, as far as the rule itself shows it.
    fn why_not_fired(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asks_past = self.rule.when.verified_within.or(self.rule.unless.verified_within).is_some();
        f.write_str(match self.rule.question {
            Question::Nothing => return f.write_str("the number's past is not as `verified_within` asks"),
            Question::List(_) => "the number is not on its list",
            Question::Quota(_) => "its quota has room",
        })?;
        if asks_past { f.write_str(", or `verified_within` asks for another past") } else { Ok(()) }
    }
}

/// What each of the conditions looked at, and saw.
fn all_seen(conditions: &Conditions, facts: &Facts<'_>) -> String {
    let seen: Vec<String> = conditions.iter().map(|condition| condition.in_words(facts.request)).collect();
    seen.join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::policy::sample::request;

    const RULES: &str = r#"
        schema = 1
        default = "allow"
        [[rules]]
        id = "old"
        verdict = "deny"
        active.until = 2020-01-01T00:00:00Z
        [[rules]]
        id = "rare"
        verdict = "deny"
        sample = 0.000001
        [[rules]]
        id = "abroad"
        verdict = "deny"
        when.country = "NO"
        [[rules]]
        id = "others"
        verdict = "deny"
        unless.method = "sms"
        [[rules]]
        id = "dear"
        verdict = "deny"
        when.price = { above = "1 EUR" }
        [[rules]]
        id = "watched"
        verdict = "deny"
        mode = "monitor"
        when.method = "sms"
        [[rules]]
        id = "options"
        respond.sms.expiry = "00:03:00"
        [[rules]]
        id = "listed"
        verdict = "deny"
        list = "blocklist"
        [[rules]]
        id = "quota"
        verdict = "deny"
        quota = { per = "number", limit = 1, window = "1d" }
        [[rules]]
        id = "last"
        verdict = "allow"
        when.country = "SE"
        [[rules]]
        id = "after"
        verdict = "deny"
        list = "other"
    "#;

    /// What became of each rule, where the store says this of the list and of the quota.
    fn courses(list: StepOutcome, quota: StepOutcome) -> Vec<String> {
        let policy = Policy::compile(RULES).unwrap_or_else(|problems| panic!("{problems}")).policy;
        let request = request("+46701740605");
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let facts = Facts { app: "app", request: &request, stored_number: "+46701740605", now };
        let plan = policy.plan(&facts);
        let traced = trace(&policy, &facts, &plan, |step| if step == 0 { list } else { quota });
        traced.iter().map(|one| format!("{}: {}", one.rule.id, one.in_words(&facts))).collect()
    }

    #[test]
    fn each_rule_says_what_became_of_it() {
        use StepOutcome::{Fired, NotFired, Unknown};
        let above = [
            "old: not in force at this time",
            "rare: this verification is not in its sample",
            "abroad: `when.country` does not match: country is SE",
            "others: `unless` matches: method is sms",
            "dear: does not apply: the event has no price",
            "watched: only monitors; it would deny",
            "options: adds options to the answer",
        ];
        let at = |list, quota| {
            let courses = courses(list, quota);
            assert_eq!(courses[..7], above);
            courses[7..].to_vec()
        };
        let not_reached = |id: &str| format!("{id}: not reached, a rule above decided");
        assert_eq!(
            at(NotFired, NotFired),
            [
                "listed: the number is not on its list",
                "quota: its quota has room",
                "last: decided to allow: country is SE",
                &not_reached("after"),
            ]
        );
        assert_eq!(at(Fired, NotFired)[..2], ["listed: decided to deny".to_owned(), not_reached("quota")]);
        assert_eq!(at(Unknown, Fired)[..2], ["listed: the store did not answer", "quota: decided to deny"]);
    }
}
