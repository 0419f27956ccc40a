//! The status of a verification.

use jiff::Timestamp;

use super::read::{self, AnswerError, BodyReader};
use super::report::Reported;
use crate::event::{Method, Reference, Status, VerificationId, price};
use crate::money::Money;
use crate::phone::PhoneNumber;

/// Which verification to ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StatusBy {
    /// The one with this id.
    Id(VerificationId),
    /// The latest by this method of this number. It may be another than the one in mind.
    Number {
        /// The method.
        method: Method,
        /// The number.
        number: PhoneNumber,
    },
    /// The one that was started with this reference.
    Reference(Reference),
}

/// What Sinch knows of a verification. A final status is not the last word on the price, which may come
/// later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// Sinch's id of it, where the answer has it.
    pub id: Option<VerificationId>,
    /// How it verifies.
    pub method: Method,
    /// How it ended, or that it has not yet.
    pub status: Status,
    /// Why, in Sinch's words: an open set.
    pub reason: Option<String>,
    /// The customer's own reference, where one was given.
    pub reference: Option<Reference>,
    /// The number.
    pub number: Option<PhoneNumber>,
    /// The country of the number in two letters, as Sinch sees it.
    pub country: Option<String>,
    /// A moment of it; which one, Sinch does not say.
    pub at: Option<Timestamp>,
    /// How the code reached the app: an open set.
    pub source: Option<String>,
    /// Whether the call is over.
    pub call_complete: Option<bool>,
    /// How the call ended: an open set.
    pub call_result: Option<String>,
    /// What it costs, as far as it is known.
    pub cost: Cost,
    /// Members that were there but made no sense, and so count as absent.
    pub unreadable: Vec<&'static str>,
}

/// What a verification costs at most.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cost {
    /// For the verification.
    pub verification: Option<Money>,
    /// For the call, where calls are charged.
    pub termination: Option<Money>,
    /// How long the call was, in seconds, rounded.
    pub billable_seconds: Option<u32>,
}

impl State {
    /// Reads the answer to a status question.
    ///
    /// # Errors
    /// Where it is not a JSON object or has no status.
    pub fn read(json: &[u8]) -> Result<Self, AnswerError> {
        let mut reader = read::answer(json)?;
        let at = reader.text("verificationTimestamp");
        Ok(Self {
            id: reader.id_if_any(),
            method: reader.method(),
            status: reader.status()?,
            reason: reader.text("reason"),
            reference: reader.reference(),
            number: reader.number(),
            country: reader.text("countryId"),
            at: at.and_then(|text| reader.noted("verificationTimestamp", moment(&text))),
            source: reader.text("source"),
            call_complete: reader.value("callComplete"),
            call_result: reader.text("callResult"),
            cost: Cost::read(&mut reader),
            unreadable: reader.unreadable,
        })
    }

    /// Whether the verification is over, as far as this version knows the status.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status.is_final()
    }
}

/// What a report says of the status, which leaves out number, time and cost.
impl From<Reported> for State {
    fn from(reported: Reported) -> Self {
        Self {
            id: reported.id,
            method: reported.method,
            status: reported.status,
            reason: reported.reason,
            reference: reported.reference,
            number: None,
            country: None,
            at: None,
            source: reported.source,
            call_complete: reported.call_complete,
            call_result: None,
            cost: Cost::default(),
            unreadable: reported.unreadable,
        }
    }
}

impl Cost {
    fn read(reader: &mut BodyReader<'_>) -> Self {
        let Some(block) = reader.block("price") else { return Self::default() };
        let mut money = |member, name| {
            let value = block.get(member)?;
            reader.noted(name, price::read(value))
        };
        Self {
            verification: money("verificationPrice", "price.verificationPrice"),
            termination: money("terminationPrice", "price.terminationPrice"),
            billable_seconds: reader.in_block(&block, "billableDuration", "price.billableDuration"),
        }
    }
}

impl StatusBy {
    /// The member in which an answer is about another verification than the one that was asked for.
    #[must_use]
    pub fn contradiction(&self, state: &State) -> Option<&'static str> {
        match self {
            Self::Id(id) => differs(id, state.id.as_ref()).then_some("id"),
            Self::Reference(reference) => differs(reference, state.reference.as_ref()).then_some("reference"),
            Self::Number { method, .. } if *method != state.method => Some("method"),
            Self::Number { number, .. } => {
                differs(number, state.number.as_ref()).then_some("identity.endpoint")
            }
        }
    }
}

/// Whether something else is stated.
fn differs<T: PartialEq>(asked: &T, stated: Option<&T>) -> bool {
    stated.is_some_and(|stated| stated != asked)
}

/// A time in UTC, with 0 to 9 fraction digits; the Z may be missing.
fn moment(text: &str) -> Option<Timestamp> {
    let without_zone = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let is_time = without_zone.as_bytes().get(10) == Some(&b'T')
        && without_zone.bytes().all(|byte| byte.is_ascii_digit() || b"-T:.".contains(&byte));
    is_time.then(|| format!("{without_zone}Z").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_utc_with_or_without_zone_and_fraction() {
        for (text, expected) in [
            ("2024-06-06T09:10:27", "2024-06-06T09:10:27Z"),
            ("2024-06-06T09:10:27Z", "2024-06-06T09:10:27Z"),
            ("2024-06-06T09:10:27.726", "2024-06-06T09:10:27.726Z"),
            ("2024-06-06T09:10:27.7264837", "2024-06-06T09:10:27.7264837Z"),
            ("2024-06-06T09:10:27.123456789Z", "2024-06-06T09:10:27.123456789Z"),
        ] {
            assert_eq!(moment(text).map(|at| at.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2024-06-06",
            "2024-06-06 09:10:27",
            "2024-06-06T09:10:27+02:00",
            "2024-13-06T09:10:27",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named_and_the_rest_is_read() {
        let state = State::read(
            br#"{"id":{},"method":"rcs","status":"LOST","reason":["x"],"identity":"+46","countryId":7,
                "verificationTimestamp":"noon","callComplete":"yes","new":1,
                "price":{"verificationPrice":{"amount":"x"},"billableDuration":-3}}"#,
        )
        .unwrap();
        assert_eq!((state.method.to_string(), state.status.to_string()), ("rcs".into(), "LOST".into()));
        assert!(!state.is_final());
        assert_eq!(
            state.unreadable,
            [
                "id",
                "reason",
                "identity",
                "verificationTimestamp",
                "callComplete",
                "price.verificationPrice",
                "price.billableDuration"
            ]
        );
    }

    #[test]
    fn a_price_is_exact() {
        let state = State::read(
            br#"{"status":"FAIL","price":{"verificationPrice":{"currencyId":"EUR","amount":0.1234567890123456789},
                "terminationPrice":{"currencyId":"EUR","amount":0},"billableDuration":34}}"#,
        )
        .unwrap();
        let shown = |money: Option<Money>| money.map(|money| money.to_string());
        assert_eq!(shown(state.cost.verification).as_deref(), Some("0.1234567890123456789 EUR"));
        assert_eq!(shown(state.cost.termination).as_deref(), Some("0 EUR"));
        assert_eq!(state.cost.billable_seconds, Some(34));
    }

    #[test]
    fn an_answer_about_another_verification_is_noticed() {
        let state = State::read(
            br#"{"id":"1","reference":"r","method":"sms","status":"PENDING","identity":{"endpoint":"+46700000001"}}"#,
        )
        .unwrap();
        let by_id = |id| StatusBy::Id(VerificationId::new(id).unwrap()).contradiction(&state);
        assert_eq!((by_id("1"), by_id("2")), (None, Some("id")));
        let by_reference = |text| StatusBy::Reference(Reference::new(text).unwrap()).contradiction(&state);
        assert_eq!((by_reference("r"), by_reference("s")), (None, Some("reference")));
        let by_number = |method, number| {
            StatusBy::Number { method, number: PhoneNumber::new(number) }.contradiction(&state)
        };
        assert_eq!(by_number(Method::Sms, "+46700000001"), None);
        assert_eq!(by_number(Method::Sms, "+46700000002"), Some("identity.endpoint"));
        assert_eq!(by_number(Method::Callout, "+46700000001"), Some("method"));
    }
}
