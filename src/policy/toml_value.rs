//! Reading TOML values one by one, each complaint at its place.
//!
//! Every function here gives `None` for a value that is wrong, after it has reported why. A policy with any
//! error is never used, so callers may go on with what they have and find the next mistake.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Finding, ProblemReport, Span, error};
use crate::money::Money;
use crate::suggest::{did_you_mean, nearest};

/// A value and its place.
pub(super) type Node<'i> = Spanned<DeValue<'i>>;

/// A table whose keys have been checked against those that mean something there.
#[derive(Clone)]
pub(super) struct Fields<'t, 'i> {
    table: &'t DeTable<'i>,
    /// Where the table is written.
    pub(super) at: Span,
    /// Keys that an unknown one probably meant, so that they are not reported as missing too.
    misspelt: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    /// Reports every key that is not known in `place`, such as "a rule".
    pub(super) fn new(
        table: &'t DeTable<'i>,
        at: Span,
        place: &str,
        known: &'static [&'static str],
        report: &mut ProblemReport,
    ) -> Self {
        let mut misspelt = Vec::new();
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref().as_ref();
            misspelt.extend(nearest(name, known.iter().copied()));
            let message = format!("unknown key `{}` in {place}", shown(name));
            report.push(error(&key.span(), message).maybe_help(did_you_mean(name, known.iter().copied())));
        }
        Self { table, at, misspelt }
    }

    /// The fields of a value that must be a table.
    pub(super) fn of(
        node: &'t Node<'i>,
        place: &str,
        known: &'static [&'static str],
        report: &mut ProblemReport,
    ) -> Option<Self> {
        let table = table(node, place, report)?;
        Some(Self::new(table, node.span(), place, known, report))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'t Node<'i>> {
        self.table.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether a key is not there, not even misspelt.
    pub(super) fn lacks(&self, key: &str) -> bool {
        !self.has(key) && !self.misspelt.contains(&key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Where a key is written, or else the table.
    pub(super) fn place_of(&self, key: &str) -> Span {
        self.table.get_key_value(key).map_or_else(|| self.at.clone(), |(key, _)| key.span())
    }
}

/// The text of a value.
pub(super) fn text<'t>(node: &'t Node<'_>, what: &str, report: &mut ProblemReport) -> Option<&'t str> {
    let text = node.get_ref().as_str();
    if text.is_none() {
        report.push(wrong_kind(node, what, "text in quotes"));
    }
    text
}

/// The table behind a value.
pub(super) fn table<'t, 'i>(
    node: &'t Node<'i>,
    what: &str,
    report: &mut ProblemReport,
) -> Option<&'t DeTable<'i>> {
    let table = node.get_ref().as_table();
    if table.is_none() {
        report.push(wrong_kind(node, what, "a table"));
    }
    table
}

/// A whole number that is not negative.
pub(super) fn whole_number(node: &Node<'_>, what: &str, report: &mut ProblemReport) -> Option<u64> {
    let number = node
        .get_ref()
        .as_integer()
        .and_then(|integer| u64::from_str_radix(integer.as_str(), integer.radix()).ok());
    if number.is_none() {
        report.push(wrong_kind(node, what, "a whole number"));
    }
    number
}

/// The elements of an array, or the one value that stands for itself.
pub(super) fn elements<'t, 'i>(node: &'t Node<'i>) -> &'t [Node<'i>] {
    node.get_ref().as_array().map_or(std::slice::from_ref(node), |array| array)
}

/// Text that names one of a few choices.
pub(super) fn choice<T: Copy>(
    node: &Node<'_>,
    what: &str,
    choices: &[(&'static str, T)],
    report: &mut ProblemReport,
) -> Option<T> {
    let written = text(node, what, report)?;
    let found = choices.iter().find(|(name, _)| *name == written).map(|(_, choice)| *choice);
    if found.is_none() {
        let names = choices.iter().map(|(name, _)| *name);
        let all: Vec<String> = names.clone().map(|name| format!("`{name}`")).collect();
        let message = format!("{what} is {}, not `{}`", all.join(" or "), shown(written));
        let meant = nearest(written, names).map(|meant| format!("did you mean `{meant}`?"));
        report.push(error(&node.span(), message).maybe_help(meant));
    }
    found
}

/// Says that a value is of the wrong kind.
pub(super) fn wrong_kind(node: &Node<'_>, what: &str, wanted: &str) -> Finding {
    let kind = match node.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    if kind == wanted {
        return error(&node.span(), format!("{what} is out of range"));
    }
    error(&node.span(), format!("{what} must be {wanted}, not {kind}"))
}

/// What was written, short enough for a message.
pub(super) fn shown(written: &str) -> String {
    const LONGEST: usize = 40;
    if written.chars().count() <= LONGEST {
        return written.escape_debug().to_string();
    }
    let start: String = written.chars().take(LONGEST).collect();
    format!("{}…", start.escape_debug())
}

/// An amount of money.
pub(super) fn money(node: &Node<'_>, what: &str, report: &mut ProblemReport) -> Option<Money> {
    let written = text(node, what, report)?;
    match written.parse() {
        Ok(money) => Some(money),
        Err(wrong) => {
            let message = format!("`{}` is not an amount of money", shown(written));
            report.push(error(&node.span(), message).help(wrong.to_string()));
            None
        }
    }
}
