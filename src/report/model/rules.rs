//! What rules did, and what those in monitor mode would have done.

use jiff::Timestamp;
use serde::Serialize;

use crate::figures::{Figures, MonitorFigures};

/// What one rule decided.
#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    /// The rule; `default` or `on_store_failure` where none decided, `unknown` where nobody says.
    pub name: String,
    /// The figures of what it decided.
    #[serde(flatten)]
    pub figures: Figures,
    /// Numbers that it denied.
    pub people_denied: u64,
    /// Those of them that were verified later all the same, which makes them people.
    pub people_verified_later: u64,
    /// When it decided last; absent where it did not in the span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

/// What a rule in monitor mode would have done.
#[derive(Clone, Debug, Serialize)]
pub struct MonitoredRule {
    /// The rule.
    pub name: String,
    /// What its denials would have come to.
    #[serde(flatten)]
    pub figures: MonitorFigures,
    /// Verifications that it would have allowed.
    pub would_allow: u64,
    /// When it would have decided last; absent where it would not have in the span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}
