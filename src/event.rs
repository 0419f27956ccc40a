//! The three events of the Sinch Verification callback, read from a verified body.
//!
//! Sinch describes them at
//! <https://developers.sinch.com/docs/verification/api-reference/verification/verification-callbacks>. What
//! it sends differs from that description in places and may grow, and a callback that cannot be read is a
//! person who cannot sign up. So [`parse()`] insists on nothing but what the gate cannot do without: the
//! `id`, and the number of a request. Members it does not know are passed over, values it does not know are
//! kept as they came, and an optional member that makes no sense counts as absent and is named in
//! `unreadable`.

pub(crate) mod body_reader;
mod custom;
pub(crate) mod json_object;
mod method;
mod parse;
pub(crate) mod price;
mod status;

pub use custom::Custom;
pub use method::{Method, UnknownMethod};
pub use parse::{EventError, parse};
pub use status::{SmsResult, Status};

use std::fmt;

use crate::money::Money;
use crate::phone::PhoneNumber;

/// What Sinch reports or asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// `VerificationRequestEvent`: may this verification go ahead?
    Request(VerificationRequest),
    /// `VerificationResultEvent`: how it ended.
    Result(VerificationResult),
    /// `VerificationSmsDeliveredEvent`: whether the SMS arrived.
    SmsDelivered(SmsDelivered),
    /// A kind of event this version does not know; answered with an empty 200 and counted.
    Unknown {
        /// The value of `event`.
        name: String,
    },
}

/// The opaque `id` that Sinch gives a verification; never empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VerificationId(pub(crate) String);

/// The `reference` that whoever started the verification gave it; unique per start, never empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reference(pub(crate) String);

/// A question: may this verification go ahead?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerificationRequest {
    /// Sinch's id of the verification.
    pub id: VerificationId,
    /// How the number is to be verified.
    pub method: Method,
    /// The number to verify.
    pub number: PhoneNumber,
    /// The customer's own reference, where one was given.
    pub reference: Option<Reference>,
    /// Free text of the customer, up to 4,096 characters; under public authentication it comes from the
    /// end user's device.
    pub custom: Option<Custom>,
    /// What the verification will cost, where Sinch says so.
    pub price: Option<Money>,
    /// Members that were there but made no sense, and so count as absent.
    pub unreadable: Vec<&'static str>,
}

/// An answer to "how did it go?". Sinch may send several for one `id`, in any order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerificationResult {
    /// Sinch's id of the verification.
    pub id: VerificationId,
    /// How the number was verified.
    pub method: Method,
    /// The number.
    pub number: Option<PhoneNumber>,
    /// The customer's own reference, where one was given.
    pub reference: Option<Reference>,
    /// Free text of the customer, as in the request.
    pub custom: Option<Custom>,
    /// How it ended, or that it has not yet.
    pub status: Status,
    /// Why, in Sinch's words, such as `Expired` or `Denied by callback`: an open set.
    pub reason: Option<String>,
    /// How the code reached the app, such as `intercepted` or `manual`: an open set.
    pub source: Option<String>,
    /// Members that were there but made no sense, and so count as absent.
    pub unreadable: Vec<&'static str>,
}

/// A delivery receipt of an SMS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmsDelivered {
    /// Sinch's id of the verification.
    pub id: VerificationId,
    /// How the number is verified: `sms`, or nothing, since samples of Sinch leave it out.
    pub method: Method,
    /// The number.
    pub number: Option<PhoneNumber>,
    /// The customer's own reference, where one was given.
    pub reference: Option<Reference>,
    /// Free text of the customer, as in the request.
    pub custom: Option<Custom>,
    /// Whether the SMS arrived.
    pub sms_result: SmsResult,
    /// Members that were there but made no sense, and so count as absent.
    pub unreadable: Vec<&'static str>,
}

impl Event {
    /// Sinch's id of the verification, where the kind of event is known.
    #[must_use]
    pub fn id(&self) -> Option<&VerificationId> {
        match self {
            Self::Request(request) => Some(&request.id),
            Self::Result(result) => Some(&result.id),
            Self::SmsDelivered(delivered) => Some(&delivered.id),
            Self::Unknown { .. } => None,
        }
    }

    /// Whether it reports what has happened. Then it changes nothing to hear it twice, or late.
    #[must_use]
    pub fn is_outcome(&self) -> bool {
        matches!(self, Self::Result(_) | Self::SmsDelivered(_))
    }
}

impl VerificationId {
    /// Takes an id as Sinch gave it; `None` where it is empty.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The id as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Reference {
    /// Takes a reference as it was given; `None` where it is empty.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The reference as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VerificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
