//! Whether one rule looks at all that another looks at, as far as their conditions tell by themselves: what a
//! country has to do with a calling code is not known here.

mod numbered;

use std::mem::discriminant;
use std::time::Duration;

use self::numbered::{Bits, Numbered};
use super::condition::{Condition, Conditions, PriceRange, Value};
use super::custom::CustomValue;
use super::quota::Quota;
use super::rule::{Question, Rule};
use crate::event::Method;
use crate::phone::{CallingCode, Country, NumberType, Prefix};

/// What a rule looks at, in a form that is compared quickly: each rule is compared with every one below it.
pub(super) struct Scope<'r> {
    rule: &'r Rule,
    when: Terms<'r>,
    unless: Terms<'r>,
}

/// The conditions under `when` or `unless`.
struct Terms<'r> {
    of_event: Vec<Term<'r>>,
    verified_within: Option<Duration>,
}

/// A condition, and the numbers of the values that it matches.
struct Term<'r> {
    condition: &'r Condition,
    matches: Bits,
}

/// The values that the rules list, by kind.
struct Listed<'r> {
    countries: Numbered<'r, Country>,
    calling_codes: Numbered<'r, CallingCode>,
    prefixes: Numbered<'r, Prefix>,
    number_types: Numbered<'r, NumberType>,
    methods: Numbered<'r, Method>,
    customs: Numbered<'r, CustomValue>,
}

/// What each of these rules looks at.
pub(super) fn scopes<'r>(rules: impl Iterator<Item = &'r Rule> + Clone) -> Vec<Scope<'r>> {
    let conditions = || rules.clone().flat_map(|rule| rule.when.iter().chain(rule.unless.iter()));
    let listed = Listed {
        countries: Numbered::of(conditions().filter_map(Value::listed)),
        calling_codes: Numbered::of(conditions().filter_map(Value::listed)),
        prefixes: Numbered::of(conditions().filter_map(Value::listed)),
        number_types: Numbered::of(conditions().filter_map(Value::listed)),
        methods: Numbered::of(conditions().filter_map(Value::listed)),
        customs: Numbered::of(conditions().filter_map(Value::listed)),
    };
    let scope =
        |rule: &'r Rule| Scope { rule, when: listed.terms(&rule.when), unless: listed.terms(&rule.unless) };
    rules.map(scope).collect()
}

impl<'r> Listed<'r> {
    fn terms(&self, conditions: &'r Conditions) -> Terms<'r> {
        let term = |condition| Term { condition, matches: self.matched_by(condition) };
        Terms { of_event: conditions.iter().map(term).collect(), verified_within: conditions.verified_within }
    }

    fn matched_by(&self, condition: &Condition) -> Bits {
        match condition {
            Condition::Country(values) => self.countries.matched_by(values),
            Condition::CallingCode(values) => self.calling_codes.matched_by(values),
            Condition::Prefix(values) => self.prefixes.matched_by(values),
            Condition::NumberType(values) => self.number_types.matched_by(values),
            Condition::Method(values) => self.methods.matched_by(values),
            Condition::Custom { values, .. } => self.customs.matched_by(values),
            Condition::Price(_) => Bits::default(),
        }
    }
}

impl Scope<'_> {
    /// Whether every verification that makes the rule `below` fire makes this one fire too.
    pub(super) fn covers(&self, below: &Self) -> bool {
        let (above, other) = (self.rule, below.rule);
        let is_in_force = above.active.is_none() || above.active == other.active;
        let asks_no_more = || match &above.question {
            Question::Nothing => true,
            Question::List(_) => above.question == other.question,
            Question::Quota(quota) => {
                above.question == other.question && (is_full_first(quota) || above.sees_the_same_as(other))
            }
        };
        let excludes_no_more = || {
            above.unless.is_empty()
                || !other.unless.is_empty() && below.unless.follow_from(&self.unless)
                || self.unless.are_excluded_by(&below.when)
        };
        above.sample.is_none()
            && is_in_force
            && self.when.follow_from(&below.when)
            && asks_no_more()
            && excludes_no_more()
    }

    /// Whether `unless` takes away all that `when` lets in.
    pub(super) fn cancels_itself(&self) -> bool {
        !self.rule.unless.is_empty() && self.unless.follow_from(&self.when)
    }
}

/// Whether a quota that looks at more is full whenever an equal one that looks at less is. A limit that grows is
/// higher where more is looked at, and a value that is new to the one may count in the other already.
fn is_full_first(quota: &Quota) -> bool {
    quota.grow.is_none() && quota.distinct.is_none()
}

impl Terms<'_> {
    /// Whether all of these match wherever all of `given` do.
    fn follow_from(&self, given: &Self) -> bool {
        let is_verified =
            self.verified_within.is_none_or(|then| given.verified_within.is_some_and(|given| given <= then));
        is_verified && self.of_event.iter().all(|then| given.of_event.iter().any(|given| given.implies(then)))
    }

    /// Whether these can never all match where all of `given` do.
    fn are_excluded_by(&self, given: &Self) -> bool {
        given.of_event.iter().any(|given| self.of_event.iter().any(|other| given.excludes(other)))
    }
}

impl Term<'_> {
    /// Whether the condition `then` matches wherever this one does.
    fn implies(&self, then: &Self) -> bool {
        match (self.condition, then.condition) {
            (Condition::Price(given), Condition::Price(then)) => {
                let lower = then.above.is_none_or(|then| given.above.is_some_and(|given| given >= then));
                let upper = then.below.is_none_or(|then| given.below.is_some_and(|given| given <= then));
                given.currency == then.currency && lower && upper
            }
            (given, wanted) => are_alike(given, wanted) && self.matches.is_within(&then.matches),
        }
    }

    /// Whether this condition and the other never match the same verification.
    fn excludes(&self, other: &Self) -> bool {
        match (self.condition, other.condition) {
            (Condition::Price(one), Condition::Price(other)) => {
                one.currency != other.currency || lies_below(one, other) || lies_below(other, one)
            }
            (one, another) => are_alike(one, another) && self.matches.shares_nothing_with(&other.matches),
        }
    }
}

/// Whether two conditions look at the same part of an event.
fn are_alike(one: &Condition, other: &Condition) -> bool {
    match (one, other) {
        (Condition::Custom { key: one, .. }, Condition::Custom { key: other, .. }) => one == other,
        _ => discriminant(one) == discriminant(other),
    }
}

/// Whether one range ends where the other begins, or before.
fn lies_below(lower: &PriceRange, upper: &PriceRange) -> bool {
    matches!((lower.below, upper.above), (Some(end), Some(start)) if end <= start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    /// Whether a rule with the one's keys covers a rule with the other's.
    fn covers_text(above: &str, below: &str) -> bool {
        let source = format!(
            "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"above\"\nverdict = \"deny\"\n{above}\n\
             [[rules]]\nid = \"below\"\nverdict = \"deny\"\n{below}\n"
        );
        let policy =
            Policy::compile(&source).unwrap_or_else(|problems| panic!("{problems}\n{source}")).policy;
        let scopes = scopes(policy.rules().iter());
        let [above, below] = scopes.as_slice() else { panic!("two rules") };
        above.covers(below)
    }

    #[track_caller]
    fn check(above: &str, below: &str) {
        assert!(covers_text(above, below), "{above}\ndoes not cover\n{below}");
        assert!(above == below || !covers_text(below, above), "{below}\ncovers\n{above}");
    }

    #[track_caller]
    fn check_neither(one: &str, other: &str) {
        assert!(!covers_text(one, other), "{one}\ncovers\n{other}");
        assert!(!covers_text(other, one), "{other}\ncovers\n{one}");
    }

    #[test]
    fn fewer_conditions_and_more_values_cover() {
        check(r#"when.country = ["SE", "NO"]"#, r#"when.country = "SE""#);
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nwhen.method = \"sms\"");
        check(r#"when.calling_code = [46, 47]"#, "when.calling_code = 47");
        check(r#"when.number_type = ["mobile", "pager"]"#, r#"when.number_type = "pager""#);
        check(r#"when.prefix = "+46*""#, r#"when.prefix = ["+4670*", "+4671*"]"#);
        check(
            r#"when.price = { above = "0.10 EUR" }"#,
            r#"when.price = { above = "0.20 EUR", below = "1 EUR" }"#,
        );
        check(r#"when.custom.plan = ["free", "trial"]"#, r#"when.custom.plan = "trial""#);
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nsample = 0.1");
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nlist = \"blocklist\"");
        check(r#"list = "blocklist""#, "when.country = \"SE\"\nlist = \"blocklist\"");
    }

    #[test]
    fn a_longer_past_covers_a_shorter_one() {
        check(r#"when.verified_within = "90d""#, "when.verified_within = \"30d\"\nwhen.method = \"sms\"");
        check(r#"unless.verified_within = "30d""#, r#"unless.verified_within = "90d""#);
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nunless.verified_within = \"90d\"");
        check_neither(r#"when.verified_within = "30d""#, r#"unless.verified_within = "30d""#);
    }

    #[test]
    fn what_is_excepted_above_must_be_excepted_below() {
        check(r#"unless.country = "SE""#, r#"unless.country = ["SE", "NO"]"#);
        check(r#"unless.country = "SE""#, r#"when.country = "NO""#);
        check("unless.country = \"SE\"\nunless.method = \"sms\"", r#"unless.method = "sms""#);
        check_neither(r#"unless.country = "SE""#, r#"when.country = ["SE", "NO"]"#);
        check_neither(r#"unless.country = "SE""#, r#"when.method = "sms""#);
    }

    #[test]
    fn what_differs_or_happens_only_at_times_does_not_cover() {
        check_neither(r#"when.country = "SE""#, r#"when.country = "NO""#);
        check_neither(r#"when.country = "SE""#, "when.calling_code = 46");
        check_neither(r#"when.price = { above = "0.10 EUR" }"#, r#"when.price = { above = "0.10 SEK" }"#);
        check_neither(r#"list = "blocklist""#, r#"list = "other""#);
        let quota =
            r#"quota = { per = "country", limit = 5, window = "1d", release = "verified", grow = 1.5 }"#;
        check_neither(quota, &format!("when.method = \"sms\"\n{quota}"));
        assert!(!covers_text("sample = 0.5", r#"when.country = "SE""#));
        assert!(!covers_text("active.from = 2026-01-01T00:00:00Z", r#"when.country = "SE""#));
        assert!(!covers_text(
            r#"quota = { per = "number", limit = 5, window = "1d" }"#,
            r#"quota = { per = "number", limit = 9, window = "7d" }"#
        ));
    }
}
