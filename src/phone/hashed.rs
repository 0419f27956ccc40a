//! A number of which only a hash is known, and what else is known of it.

use super::{CallingCode, Country, NumberType, PhoneNumber, e164_digits};

/// The first digits of a number whose last ones are not known.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct KnownPart {
    pub(super) text: Box<str>,
    /// How many digits are missing.
    pub(super) left_out: u8,
}

impl PhoneNumber {
    /// A number of which only a hash is known, and what was known of it when that was made: its country and
    /// type, and maybe the number without that many of its last digits.
    #[must_use]
    pub fn hashed(
        text: &str,
        country: Option<Country>,
        number_type: NumberType,
        without_last: Option<(&str, u8)>,
    ) -> Self {
        let known = without_last.filter(|(part, _)| e164_digits(part).is_some());
        let code = known.and_then(|(part, _)| CallingCode::split_from(e164_digits(part)?));
        Self {
            text: text.into(),
            country,
            calling_code: code.map(|(code, ..)| code),
            number_type,
            known: known.map(|(part, left_out)| KnownPart { text: part.into(), left_out }),
        }
    }

    /// What is known of a number whose text is a hash: the number without that many of its last digits.
    pub(crate) fn known_part(&self) -> Option<(&str, u8)> {
        self.known.as_ref().map(|known| (&*known.text, known.left_out))
    }
}
