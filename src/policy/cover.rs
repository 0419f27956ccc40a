//! Whether one rule looks at all that another looks at, as far as their conditions tell by themselves: what a
//! country has to do with a calling code is not known here.

use super::condition::{Condition, Conditions, PriceRange};
use super::quota::Quota;
use super::rule::{Rule, Test};
use crate::phone::Prefix;

/// Whether every verification that makes `below` fire makes `above` fire too.
pub(super) fn covers(above: &Rule, below: &Rule) -> bool {
    let is_in_force = above.active.is_none() || above.active == below.active;
    let asks_no_more = match &above.test {
        Test::Nothing => true,
        Test::List(_) => above.test == below.test,
        Test::Quota(quota) => {
            above.test == below.test && (is_full_first(quota) || above.sees_the_same_as(below))
        }
    };
    let excludes_no_more = above.unless.is_empty()
        || !below.unless.is_empty() && follows(&above.unless, &below.unless)
        || excludes(&below.when, &above.unless);
    above.sample.is_none()
        && is_in_force
        && asks_no_more
        && follows(&below.when, &above.when)
        && excludes_no_more
}

/// Whether a quota that looks at more is full whenever an equal one that looks at less is. A limit that grows is
/// higher where more is looked at, and a value that is new to the one may count in the other already.
fn is_full_first(quota: &Quota) -> bool {
    quota.grow.is_none() && quota.distinct.is_none()
}

/// Whether `unless` takes away all that `when` lets in.
pub(super) fn cancels_itself(rule: &Rule) -> bool {
    !rule.unless.is_empty() && follows(&rule.when, &rule.unless)
}

/// Whether all of `then` match wherever all of `given` do.
fn follows(given: &Conditions, then: &Conditions) -> bool {
    let is_verified =
        then.verified_within.is_none_or(|then| given.verified_within.is_some_and(|given| given <= then));
    is_verified && then.iter().all(|then| given.iter().any(|given| implies(given, then)))
}

/// Whether the conditions of `other` can never all match where all of `given` do.
fn excludes(given: &Conditions, other: &Conditions) -> bool {
    given.iter().any(|given| other.iter().any(|other| is_disjoint(given, other)))
}

/// Whether one condition matches wherever another does.
fn implies(given: &Condition, then: &Condition) -> bool {
    match (given, then) {
        (Condition::Country(given), Condition::Country(then)) => is_subset(given, then),
        (Condition::CallingCode(given), Condition::CallingCode(then)) => is_subset(given, then),
        (Condition::NumberType(given), Condition::NumberType(then)) => is_subset(given, then),
        (Condition::Method(given), Condition::Method(then)) => is_subset(given, then),
        (Condition::Prefix(given), Condition::Prefix(then)) => {
            given.iter().all(|given| then.iter().any(|then| begins_with(given, then)))
        }
        (Condition::Price(given), Condition::Price(then)) => {
            let lower = then.above.is_none_or(|then| given.above.is_some_and(|given| given >= then));
            let upper = then.below.is_none_or(|then| given.below.is_some_and(|given| given <= then));
            given.currency == then.currency && lower && upper
        }
        (
            Condition::Custom { key: given_key, values: given },
            Condition::Custom { key: then_key, values: then },
        ) => given_key == then_key && is_subset(given, then),
        _ => false,
    }
}

/// Whether two conditions never match the same verification.
fn is_disjoint(one: &Condition, other: &Condition) -> bool {
    match (one, other) {
        (Condition::Country(one), Condition::Country(other)) => shares_nothing(one, other),
        (Condition::CallingCode(one), Condition::CallingCode(other)) => shares_nothing(one, other),
        (Condition::NumberType(one), Condition::NumberType(other)) => shares_nothing(one, other),
        (Condition::Method(one), Condition::Method(other)) => shares_nothing(one, other),
        (Condition::Prefix(one), Condition::Prefix(other)) => one
            .iter()
            .all(|one| other.iter().all(|other| !begins_with(one, other) && !begins_with(other, one))),
        (Condition::Price(one), Condition::Price(other)) => {
            one.currency != other.currency || lies_below(one, other) || lies_below(other, one)
        }
        (
            Condition::Custom { key: one_key, values: one },
            Condition::Custom { key: other_key, values: other },
        ) => one_key == other_key && shares_nothing(one, other),
        _ => false,
    }
}

// No values at all are the rest of a mistake that is reported already, and say nothing.

fn is_subset<T: PartialEq>(values: &[T], of: &[T]) -> bool {
    !values.is_empty() && values.iter().all(|value| of.contains(value))
}

fn shares_nothing<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    !one.is_empty() && !other.is_empty() && !one.iter().any(|value| other.contains(value))
}

fn begins_with(prefix: &Prefix, shorter: &Prefix) -> bool {
    prefix.as_str().starts_with(shorter.as_str())
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
        let [above, below] = policy.rules() else { panic!("two rules") };
        covers(above, below)
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
