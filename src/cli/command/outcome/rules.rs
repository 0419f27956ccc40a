//! The rules of the policies in force, as far as `--rule` and columns go.

use std::collections::BTreeSet;

use crate::policy::Policy;
use crate::store::{Store, StoreError};
use crate::suggest::did_you_mean;

/// The names of rules.
#[derive(Debug, Default)]
pub(super) struct Rules(BTreeSet<String>);

impl Rules {
    /// Those of all applications; of the starter policy where none was applied.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn in_force(store: &Store) -> Result<Self, StoreError> {
        let stored = store.policies().load_all().await?;
        let mut rules = Self::default();
        if !stored.has_one_for_all() {
            rules.learn(&Policy::starter());
        }
        for policy in stored.active.values().filter_map(|active| Policy::compile(&active.source).ok()) {
            rules.learn(&policy.policy);
        }
        Ok(rules)
    }

    fn learn(&mut self, policy: &Policy) {
        self.0.extend(policy.rules().iter().map(|rule| rule.id.to_string()));
    }

    pub(super) fn has(&self, rule: &str) -> bool {
        self.0.contains(rule)
    }

    /// How wide the longest name is.
    pub(super) fn widest(&self) -> usize {
        self.0.iter().map(|rule| rule.chars().count()).max().unwrap_or(0)
    }

    /// What to say of a rule that none of the policies has. What was decided by an older policy may still
    /// name it.
    pub(super) fn unknown(&self, rule: &str) -> String {
        let help = did_you_mean(rule, self.0.iter().map(String::as_str));
        let hint = help.map(|help| format!("\nhint: {help}")).unwrap_or_default();
        format!("warning: no policy in force has a rule `{rule}`{hint}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_no_policy_has_is_set_beside_the_one_that_is_meant() {
        let rules = Rules(["country-burst", "country-day"].map(str::to_owned).into());
        assert_eq!(rules.widest(), 13);
        let said = rules.unknown("country-brust");
        assert_eq!(
            said,
            "warning: no policy in force has a rule `country-brust`\nhint: did you mean `country-burst`?"
        );
    }
}
