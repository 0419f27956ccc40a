//! A policy's TOML as plain keys and values, without knowing what they mean: so that two policies can be
//! compared whatever version of the language they are written in.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::{DeTable, DeValue};

/// Values by their dotted keys, such as `quota.limit`.
pub(super) type Keys = BTreeMap<String, Value>;

/// A value in its one spelling, however it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    /// One value.
    One(String),
    /// The values of an array.
    Many(Vec<String>),
}

/// The parts of a policy.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// All that is neither rule nor test, `sets.home` among it.
    pub(super) keys: Keys,
    /// The rules by id, from top to bottom.
    pub(super) rules: Vec<(String, Keys)>,
    /// The tests, each as one text.
    pub(super) tests: Vec<String>,
}

impl Outline {
    /// Reads a text. What is not TOML is left out, so a text that was never checked should be checked first.
    pub(super) fn read(source: &str) -> Self {
        let (document, _) = DeTable::parse_recoverable(source);
        let mut outline = Self::default();
        for (key, value) in document.get_ref() {
            let tables = || value.get_ref().as_array().into_iter().flat_map(|array| array.iter());
            match key.get_ref().as_ref() {
                "rules" => {
                    outline.rules = tables().enumerate().map(|(n, rule)| named(n, rule.get_ref())).collect();
                }
                "tests" => outline.tests = tables().map(|test| spell(test.get_ref())).collect(),
                name => flatten(name, value.get_ref(), &mut outline.keys),
            }
        }
        outline
    }
}

/// A rule of a text as its keys and values, on one line, the verdict first; `None` where there is none.
pub(in crate::cli::command) fn rule_text(source: &str, id: &str) -> Option<String> {
    let (_, keys) = Outline::read(source).rules.into_iter().find(|(known, _)| known == id)?;
    let mut keys: Vec<(String, Value)> = keys.into_iter().collect();
    keys.sort_by_key(|(key, _)| key != "verdict");
    let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    Some(keys.join(", "))
}

/// A rule's id and its other keys.
fn named(position: usize, rule: &DeValue<'_>) -> (String, Keys) {
    let mut keys = Keys::new();
    for (key, value) in rule.as_table().into_iter().flatten() {
        flatten(key.get_ref(), value.get_ref(), &mut keys);
    }
    keys.remove("id");
    let id = rule.get("id").and_then(|id| id.get_ref().as_str().map(str::to_owned));
    (id.unwrap_or_else(|| format!("without id, at place {}", position + 1)), keys)
}

fn flatten(path: &str, value: &DeValue<'_>, keys: &mut Keys) {
    match value {
        DeValue::Table(table) => {
            for (key, value) in table {
                flatten(&format!("{path}.{}", key.get_ref()), value.get_ref(), keys);
            }
        }
        DeValue::Array(array) => {
            let values = array.iter().map(|value| spell(value.get_ref()));
            keys.insert(path.to_owned(), Value::Many(values.collect()));
        }
        value => {
            keys.insert(path.to_owned(), Value::One(spell(value)));
        }
    }
}

/// A value in one spelling: numbers without separators, tables in the order of their keys.
fn spell(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
            .map_or_else(|_| integer.to_string(), |number| number.to_string()),
        DeValue::Float(float) => {
            let number = float.as_str().parse::<f64>();
            number.map_or_else(|_| float.to_string(), |number| number.to_string())
        }
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(array) => {
            let values: Vec<String> = array.iter().map(|value| spell(value.get_ref())).collect();
            format!("[{}]", values.join(", "))
        }
        DeValue::Table(table) => {
            let member = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                format!("{key} = {}", spell(value.get_ref()))
            };
            let members: Vec<String> = table.iter().map(member).collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => f.write_str(value),
            Self::Many(values) => write!(f, "[{}]", values.join(", ")),
        }
    }
}
