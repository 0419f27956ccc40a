//! What each rule of the candidate does, and what it adds.

use super::counts::Counts;
use super::open::Open;
use crate::policy::{Effect, Policy};
use crate::verdict::Verdict;

/// The rules of the candidate, from top to bottom.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) rules: Vec<RuleTally>,
    /// Those of which it is known what the candidate does without them, by their places.
    left_out: Vec<usize>,
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
    pub(super) fn new(policy: &Policy, left_out: Vec<usize>) -> Self {
        let rules = policy.rules().iter().enumerate().map(|(place, rule)| {
            let is_left_out = left_out.contains(&place);
            RuleTally {
                name: rule.id.to_string(),
                does: match rule.effect() {
                    Effect::Decide(Verdict::Deny) => "deny",
                    Effect::Decide(Verdict::Allow) => "allow",
                    Effect::Observe(Verdict::Deny) => "would deny",
                    Effect::Observe(Verdict::Allow) => "would allow",
                    Effect::Respond => "respond",
                },
                hits: Counts::default(),
                caught_otherwise: is_left_out.then_some(0),
                denied_without: is_left_out.then(Counts::default),
            }
        });
        Self { rules: rules.collect(), left_out }
    }

    /// A rule's id.
    pub(super) fn name(&self, place: usize) -> Option<&str> {
        self.rules.get(place).map(|rule| rule.name.as_str())
    }

    pub(super) fn add(&mut self, open: &Open) {
        let hits = open.rule.iter().chain(&open.would_deny);
        for place in hits {
            if let Some(rule) = self.rules.get_mut(*place) {
                rule.hits.add(open.label, open.price);
            }
        }
        for (place, denied) in self.left_out.iter().zip(&open.denied_without) {
            if let Some(rule) = self.rules.get_mut(*place).filter(|_| *denied) {
                if let Some(counts) = &mut rule.denied_without {
                    counts.add(open.label, open.price);
                }
                if let Some(caught) = rule.caught_otherwise.as_mut().filter(|_| open.rule == Some(*place)) {
                    *caught += 1;
                }
            }
        }
    }
}
