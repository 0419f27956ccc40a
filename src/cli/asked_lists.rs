//! Which lists the policies in force ask, by application. An entry on a list that no rule asks does nothing,
//! and neither does a rule whose list is empty; whoever changes either should know before it is written.

mod mismatch;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(super) use mismatch::Mismatch;

use super::app::whose;
use super::applications::named;
use super::built_in::BUILT_IN;
use super::credentials::SAMPLE_KEY;
use crate::policy::{Effect, Policy, Question, RuleId};
use crate::signature::{AppKey, AppScope};
use crate::store::{PrefixLengths, Store, StoreError, StoredPolicies};
use crate::suggest::nearest;
use crate::verdict::Verdict;

/// The lists that the policies in force ask, and which rules do.
#[derive(Debug, Default)]
pub(super) struct AskedLists {
    /// The rules that ask lists, by whose policy they are in; policies without such rules are there too.
    policies: BTreeMap<AppScope, Vec<AskingRule>>,
    /// Whose policy cannot be read or compiled, so that nobody knows what it asks.
    unknown: Vec<AppScope>,
    /// The applications that gates serve, as far as they have noted it.
    served: BTreeSet<AppKey>,
    /// Whether the starter policy is taken to be in force, since none was applied for all applications.
    is_built_in: bool,
    /// The lengths of the prefixes on each list that gates know already.
    pub(super) lengths: PrefixLengths,
}

/// A rule of a policy, and the list that it asks.
#[derive(Debug)]
struct AskingRule {
    list: String,
    rule: RuleId,
    effect: Effect,
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
    /// Whether some applications have policies of their own, so that one for all is not for those.
    is_for_the_rest: bool,
}

impl AskedLists {
    /// What the policies in force ask. The starter policy counts where nothing was applied for all
    /// applications.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let (served, stored) = tokio::try_join!(store.served(), store.policies().load_all())?;
        Ok(Self::of(stored, served.apps))
    }

    /// What these policies ask, where gates serve these applications.
    pub(super) fn of(stored: StoredPolicies, served: BTreeSet<AppKey>) -> Self {
        let is_built_in = !stored.has_one_for_all();
        let mut asked = Self { lengths: stored.lengths, served, is_built_in, ..Self::default() };
        // Whoever serves applications of their own has tried the samples before, and is done with them.
        if asked.is_serving() {
            asked.served.retain(|app| app.as_str() != SAMPLE_KEY);
        }
        if is_built_in {
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
        self.unknown.retain(|unknown| unknown != app);
        self.is_built_in &= *app != AppScope::All;
        self.add(app, policy);
        self
    }

    fn add(&mut self, app: &AppScope, policy: &Policy) {
        let asking = policy.rules().iter().filter_map(|rule| match &rule.question {
            Question::List(list) => {
                Some(AskingRule { list: list.to_string(), rule: rule.id.clone(), effect: rule.effect() })
            }
            _ => None,
        });
        self.policies.insert(app.clone(), asking.collect());
    }

    /// Whether a gate serves an application other than that of the samples. Until one has noted it, policies
    /// may be for applications that are still to be served.
    fn is_serving(&self) -> bool {
        self.served.iter().any(|app| app.as_str() != SAMPLE_KEY)
    }

    fn has_own(&self, app: &AppKey) -> bool {
        let app = AppScope::One(app.clone());
        self.policies.contains_key(&app) || self.unknown.contains(&app)
    }

    /// Whether a policy decides for anybody: for an application that is served, or for all, as long as one of
    /// those that are served has none of its own.
    fn decides(&self, scope: &AppScope) -> bool {
        match scope {
            AppScope::One(app) => !self.is_serving() || self.served.contains(app),
            AppScope::All => self.served.is_empty() || self.served.iter().any(|app| !self.has_own(app)),
        }
    }

    /// The policies that decide for anybody.
    fn deciding(&self) -> impl Iterator<Item = (&AppScope, &Vec<AskingRule>)> {
        self.policies.iter().filter(|(scope, _)| self.decides(scope))
    }

    /// The rules that ask a list, in policies that decide for anybody.
    pub(super) fn askers(&self, list: &str) -> Vec<Asker> {
        let is_for_the_rest = self.policies.keys().chain(&self.unknown).any(|app| *app != AppScope::All);
        let of_policy = |(app, rules): (&AppScope, &Vec<AskingRule>)| -> Vec<Asker> {
            let asker = |rule: &AskingRule| Asker {
                app: app.clone(),
                rule: rule.rule.clone(),
                effect: rule.effect,
                is_for_the_rest,
            };
            rules.iter().filter(|rule| rule.list == list).map(asker).collect()
        };
        self.deciding().flat_map(of_policy).collect()
    }

    /// The applications whose own policy decides and does not ask a list.
    pub(super) fn not_asking(&self, list: &str) -> impl Iterator<Item = &AppKey> {
        self.deciding()
            .filter(move |(_, rules)| rules.iter().all(|rule| rule.list != list))
            .filter_map(|(scope, _)| scope.app())
    }

    /// Which applications an entry on a list is not for, in words; `None` where there are none.
    pub(super) fn not_for(&self, list: &str) -> Option<String> {
        let apps = named(self.not_asking(list).map(AppKey::as_str));
        (!apps.is_empty()).then(|| format!("not for {apps}, whose own policy does not ask it"))
    }

    /// Why an entry does nothing although a policy asks the list: that policy decides for nobody.
    pub(super) fn decides_for_nobody(&self, list: &str) -> Option<String> {
        let is_asking = |rules: &&Vec<AskingRule>| rules.iter().any(|rule| rule.list == list);
        let (scope, _) = self.policies.iter().find(|(_, rules)| is_asking(rules))?;
        let served = named(self.served.iter().map(AppKey::as_str));
        Some(match scope {
            AppScope::All => format!(
                "the policy for all applications asks it, but every application that is served has its own, \
                 which does not: {served}"
            ),
            AppScope::One(app) => format!("the policy for {app} asks it, but gates serve only {served}"),
        })
    }

    /// The lists that rules ask in policies that decide for anybody, in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let names: BTreeSet<&str> =
            self.deciding().flat_map(|(_, rules)| rules).map(|rule| rule.list.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().into_iter()
    }

    /// The lists that any policy names.
    pub(super) fn named(&self) -> impl Iterator<Item = &str> {
        self.policies.values().flatten().map(|rule| rule.list.as_str())
    }

    /// Whose policies cannot be read, so that what they ask is not known.
    pub(super) fn unknown(&self) -> &[AppScope] {
        &self.unknown
    }

    /// What the rules were taken from where no policy was applied; `None` where one was.
    pub(super) fn built_in(&self) -> Option<String> {
        let is_deciding = self.is_built_in && self.decides(&AppScope::All);
        is_deciding.then(|| format!("no policy was applied for all applications, so it is {BUILT_IN}"))
    }

    /// The list that was probably meant.
    pub(super) fn near(&self, list: &str) -> Option<&str> {
        nearest(list, self.names())
    }

    /// Whether a rule denies the numbers on a list, or would do so if it were not in monitor mode.
    pub(super) fn is_denied(&self, list: &str) -> bool {
        self.decides_on(list, Verdict::Deny)
    }

    /// Whether a rule allows the numbers on a list, or would do so if it were not in monitor mode.
    pub(super) fn is_allowed(&self, list: &str) -> bool {
        self.decides_on(list, Verdict::Allow)
    }

    fn decides_on(&self, list: &str, verdict: Verdict) -> bool {
        self.askers(list).iter().any(|asker| asker.verdict() == Some(verdict))
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
        let rest = if self.app == AppScope::All && self.is_for_the_rest {
            " without a policy of their own"
        } else {
            ""
        };
        write!(f, "rule `{}` {effect} what is on it, for {}{rest}", self.rule, whose(&self.app))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

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

    fn of(stored: StoredPolicies) -> AskedLists {
        AskedLists::of(stored, BTreeSet::new())
    }

    fn names(asked: &AskedLists) -> Vec<&str> {
        asked.names().collect()
    }

    #[test]
    fn the_starter_policy_asks_where_none_was_applied_for_all() {
        let asked = of(stored(&[]));
        assert_eq!(names(&asked), ["blocklist", "safelist"]);
        assert_eq!((asked.is_denied("blocklist"), asked.is_denied("safelist")), (true, false));
        assert_eq!(asked.near("blcklist"), Some("blocklist"));
        let own = policy(&[("mine", "deny", "")]);
        assert_eq!(names(&of(stored(&[("app", &own)]))), ["blocklist", "mine", "safelist"]);
        assert_eq!(names(&of(stored(&[("*", &own)]))), ["mine"]);
    }

    #[test]
    fn what_a_policy_asks_that_cannot_be_compiled_is_not_known() {
        let one = policy(&[("one", "deny", "")]);
        let asked = of(stored(&[("*", &one), ("app", "broken")]));
        assert_eq!((names(&asked), asked.unknown()), (vec!["one"], &["app".parse().unwrap()][..]));
    }

    #[test]
    fn a_policy_takes_the_place_of_the_one_in_force_for_the_same_application() {
        let [one, other] = [policy(&[("one", "deny", "")]), policy(&[("other", "allow", "")])];
        let compiled = Policy::compile(&other).unwrap().policy;
        let asked = of(stored(&[("*", &one), ("app", "broken")]));
        let asked = asked.with(&"app".parse().unwrap(), &compiled);
        assert_eq!((names(&asked), asked.unknown().len()), (vec!["one", "other"], 0));
        assert_eq!(names(&asked.with(&AppScope::All, &compiled)), ["other"]);
    }

    #[test]
    fn a_rule_says_what_it_does_with_a_list() {
        let source = policy(&[("a", "deny", ""), ("b", "deny", "mode = \"monitor\""), ("c", "allow", "")]);
        let asked = of(stored(&[("*", &source)]));
        let shown = |list| asked.askers(list).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown("a"), ["rule `on-a` denies what is on it, for all applications"]);
        assert_eq!(shown("b"), ["rule `on-b` only monitors what is on it, for all applications"]);
        assert_eq!(shown("c"), ["rule `on-c` allows what is on it, for all applications"]);
        assert_eq!(shown("d"), [""; 0]);
    }

    /// What is said of an entry on the list `one`, where these policies are in force and these are served.
    fn said(policies: &[(&str, &str)], served: &[&str]) -> String {
        let served = served.iter().map(|app| app.parse().unwrap()).collect();
        let asked = AskedLists::of(stored(policies), served);
        let askers = asked.askers("one").into_iter().map(|asker| asker.to_string());
        askers.chain(asked.not_for("one")).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_policy_for_all_counts_as_long_as_it_decides_for_anybody() {
        let [one, other] = [policy(&[("one", "deny", "")]), policy(&[("other", "deny", "")])];
        let policies = [("*", one.as_str()), ("shop", other.as_str())];
        let rest = "rule `on-one` denies what is on it, for all applications without a policy of their own; \
                    not for shop, whose own policy does not ask it";
        for served in [&[][..], &["shop", "taxi"]] {
            assert_eq!(said(&policies, served), rest, "{served:?}");
        }
        for served in [&["shop"][..], &["shop", SAMPLE_KEY]] {
            assert_eq!(said(&policies, served), "not for shop, whose own policy does not ask it");
        }
        let all = "rule `on-one` denies what is on it, for all applications without a policy of their own";
        assert_eq!(said(&policies, &["taxi"]), all, "nobody follows the policy for shop");
        let policies = [("*", other.as_str()), ("shop", one.as_str())];
        assert_eq!(said(&policies, &["shop"]), "rule `on-one` denies what is on it, for shop");
        assert_eq!(said(&policies, &["taxi"]), "");
    }
}
