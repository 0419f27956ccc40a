//! What the policies in force say of their rules.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::money::Currency;
use crate::policy::{Effect, Policy, Question};
use crate::verdict::Verdict;

/// What is known of the policies in force.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Their rules that decide, or would in monitor mode.
    pub(super) rules: Vec<KnownRule>,
    /// The currencies in which limits count.
    pub(super) currencies: BTreeSet<Currency>,
    /// Lists whose numbers are denied.
    pub(super) deny_lists: Vec<String>,
}

/// A rule in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct KnownRule {
    pub(super) name: String,
    /// Since when it has been in force without a break, as far as that is known.
    pub(super) since: Option<Timestamp>,
    /// Whether it is in monitor mode.
    pub(super) is_monitor: bool,
}

impl Known {
    /// Takes in a policy in force, and since when each of its rules has been, as far as that is known.
    pub fn learn(&mut self, policy: &Policy, since: impl Fn(&str) -> Option<Timestamp>) {
        for rule in policy.rules() {
            match &rule.question {
                Question::Quota(quota) => self.currencies.extend(quota.limit.currency()),
                Question::List(list) if rule.effect() == Effect::Decide(Verdict::Deny) => {
                    self.deny_lists.push(list.to_string());
                }
                _ => {}
            }
            let name = rule.id.as_str();
            // A rule that only fires for a while, or for a sample, is silent by intent.
            let is_always_on = rule.active.is_none() && rule.sample.is_none();
            if rule.effect() != Effect::Respond
                && is_always_on
                && !self.rules.iter().any(|rule| rule.name == name)
            {
                self.rules.push(KnownRule {
                    name: name.to_owned(),
                    since: since(name),
                    is_monitor: matches!(rule.effect(), Effect::Observe(_)),
                });
            }
        }
    }
}
