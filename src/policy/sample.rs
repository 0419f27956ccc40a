//! What unit tests of policies ask with, with as little in it as there can be.

use crate::event::{Method, VerificationId, VerificationRequest};
use crate::phone::PhoneNumber;

/// A request to verify a number by SMS.
pub(super) fn request(number: &str) -> VerificationRequest {
    VerificationRequest {
        id: VerificationId("1234567890".to_owned()),
        method: Method::Sms,
        number: PhoneNumber::new(number),
        reference: None,
        custom: None,
        price: None,
        unreadable: Vec::new(),
    }
}

/// The text of a policy of one rule that denies.
pub(super) fn one_rule(body: &str) -> String {
    format!("schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"r\"\nverdict = \"deny\"\n{body}\n")
}
