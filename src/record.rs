//! The story of one verification, as it is recorded.
//!
//! A record is a set of facts that only grows: what was asked, what was decided and why, every delivery
//! receipt, every result. What follows from them, such as how the verification ended, is derived when the
//! story is read and never stored, so events may come in any order, repeatedly, or without the request.
//!
//! Where a result never came, Sinch can be asked instead. Its answer is a result like any other, marked as
//! `reconciled`; when and what it was asked last, and what it says of the price, stand beside it.

mod asked;
mod region;
#[cfg(test)]
pub(crate) mod sample;
mod traffic;

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::event::{Method, SmsResult, Status};
use crate::privacy::StoredNumber;
use crate::signature::AppKey;
use crate::verdict::Verdict;

pub use asked::{Asked, Cost, Said};
pub use region::Region;
pub use traffic::{Callback, Traffic, traffic};

/// The one verification that a record is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The application key.
    pub app: AppKey,
    /// Sinch's id of the verification.
    pub id: String,
    /// The customer's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The number as `NUMBER_PRIVACY` wants it stored; absent where the event named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<StoredNumber>,
    /// Region of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Region>,
    /// Type of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_type: Option<String>,
    /// How it is verified; absent where the event did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
}

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

/// As people say it: `2 of 5`, `24.95 of 25 EUR`.
impl fmt::Display for QuotaReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.total, self.limit)?;
        self.currency.as_ref().map_or(Ok(()), |currency| write!(f, " {currency}"))
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

/// The whole story of one verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Which verification it is.
    #[serde(flatten)]
    pub subject: Subject,
    /// The decision; absent where no request was seen, since its callback was lost or is still to come.
    pub decision: Option<Decided>,
    /// Deliveries and results, in the order they were first heard of.
    pub heard: Vec<Heard>,
    /// The last question to Sinch and its answer; absent where it was never asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// What it costs, as Sinch said when it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
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

impl Story {
    /// How the verification ended so far: SUCCESSFUL is final, else the latest result counts.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        let mut statuses = self.heard.iter().filter_map(Heard::status);
        statuses.clone().find(|status| **status == Status::Successful).or_else(|| statuses.next_back())
    }

    /// The different ends that were heard of, where one of them is what Sinch said when it was asked; else
    /// none. A callback may well correct an earlier one, but an answer was final when it was given. A wrong
    /// code contradicts nothing.
    #[must_use]
    pub fn contradiction(&self) -> Vec<&Status> {
        let ends =
            || self.heard.iter().filter(|heard| heard.final_status().is_some() && !heard.is_wrong_code());
        let mut statuses: Vec<&Status> = Vec::new();
        for status in ends().filter_map(Heard::status) {
            if !statuses.contains(&status) {
                statuses.push(status);
            }
        }
        if statuses.len() > 1 && ends().any(|heard| heard.reconciled) { statuses } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Ground;

    fn heard(second: i64, status: &str, reason: Option<&str>, reconciled: bool) -> Heard {
        Heard { reconciled, ..sample::result(second, status, reason) }
    }

    /// A story of results, a second apart; those with a question mark came as answers.
    fn story(statuses: &[&str]) -> Story {
        let heard = statuses
            .iter()
            .zip(0..)
            .map(|(status, second)| heard(second, status.trim_end_matches('?'), None, status.ends_with('?')));
        Story { heard: in_order(heard.collect()), ..sample::story(Verdict::Allow) }
    }

    #[test]
    fn successful_is_final_and_else_the_latest_result_counts() {
        assert_eq!(story(&[]).status(), None);
        assert_eq!(story(&["PENDING", "FAIL"]).status(), Some(&Status::Fail));
        assert_eq!(story(&["SUCCESSFUL", "FAIL"]).status(), Some(&Status::Successful));
        assert_eq!(story(&["FAIL?", "SUCCESSFUL"]).status(), Some(&Status::Successful));
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
        assert_eq!(story(&["FAIL", "ABORTED?", "FAIL"]).heard.len(), 3);
    }

    #[test]
    fn an_answer_and_a_callback_that_differ_contradict_each_other() {
        assert_eq!(story(&["FAIL?", "SUCCESSFUL"]).contradiction(), [&Status::Fail, &Status::Successful]);
        assert_eq!(
            story(&["SUCCESSFUL?", "FAIL", "FAIL"]).contradiction(),
            [&Status::Successful, &Status::Fail]
        );
        for fine in [&["FAIL", "SUCCESSFUL"][..], &["FAIL?", "FAIL"], &["FAIL?", "PENDING"], &["FAIL?"], &[]]
        {
            assert_eq!(story(fine).contradiction(), Vec::<&Status>::new(), "{fine:?}");
        }
    }

    /// Whatever version wrote it: a part of a record is read, and written again as it was.
    #[track_caller]
    fn check_kept<T: Serialize + serde::de::DeserializeOwned>(stored: serde_json::Value) -> T {
        let read: T = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
        read
    }

    #[test]
    fn words_of_a_later_version_are_kept_as_they_came() {
        let subject: Subject = check_kept(serde_json::json!({
            "app": "app", "id": "1", "number": "hmac:00ff", "country": "QQ", "number_type": "hologram",
            "method": "Carrier-Pigeon",
        }));
        assert_eq!(subject.method, Some(Method::Other("Carrier-Pigeon".to_owned())));
        assert_eq!(subject.country, Some(Region::Other("QQ".to_owned())));
        let heard: Heard = check_kept(serde_json::json!({
            "at": "2026-01-15T09:30:00Z", "kind": "result", "status": "LOST", "reason": "Eaten",
        }));
        assert_eq!(heard.status(), Some(&Status::Other("LOST".to_owned())));
        assert_eq!(heard.final_status(), None);
        let delivery =
            serde_json::json!({"at": "2026-01-15T09:30:00Z", "kind": "delivery", "result": "Bounced"});
        check_kept::<Heard>(delivery);
        check_kept::<Asked>(
            serde_json::json!({"at": "2026-01-15T09:30:00Z", "said": "status", "status": "LOST"}),
        );
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
