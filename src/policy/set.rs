//! `[sets]`: named values, written `@name` wherever a condition lists values; one with a single value may
//! also stand for a `limit` or an `assume`.
//!
//! A set has no type of its own. Its values are read as countries where a `country` names it, and so on, and
//! a wrong one is reported at its place in the set.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::condition::{Readings, Value, Values, sorted};
use super::name::SetName;
use super::problem::{ProblemReport, Span, error, warning};
use super::toml_value::{self, Node, elements, shown, wrong_kind};
use crate::suggest::did_you_mean;

/// The sets of a policy while it is read.
#[derive(Default)]
pub(super) struct Sets<'t, 'i> {
    by_name: BTreeMap<&'t str, Set<'t, 'i>>,
}

struct Set<'t, 'i> {
    at: Span,
    values: &'t [Node<'i>],
    is_used: Cell<bool>,
    readings: Readings,
}

impl<'t, 'i> Sets<'t, 'i> {
    /// Reads the table `[sets]`.
    pub(super) fn read(node: Option<&'t Node<'i>>, report: &mut ProblemReport) -> Self {
        let mut sets = Self::default();
        let Some(table) = node.and_then(|node| toml_value::table(node, "`sets`", report)) else {
            return sets;
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if let Err(wrong) = name.parse::<SetName>() {
                let message = format!("`{}` is not a name for a set", shown(name));
                report.push(error(&key.span(), message).help(wrong.to_string()));
            }
            let array = value.get_ref().as_array();
            if array.is_none() {
                report.push(wrong_kind(value, &format!("the set `{}`", shown(name)), "an array"));
            }
            let values: &[Node<'i>] = array.map_or(&[], |array| array);
            if array.is_some_and(|array| array.is_empty()) {
                let message = format!("the set `{}` is empty, so it could never match", shown(name));
                report.push(error(&value.span(), message));
            }
            for nested in values.iter().filter(|value| set_name(value).is_some()) {
                let message = "a set cannot name another set";
                report.push(error(&nested.span(), message).help("list the values themselves"));
            }
            sets.by_name.insert(
                name,
                Set { at: key.span(), values, is_used: Cell::new(false), readings: Readings::default() },
            );
        }
        sets
    }

    /// The values that a condition lists, with each `@name` replaced by the values of that set.
    pub(super) fn values<T: Value>(&self, node: &'t Node<'i>, report: &mut ProblemReport) -> Values<T> {
        let mut own = Vec::new();
        let mut parts = Vec::new();
        for value in elements(node) {
            let Some(name) = set_name(value) else {
                own.extend(T::read(value, report));
                continue;
            };
            if let Some(set) = self.named(name, &value.span(), report) {
                parts.push(set.read(report));
            }
        }
        if !own.is_empty() {
            parts.push(sorted(own));
        }
        Values::new(parts)
    }

    /// The value of a key that holds one: what is written, or the only value of the set that it names.
    pub(super) fn single(
        &self,
        node: &'t Node<'i>,
        what: &str,
        report: &mut ProblemReport,
    ) -> Option<&'t Node<'i>> {
        let Some(name) = set_name(node) else { return Some(node) };
        let set = self.named(name, &node.span(), report)?;
        set.is_used.set(true);
        let [value] = set.values else {
            let message =
                format!("{what} is one value, and the set `{}` has {}", shown(name), set.values.len());
            report.push(error(&node.span(), message).help("name a set that has a single value"));
            return None;
        };
        // A set that names another set was reported where it is defined.
        Some(value).filter(|value| set_name(value).is_none())
    }

    fn named(&self, name: &str, at: &Span, report: &mut ProblemReport) -> Option<&Set<'t, 'i>> {
        let set = self.by_name.get(name);
        if set.is_none() {
            let help = did_you_mean(name, self.by_name.keys().copied());
            let help = help.or_else(|| Some("sets are defined under `[sets]`".to_owned()));
            let message = format!("unknown set `@{}`", shown(name));
            report.push(error(at, message).maybe_help(help));
        }
        set
    }

    /// Warns about sets that no rule names.
    pub(super) fn report_unused(&self, report: &mut ProblemReport) {
        for (name, set) in self.by_name.iter().filter(|(_, set)| !set.is_used.get()) {
            let message = format!("no rule uses the set `{}`", shown(name));
            report.push(
                warning(&set.at, message).help(format!("name it as \"@{}\", or remove it", shown(name))),
            );
        }
    }
}

impl Set<'_, '_> {
    /// Its values as one kind. They are read once, however many rules name the set, and so are its mistakes.
    fn read<T: Value>(&self, report: &mut ProblemReport) -> Arc<[T]> {
        self.is_used.set(true);
        let read = || {
            let values = self.values.iter().filter(|value| set_name(value).is_none());
            sorted(values.filter_map(|value| T::read(value, report)).collect())
        };
        Arc::clone(T::of(&self.readings).get_or_init(read))
    }
}

fn set_name<'t>(value: &'t Node<'_>) -> Option<&'t str> {
    value.get_ref().as_str()?.strip_prefix('@')
}
