//! What a condition may list: how each kind of value is read, and which of them matches what another does.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::event::Method;
use crate::phone::{CallingCode, Country, NumberType, Prefix};
use crate::policy::custom::CustomValue;
use crate::policy::problem::{ProblemReport, error};
use crate::policy::toml_value::{Node, shown, text, wrong_kind};
use crate::suggest::did_you_mean;

/// A kind of value that conditions list.
pub(in crate::policy) trait Value: Ord + Sized + 'static {
    /// Reads a value; reports one that is not of this kind.
    fn read(node: &Node<'_>, report: &mut ProblemReport) -> Option<Self>;

    /// The values of a set, where it was read as this kind before.
    fn of(readings: &Readings) -> &OnceCell<Arc<[Self]>>;

    /// Whether `other` matches whatever this value matches. Whatever is within a value is sorted right behind
    /// it.
    fn is_within(&self, other: &Self) -> bool {
        self == other
    }
}

/// The values of a set, once for each kind that it was read as.
#[derive(Default)]
pub(in crate::policy) struct Readings {
    countries: OnceCell<Arc<[Country]>>,
    calling_codes: OnceCell<Arc<[CallingCode]>>,
    prefixes: OnceCell<Arc<[Prefix]>>,
    number_types: OnceCell<Arc<[NumberType]>>,
    methods: OnceCell<Arc<[Method]>>,
    customs: OnceCell<Arc<[CustomValue]>>,
}

impl Value for Country {
    fn read(node: &Node<'_>, report: &mut ProblemReport) -> Option<Self> {
        let written = text(node, "a country", report)?;
        let found = written.parse().ok();
        if found.is_none() {
            let message = format!("`{}` is not an ISO 3166-1 country code", shown(written));
            report.push(error(&node.span(), message).help(Country::help(written)));
        }
        found
    }

    fn of(readings: &Readings) -> &OnceCell<Arc<[Self]>> {
        &readings.countries
    }
}

impl Value for CallingCode {
    fn read(node: &Node<'_>, report: &mut ProblemReport) -> Option<Self> {
        let value = node.get_ref();
        let written = match (value.as_integer(), value.as_str()) {
            (Some(integer), _) => integer.to_string(),
            (None, Some(text)) => text.to_owned(),
            (None, None) => {
                report.push(wrong_kind(node, "a calling code", "a whole number"));
                return None;
            }
        };
        let found = written.parse().ok();
        if found.is_none() {
            let message = format!("`{}` is not a calling code in use", shown(&written));
            report.push(error(&node.span(), message).help("write the code alone, such as 46 or \"+46\""));
        }
        found
    }

    fn of(readings: &Readings) -> &OnceCell<Arc<[Self]>> {
        &readings.calling_codes
    }
}

/// Only prefixes can stand here, so the star may be left out.
impl Value for Prefix {
    fn read(node: &Node<'_>, report: &mut ProblemReport) -> Option<Self> {
        let written = text(node, "a prefix", report)?;
        match Prefix::with_optional_star(written) {
            Ok(prefix) => Some(prefix),
            Err(wrong) => {
                report.push(error(&node.span(), "this is not a prefix of numbers").help(wrong.to_string()));
                None
            }
        }
    }

    fn of(readings: &Readings) -> &OnceCell<Arc<[Self]>> {
        &readings.prefixes
    }

    fn is_within(&self, other: &Self) -> bool {
        self.as_str().starts_with(other.as_str())
    }
}

impl Value for NumberType {
    fn read(node: &Node<'_>, report: &mut ProblemReport) -> Option<Self> {
        let written = text(node, "a number type", report)?;
        let found = written.parse().ok();
        if found.is_none() {
            let help = did_you_mean(written, NumberType::ALL.iter().map(|number_type| number_type.name()));
            let message = format!("unknown number type `{}`", shown(written));
            report.push(error(&node.span(), message).maybe_help(help));
        }
        found
    }

    fn of(readings: &Readings) -> &OnceCell<Arc<[Self]>> {
        &readings.number_types
    }
}

impl Value for Method {
    fn read(node: &Node<'_>, report: &mut ProblemReport) -> Option<Self> {
        let written = text(node, "a method", report)?;
        // Text stands here exactly as events have it, so that a reader of the policy finds it in a record.
        let found = written.parse().ok().filter(|method: &Self| method.to_string() == written);
        if found.is_none() {
            let message = format!("unknown method `{}`", shown(written));
            report.push(error(&node.span(), message).help(Self::help(written)));
        }
        found
    }

    fn of(readings: &Readings) -> &OnceCell<Arc<[Self]>> {
        &readings.methods
    }
}

/// Members of `custom` are text to a policy, so numbers and booleans may be written as they are.
impl Value for CustomValue {
    fn read(node: &Node<'_>, report: &mut ProblemReport) -> Option<Self> {
        let value = node.get_ref();
        let written = value
            .as_str()
            .map(ToOwned::to_owned)
            .or_else(|| value.as_integer().map(ToString::to_string))
            .or_else(|| value.as_bool().map(|flag| flag.to_string()));
        let Some(written) = written else {
            report.push(wrong_kind(node, "a value of `custom`", "text in quotes"));
            return None;
        };
        let value = Self::new(&written);
        if value.is_none() {
            let message =
                "a blank value could never match: a member of `custom` that is blank is a missing one";
            report.push(error(&node.span(), message).help("leave it out"));
        }
        value
    }

    fn of(readings: &Readings) -> &OnceCell<Arc<[Self]>> {
        &readings.customs
    }
}
