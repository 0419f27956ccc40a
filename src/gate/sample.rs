//! What the unit tests of the gate are about: one request, by one policy.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;

use crate::decision::Evidence;
use crate::event::{Method, VerificationId, VerificationRequest};
use crate::list::ListEntry;
use crate::phone::PhoneNumber;
use crate::policy::{Facts, Policy};
use crate::quota::Reading;
use crate::record::{Decided, Subject};

/// A policy with a step of each kind.
pub(super) const POLICY: &str = r#"
    schema = 1
    default = "allow"
    [[rules]]
    id = "cap"
    verdict = "deny"
    quota = { per = "country", limit = 9, window = "1d", release = "verified" }
    [[rules]]
    id = "safelist"
    verdict = "allow"
    list = "safelist"
    [[rules]]
    id = "stranger"
    verdict = "deny"
    unless.verified_within = "90d"
    quota = { per = "country", limit = 5, window = "1d", release = "verified" }
    [[rules]]
    id = "watch"
    verdict = "deny"
    mode = "monitor"
    quota = { per = "country", limit = 3, window = "1d", release = "verified", grow = 0.5 }
"#;

pub(super) const NUMBER: &str = "+46701740605";

/// The moment of the request.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_790_845_200).unwrap()
}

pub(super) fn policy(source: &str) -> Policy {
    Policy::compile(source).unwrap().policy
}

pub(super) fn request() -> VerificationRequest {
    VerificationRequest {
        id: VerificationId("1".to_owned()),
        method: Method::Sms,
        number: PhoneNumber::new(NUMBER),
        reference: None,
        custom: None,
        price: None,
        unreadable: Vec::new(),
    }
}

pub(super) fn facts(request: &VerificationRequest) -> Facts<'_> {
    Facts { app: "app", request, stored_number: NUMBER, now: now() }
}

/// The request as it is recorded.
pub(super) fn subject() -> Subject {
    let subject =
        json!({ "app": "app", "id": "1", "reference": "order-1", "number": NUMBER, "country": "SE" });
    serde_json::from_value(subject).unwrap()
}

/// A decision about the request, with other members than the least it can have.
pub(super) fn decided(verdict: &str, others: &serde_json::Value) -> Decided {
    let mut decided = json!({
        "at": now(), "verdict": verdict, "reason": "why", "policy": "v1", "numbering": "9",
    });
    decided.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    serde_json::from_value(decided).unwrap()
}

pub(super) fn full() -> Evidence {
    let (total, limit) = (Decimal::ONE, Decimal::ONE);
    Evidence::Full(Reading { rule: "any".to_owned(), total, limit, over: true, retry_at: None })
}

pub(super) fn room() -> Evidence {
    let (total, limit) = (Decimal::ONE, Decimal::TEN);
    Evidence::Room(Reading { rule: "any".to_owned(), total, limit, over: false, retry_at: None })
}

pub(super) fn listed() -> Evidence {
    Evidence::Listed(ListEntry {
        list: "safelist".to_owned(),
        entry: NUMBER.to_owned(),
        reason: String::new(),
        author: String::new(),
        added_at: now(),
        expires_at: None,
    })
}
