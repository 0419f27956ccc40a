//! From a verified body to an event.

use super::body_reader::{BodyReader, Unusable, required_text};
use super::json_object::JsonObject;
use super::price;
use super::{Custom, Event, SmsDelivered, SmsResult, Status, VerificationRequest, VerificationResult};
use crate::money::Money;
use crate::phone::PhoneNumber;
use crate::signature::VerifiedBody;

/// Why no event can be read from a body that Sinch has signed. The body is never quoted, since it holds a
/// number and the customer's free text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EventError {
    /// The body is not JSON.
    #[error("body is not JSON, from line {line}, column {column} on")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 0 where the body ends too early.
        column: usize,
    },
    /// The body is JSON, but not an object.
    #[error("body is JSON but not an object")]
    NotAnObject,
    /// A member is missing, null or empty without which the event means nothing.
    #[error("body has no `{member}`, which the event cannot do without")]
    Missing {
        /// Its name; a dot leads into an object.
        member: &'static str,
    },
    /// Such a member is there, but it is not what Sinch documents: text, or an object for `identity`.
    #[error("`{member}` in the body is of another type than Sinch documents")]
    Unreadable {
        /// Its name; a dot leads into an object.
        member: &'static str,
    },
}

impl EventError {
    /// A stable name for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::Missing { .. } => "missing-member",
            Self::Unreadable { .. } => "unreadable-member",
        }
    }

    /// Takes no more than the position: the text of a JSON error may quote what it stumbled over.
    fn of(error: &serde_json::Error) -> Self {
        match error.classify() {
            serde_json::error::Category::Data => Self::NotAnObject,
            _ => Self::NotJson { line: error.line(), column: error.column() },
        }
    }
}

impl From<Unusable> for EventError {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Missing { member } => Self::Missing { member },
            Unusable::Unreadable { member } => Self::Unreadable { member },
        }
    }
}

/// Reads the event in a verified body.
///
/// # Errors
///
/// Only where the body is not a JSON object, has no `event` or no `id`, or is a request without number.
pub fn parse(body: &VerifiedBody<'_>) -> Result<Event, EventError> {
    let reader = BodyReader::new(body.bytes()).map_err(|error| EventError::of(&error))?;
    let name = reader.required("event")?;
    match name.as_str() {
        "VerificationRequestEvent" => reader.request().map(Event::Request),
        "VerificationResultEvent" => reader.result().map(Event::Result),
        "VerificationSmsDeliveredEvent" => reader.sms_delivered().map(Event::SmsDelivered),
        _ => Ok(Event::Unknown { name }),
    }
}

/// What callbacks have besides.
impl BodyReader<'_> {
    fn request(mut self) -> Result<VerificationRequest, EventError> {
        Ok(VerificationRequest {
            id: self.id()?,
            number: self.required_number()?,
            method: self.method(),
            reference: self.reference(),
            custom: self.custom(),
            price: self.price(),
            unreadable: self.unreadable,
        })
    }

    fn result(mut self) -> Result<VerificationResult, EventError> {
        Ok(VerificationResult {
            id: self.id()?,
            method: self.method(),
            number: self.number_if_any(),
            reference: self.reference(),
            custom: self.custom(),
            status: Status::parse(&self.text("status").unwrap_or_default()),
            reason: self.text("reason"),
            source: self.text("source"),
            unreadable: self.unreadable,
        })
    }

    fn sms_delivered(mut self) -> Result<SmsDelivered, EventError> {
        Ok(SmsDelivered {
            id: self.id()?,
            method: self.method(),
            number: self.number_if_any(),
            reference: self.reference(),
            custom: self.custom(),
            sms_result: SmsResult::parse(&self.text("smsResult").unwrap_or_default()),
            unreadable: self.unreadable,
        })
    }

    fn custom(&mut self) -> Option<Custom> {
        self.text("custom").map(Custom::new)
    }

    fn required_number(&self) -> Result<PhoneNumber, Unusable> {
        let identity = self.members.get("identity").ok_or(Unusable::Missing { member: "identity" })?;
        let identity = JsonObject::of(identity).ok_or(Unusable::Unreadable { member: "identity" })?;
        required_text(identity.get("endpoint"), "identity.endpoint").map(|text| PhoneNumber::new(&text))
    }

    fn number_if_any(&mut self) -> Option<PhoneNumber> {
        match self.required_number() {
            Ok(number) => Some(number),
            Err(Unusable::Unreadable { member }) => {
                self.unreadable.push(member);
                None
            }
            Err(_) => None,
        }
    }

    fn price(&mut self) -> Option<Money> {
        let value = self.members.get("price")?;
        self.noted("price", price::read(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Method;

    fn parse_text(body: &[u8]) -> Result<Event, EventError> {
        parse(&VerifiedBody::trust_without_verification(body, "app".parse().unwrap()))
    }

    fn request(members: &str) -> VerificationRequest {
        let body = format!(
            r#"{{"event":"VerificationRequestEvent","id":"1","identity":{{"endpoint":"+46700000001"}},{members}}}"#
        );
        match parse_text(body.as_bytes()) {
            Ok(Event::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check_refused(body: &[u8], message: &str) {
        assert_eq!(parse_text(body).map_err(|error| error.to_string()), Err(message.to_owned()));
    }

    #[test]
    fn says_what_is_wrong_without_quoting_the_body() {
        check_refused(b"", "body is not JSON, from line 1, column 0 on");
        check_refused(b"{\n\"id\": secret}", "body is not JSON, from line 2, column 7 on");
        check_refused(b"{} {}", "body is not JSON, from line 1, column 4 on");
        check_refused(b"{\"a\":\"\xff\"}", "body is not JSON, from line 1, column 7 on");
        check_refused(br#"{"\ud800":1}"#, "body is not JSON, from line 1, column 9 on");
        check_refused(b"[]", "body is JSON but not an object");
        check_refused(b"\"secret\"", "body is JSON but not an object");
        check_refused(b"{}", "body has no `event`, which the event cannot do without");
        check_refused(br#"{"event":null}"#, "body has no `event`, which the event cannot do without");
        check_refused(
            br#"{"event":["secret"]}"#,
            "`event` in the body is of another type than Sinch documents",
        );
        let request = r#"{"event":"VerificationRequestEvent","#;
        for (rest, message) in [
            (r#""method":"sms"}"#, "body has no `id`, which the event cannot do without"),
            (r#""id":""}"#, "body has no `id`, which the event cannot do without"),
            (r#""id":{}}"#, "`id` in the body is of another type than Sinch documents"),
            (r#""id":"1"}"#, "body has no `identity`, which the event cannot do without"),
            (
                r#""id":"1","identity":"+46700000001"}"#,
                "`identity` in the body is of another type than Sinch documents",
            ),
            (
                r#""id":"1","identity":{}}"#,
                "body has no `identity.endpoint`, which the event cannot do without",
            ),
            (
                r#""id":"1","identity":{"endpoint":[]}}"#,
                "`identity.endpoint` in the body is of another type than Sinch documents",
            ),
        ] {
            check_refused(format!("{request}{rest}").as_bytes(), message);
        }
    }

    #[test]
    fn optional_members_that_make_no_sense_are_noted() {
        let request = request(r#""method":[],"reference":{},"custom":{"plan":"trial"},"price":1"#);
        assert_eq!(request.unreadable, ["method", "reference", "custom", "price"]);
        assert_eq!(request.method, Method::Other(String::new()));
        assert_eq!((request.reference, request.custom, request.price), (None, None, None));
    }

    #[test]
    fn a_result_can_do_without_a_number() {
        let parsed = parse_text(br#"{"event":"VerificationResultEvent","id":7,"identity":[]}"#);
        let Ok(Event::Result(result)) = parsed else { panic!("{parsed:?}") };
        assert_eq!((result.id.as_str(), result.number), ("7", None));
        assert_eq!(result.status, Status::Other(String::new()));
        assert_eq!(result.unreadable, ["identity"]);
    }

    #[test]
    fn an_empty_reference_is_none() {
        assert_eq!(request(r#""reference":"""#).reference, None);
    }

    #[test]
    fn the_last_of_two_members_of_one_name_counts() {
        assert_eq!(request(r#""method":"sms","method":"callout""#).method, Method::Callout);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let parsed = parse_text(b"\xef\xbb\xbf{\"event\":\"New\"}");
        assert_eq!(parsed, Ok(Event::Unknown { name: "New".to_owned() }));
    }

    #[test]
    fn unknown_members_may_hold_anything() {
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        let huge = "9".repeat(20_000);
        let request = request(&format!(r#""deep":{deep},"huge":{huge},"lone":"\ud800","price":{deep}"#));
        assert_eq!(request.unreadable, ["price"]);
    }
}
