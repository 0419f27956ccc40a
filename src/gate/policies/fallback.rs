//! The policy in force where the table gave none.

use std::sync::{Arc, OnceLock};

use crate::policy::Policy;
use crate::verdict::Verdict;

/// A policy that is not from the table. It is compiled when it decides for the first time, as a rule never.
#[derive(Debug)]
pub(super) struct Fallback {
    pub(super) name: Arc<str>,
    /// What it says to everything; `None` for the starter policy.
    verdict: Option<Verdict>,
    policy: OnceLock<Arc<Policy>>,
}

impl Fallback {
    /// The starter policy, or one verdict for everything.
    pub(super) fn built_in(verdict: Option<Verdict>) -> Self {
        let name = if verdict.is_some() { "fallback" } else { "starter" };
        Self { name: name.into(), verdict, policy: OnceLock::new() }
    }

    /// A policy of another origin.
    pub(super) fn given(policy: Policy, name: &str) -> Self {
        Self { name: name.into(), verdict: None, policy: OnceLock::from(Arc::new(policy)) }
    }

    pub(super) fn policy(&self) -> Arc<Policy> {
        let compile = || Arc::new(self.verdict.map_or_else(Policy::starter, to_everything));
        Arc::clone(self.policy.get_or_init(compile))
    }
}

/// A policy with one rule, so that records, logs and metrics say by its name why they were decided so.
fn to_everything(verdict: Verdict) -> Policy {
    let source = format!(
        "schema = 1\ndefault = \"{verdict}\"\non_store_failure = \"{verdict}\"\n\
         [[rules]]\nid = \"no-policy-loaded\"\nverdict = \"{verdict}\"\n"
    );
    // A test compiles both texts.
    Policy::compile(&source).map_or_else(|_| Policy::starter(), |compiled| compiled.policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_verdict_is_given_to_everything_and_by_a_rule_that_says_why() {
        for verdict in [Verdict::Allow, Verdict::Deny] {
            let policy = Fallback::built_in(Some(verdict)).policy();
            assert_eq!(policy.on_store_failure(), verdict);
            let rules = policy.rules().iter().map(|rule| (rule.id.to_string(), rule.verdict));
            assert_eq!(rules.collect::<Vec<_>>(), [("no-policy-loaded".to_owned(), Some(verdict))]);
        }
    }
}
