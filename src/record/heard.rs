//! What was heard of a verification after its decision: deliveries and results.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{SmsDelivered, SmsResult, Status, VerificationResult};

/// One thing that happened after the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Happening {
    /// A `VerificationResultEvent`.
    Result {
        /// Sinch's status, such as `SUCCESSFUL`.
        status: Status,
        /// Sinch's reason, where one came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Who reported the code: `intercepted` or `manual`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A `VerificationSmsDeliveredEvent`.
    Delivery {
        /// Sinch's result, such as `Successful`.
        result: SmsResult,
    },
}

impl From<&VerificationResult> for Happening {
    fn from(event: &VerificationResult) -> Self {
        Self::Result {
            status: event.status.clone(),
            reason: event.reason.clone(),
            source: event.source.clone(),
        }
    }
}

impl From<&SmsDelivered> for Happening {
    fn from(event: &SmsDelivered) -> Self {
        Self::Delivery { result: event.sms_result.clone() }
    }
}

impl Happening {
    /// What makes two happenings the same, so that a repeated callback changes nothing.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        match self {
            Self::Result { status, reason, source } => {
                let (reason, source) = (reason.as_deref().unwrap_or(""), source.as_deref().unwrap_or(""));
                format!("result#{status}#{reason}#{source}")
            }
            Self::Delivery { result } => format!("delivery#{result}"),
        }
    }

    /// Fills in what another result of the same status knows besides.
    fn complete(&mut self, other: Self) {
        if let (Self::Result { reason, source, .. }, Self::Result { reason: more, source: from, .. }) =
            (self, other)
        {
            *reason = reason.take().or(more);
            *source = source.take().or(from);
        }
    }
}

/// A happening and when it was first heard of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// When the callback arrived first, or Sinch answered.
    pub at: Timestamp,
    /// What it said.
    #[serde(flatten)]
    pub happening: Happening,
    /// Whether Sinch said so when it was asked, before any callback did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reconciled: bool,
}

impl Heard {
    /// The status that a result reports.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match &self.happening {
            Happening::Result { status, .. } => Some(status),
            Happening::Delivery { .. } => None,
        }
    }

    /// Whether it is a callback about a wrong code. Sinch may send one for each code that is tried, so the
    /// right one may follow.
    #[must_use]
    pub fn is_wrong_code(&self) -> bool {
        let Happening::Result { status, reason: Some(reason), .. } = &self.happening else { return false };
        !self.reconciled
            && *status == Status::Fail
            && matches!(reason.as_str(), "Invalid code" | "Invalid CLI")
    }

    /// The status of a result with which a verification is over.
    #[must_use]
    pub fn final_status(&self) -> Option<&Status> {
        self.status().filter(|status| status.is_final())
    }
}

/// Puts what was heard into the order of time, and says once what came in two ways: the answer of Sinch and
/// the callback that came after all, where both say that the verification ended the same.
#[must_use]
pub fn in_order(mut heard: Vec<Heard>) -> Vec<Heard> {
    heard.sort_by_key(|heard| heard.at);
    let mut told: Vec<Heard> = Vec::with_capacity(heard.len());
    for one in heard {
        let mut same = told.iter_mut().filter(|known| known.reconciled || one.reconciled);
        match same.find(|known| known.status().is_some() && known.status() == one.status()) {
            Some(known) => known.happening.complete(one.happening),
            None => told.push(one),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    fn heard(second: i64, status: &str, reason: Option<&str>, reconciled: bool) -> Heard {
        Heard { reconciled, ..sample::result(second, status, reason) }
    }

    #[test]
    fn only_a_callback_says_that_a_code_was_wrong() {
        let is_wrong = |status, reason, reconciled| heard(0, status, reason, reconciled).is_wrong_code();
        assert!(
            is_wrong("FAIL", Some("Invalid code"), false) && is_wrong("FAIL", Some("Invalid CLI"), false)
        );
        assert!(!is_wrong("FAIL", Some("Invalid code"), true), "an answer is final");
        assert!(!is_wrong("DENIED", Some("Invalid code"), false));
        assert!(!is_wrong("FAIL", Some("Expired"), false) && !is_wrong("FAIL", None, false));
    }

    #[test]
    fn what_differs_in_anything_that_sinch_said_has_another_fingerprint() {
        let result = |status: &str, reason: Option<&str>, source: Option<&str>| Happening::Result {
            status: Status::parse(status),
            reason: reason.map(ToOwned::to_owned),
            source: source.map(ToOwned::to_owned),
        };
        let different = [
            result("FAIL", None, None),
            result("SUCCESSFUL", None, None),
            result("FAIL", Some("Expired"), None),
            result("FAIL", None, Some("manual")),
            Happening::Delivery { result: SmsResult::Successful },
            Happening::Delivery { result: SmsResult::parse("Failed") },
        ];
        let prints: std::collections::BTreeSet<String> =
            different.iter().map(Happening::fingerprint).collect();
        assert_eq!(prints.len(), different.len(), "{prints:?}");
        assert_eq!(result("FAIL", None, None).fingerprint(), different[0].fingerprint());
    }

    #[test]
    fn an_answer_and_its_callback_are_told_once_with_all_that_both_know() {
        for (first, second) in [(true, false), (false, true)] {
            let told = in_order(vec![
                heard(2, "FAIL", Some("Expired"), second),
                heard(1, "FAIL", None, first),
                heard(0, "PENDING", None, false),
            ]);
            assert_eq!(told, [heard(0, "PENDING", None, false), heard(1, "FAIL", Some("Expired"), first)]);
        }
        let three = vec![
            heard(0, "FAIL", None, false),
            heard(1, "ABORTED", None, true),
            heard(2, "FAIL", None, false),
        ];
        assert_eq!(in_order(three).len(), 3);
    }
}
