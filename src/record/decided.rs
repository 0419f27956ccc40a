//! What was decided about a request: the part of a record that is written with the answer.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::privacy::Block;
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

impl Decided {
    /// What [`Self::reason`] begins with where the number is on a list by a prefix, which follows.
    pub const LISTED_AS: &str = "listed as ";

    /// The prefix by which the number is on a list, as far as the reason has it.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.reason.strip_prefix(Self::LISTED_AS)?.split(' ').next()
    }

    /// Leaves out the prefix by which the number is on a list, where it has digits that the number's block
    /// has not.
    pub fn show_no_more_than(&mut self, block: Option<&Block>) {
        let is_hidden = |prefix: &str| {
            let n_shown = block.map_or(0, |block| block.number().as_str().len());
            prefix.trim_end_matches('*').len() > n_shown
        };
        if self.prefix().is_some_and(is_hidden) {
            self.reason = self.reason_without_prefix().into_owned();
        }
    }

    /// The reason as a log may show it. Beside a masked number, the prefix of a list would give away digits
    /// that are hidden there.
    #[must_use]
    pub fn reason_without_prefix(&self) -> Cow<'_, str> {
        match self.reason.strip_prefix(Self::LISTED_AS).and_then(|rest| rest.split_once(' ')) {
            Some((_, rest)) => Cow::Owned(format!("listed by a prefix {rest}")),
            None => Cow::Borrowed(&self.reason),
        }
    }
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
    use crate::phone::PhoneNumber;
    use crate::record::sample::{self, check_kept};

    #[test]
    fn a_log_shows_no_prefix() {
        let reason = |reason: &str| {
            let decided = Decided { reason: reason.to_owned(), ..sample::decided(Verdict::Deny) };
            (decided.prefix().map(str::to_owned), decided.reason_without_prefix().into_owned())
        };
        let listed = "listed as +46701740* on blocklist until 2026-10-01T09:00:00Z: listed as +1 on x";
        let without = "listed by a prefix on blocklist until 2026-10-01T09:00:00Z: listed as +1 on x";
        assert_eq!(reason(listed), (Some("+46701740*".to_owned()), without.to_owned()));
        for other in ["listed on blocklist: pumping", without, "no rule decided"] {
            assert_eq!(reason(other), (None, other.to_owned()));
        }
    }

    #[test]
    fn a_record_shows_no_prefix_beyond_the_block_of_its_number() {
        let block = Block::of(&PhoneNumber::new("+46701740605"));
        let shows = |prefix: &str, block: Option<&Block>| {
            let mut decided = sample::decided(Verdict::Deny);
            decided.reason = format!("listed as {prefix} on blocklist: pumping");
            decided.show_no_more_than(block);
            decided.reason.contains(prefix)
        };
        assert!(shows("+46701740*", block.as_ref()) && shows("+46*", block.as_ref()));
        assert!(!shows("+467017406*", block.as_ref()) && !shows("+46*", None));
    }

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
