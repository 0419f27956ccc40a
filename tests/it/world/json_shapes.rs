//! `docs/json.md`, read as a description of what the commands print, and values held to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::tool::read;

/// The objects of the document, by name.
pub(crate) struct Shapes(BTreeMap<String, Shape>);

#[derive(Default)]
struct Shape {
    /// The commands that print it, as words.
    printed_by: Vec<Vec<String>>,
    /// The type of each field, as the document has it.
    fields: Vec<(String, String)>,
}

/// Fields that were met, each as `object.field`.
pub(crate) type Met = BTreeSet<String>;

impl Shapes {
    pub(crate) fn read() -> Self {
        let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
        for section in read("docs/json.md").split("\n## ").skip(1) {
            let (heading, text) = section.split_once('\n').unwrap();
            let mut shape = Shape::default();
            for paragraph in text.split("\n\n") {
                if let Some(commands) = paragraph.trim().strip_prefix("Printed by ") {
                    let quoted = commands.split('`').skip(1).step_by(2);
                    shape.printed_by.extend(quoted.map(words));
                }
            }
            let rows = text.lines().filter(|line| line.starts_with("| ")).skip(1);
            for row in rows {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                assert_eq!(cells.len(), 5, "three cells in {row}");
                shape.fields.push((cells[1].trim_matches('`').to_owned(), cells[2].to_owned()));
            }
            assert!(shapes.insert(heading.trim_matches('`').to_owned(), shape).is_none(), "two of {heading}");
        }
        Self(shapes)
    }

    /// The commands that print something.
    pub(crate) fn commands(&self) -> BTreeSet<String> {
        let printed = self.0.values().flat_map(|shape| &shape.printed_by);
        let command = |words: &Vec<String>| {
            words.iter().filter(|word| !word.starts_with("--")).cloned().collect::<Vec<_>>().join(" ")
        };
        printed.map(command).collect()
    }

    /// Every field of the document, as `object.field`.
    pub(crate) fn all(&self) -> Met {
        let fields = |(name, shape): (&String, &Shape)| {
            let own = shape.fields.iter().filter(|(field, _)| field != "as in");
            own.map(|(field, _)| format!("{name}.{field}")).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(fields).collect()
    }

    /// Holds a line of a command to the document; says what is wrong, and adds the fields that it has.
    pub(crate) fn check(&self, command: &str, line: &Value, met: &mut Met) -> Vec<String> {
        let given: Vec<String> = words(command);
        let fits = |printed: &&Vec<String>| {
            let (flags, names): (Vec<_>, Vec<_>) = printed.iter().partition(|word| word.starts_with("--"));
            names.iter().zip(&given).filter(|(name, word)| *name == word).count() == names.len()
                && flags.iter().all(|flag| given.contains(flag))
        };
        let best = |shape: &Shape| shape.printed_by.iter().filter(fits).map(Vec::len).max();
        let most = self.0.values().filter_map(best).max();
        let candidates = self.0.iter().filter(|(_, shape)| best(shape).is_some() && best(shape) == most);
        let mut wrong = vec![format!("docs/json.md does not say what `{command}` prints")];
        for (name, _) in candidates {
            let (mut found, mut here) = (Vec::new(), Met::new());
            self.object(name, line, name, &mut found, &mut here);
            if found.is_empty() {
                met.append(&mut here);
                return Vec::new();
            }
            wrong = found;
        }
        wrong
    }

    fn fields<'s>(&'s self, name: &'s str) -> Vec<(&'s str, &'s str, &'s str)> {
        let shape = self.0.get(name).unwrap_or_else(|| panic!("docs/json.md links to no object {name}"));
        let of = |(field, kind): &'s (String, String)| match field.as_str() {
            "as in" => self.fields(link(kind)),
            _ => vec![(name, field.as_str(), kind.as_str())],
        };
        shape.fields.iter().flat_map(of).collect()
    }

    fn object(&self, name: &str, value: &Value, at: &str, wrong: &mut Vec<String>, met: &mut Met) {
        let Value::Object(members) = value else {
            wrong.push(format!("{at} is not an object: {value}"));
            return;
        };
        let fields = self.fields(name);
        for (member, value) in members {
            match fields.iter().find(|(_, field, _)| field == member) {
                None => wrong.push(format!("{at}.{member} is not in docs/json.md, under `{name}`: {value}")),
                Some((owner, field, kind)) => {
                    met.insert(format!("{owner}.{field}"));
                    self.value(kind, value, &format!("{at}.{member}"), wrong, met);
                }
            }
        }
    }

    fn value(&self, kind: &str, value: &Value, at: &str, wrong: &mut Vec<String>, met: &mut Met) {
        if let Some(kind) = kind.strip_prefix("list of ") {
            let Value::Array(values) = value else {
                return wrong.push(format!("{at} is not a list: {value}"));
            };
            return values.iter().for_each(|value| self.value(kind, value, &format!("{at}[]"), wrong, met));
        }
        if let Some(kind) = kind.strip_prefix("map to ") {
            let Value::Object(members) = value else {
                return wrong.push(format!("{at} is not a map: {value}"));
            };
            return members
                .values()
                .for_each(|value| self.value(kind, value, &format!("{at}{{}}"), wrong, met));
        }
        if kind.starts_with('[') {
            return self.object(link(kind), value, at, wrong, met);
        }
        if !is_of(kind, value) {
            wrong.push(format!("{at} is not of the type {kind}: {value}"));
        }
    }
}

/// Whether a value is of a simple type.
fn is_of(kind: &str, value: &Value) -> bool {
    let text = value.as_str();
    match kind {
        "any" => !value.is_null(),
        "text" => text.is_some(),
        "number" => value.is_number(),
        "flag" => value.is_boolean(),
        "decimal" => text.is_some_and(is_decimal),
        "time" => text.is_some_and(|text| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()),
        "amount" => text.and_then(|text| text.split_once(' ')).is_some_and(|(amount, currency)| {
            is_decimal(amount)
                && currency.len() == 3
                && currency.bytes().all(|byte| byte.is_ascii_uppercase())
        }),
        words if words.starts_with('`') => {
            text.is_some_and(|text| words.split('`').skip(1).step_by(2).any(|word| word == text))
        }
        other => panic!("docs/json.md names no type {other}"),
    }
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty()
        && text.parse::<f64>().is_ok()
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The object that a link leads to: `[heard](#heard)`.
fn link(kind: &str) -> &str {
    let (name, _) = kind.trim_start_matches('[').split_once(']').unwrap_or_else(|| panic!("no link: {kind}"));
    name
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
