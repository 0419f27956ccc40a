//! What was decided about a request: the part of a record that is written with the answer.

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// What was decided about a request, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// When the request came.
    pub at: Timestamp,
    /// The verdict.
    pub verdict: Verdict,
    /// The deciding rule; absent where the policy's default or its word for a failing store decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Whether it rests on the policy's `on_store_failure`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_store_failure: bool,
    /// Why, in words: what was observed and what the rule wants.
    pub reason: String,
    /// The policy in force: `v12`, `starter`, or the file it was read from.
    pub policy: String,
    /// The version of the numbering metadata behind country and type.
    pub numbering: String,
    /// Where the quotas stood, as far as they were known when the record was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<QuotaReading>,
    /// What rules in monitor mode would have done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitors: Vec<MonitorHit>,
    /// What kept rules from applying, such as a missing member of `custom`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The expected cost, such as `0.0127 EUR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// The `custom` text of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<String>,
}

/// Where one quota stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaReading {
    /// The rule.
    pub rule: String,
    /// Admitted in the window, this verification included where it was admitted.
    pub total: Decimal,
    /// The limit, as far as it has grown.
    pub limit: Decimal,
    /// The currency of both, ISO 4217, where money is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When an equal demand would be admitted again, where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

/// As people say it: `2 of 5`, `24.95 of 25 EUR`. A limit that has grown may be a count with a
/// fraction, which nobody can use.
impl fmt::Display for QuotaReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.currency {
            Some(currency) => write!(f, "{} of {} {currency}", self.total, self.limit),
            None => write!(f, "{} of {}", self.total, self.limit.floor()),
        }
    }
}

/// What a rule in monitor mode would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorHit {
    /// The rule.
    pub rule: String,
    /// The verdict it would have given.
    pub verdict: Verdict,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Ground;
    use crate::record::sample::check_kept;

    #[test]
    fn a_reading_is_in_whole_verifications_or_in_money() {
        let shown = |total: &str, limit: &str, currency: Option<&str>| {
            let (total, limit) = (total.parse().unwrap(), limit.parse().unwrap());
            let currency = currency.map(str::to_owned);
            QuotaReading { rule: "r".to_owned(), total, limit, currency, retry_at: None }.to_string()
        };
        assert_eq!(shown("8", "25.5", None), "8 of 25");
        assert_eq!(shown("2", "5", None), "2 of 5");
        assert_eq!(shown("24.95", "25.5", Some("EUR")), "24.95 of 25.5 EUR");
    }

    #[test]
    fn a_decision_says_that_it_rests_on_on_store_failure_only_where_it_does() {
        let stored = serde_json::json!({
            "at": "2026-01-15T09:30:00Z", "verdict": "allow", "rule": "guard", "reason": "", "policy": "v1",
            "numbering": "9",
        });
        let mut decided: Decided = check_kept(stored);
        assert_eq!(Ground::from(&decided), Ground::Rule("guard".parse().unwrap()));
        decided.rule = None;
        assert_eq!(Ground::from(&decided), Ground::Default);
        decided.on_store_failure = true;
        let stored = serde_json::to_value(&decided).unwrap();
        assert_eq!(Ground::from(&check_kept::<Decided>(stored)), Ground::StoreFailure);
    }
}
