//! What a changed quota means for all that its rule has counted.

use std::collections::BTreeSet;
use std::time::Duration;

use super::toml_text::{Keys, Value};
use crate::span;

/// What becomes of a rule's counters where one of its keys changes; nothing where they go on.
pub(super) fn consequence(key: &str, old: &Keys, new: &Keys) -> Option<&'static str> {
    // Where a whole quota comes or goes there is nothing to say about its counters.
    old.get("quota.window").and(new.get("quota.window"))?;
    let (from, to) = (old.get(key), new.get(key));
    let is_other = match key {
        "quota.per" => from.map(values) != to.map(values),
        "quota.distinct" => from.map(values).unwrap_or_default() != to.map(values).unwrap_or_default(),
        "quota.shards" => from != to,
        "quota.limit" => from.and_then(currency) != to.and_then(currency),
        "quota.window" if to.and_then(length)? < from.and_then(length)? => {
            return Some("in force at once, and what is older is forgotten, also if it is made longer again");
        }
        _ => false,
    };
    is_other.then_some("it counts something else now, so it starts anew")
}

/// The entries of an array, or the one value, in any order.
fn values(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::One(value) => BTreeSet::from([value.as_str()]),
        Value::Many(values) => values.iter().map(String::as_str).collect(),
    }
}

/// The currency of a limit; nothing where it is a number.
fn currency(value: &Value) -> Option<&str> {
    text(value)?.split_once(' ').map(|(_, currency)| currency)
}

fn length(value: &Value) -> Option<Duration> {
    span::parse(text(value)?)
}

/// What stands between the quotation marks.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::One(value) => value.strip_prefix('"')?.strip_suffix('"'),
        Value::Many(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command::policy::toml_text::Outline;

    fn keys(quota: &str) -> Keys {
        let source = format!("[[rules]]\nid = \"r\"\nquota = {{ {quota} }}\n");
        Outline::read(&source).rules.remove(0).1
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[(&str, &str)]) {
        let (old, new) = (keys(old), keys(new));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let found: Vec<(&str, &str)> = names
            .into_iter()
            .filter(|key| old.get(*key) != new.get(*key))
            .filter_map(|key| Some((key.as_str(), consequence(key, &old, &new)?)))
            .collect();
        assert_eq!(found, expected);
    }

    const ANEW: &str = "it counts something else now, so it starts anew";
    const FORGOTTEN: &str =
        "in force at once, and what is older is forgotten, also if it is made longer again";

    #[test]
    fn another_unit_or_key_starts_anew() {
        let count = r#"per = "country", limit = 100, window = "7d""#;
        let euros = r#"per = "country", limit = "50.00 EUR", window = "7d""#;
        check(count, euros, &[("quota.limit", ANEW)]);
        check(euros, r#"per = "country", limit = "50.00 USD", window = "7d""#, &[("quota.limit", ANEW)]);
        check(count, r#"per = "number", limit = 100, window = "7d""#, &[("quota.per", ANEW)]);
        check(
            count,
            r#"per = ["country"], limit = 100, window = "7d", shards = 2"#,
            &[("quota.shards", ANEW)],
        );
        let distinct = r#"per = "country", limit = 100, window = "7d", distinct = "number""#;
        check(count, distinct, &[("quota.distinct", ANEW)]);
        let two = r#"per = ["country", "method"], limit = 1, window = "7d""#;
        check(two, r#"per = ["method", "country"], limit = 2, window = "7d""#, &[]);
    }

    #[test]
    fn a_shorter_window_forgets_and_a_longer_one_goes_on() {
        let day = r#"per = "country", limit = 100, window = "1d""#;
        check(day, r#"per = "country", limit = 9, window = "23h""#, &[("quota.window", FORGOTTEN)]);
        check(day, r#"per = "country", limit = 9, window = "2d""#, &[]);
        check(day, r#"per = "country", limit = 9, window = "24h""#, &[]);
    }

    #[test]
    fn a_quota_that_comes_or_goes_says_nothing_about_counters() {
        check("", r#"per = "country", limit = 100, window = "1d", shards = 2"#, &[]);
        check(r#"per = "country", limit = 100, window = "1d""#, "", &[]);
    }
}
