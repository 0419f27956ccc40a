//! What each rule of the candidate does, and what it adds.

use super::counts::Counts;
use super::open::Open;
use super::without::Found;
use crate::policy::{Effect, Policy};
use crate::verdict::Verdict;

/// What stands in the place of a rule where none decided.
const DEFAULT: &str = "default";

/// The rules of the candidate, from top to bottom.
#[derive(Debug)]
pub(super) struct Rules {
    rules: Vec<RuleTally>,
    /// What the default does, where it denies.
    by_default: Option<RuleTally>,
}

/// What a rule does.
#[derive(Debug)]
pub(super) struct RuleTally {
    pub(super) name: String,
    /// What it decides: `deny`, `allow`, `would deny` in monitor mode, `respond`.
    pub(super) does: &'static str,
    /// What it decides, or would decide in monitor mode.
    pub(super) hits: Counts,
    /// How much of what it denies the candidate denies without it, too.
    pub(super) caught_otherwise: Option<u64>,
    /// What the candidate denies without it.
    pub(super) denied_without: Option<Counts>,
}

impl Rules {
    pub(super) fn new(policy: &Policy) -> Self {
        let rules = policy.rules().iter().map(|rule| RuleTally {
            name: rule.id.to_string(),
            does: match rule.effect() {
                Effect::Decide(Verdict::Deny) => "deny",
                Effect::Decide(Verdict::Allow) => "allow",
                Effect::Observe(Verdict::Deny) => "would deny",
                Effect::Observe(Verdict::Allow) => "would allow",
                Effect::Respond => "respond",
            },
            hits: Counts::default(),
            caught_otherwise: None,
            denied_without: None,
        });
        let by_default = RuleTally {
            name: DEFAULT.to_owned(),
            does: "deny",
            hits: Counts::default(),
            caught_otherwise: None,
            denied_without: None,
        };
        let by_default = (policy.default_verdict() == Verdict::Deny).then_some(by_default);
        Self { rules: rules.collect(), by_default }
    }

    /// A rule's id.
    pub(super) fn name(&self, place: usize) -> Option<&str> {
        self.rules.get(place).map(|rule| rule.name.as_str())
    }

    /// All that decides, the default last.
    pub(super) fn iter(&self) -> impl Iterator<Item = &RuleTally> {
        self.rules.iter().chain(&self.by_default)
    }

    pub(super) fn add(&mut self, open: &Open) {
        if let (true, None, Some(by_default)) = (open.denied, open.rule, &mut self.by_default) {
            by_default.hits.add(open.label, open.price);
        }
        let hits = open.rule().into_iter().chain(open.would_deny.iter().copied());
        for place in hits {
            if let Some(rule) = self.rules.get_mut(place) {
                rule.hits.add(open.label, open.price);
            }
        }
    }

    /// Notes that the candidate denies the same without a rule, which never decided anything.
    pub(super) fn compare_idle(&mut self, place: usize, denied: &Counts) {
        if let Some(rule) = self.rules.get_mut(place) {
            (rule.denied_without, rule.caught_otherwise) = (Some(denied.clone()), Some(0));
        }
    }

    /// Notes what the candidate does without a rule.
    pub(super) fn compare(&mut self, found: Found) {
        let Found { place, denied, caught } = found;
        if let Some(rule) = self.rules.get_mut(place) {
            (rule.denied_without, rule.caught_otherwise) = (Some(denied), Some(caught));
        }
    }
}
