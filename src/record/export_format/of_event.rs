//! Traffic from events that no record keeps.

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::{Callback, Identity, Price, Traffic};
use crate::event::{
    Custom, Method, Reference, SmsDelivered, VerificationId, VerificationRequest, VerificationResult,
};
use crate::money::Money;
use crate::phone::PhoneNumber;
use crate::privacy::StoredNumber;
use crate::signature::AppKey;
use crate::verdict::Verdict;

impl Traffic {
    /// A request, and what was decided about it.
    #[must_use]
    pub fn of_request(at: Timestamp, app: AppKey, request: &VerificationRequest, verdict: Verdict) -> Self {
        let VerificationRequest { id, method, number, reference, custom, price, .. } = request;
        let body = body("VerificationRequestEvent", id, method, Some(number), reference.as_ref());
        let custom = custom.as_ref().map(Custom::as_str).map(ToOwned::to_owned);
        let event = Callback { custom, price: (*price).and_then(price_of), ..body };
        Self { verdict: Some(verdict).filter(|verdict| *verdict == Verdict::Deny), ..one(at, app, event) }
    }

    /// A result.
    #[must_use]
    pub fn of_result(at: Timestamp, app: AppKey, result: &VerificationResult) -> Self {
        let VerificationResult { id, method, number, reference, status, reason, source, .. } = result;
        let body = body("VerificationResultEvent", id, method, number.as_ref(), reference.as_ref());
        let (status, reason, source) = (Some(status.clone()), reason.clone(), source.clone());
        one(at, app, Callback { status, reason, source, ..body })
    }

    /// A receipt.
    #[must_use]
    pub fn of_delivery(at: Timestamp, app: AppKey, delivered: &SmsDelivered) -> Self {
        let SmsDelivered { id, method, number, reference, sms_result, .. } = delivered;
        let body = body("VerificationSmsDeliveredEvent", id, method, number.as_ref(), reference.as_ref());
        one(at, app, Callback { sms_result: Some(sms_result.clone()), ..body })
    }
}

fn one(at: Timestamp, app: AppKey, event: Callback) -> Traffic {
    Traffic {
        at,
        app,
        verdict: None,
        country: None,
        number_type: None,
        block: None,
        event,
        reconciled: false,
    }
}

fn body(
    event: &'static str,
    id: &VerificationId,
    method: &Method,
    number: Option<&PhoneNumber>,
    reference: Option<&Reference>,
) -> Callback {
    let endpoint = |number: &PhoneNumber| StoredNumber::from(number.as_str().to_owned());
    Callback {
        id: id.to_string(),
        event,
        method: Some(method.clone()),
        identity: number.map(|number| Identity { kind: "number", endpoint: endpoint(number) }),
        price: None,
        reference: reference.map(ToString::to_string),
        custom: None,
        status: None,
        reason: None,
        source: None,
        sms_result: None,
    }
}

fn price_of(price: Money) -> Option<Price> {
    let amount = RawValue::from_string(price.amount.to_string()).ok()?;
    Some(Price { currency_id: price.currency.to_string(), amount })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::{Event, parse};
    use crate::signature::VerifiedBody;

    fn line(body: &Value, verdict: Verdict) -> Value {
        let (at, app) = (Timestamp::UNIX_EPOCH, "app".parse::<AppKey>().unwrap());
        let bytes = serde_json::to_vec(body).unwrap();
        let traffic = match parse(&VerifiedBody::trust_without_verification(&bytes, app.clone())).unwrap() {
            Event::Request(request) => Traffic::of_request(at, app, &request, verdict),
            Event::Result(result) => Traffic::of_result(at, app, &result),
            Event::SmsDelivered(delivered) => Traffic::of_delivery(at, app, &delivered),
            event => panic!("{event:?}"),
        };
        serde_json::to_value(traffic).unwrap()
    }

    #[test]
    fn an_event_is_told_as_the_callback_that_it_came_in() {
        let identity = json!({"type": "number", "endpoint": "+46701740605"});
        let request = json!({
            "id": "1", "event": "VerificationRequestEvent", "method": "sms", "identity": identity,
            "price": {"currencyId": "EUR", "amount": 0.0127}, "reference": "order-1", "custom": "trial",
        });
        let result = json!({
            "id": "1", "event": "VerificationResultEvent", "method": "sms", "identity": identity,
            "reference": "order-1", "status": "FAIL", "reason": "Expired", "source": "manual",
        });
        let delivery = json!({
            "id": "1", "event": "VerificationSmsDeliveredEvent", "method": "sms", "identity": identity,
            "reference": "order-1", "smsResult": "Successful",
        });
        for event in [request.clone(), result, delivery] {
            let told = json!({"at": "1970-01-01T00:00:00Z", "app": "app", "event": event});
            assert_eq!(line(&event, Verdict::Allow), told);
        }
        assert_eq!(line(&request, Verdict::Deny)["verdict"], "deny");
    }
}
