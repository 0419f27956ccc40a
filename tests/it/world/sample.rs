//! A verification as it is recorded.

use jiff::Timestamp;
use sinch_gate::event::{Method, Status};
use sinch_gate::phone::PhoneNumber;
use sinch_gate::privacy::NumberPrivacy;
use sinch_gate::record::{Decided, Happening, Region, Subject};
use sinch_gate::verdict::Verdict;

/// An SMS to a number, under the reference `order-ID`.
pub(crate) fn subject(app: &str, id: &str, number: &str) -> Subject {
    let number = PhoneNumber::new(number);
    Subject {
        app: app.parse().unwrap(),
        id: id.to_owned(),
        reference: Some(format!("order-{id}")),
        country: number.country().map(Region::from),
        number_type: Some(number.number_type().to_string()),
        number: Some(NumberPrivacy::Plain.stored(&number)),
        block: None,
        method: Some(Method::Sms),
    }
}

/// What no rule decided.
pub(crate) fn decided(at: Timestamp, verdict: Verdict) -> Decided {
    Decided {
        at,
        verdict,
        rule: None,
        on_store_failure: false,
        reason: "no rule decided".to_owned(),
        policy: "v3".to_owned(),
        numbering: "9".to_owned(),
        quotas: Vec::new(),
        monitors: Vec::new(),
        notes: Vec::new(),
        price: Some("0.0453 EUR".to_owned()),
        custom: None,
    }
}

/// A result of this status.
pub(crate) fn result(status: &str, reason: Option<&str>) -> Happening {
    Happening::Result { status: Status::parse(status), reason: reason.map(ToOwned::to_owned), source: None }
}
