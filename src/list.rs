//! List entries: numbers and prefixes to block or to let through.

mod change;
mod csv;
mod file;
mod remark;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::phone::{Country, PhoneNumber, Prefix, Proposal, propose};
use crate::span;

pub use change::{ChangeId, ChangeKind, EntryChange, Kept, ListChange, Undoing};
pub use file::{Defaults, FILE_COLUMNS, ListFile, file_line, read_file};
pub use remark::Remark;

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
    #[serde(rename = "added_by")]
    pub author: String,
    /// Since when.
    pub added_at: Timestamp,
    /// When it expires; `None` where it never does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl ListEntry {
    /// Whether it matches every number that begins with it.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        self.entry.ends_with('*')
    }
}

/// Why a text is not a list entry, or not the lifetime of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is neither a number nor a prefix.
    #[error(
        "`{}` is neither a number in E.164, such as +46701740605, nor a prefix with a star, such as \
        +99899394*", .0.escape_debug()
    )]
    Entry(String),
    /// It is not a reason.
    #[error("a reason is a few words for those who read the list later, {LONGEST_TEXT} bytes at most")]
    Reason,
    /// It is not a span of time, or not one that an entry can live.
    #[error(
        "`{0}` is not a lifetime: write a whole number of `s`, `m`, `h` or `d`, such as 30m, 6h or 7d, up \
        to 3650d"
    )]
    Lifetime(String),
}

/// The longest reason or author, in bytes. DynamoDB holds 400 KB in one item, and the history of an entry has
/// both twice.
const LONGEST_TEXT: usize = 40_000;

/// A time as precise as the table has those of entries, so that what is read back is the same.
#[must_use]
pub fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The longest lifetime of an entry; one without a lifetime never expires.
const LONGEST_LIFETIME: Duration = Duration::from_secs(3_650 * 86_400);

/// Reads how long an entry shall live: a whole number of `s`, `m`, `h` or `d`.
///
/// # Errors
/// Where it is none, is nothing, or is longer than ten years.
pub fn parse_lifetime(text: &str) -> Result<Duration, ListError> {
    span::parse(text)
        .filter(|lifetime| !lifetime.is_zero() && *lifetime <= LONGEST_LIFETIME)
        .ok_or_else(|| ListError::Lifetime(text.to_owned()))
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

/// Reads a number or a prefix, or a number as it is dialled within a country where that is given.
///
/// # Errors
/// Where it is none of them.
pub fn read_entry(text: &str, country: Option<Country>) -> Result<String, ListError> {
    let entry = parse_entry(text);
    match (country, propose(text, country)) {
        (Some(_), Some(Proposal::Meant(meant))) if !text.contains('+') => entry.or(Ok(meant)),
        _ => entry,
    }
}

/// Reads why an entry is on a list.
///
/// # Errors
/// Where it is blank, or longer than an item of the table can hold.
pub fn parse_reason(text: &str) -> Result<String, ListError> {
    let reason = text.trim();
    if reason.is_empty() || reason.len() > LONGEST_TEXT {
        return Err(ListError::Reason);
    }
    Ok(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_span_of_time_up_to_ten_years() {
        for (text, seconds) in [("1s", 1), ("30m", 1_800), ("6h", 21_600), ("3650d", 315_360_000)] {
            assert_eq!(parse_lifetime(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0d", "3651d", "6", "six hours", "99999999999999999999d"] {
            assert_eq!(parse_lifetime(text), Err(ListError::Lifetime(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_entry_is_a_number_or_a_prefix() {
        for text in ["+46701740605", "+99899394*", "+1*"] {
            assert_eq!(parse_entry(text).as_deref(), Ok(text));
        }
        for text in ["", "*", "+*", "46701740605", "+46 70 174 06 05", "+467*0", "99899394*", "+0701*"] {
            assert_eq!(parse_entry(text), Err(ListError::Entry(text.to_owned())), "{text}");
        }
    }
}
