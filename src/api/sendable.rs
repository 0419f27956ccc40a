//! What may stand in the path of a call, and what a request may hold.
//!
//! Which text is signed for an escaped path differs between Sinch's own libraries, and what the server does
//! with it is not documented. So nothing is ever escaped: what would need it is refused before it is sent.

use crate::event::{Method, Reference, VerificationId};
use crate::phone::PhoneNumber;

/// The most characters of `custom`, as Sinch describes it.
const LONGEST_CUSTOM: usize = 4096;

/// Why a request is not sent. Numbers and codes are not repeated.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unsendable {
    /// Not a number in E.164 form.
    #[error(
        "the number ({masked}) is not in E.164 form\nhint: write a plus sign, country calling code and \
         number without blanks, such as +46700000001"
    )]
    Number {
        /// How it may be shown.
        masked: String,
    },
    /// Not an id that can stand in a path.
    #[error(
        "the id cannot stand in a path\nhint: give Sinch's id, which is letters, digits and hyphens, such as \
         018bec3e-6913-d36c-5102-ebda3fd6d30f"
    )]
    Id,
    /// Not a reference that can stand in a path.
    #[error(
        "the reference `{reference}` cannot be asked for, since it would have to be escaped in a path\n\
         hint: use letters, digits, `-`, `.`, `_` and `~` only, and not `.` or `..` alone"
    )]
    Reference {
        /// As it was given, in a form that is safe to show.
        reference: String,
    },
    /// Too long a text.
    #[error("custom has {length} characters, where Sinch takes {LONGEST_CUSTOM}")]
    Custom {
        /// Its length in characters.
        length: usize,
    },
    /// A method that has no such call.
    #[error("Sinch has no status by number for the method `{method}`\nhint: ask by id or reference")]
    MethodWithoutStatus {
        /// The method.
        method: String,
    },
    /// A spoken language without region.
    #[error("the locale `{locale}` has no region, which a phone call takes\nhint: write both, such as en-US")]
    LocaleWithoutRegion {
        /// As it was written.
        locale: String,
    },
    /// Not a code.
    #[error(
        "the code is empty, too long or holds blanks or control characters\n\
         hint: send what the phone received"
    )]
    Code,
    /// Not a number that called.
    #[error(
        "what is reported for a flash call is the whole number that called\n\
         hint: give it in E.164 form with its plus sign, such as +46000000000"
    )]
    Caller,
}

/// The number as a segment, its plus sign as it is.
pub(super) fn number(number: &PhoneNumber) -> Result<&str, Unsendable> {
    let masked = || Unsendable::Number { masked: number.masked().to_string() };
    number.digits().map(|_| number.as_str()).ok_or_else(masked)
}

/// The id as a segment.
pub(super) fn id(id: &VerificationId) -> Result<&str, Unsendable> {
    let is_safe = |byte: u8| byte.is_ascii_graphic() && !b"/?#%\\\"<>^`{|}".contains(&byte);
    checked(id.as_str(), is_safe).ok_or(Unsendable::Id)
}

/// The reference as a segment.
pub(super) fn reference(reference: &Reference) -> Result<&str, Unsendable> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let shown = || reference.as_str().escape_debug().take(60).collect();
    checked(reference.as_str(), is_unreserved).ok_or_else(|| Unsendable::Reference { reference: shown() })
}

/// The method as a segment of the status by number.
pub(super) fn method(method: &Method) -> Result<&'static str, Unsendable> {
    match method {
        Method::Sms => Ok("sms"),
        Method::FlashCall => Ok("flashcall"),
        Method::Callout => Ok("callout"),
        Method::WhatsApp => Ok("whatsapp"),
        Method::Seamless | Method::Other(_) => {
            Err(Unsendable::MethodWithoutStatus { method: method.to_string() })
        }
    }
}

/// Checks the free text of a start.
pub(super) fn custom(text: &str) -> Result<&str, Unsendable> {
    let length = text.chars().count();
    if length > LONGEST_CUSTOM { Err(Unsendable::Custom { length }) } else { Ok(text) }
}

/// A text of allowed bytes that does not lead to another folder.
fn checked(text: &str, is_allowed: impl Fn(u8) -> bool) -> Option<&str> {
    let is_safe = !text.is_empty() && text != "." && text != ".." && text.bytes().all(is_allowed);
    is_safe.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_of_unreserved_characters_is_sent_as_it_is() {
        for text in ["ord_2026-01-02.42~a", "a", "...", "-"] {
            assert_eq!(reference(&Reference::new(text).unwrap()), Ok(text));
        }
    }

    #[test]
    fn a_reference_that_would_change_the_path_is_refused() {
        for text in [".", "..", "a/b", "a?b", "a#b", "a b", "a%2Fb", "å", "a\n", "a\\b", "+46"] {
            let error = reference(&Reference::new(text).unwrap()).unwrap_err().to_string();
            assert!(error.contains("letters, digits, `-`, `.`, `_` and `~`"), "{text:?}: {error}");
            assert_eq!(error.matches(char::is_control).count(), 1, "more than the advice's line: {error:?}");
        }
    }

    #[test]
    fn an_id_that_would_change_the_path_is_refused() {
        let sent = "018bec3e-6913-d36c-5102-ebda3fd6d30f";
        assert_eq!(id(&VerificationId::new(sent).unwrap()), Ok(sent));
        for text in [".", "..", "a/b", "a?b", "a#b", "the id", "a%2Fb", "å", "a\0"] {
            assert_eq!(id(&VerificationId::new(text).unwrap()), Err(Unsendable::Id), "{text:?}");
        }
    }

    #[test]
    fn a_number_is_e164_with_its_plus_sign() {
        assert_eq!(number(&PhoneNumber::new("+46700000001")), Ok("+46700000001"));
        for text in ["46700000001", "+46 70 000 00 01", "+0700000001", "+endpoint", "", "+46700000001/x"] {
            let error = number(&PhoneNumber::new(text)).unwrap_err().to_string();
            assert!(error.contains("E.164"), "{text:?}: {error}");
            assert!(!error.contains("70 000 00"), "{error}");
        }
    }

    #[test]
    fn data_verification_has_no_status_by_number() {
        for (name, expected) in
            [("SMS", Some("sms")), ("phonecall", Some("callout")), ("data", None), ("rcs", None)]
        {
            assert_eq!(method(&Method::parse(name)).ok(), expected, "{name}");
        }
    }

    #[test]
    fn custom_is_counted_in_characters() {
        assert!(custom(&"å".repeat(4096)).is_ok());
        assert_eq!(custom(&"å".repeat(4097)), Err(Unsendable::Custom { length: 4097 }));
    }
}
