//! What DynamoDB requires of the expressions of a write, even if the engine of the tests does not check it:
//! no document path overlaps another, and length and operators are within their limits.

use sinch_gate::quota::{Change, GiveBack, Stamp};
use sinch_gate::store::{Expressions, expressions_of_give_back, expressions_of_take};

/// The longest expression, in bytes.
const LONGEST: usize = 4_096;

/// The most operators and functions in one expression.
const MOST_OPERATORS: usize = 300;

/// Checks a write that takes shares, as the store renders it.
#[track_caller]
pub(crate) fn check_take(change: &Change, stamp: Stamp) {
    check(&expressions_of_take(change, stamp));
}

/// Checks a write that gives shares back, as the store renders it.
#[track_caller]
pub(crate) fn check_give_back(change: &GiveBack) {
    check(&expressions_of_give_back(change));
}

/// Panics where DynamoDB would refuse the write before it looks at the item.
#[track_caller]
fn check(expressions: &Expressions) {
    for text in [&expressions.update, &expressions.condition] {
        assert!(text.len() <= LONGEST, "{} bytes: {text}", text.len());
        let operators = operators(text);
        assert!(operators <= MOST_OPERATORS, "{operators} operators: {text}");
    }
    let paths = changed_paths(expressions);
    // In this order a path stands right before those that it contains.
    if let Some([outer, inner]) = paths.array_windows().find(|[outer, inner]| inner.starts_with(outer)) {
        panic!("{outer:?} and {inner:?} overlap in {expressions:?}");
    }
}

/// Comparisons count, and so do `AND`, `OR`, `BETWEEN` and functions; that of an assignment is not one, but a
/// bound may be too high.
fn operators(text: &str) -> usize {
    let is_operator = |word: &str| {
        matches!(word, "=" | "<>" | "<" | "<=" | ">" | ">=" | "+" | "-" | "AND" | "OR" | "BETWEEN")
    };
    let functions = text.matches("exists(").count() + text.matches("size(").count();
    text.split([' ', '(', ')']).filter(|word| is_operator(word)).count() + functions
}

/// The paths that an update assigns or removes, by their real names, sorted.
fn changed_paths(expressions: &Expressions) -> Vec<Vec<&str>> {
    let (sets, removes) = match expressions.update.split_once("REMOVE ") {
        Some((sets, removes)) => (sets, removes),
        None => (expressions.update.as_str(), ""),
    };
    let sets = sets.trim_start_matches("SET ").split(", ").filter_map(|set| set.split_once(" = "));
    let paths = sets.map(|(path, _)| path).chain(removes.split(", ").filter(|path| !path.is_empty()));
    let named = |path: &str| -> Vec<&str> {
        path.trim().split('.').map(|name| expressions.names[name].as_str()).collect()
    };
    let mut paths: Vec<Vec<&str>> = paths.map(named).collect();
    paths.sort();
    paths
}

#[test]
#[should_panic(expected = "overlap")]
fn a_path_within_another_is_found() {
    let names = [("#0", "w"), ("#1", "n")].map(|(to, name)| (to.to_owned(), name.to_owned()));
    let update = "SET #0 = :v0, #0.#1 = if_not_exists(#0.#1, :v1)".to_owned();
    check(&Expressions { update, names: names.into(), ..Expressions::default() });
}

#[test]
fn operators_are_counted() {
    assert_eq!(operators("#0 = :0 AND (attribute_not_exists(#1) OR size(#2) < :1)"), 6);
    assert_eq!(operators("SET #0 = #0 + :0, #1 = #1 - :0"), 4);
}
