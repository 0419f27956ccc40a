//! What Sinch said when it was asked how a verification stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Status;

/// The last question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When Sinch answered.
    pub at: Timestamp,
    /// What it said.
    #[serde(flatten)]
    pub said: Said,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// It stands so. A status with which it is over is a result too, among what was heard.
    Status {
        /// Sinch's status, such as `PENDING`.
        status: Status,
    },
    /// Sinch does not know it, though it had lived its time. How it ended stays unknown.
    NotFound,
    /// It gave no answer, though it may have given some about others.
    Failed {
        /// What came instead, such as `HTTP 403, code 40300`.
        cause: String,
    },
    /// The answer was about something else, and was not used.
    Mismatch {
        /// Where it differs from the record, such as `method`.
        member: String,
    },
}

/// What a verification costs, as Sinch says afterwards; each as `0.0445 EUR`. The price in the request event
/// is what it may cost at most; this is at most as well, but is reported when more is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// For the verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<String>,
    /// For the call, where calls are charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination: Option<String>,
    /// How long the call was, in seconds, rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billable_seconds: Option<u32>,
}
