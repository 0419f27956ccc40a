//! What changes from one policy to another, rule by rule and in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::counters;
use super::toml_text::{Keys, Outline, Value};

/// One change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Change {
    change: Kind,
    /// The rule, or nothing where the key belongs to the whole policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// The key in its dotted form, or nothing where the whole rule came, went or moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// What was there before: a value in TOML, or a rule's place from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Whether what the rule has counted so far counts less from now on.
    #[serde(skip)]
    pub(super) is_forgetful: bool,
    /// The same for people.
    #[serde(rename = "text")]
    words: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Added,
    Removed,
    Moved,
    Changed,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What changes from one policy's text to another: first what concerns the whole policy, then the rules in
/// the order of the new text, then the tests. Comments and layout do not count.
pub(super) fn changes(old: &str, new: &str) -> Vec<Change> {
    let (old, new) = (Outline::read(old), Outline::read(new));
    let mut changes = compare_keys(None, &old.keys, &new.keys);
    changes.extend(removed_rules(&old, &new));
    changes.extend(rules_of_new(&old, &new));
    changes.extend(compare_tests(&old.tests, &new.tests));
    changes
}

fn removed_rules(old: &Outline, new: &Outline) -> Vec<Change> {
    let kept: BTreeSet<&str> = new.rules.iter().map(|(id, _)| id.as_str()).collect();
    let gone = (1..).zip(&old.rules).filter(|(_, (id, _))| !kept.contains(id.as_str()));
    gone.map(|(place, (id, keys))| Change {
        change: Kind::Removed,
        rule: Some(id.clone()),
        key: None,
        from: Some(place.to_string()),
        to: None,
        is_forgetful: false,
        words: format!("rule `{id}` removed: {}", in_one_line(keys)),
    })
    .collect()
}

fn rules_of_new(old: &Outline, new: &Outline) -> Vec<Change> {
    let before: BTreeMap<&str, (usize, &Keys)> =
        (1..).zip(&old.rules).map(|(place, (id, keys))| (id.as_str(), (place, keys))).collect();
    let places: Vec<usize> =
        new.rules.iter().filter_map(|(id, _)| before.get(id.as_str()).map(|(place, _)| *place)).collect();
    let in_order = longest_rising(&places);
    let mut changes = Vec::new();
    for (place, (id, keys)) in (1_usize..).zip(&new.rules) {
        let Some((was, old_keys)) = before.get(id.as_str()) else {
            changes.push(Change {
                change: Kind::Added,
                rule: Some(id.clone()),
                key: None,
                from: None,
                to: Some(place.to_string()),
                is_forgetful: false,
                words: format!("rule `{id}` added at place {place}: {}", in_one_line(keys)),
            });
            continue;
        };
        if !in_order.contains(was) {
            changes.push(Change {
                change: Kind::Moved,
                rule: Some(id.clone()),
                key: None,
                from: Some(was.to_string()),
                to: Some(place.to_string()),
                is_forgetful: false,
                words: format!("rule `{id}` moved from place {was} to {place}"),
            });
        }
        changes.extend(compare_keys(Some(id), old_keys, keys));
    }
    changes
}

/// The largest choice of numbers that already rise from left to right: rules that need not have moved.
fn longest_rising(numbers: &[usize]) -> BTreeSet<usize> {
    let mut chains: Vec<Vec<usize>> = Vec::new();
    for number in numbers {
        let before = chains.iter().filter(|chain| chain.last().is_some_and(|last| last < number));
        let mut chain = before.max_by_key(|chain| chain.len()).cloned().unwrap_or_default();
        chain.push(*number);
        chains.push(chain);
    }
    chains.into_iter().max_by_key(Vec::len).unwrap_or_default().into_iter().collect()
}

fn compare_keys(rule: Option<&str>, old: &Keys, new: &Keys) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let place = rule.map(|id| format!("rule `{id}`: ")).unwrap_or_default();
    let change = |key: &String| {
        let (from, to) = (old.get(key), new.get(key));
        let (kind, words) = match (from, to) {
            (Some(from), Some(to)) if from == to => return None,
            (Some(Value::Many(from)), Some(Value::Many(to))) => (Kind::Changed, array(key, from, to)),
            (Some(from), Some(to)) => (Kind::Changed, format!("{key} changed from {from} to {to}")),
            (None, Some(to)) => (Kind::Added, format!("{key} = {to} added")),
            (Some(from), None) => (Kind::Removed, format!("{key} = {from} removed")),
            (None, None) => return None,
        };
        let consequence = rule.and_then(|_| counters::consequence(key, old, new));
        let note = consequence.map(|consequence| format!(" ({consequence})")).unwrap_or_default();
        Some(Change {
            change: kind,
            rule: rule.map(str::to_owned),
            key: Some(key.clone()),
            from: from.map(ToString::to_string),
            to: to.map(ToString::to_string),
            is_forgetful: consequence.is_some(),
            words: format!("{place}{words}{note}"),
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// Which values came and went, or only that the order is another.
fn array(key: &str, from: &[String], to: &[String]) -> String {
    let missing = |values: &[String], others: &[String]| {
        let values: Vec<String> = values.iter().filter(|value| !others.contains(value)).cloned().collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let added = missing(to, from).map(|values| format!("{values} added"));
    let removed = missing(from, to).map(|values| format!("{values} removed"));
    let parts: Vec<String> = [added, removed].into_iter().flatten().collect();
    if parts.is_empty() {
        return format!("{key} lists the same in another order, or more than once");
    }
    format!("{key}: {}", parts.join(", "))
}

fn compare_tests(old: &[String], new: &[String]) -> Vec<Change> {
    let change = |kind, test: &String, from: bool| Change {
        change: kind,
        rule: None,
        key: Some("tests".to_owned()),
        from: from.then(|| test.clone()),
        to: (!from).then(|| test.clone()),
        is_forgetful: false,
        words: format!("test {}: {test}", if from { "removed" } else { "added" }),
    };
    let removed = old.iter().filter(|test| !new.contains(test)).map(|test| change(Kind::Removed, test, true));
    let added = new.iter().filter(|test| !old.contains(test)).map(|test| change(Kind::Added, test, false));
    removed.chain(added).collect()
}

fn in_one_line(keys: &Keys) -> String {
    keys.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "schema = 1\ndefault = \"allow\"\n";

    fn rule(id: &str) -> String {
        format!("[[rules]]\nid = \"{id}\"\nverdict = \"deny\"\nlist = \"{id}\"\n")
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[&str]) {
        let found: Vec<String> = changes(old, new).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    fn in_order(ids: &str) -> String {
        ids.split(' ').fold(HEAD.to_owned(), |text, id| text + &rule(id))
    }

    #[test]
    fn comments_layout_and_spelling_are_no_change() {
        let written = r#"
            schema = 1
            default = "allow"
            [[rules]]
            id = "a"
            verdict = "deny"
            quota = { per = "all", limit = 1_000, window = "1d" }
        "#;
        let rewritten = r#"
            default = 'allow' # why
            schema = 1

            [[rules]]
            verdict = "deny"
            id = "a"
            quota.limit = 1000
            quota.window = "1d"
            quota.per = "all"
        "#;
        check(written, rewritten, &[]);
    }

    #[test]
    fn only_rules_that_left_their_order_have_moved() {
        check(&in_order("a b c d"), &in_order("d a b c"), &["rule `d` moved from place 4 to 1"]);
        check(&in_order("a b c"), &in_order("b c a"), &["rule `a` moved from place 1 to 3"]);
        check(
            &in_order("a b c"),
            &in_order("x b c"),
            &[
                "rule `a` removed: list = \"a\", verdict = \"deny\"",
                "rule `x` added at place 1: list = \"x\", verdict = \"deny\"",
            ],
        );
    }

    #[test]
    fn keys_tell_what_they_were_and_are() {
        let old = r#"
            schema = 1
            default = "allow"
            [sets]
            home = ["SE", "NO"]
            [[rules]]
            id = "a"
            verdict = "deny"
            mode = "monitor"
            when.method = "sms"
        "#;
        let new = r#"
            schema = 1
            default = "deny"
            [sets]
            home = ["NO", "DK"]
            [[rules]]
            id = "a"
            verdict = "deny"
            sample = 0.5
            when.method = "callout"
        "#;
        check(
            old,
            new,
            &[
                "default changed from \"allow\" to \"deny\"",
                "sets.home: \"DK\" added, \"SE\" removed",
                "rule `a`: mode = \"monitor\" removed",
                "rule `a`: sample = 0.5 added",
                "rule `a`: when.method changed from \"sms\" to \"callout\"",
            ],
        );
    }

    #[test]
    fn keys_that_this_version_does_not_know_are_compared_too() {
        let with = |key: &str| format!("{HEAD}[[rules]]\nid = \"a\"\n{key}\n");
        check(
            &with("quota.shape = 1"),
            &with("quota.shape = 2"),
            &["rule `a`: quota.shape changed from 1 to 2"],
        );
    }

    #[test]
    fn tests_come_and_go() {
        let with = |number: &str| format!("{HEAD}[[tests]]\nnumber = \"{number}\"\nexpect = \"allow\"\n");
        check(
            &with("+46701740605"),
            &with("+46701740606"),
            &[
                "test removed: { expect = \"allow\", number = \"+46701740605\" }",
                "test added: { expect = \"allow\", number = \"+46701740606\" }",
            ],
        );
    }
}
