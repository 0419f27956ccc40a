//! The policy: rules in TOML, checked as a whole, evaluated from top to bottom.
//!
//! The first rule that fires with a verdict decides, otherwise `default` does: people know this from
//! firewalls and can predict it in the middle of the night. The text is checked once, and every mistake is
//! found at once ([`Policy::check`]). Evaluation is a pure function in two steps: [`Policy::plan`] does all
//! that the event alone allows, and lists what the store must be asked, in order; [`Plan::conclude`] turns
//! the store's replies into a [`Conclusion`]. Neither does any I/O.
//!
//! # The language
//!
//! The keys of a policy:
//!
//! - `schema`: `1`, required
//! - `default`: `"allow"` or `"deny"`, required: the verdict where no rule decides
//! - `on_store_failure`: the same, `"allow"` if left out: what list and quota rules mean while the store
//!   cannot be reached. With `"allow"` they do not fire; with `"deny"` the first of them denies
//! - `[sets]`: arrays by name, written `"@name"` wherever a condition lists values
//! - `[[rules]]`: the rules, at most 200
//! - `[[tests]]`: what the policy must decide, see below; functions pass over them
//!
//! The keys of a rule:
//!
//! - `id`: required, unique: 1 to 40 of `a`-`z`, `0`-`9`, `-`
//! - `verdict`: `"allow"` or `"deny"`; without one, the rule only adds `respond` and the next rules go on
//! - `mode`: `"enforce"` (if left out), or `"monitor"`: noted beside the decision, and the next rules go on
//! - `when.…`: must match: the keys of [`Condition`], and `verified_within`: the number verified here within
//!   that time. All keys must match; of a key's values, one must
//! - `unless.…`: must not match; the same keys. With several keys, the rule is passed over only where all
//!   match
//! - `sample`: above 0, at most 1: the rule looks at that share of verifications
//! - `active`: `{ from = …, until = … }`, dates with offset: the rule is in force only then
//! - `list`: the rule fires where the number is on this list
//! - `quota`: `{ per = …, limit = …, window = …, … }`, a [`Quota`]: the rule fires once `limit`
//!   verifications, or that much money, were admitted in any span of `window`
//! - `respond.…`: options of the answer as Sinch names them: `sms`, `flashCall`, `callout`, `whatsapp`
//!
//! Numbers without a country or calling code count together, under `unknown`. A member of `custom` that is
//! blank is treated as missing. One that is an IP address, under any key, is the same however it is spelt, in
//! conditions too.
//!
//! The keys of a test:
//!
//! - `name`: what it is about
//! - `number`: required: the number to verify
//! - `method`, `price`, `custom`, `app`, `at`: the rest of the event: `"sms"` if left out, money, a table or
//!   text, the application key, a date with offset
//! - `listed`: the lists that the number is on
//! - `quotas_used`: the quota rules without room
//! - `verified`: how long ago the number was verified, such as `"10d"`
//! - `expect`: required: `"allow"` or `"deny"`
//! - `rule`: the rule that must decide, or `"default"`
//!
//! or, besides `name`, only `backtest = { traffic = "…", max_harm = "0.5%" }`: of the people who verified in
//! this recorded traffic, no greater share may be turned away; only the tool runs it
//!
//! ```
//! use sinch_gate::policy::Policy;
//!
//! let problems = Policy::check("schema = 1\ndefault = \"alow\"\n").unwrap_err();
//! assert_eq!(
//!     problems.to_string(),
//!     "2:11: error: `default` is `allow` or `deny`, not `alow`\n  help: did you mean `allow`?"
//! );
//! ```

mod check;
mod conclude;
mod condition;
mod custom;
mod dimension;
mod facts;
mod from_toml;
mod ip_address;
pub mod limits;
mod name;
mod note;
mod plan;
mod policy_test;
mod problem;
mod quota;
mod respond;
mod rule;
#[cfg(test)]
mod sample;
mod set;
mod share;
mod toml_value;
mod trace;
mod verified_within;

pub use conclude::{By, Conclusion, MonitorHit, StepOutcome};
pub use condition::{Condition, Conditions, PriceRange, Values};
pub use custom::CustomValue;
pub use dimension::{Dimension, DistinctValue, Per};
pub use facts::Facts;
pub use ip_address::Ip6Prefix;
pub use name::{CustomKey, ListName, NameError, RuleId, SetName};
pub use note::{Lack, Note};
pub use plan::{End, Passed, Plan, Step, StepQuestion};
pub use policy_test::{PolicyTest, Tests, TrafficTest};
pub use problem::{Problem, Problems, Severity};
pub use quota::{Limit, Quota, QuotaOptions, Takes};
pub use rule::{Active, Effect, Mode, Question, Rule, Sample};
#[cfg(feature = "cli")]
pub(crate) use share::parse_share;
pub use trace::{Course, Traced, trace};
pub use verified_within::RequiredPast;

use std::collections::HashSet;
use std::time::Duration;

use from_toml::{Depth, read};
use problem::ProblemReport;

use crate::verdict::Verdict;

/// The policy for those who have none yet.
const STARTER: &str = include_str!("policy/starter.toml");

/// How verdicts are written.
const VERDICTS: [(&str, Verdict); 2] = [("allow", Verdict::Allow), ("deny", Verdict::Deny)];

/// A checked policy.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    default: Verdict,
    on_store_failure: Verdict,
    rules: Vec<Rule>,
}

/// A policy that can be used.
#[derive(Clone, PartialEq, Debug)]
pub struct Compiled {
    /// The policy.
    pub policy: Policy,
}

/// A policy that can be used, and what its author should know about it.
#[derive(Clone, PartialEq, Debug)]
pub struct Checked {
    /// The policy.
    pub policy: Policy,
    /// What is probably not meant.
    pub warnings: Vec<Problem>,
    /// The tests that its author wrote beside it.
    pub tests: Tests,
}

impl Policy {
    /// Compiles a policy's text for use. What only its author can do something about is left to
    /// [`Policy::check`], since somebody waits for this: a text that passes there is the same policy here.
    ///
    /// # Errors
    /// Where the text has any error outside of its tests.
    pub fn compile(source: &str) -> Result<Compiled, Problems> {
        let mut report = ProblemReport::default();
        match read(source, Depth::Rules, &mut report) {
            Some((policy, _)) if !report.has_errors() => Ok(Compiled { policy }),
            _ => Err(Problems(report.into_problems(source))),
        }
    }

    /// Checks a policy's text for its author.
    ///
    /// # Errors
    /// Where the text has any error; all of them are in [`Problems`], with the warnings between them.
    pub fn check(source: &str) -> Result<Checked, Problems> {
        let mut report = ProblemReport::default();
        let read = read(source, Depth::Everything, &mut report);
        let is_usable = !report.has_errors();
        let problems = report.into_problems(source);
        match read {
            Some((policy, tests)) if is_usable => Ok(Checked { policy, warnings: problems, tests }),
            _ => Err(Problems(problems)),
        }
    }

    /// The built-in policy, in force until another one has been loaded.
    #[must_use]
    pub fn starter() -> Self {
        // A test compiles the text. Were it broken all the same, then the gate would still have to answer.
        Self::compile(STARTER).map_or_else(
            |_| Self { default: Verdict::Allow, on_store_failure: Verdict::Allow, rules: Vec::new() },
            |compiled| compiled.policy,
        )
    }

    /// The text of the built-in policy, to start one's own from.
    #[must_use]
    pub fn starter_source() -> &'static str {
        STARTER
    }

    /// What list and quota rules mean while the store cannot be reached.
    #[must_use]
    pub fn on_store_failure(&self) -> Verdict {
        self.on_store_failure
    }

    /// The longest time that any rule looks back for a verification of a number; zero where none does.
    #[must_use]
    pub fn longest_past(&self) -> Duration {
        let conditions = self.rules.iter().flat_map(|rule| [&rule.when, &rule.unless]);
        conditions.filter_map(|conditions| conditions.verified_within).max().unwrap_or_default()
    }

    /// The most items that a decision writes at once: a record, the counters of each quota key, and the
    /// attempts of the number, for quotas that give back.
    #[must_use]
    pub fn most_writes(&self) -> usize {
        // What is split into shards is counted under keys of its own.
        let keys: HashSet<_> = self.quotas().map(|quota| (&quota.per, quota.options.shards)).collect();
        1 + keys.len() + usize::from(self.quotas().any(|quota| quota.options.release))
    }

    /// The longest window of any quota; zero where there is none.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn longest_window(&self) -> Duration {
        self.quotas().map(|quota| quota.window.length()).max().unwrap_or_default()
    }

    /// The verdict where no rule decides.
    #[cfg(feature = "cli")]
    pub(crate) fn default_verdict(&self) -> Verdict {
        self.default
    }

    /// Whether anything is counted over all applications together.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn counts_over_all(&self) -> bool {
        self.quotas().any(|quota| quota.per.is_over_all())
    }

    fn quotas(&self) -> impl Iterator<Item = &Quota> {
        self.rules.iter().filter_map(|rule| match &rule.question {
            Question::Quota(quota) => Some(quota),
            Question::Nothing | Question::List(_) => None,
        })
    }

    /// The same policy without one of its rules.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn without(&self, rule: usize) -> Self {
        let mut policy = self.clone();
        if rule < policy.rules.len() {
            policy.rules.remove(rule);
        }
        policy
    }

    /// The rules, from top to bottom.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A policy of one rule for each body, called `rule-0` and so on.
    fn policy(bodies: &[impl AsRef<str>]) -> Policy {
        let rule = |(n, body): (usize, &dyn AsRef<str>)| {
            format!("[[rules]]\nid = \"rule-{n}\"\nverdict = \"deny\"\n{}\n", body.as_ref())
        };
        let bodies = bodies.iter().map(|body| body as &dyn AsRef<str>);
        let rules: String = bodies.enumerate().map(rule).collect();
        let source = format!("schema = 1\ndefault = \"allow\"\n{rules}");
        Policy::compile(&source).unwrap_or_else(|problems| panic!("{problems}")).policy
    }

    fn quota(per: &str, more: &str) -> String {
        format!("quota = {{ per = {per}, limit = 9, window = \"1d\"{more} }}")
    }

    #[test]
    fn a_decision_writes_a_record_the_counters_of_each_key_and_attempts_that_give_back() {
        let table = [
            (vec![], 1),
            (vec!["list = \"blocklist\"".to_owned(), "when.country = [\"SE\"]".to_owned()], 1),
            (vec![quota("\"number\"", ""), quota("\"number\"", "")], 2),
            (vec![quota("\"number\"", ""), quota("[\"method\", \"number\"]", "")], 3),
            (vec![quota("\"country\"", ""), quota("\"country\"", ", shards = 4")], 3),
            (vec![quota("\"number\"", ""), quota("\"country\"", ", release = \"verified\"")], 4),
        ];
        for (bodies, expected) in table {
            assert_eq!(policy(&bodies).most_writes(), expected, "{bodies:?}");
        }
    }

    #[test]
    fn a_text_with_an_error_is_no_policy() {
        let broken = "schema = 1\ndefault = \"allow\"\nsets.unknown = 7\n";
        assert!(Policy::compile(broken).is_err() && Policy::check(broken).is_err());
    }

    #[test]
    fn a_policy_looks_back_as_far_as_any_of_its_conditions() {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        assert_eq!(policy(&["list = \"blocklist\""]).longest_past(), Duration::ZERO);
        let looking = ["when.verified_within = \"2d\"", "list = \"a\"\nunless.verified_within = \"30d\""];
        assert_eq!(policy(&looking).longest_past(), 30 * DAY);
        assert_eq!(policy(&looking[..1]).longest_past(), 2 * DAY);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn the_tool_asks_for_the_longest_window_and_for_what_is_counted_over_all() {
        let none = policy(&["list = \"blocklist\""]);
        assert_eq!((none.longest_window(), none.counts_over_all()), (Duration::ZERO, false));
        let hour = quota("\"number\"", "").replace("1d", "1h");
        let both = policy(&[hour.clone(), quota("\"all\"", "")]);
        assert_eq!((both.longest_window().as_secs(), both.counts_over_all()), (24 * 60 * 60, true));
        assert!(!policy(&[hour]).counts_over_all());
        assert_eq!(none.default_verdict(), Verdict::Allow);
        let denying = Policy::compile("schema = 1\ndefault = \"deny\"\n").unwrap().policy;
        assert_eq!(denying.default_verdict(), Verdict::Deny);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn a_policy_without_a_rule_has_all_the_others() {
        let of_three = policy(&["list = \"a\"", "list = \"b\"", "list = \"c\""]);
        let ids = |policy: Policy| policy.rules().iter().map(|rule| rule.id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(of_three.without(0)), ["rule-1", "rule-2"]);
        assert_eq!(ids(of_three.without(2)), ["rule-0", "rule-1"]);
        assert_eq!(ids(of_three.without(3)), ["rule-0", "rule-1", "rule-2"]);
    }

    #[test]
    fn the_starter_policy_is_the_one_that_is_shown() {
        assert_eq!(Policy::check(Policy::starter_source()).unwrap().policy, Policy::starter());
        assert!(!Policy::starter().rules().is_empty());
    }
}
