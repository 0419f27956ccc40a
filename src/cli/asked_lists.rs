//! Which lists the policies in force ask, by application. An entry on a list that no rule asks does nothing,
//! and neither does a rule whose list is empty; whoever changes either should know before it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use super::app::whose;
use super::built_in::BUILT_IN;
use crate::policy::{Effect, Policy, Question, RuleId};
use crate::signature::{AppKey, AppScope};
use crate::store::{PrefixLengths, Store, StoreError, StoredPolicies};
use crate::suggest::nearest;
use crate::verdict::Verdict;

/// The lists that the policies in force ask, and which rules do.
#[derive(Debug, Default)]
pub(super) struct AskedLists {
    askers: BTreeMap<String, Vec<Asker>>,
    /// Whose policy cannot be read or compiled, so that nobody knows what it asks.
    unknown: Vec<AppScope>,
    /// Whether the starter policy is taken to be in force, since none was applied for all applications.
    is_built_in: bool,
    /// The lengths of the prefixes on each list that gates know already.
    pub(super) lengths: PrefixLengths,
}

/// A rule that asks a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Asker {
    /// Whose policy it is in.
    pub(super) app: AppScope,
    /// Its name.
    pub(super) rule: RuleId,
    /// What it does with a number that is on the list.
    pub(super) effect: Effect,
}

/// A list and the rules in force that do not go together.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Mismatch {
    /// There are entries, and no rule asks for them.
    NotAsked {
        /// The list.
        list: String,
        /// A list that rules ask, where its name is nearly the same.
        near: Option<String>,
    },
    /// A rule asks, and there are no entries.
    Empty {
        /// The list.
        list: String,
        /// The first rule that asks it.
        asker: Asker,
    },
}

impl AskedLists {
    /// What the policies in force ask, in one read of them. The starter policy counts where nothing was
    /// applied for all applications.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let scopes = store.policies().applications().await?;
        let apps: Vec<AppKey> = scopes.iter().filter_map(AppScope::app).cloned().collect();
        Ok(Self::of(store.policies().load(&apps).await?))
    }

    /// What these policies ask.
    pub(super) fn of(stored: StoredPolicies) -> Self {
        let mut asked = Self { lengths: stored.lengths, ..Self::default() };
        let has_one_for_all =
            stored.active.contains_key(&AppScope::All) || stored.unreadable.contains_key(&AppScope::All);
        if !has_one_for_all {
            asked.is_built_in = true;
            asked.add(&AppScope::All, &Policy::starter());
        }
        for (app, active) in &stored.active {
            match Policy::compile(&active.source) {
                Ok(compiled) => asked.add(app, &compiled.policy),
                Err(_) => asked.unknown.push(app.clone()),
            }
        }
        asked.unknown.extend(stored.unreadable.into_keys());
        asked
    }

    /// The same once this policy is in force for an application, or for all.
    pub(super) fn with(mut self, app: &AppScope, policy: &Policy) -> Self {
        for askers in self.askers.values_mut() {
            askers.retain(|asker| asker.app != *app);
        }
        self.askers.retain(|_, askers| !askers.is_empty());
        self.unknown.retain(|unknown| unknown != app);
        self.is_built_in &= *app != AppScope::All;
        self.add(app, policy);
        self
    }

    fn add(&mut self, app: &AppScope, policy: &Policy) {
        for rule in policy.rules() {
            if let Question::List(list) = &rule.question {
                let asker = Asker { app: app.clone(), rule: rule.id.clone(), effect: rule.effect() };
                self.askers.entry(list.to_string()).or_default().push(asker);
            }
        }
    }

    /// The rules that ask a list.
    pub(super) fn askers(&self, list: &str) -> &[Asker] {
        self.askers.get(list).map_or(&[], Vec::as_slice)
    }

    /// The lists that rules ask, in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.askers.keys().map(String::as_str)
    }

    /// Whose policies cannot be read, so that what they ask is not known.
    pub(super) fn unknown(&self) -> &[AppScope] {
        &self.unknown
    }
    /// What the rules were taken from where no policy was applied; `None` where one was.
    pub(super) fn built_in(&self) -> Option<String> {
        self.is_built_in.then(|| format!("no policy was applied for all applications, so it is {BUILT_IN}"))
    }

    /// The list that was probably meant.
    pub(super) fn near(&self, list: &str) -> Option<&str> {
        nearest(list, self.names())
    }

    /// Whether a rule denies the numbers on a list, or would do so if it were not in monitor mode.
    pub(super) fn is_denied(&self, list: &str) -> bool {
        self.askers(list).iter().any(|asker| asker.verdict() == Some(Verdict::Deny))
    }

    /// The lists with entries that no rule asks, and the rules whose list is empty.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn mismatches(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> Result<Vec<Mismatch>, StoreError> {
        let mut names: BTreeSet<String> = store.lists().names().await?;
        names.extend(self.names().map(ToOwned::to_owned));
        let mut found = Vec::new();
        for list in names {
            let asker = self.askers(&list).first();
            match (asker, store.lists().is_empty(&list, now).await?) {
                (Some(asker), true) => found.push(Mismatch::Empty { list, asker: asker.clone() }),
                (None, false) if self.unknown.is_empty() => {
                    let near = self.near(&list).map(ToOwned::to_owned);
                    found.push(Mismatch::NotAsked { list, near });
                }
                (Some(_), false) | (None, _) => {}
            }
        }
        Ok(found)
    }
}

impl Asker {
    /// What it decides, or would decide, about a number on the list.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        match self.effect {
            Effect::Decide(verdict) | Effect::Observe(verdict) => Some(verdict),
            Effect::Respond => None,
        }
    }
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match self.effect {
            Effect::Decide(Verdict::Deny) => "denies",
            Effect::Decide(Verdict::Allow) => "allows",
            Effect::Observe(_) => "only monitors",
            Effect::Respond => "only shapes the answer to",
        };
        write!(f, "rule `{}` {effect} what is on it, for {}", self.rule, whose(&self.app))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked { list, near } => {
                write!(f, "no rule in force asks the list {list}, so its entries do nothing")?;
                near.iter().try_for_each(|near| write!(f, "; did you mean {near}?"))
            }
            Self::Empty { list, asker } => {
                write!(f, "nothing is on the list {list}, which rule `{}` asks", asker.rule)?;
                asker.app.app().map_or(Ok(()), |app| write!(f, " for {app}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ActivePolicy;

    fn policy(rules: &[(&str, &str, &str)]) -> String {
        let rule = |(list, verdict, more): &(&str, &str, &str)| {
            format!("[[rules]]\nid = \"on-{list}\"\nverdict = \"{verdict}\"\nlist = \"{list}\"\n{more}\n")
        };
        let rules: String = rules.iter().map(rule).collect();
        format!("schema = 1\ndefault = \"allow\"\n{rules}")
    }

    fn stored(policies: &[(&str, &str)]) -> StoredPolicies {
        let active = |source: &str| ActivePolicy {
            version: 1,
            source: source.to_owned(),
            author: String::new(),
            message: String::new(),
            applied_at: Timestamp::UNIX_EPOCH,
            replaces: None,
            restores: None,
        };
        let active = policies.iter().map(|(app, source)| (app.parse().unwrap(), active(source)));
        StoredPolicies { active: active.collect(), ..StoredPolicies::default() }
    }

    fn names(asked: &AskedLists) -> Vec<&str> {
        asked.names().collect()
    }

    #[test]
    fn the_starter_policy_asks_where_none_was_applied_for_all() {
        let asked = AskedLists::of(stored(&[]));
        assert_eq!(names(&asked), ["blocklist", "safelist"]);
        assert_eq!((asked.is_denied("blocklist"), asked.is_denied("safelist")), (true, false));
        assert_eq!(asked.near("blcklist"), Some("blocklist"));
        let own = policy(&[("mine", "deny", "")]);
        assert_eq!(names(&AskedLists::of(stored(&[("app", &own)]))), ["blocklist", "mine", "safelist"]);
        assert_eq!(names(&AskedLists::of(stored(&[("*", &own)]))), ["mine"]);
    }

    #[test]
    fn what_a_policy_asks_that_cannot_be_compiled_is_not_known() {
        let one = policy(&[("one", "deny", "")]);
        let asked = AskedLists::of(stored(&[("*", &one), ("app", "broken")]));
        assert_eq!((names(&asked), asked.unknown()), (vec!["one"], &["app".parse().unwrap()][..]));
    }

    #[test]
    fn a_policy_takes_the_place_of_the_one_in_force_for_the_same_application() {
        let [one, other] = [policy(&[("one", "deny", "")]), policy(&[("other", "allow", "")])];
        let compiled = Policy::compile(&other).unwrap().policy;
        let asked = AskedLists::of(stored(&[("*", &one), ("app", "broken")]));
        let asked = asked.with(&"app".parse().unwrap(), &compiled);
        assert_eq!((names(&asked), asked.unknown().len()), (vec!["one", "other"], 0));
        assert_eq!(names(&asked.with(&AppScope::All, &compiled)), ["other"]);
    }

    #[test]
    fn a_rule_says_what_it_does_with_a_list() {
        let source = policy(&[("a", "deny", ""), ("b", "deny", "mode = \"monitor\""), ("c", "allow", "")]);
        let asked = AskedLists::of(stored(&[("*", &source)]));
        let shown = |list| asked.askers(list).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown("a"), ["rule `on-a` denies what is on it, for all applications"]);
        assert_eq!(shown("b"), ["rule `on-b` only monitors what is on it, for all applications"]);
        assert_eq!(shown("c"), ["rule `on-c` allows what is on it, for all applications"]);
        assert_eq!(shown("d"), [""; 0]);
    }
}
