//! Recorded traffic: a story, shown as the callbacks that made it.
//!
//! Each is one line of JSON, `{"at": …, "app": …, "event": …}`: when it came, for which application, and the
//! body as Sinch sends it. A result that Sinch gave when it was asked has the body that its callback would
//! have had, and `"reconciled": true`. A request that was denied has `"verdict": "deny"` there. What
//! a record does not keep is left out. The number stands as it was stored, so it may be a hash, and then the
//! line says its `country`, `number_type` and `block`, the number without its last three digits; it is masked
//! where the record was recovered from a log.

#[cfg(feature = "cli")]
mod of_event;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Happening, Region, Story, Subject};
use crate::event::{Method, SmsResult, Status};
use crate::privacy::{Block, StoredNumber};
use crate::signature::AppKey;
use crate::verdict::Verdict;

/// One callback of recorded traffic.
#[derive(Clone, Debug, Serialize)]
pub struct Traffic {
    /// When it came first.
    pub at: Timestamp,
    /// The application key.
    pub app: AppKey,
    /// What was decided about the request, where that was to deny.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The country of a number that is hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Region>,
    /// The type of a number that is hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_type: Option<String>,
    /// The block of a number that is hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
    /// Its body.
    pub event: Callback,
    /// Whether it never came as a callback first: Sinch said so when it was asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reconciled: bool,
}

/// The body of a callback, with Sinch's names.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    id: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_result: Option<SmsResult>,
}

#[derive(Clone, Debug, Serialize)]
struct Identity {
    #[serde(rename = "type")]
    kind: &'static str,
    endpoint: StoredNumber,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Price {
    currency_id: String,
    /// The very digits that were recorded, which a binary number might not keep.
    amount: Box<RawValue>,
}

/// The callbacks that made a story, in the order in which they came.
#[must_use]
pub fn traffic(story: &Story) -> Vec<Traffic> {
    let subject = &story.subject;
    let is_hashed = matches!(subject.number, Some(StoredNumber::Hashed(_)));
    let one = |at, event| Traffic {
        at,
        app: subject.app.clone(),
        verdict: None,
        country: subject.country.clone().filter(|_| is_hashed),
        number_type: subject.number_type.clone().filter(|_| is_hashed),
        block: subject.block.clone().filter(|_| is_hashed),
        event,
        reconciled: false,
    };
    let request = story.decision.as_ref().map(|decided| {
        let price = decided.price.as_deref().and_then(price);
        let event = "VerificationRequestEvent";
        let body = Callback { price, custom: decided.custom.clone(), ..callback(event, subject) };
        let verdict = Some(decided.verdict).filter(|verdict| *verdict == Verdict::Deny);
        Traffic { verdict, ..one(decided.at, body) }
    });
    let heard = story.heard.iter().map(|heard| {
        let body = match heard.happening.clone() {
            Happening::Result { status, reason, source } => Callback {
                status: Some(status),
                reason,
                source,
                ..callback("VerificationResultEvent", subject)
            },
            Happening::Delivery { result } => {
                Callback { sms_result: Some(result), ..callback("VerificationSmsDeliveredEvent", subject) }
            }
        };
        Traffic { reconciled: heard.reconciled, ..one(heard.at, body) }
    });
    let mut traffic: Vec<Traffic> = request.into_iter().chain(heard).collect();
    traffic.sort_by_key(|one| one.at);
    traffic
}

/// What every callback about a verification says.
fn callback(event: &'static str, subject: &Subject) -> Callback {
    let identity = |endpoint: &StoredNumber| Identity { kind: "number", endpoint: endpoint.clone() };
    Callback {
        id: subject.id.clone(),
        event,
        method: subject.method.clone(),
        identity: subject.number.as_ref().map(identity),
        price: None,
        reference: subject.reference.clone(),
        custom: None,
        status: None,
        reason: None,
        source: None,
        sms_result: None,
    }
}

/// Reads `0.0453 EUR`, in any currency that was ever recorded.
fn price(text: &str) -> Option<Price> {
    let (amount, currency) = text.split_once(' ')?;
    let amount = RawValue::from_string(amount.to_owned()).ok()?;
    Some(Price { currency_id: currency.to_owned(), amount })
}

#[cfg(test)]
mod tests {
    use super::super::{Decided, Heard, sample};
    use super::*;
    use crate::event::{Event, parse};
    use crate::signature::VerifiedBody;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn story() -> Story {
        let subject = Subject {
            id: "id-1".to_owned(),
            reference: Some("order-1".to_owned()),
            number: Some("+46701740605".to_owned().into()),
            method: Some(Method::Sms),
            ..sample::subject()
        };
        let decided = Decided {
            at: at(0),
            price: Some("0.1234567890123456789012345 EUR".to_owned()),
            custom: Some(r#"{"plan":"trial"}"#.to_owned()),
            ..sample::decided(Verdict::Allow)
        };
        let heard = |second, happening| Heard { at: at(second), happening, reconciled: second == 9 };
        let result = |status, reason: Option<&str>| Happening::Result {
            status,
            reason: reason.map(ToOwned::to_owned),
            source: Some("manual".to_owned()),
        };
        let heard = vec![
            heard(5, Happening::Delivery { result: SmsResult::Successful }),
            heard(9, result(Status::Successful, None)),
            heard(-1, result(Status::Fail, Some("Expired"))),
        ];
        Story { subject, decision: Some(decided), heard, ..sample::story(Verdict::Allow) }
    }

    fn lines() -> Vec<String> {
        traffic(&story()).iter().map(|one| serde_json::to_string(one).unwrap()).collect()
    }

    #[test]
    fn a_story_is_told_in_the_order_of_time() {
        let begins = r#"{"at":"2026-09-21T14:13:20Z","app":"app","event":{"id":"id-1","event":"VerificationRequestEvent","method":"sms","identity":{"type":"number","endpoint":"+46701740605"},"price":{"currencyId":"EUR","amount":0.1234567890123456789012345},"reference":"order-1","custom":"{\"plan\":\"trial\"}"}}"#;
        let lines = lines();
        assert_eq!(lines[1], begins);
        assert!(lines[0].contains(r#""status":"FAIL","reason":"Expired","source":"manual""#), "{}", lines[0]);
        assert!(lines[2].contains(r#""smsResult":"Successful""#), "{}", lines[2]);
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn what_is_told_is_read_as_the_event_that_came() {
        let events: Vec<Event> = lines()
            .iter()
            .map(|line| {
                let line: std::collections::HashMap<&str, &RawValue> = serde_json::from_str(line).unwrap();
                let body = line["event"].get().as_bytes();
                parse(&VerifiedBody::trust_without_verification(body, "app".parse().unwrap())).unwrap()
            })
            .collect();
        let [
            Event::Result(fail),
            Event::Request(request),
            Event::SmsDelivered(delivered),
            Event::Result(success),
        ] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!(request.price.unwrap().to_string(), "0.1234567890123456789012345 EUR");
        assert_eq!(request.custom.as_ref().unwrap().get("plan"), Some("trial"));
        assert_eq!(request.unreadable, Vec::<&str>::new());
        assert_eq!((fail.status.clone(), fail.reason.as_deref()), (Status::Fail, Some("Expired")));
        assert_eq!(success.status, Status::Successful);
        assert_eq!(delivered.number.as_ref().unwrap(), &request.number);
    }

    #[test]
    fn a_denial_and_an_answer_of_sinch_are_marked() {
        let marks = |verdict| {
            let decision = Some(Decided { at: at(0), ..sample::decided(verdict) });
            let told = traffic(&Story { decision, ..story() });
            told.iter().map(|one| (one.verdict, one.reconciled)).collect::<Vec<_>>()
        };
        let denied = Some(Verdict::Deny);
        assert_eq!(marks(Verdict::Allow), [(None, false), (None, false), (None, false), (None, true)]);
        assert_eq!(marks(Verdict::Deny), [(None, false), (denied, false), (None, false), (None, true)]);
    }

    #[test]
    fn a_story_without_request_has_only_what_was_heard() {
        let traffic = traffic(&Story { decision: None, ..story() });
        assert_eq!(traffic.len(), 3);
    }
}
