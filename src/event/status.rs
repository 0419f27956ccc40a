//! How a verification ended, and how an SMS fared.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The `status` of a result event. Prose on Sinch's pages says FAILED where the value is `FAIL`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Status {
    /// Not decided yet.
    Pending,
    /// The number is verified.
    Successful,
    /// A wrong code, or none in time.
    Fail,
    /// Refused, by the gate or by Sinch.
    Denied,
    /// A newer attempt for the same number took its place.
    Aborted,
    /// Sinch could not carry it out; not charged.
    Error,
    /// A status this version does not know, as it was spelt, or empty where none was sent.
    Other(String),
}

impl Status {
    /// Reads a status as Sinch spells it.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "PENDING" => Self::Pending,
            "SUCCESSFUL" => Self::Successful,
            "FAIL" => Self::Fail,
            "DENIED" => Self::Denied,
            "ABORTED" => Self::Aborted,
            "ERROR" => Self::Error,
            _ => Self::Other(name.to_owned()),
        }
    }

    /// The status as Sinch spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::Successful => "SUCCESSFUL",
            Self::Fail => "FAIL",
            Self::Denied => "DENIED",
            Self::Aborted => "ABORTED",
            Self::Error => "ERROR",
            Self::Other(name) => name,
        }
    }

    /// Several, as Sinch spells them.
    pub(crate) fn join<'s>(statuses: impl IntoIterator<Item = &'s Self>, separator: &str) -> String {
        statuses.into_iter().map(Self::as_str).collect::<Vec<_>>().join(separator)
    }

    /// Whether the verification is over: everything but `PENDING` is final, and a status that this version
    /// does not know is not taken for an end.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Pending | Self::Other(_))
    }

    /// Whether Sinch charges for a verification that stands so. Of what it denies, for whatever reason, it
    /// carries out nothing, and what ends in an error is free; a wrong code or a newer attempt is not.
    #[must_use]
    pub fn is_charged(&self) -> bool {
        !matches!(self, Self::Denied | Self::Error)
    }
}

/// As Sinch spells it.
impl From<String> for Status {
    fn from(name: String) -> Self {
        Self::parse(&name)
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.to_string()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// In quotation marks, since log lines show it so.
impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The `smsResult` of a delivery event. Sinch says that the list can grow.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum SmsResult {
    /// The SMS arrived.
    Successful,
    /// It did not.
    Failed,
    /// A result this version does not know, as it was spelt, or empty where none was sent.
    Other(String),
}

impl SmsResult {
    /// The result as Sinch spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Other(name) => name,
        }
    }

    /// Reads a result as Sinch spells it.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "Successful" => Self::Successful,
            "Failed" => Self::Failed,
            _ => Self::Other(name.to_owned()),
        }
    }
}

/// As Sinch spells it.
impl From<String> for SmsResult {
    fn from(name: String) -> Self {
        Self::parse(&name)
    }
}

impl From<SmsResult> for String {
    fn from(result: SmsResult) -> Self {
        result.to_string()
    }
}

impl fmt::Display for SmsResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// In quotation marks, since log lines show it so.
impl fmt::Debug for SmsResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_reads_back_whether_known_or_not() {
        for name in ["PENDING", "SUCCESSFUL", "FAIL", "DENIED", "ABORTED", "ERROR", "fail", "FAILED", ""] {
            assert_eq!(Status::parse(name).to_string(), name);
        }
        for name in ["Successful", "Failed", "Unknown", ""] {
            assert_eq!(SmsResult::parse(name).to_string(), name);
        }
    }
}
