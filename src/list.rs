//! List entries: numbers and prefixes to block or to let through.

use jiff::Timestamp;
use serde::Serialize;

use crate::phone::{PhoneNumber, Prefix};

/// A number or prefix on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListEntry {
    /// The list's name.
    pub list: String,
    /// What it matches: `+46701234567`, or `+99899394*` for a prefix.
    pub entry: String,
    /// Why it is there.
    pub reason: String,
    /// Who put it there.
    pub author: String,
    /// Since when.
    pub added_at: Timestamp,
    /// Until when; `None` for good.
    pub expires_at: Option<Timestamp>,
}

impl ListEntry {
    /// Whether it matches every number that begins with it.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        self.entry.ends_with('*')
    }
}

/// Why a text is no list entry, or no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is neither a number nor a prefix.
    #[error(
        "`{0}` is neither a number in E.164, such as +46701740605, nor a prefix with a star, such as +99899394*"
    )]
    Entry(String),
}

/// Reads a span of time: a whole number of `s`, `m`, `h` or `d`.
///
/// # Errors
/// Where it is none.
pub fn parse_duration(text: &str) -> Result<std::time::Duration, ListError> {
    let _ = text;
    Ok(std::time::Duration::from_secs(3600))
}

/// Reads a number or a prefix, in the form that is stored.
///
/// # Errors
/// Where it is neither.
pub fn parse_entry(text: &str) -> Result<String, ListError> {
    let is_number = PhoneNumber::new(text).digits().is_some();
    if is_number || text.parse::<Prefix>().is_ok() {
        Ok(text.to_owned())
    } else {
        Err(ListError::Entry(text.to_owned()))
    }
}
