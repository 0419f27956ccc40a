//! The JSON Schema of the policy language, held against the checker.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use sinch_gate::policy::Policy;
use toml::de::{DeTable, DeValue};

use crate::world::tool::{Tool, repository};

/// Where the keys of each table stand in the schema, and a policy in which `KEY` is one of them.
const TABLES: [(&str, &str); 15] = [
    ("", "KEY = 1"),
    ("/$defs/rule", "[[rules]]\nKEY = 1"),
    ("/$defs/conditions", "[[rules]]\nwhen.KEY = 1"),
    ("/$defs/conditions", "[[rules]]\nunless.KEY = 1"),
    ("/$defs/conditions/properties/price", "[[rules]]\nwhen.price.KEY = 1"),
    ("/$defs/rule/properties/active", "[[rules]]\nactive.KEY = 1"),
    ("/$defs/quota", "[[rules]]\nquota.KEY = 1"),
    ("/$defs/respond", "[[rules]]\nrespond.KEY = 1"),
    ("/$defs/respond/properties/sms", "[[rules]]\nrespond.sms.KEY = 1"),
    ("/$defs/respond/properties/flashCall", "[[rules]]\nrespond.flashCall.KEY = 1"),
    ("/$defs/respond/properties/callout", "[[rules]]\nrespond.callout.KEY = 1"),
    ("/$defs/respond/properties/callout/properties/speech", "[[rules]]\nrespond.callout.speech.KEY = 1"),
    ("/$defs/respond/properties/whatsapp", "[[rules]]\nrespond.whatsapp.KEY = 1"),
    ("/$defs/test", "[[tests]]\nKEY = 1"),
    ("/$defs/test/properties/backtest", "[[tests]]\nbacktest.KEY = 1"),
];

/// Policies of `tests/policies/bad` whose mistakes a schema cannot see: members that must agree, names that
/// are in use, and values that are only odd.
const BEYOND: &[&str] = &[
    "active-backwards.toml",
    "active-quoted.toml",
    "cancelled.toml",
    "covered.toml",
    "distinct-of-its-own-key.toml",
    "distinct-too-many-together.toml",
    "duplicate-id.toml",
    "grow-spiral.toml",
    "ip6-prefix-of-numbers.toml",
    "limit-of-a-set.toml",
    "money-without-assume.toml",
    "nothing-allowed.toml",
    "price-impossible.toml",
    "price-two-currencies.toml",
    "releases-too-many.toml",
    "respond-code-for-everybody.toml",
    "respond-excluded-method.toml",
    "respond-in-monitor.toml",
    "respond-other-method.toml",
    "set-none.toml",
    "set-unknown.toml",
    "set-unused.toml",
    "set-wrong-value-once.toml",
    "shadowed.toml",
    "shards-of-little.toml",
    "shards-of-nothing.toml",
    "unreachable-last.toml",
    "unreachable.toml",
    "verified-within-too-long.toml",
    "window-too-long.toml",
];

fn schema() -> Value {
    let run = Tool::new().run(&["policy", "schema"]).exits(0).says_nothing();
    serde_json::from_str(&run.stdout).unwrap()
}

/// The keys that the checker names where it meets one that is like none of them.
fn known_to_the_checker(policy: &str) -> BTreeSet<String> {
    let source = format!(
        "schema = 1\ndefault = \"allow\"\n{}\n",
        policy.replace("KEY", "qqqqqqqqqqqqqqqqqqqqqqqqqqqq")
    );
    let problems = Policy::check(&source).unwrap_err();
    let help = problems.iter().find(|problem| problem.message.starts_with("unknown key `qqq"));
    let help =
        help.and_then(|problem| problem.help.clone()).unwrap_or_else(|| panic!("{problems}\n{source}"));
    help.strip_prefix("known here: ")
        .unwrap()
        .split(", ")
        .map(|key| key.trim_matches('`').to_owned())
        .collect()
}

#[test]
fn the_schema_has_the_keys_that_the_checker_reads_and_no_others() {
    let schema = schema();
    for (place, policy) in TABLES {
        let table = schema.pointer(place).unwrap();
        assert_eq!(table["additionalProperties"], false, "{place}");
        let described: BTreeSet<String> = table["properties"].as_object().unwrap().keys().cloned().collect();
        let known = known_to_the_checker(policy);
        assert_eq!(known, described, "{place}");
    }
}

/// A TOML value as a schema sees it; dates are text there.
fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => json!(number),
            Err(_) => json!(integer.as_str().parse::<f64>().unwrap()),
        },
        DeValue::Float(float) => json!(float.as_str().replace('_', "").parse::<f64>().unwrap()),
        DeValue::Boolean(flag) => json!(flag),
        DeValue::Datetime(date) => json!(date.to_string()),
        DeValue::Array(array) => array.iter().map(|value| to_json(value.get_ref())).collect(),
        DeValue::Table(table) => {
            let member = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                (key.to_string(), to_json(value.get_ref()))
            };
            Value::Object(table.iter().map(member).collect())
        }
    }
}

/// Validates every policy of a folder; a text that is not TOML is left to the checker.
fn validate(folder: &str) -> Vec<(String, Result<(), String>)> {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("policy.schema.json", schema()).unwrap();
    let index = compiler.compile("policy.schema.json", &mut schemas).unwrap();
    let folder = repository(Path::new("tests/policies").join(folder));
    let mut results = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".toml") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        if let Ok(table) = DeTable::parse(&source) {
            let value = to_json(&DeValue::Table(table.get_ref().clone()));
            results.push((name, schemas.validate(&value, index).map_err(|error| format!("{error:#}"))));
        }
    }
    results.sort();
    results
}

#[test]
fn good_policies_fit_the_schema() {
    for (name, result) in validate("good") {
        assert_eq!(result, Ok(()), "{name}");
    }
}

#[test]
fn a_schema_sees_every_mistake_that_it_can() {
    let passed: Vec<String> =
        validate("bad").into_iter().filter(|(_, result)| result.is_ok()).map(|(name, _)| name).collect();
    assert_eq!(passed, BEYOND, "if a schema cannot see the mistake, list the policy here");
}
