//! Phone numbers as the gate sees them: country, calling code and type.
//!
//! A number is whatever text Sinch sent as `identity.endpoint`. It is classified once, by walking the
//! table that `build.rs` makes from Google's numbering metadata, and the answers are those of libphonenumber.
//! Nothing here corrects a number: text that is not E.164 has no country and the type `invalid`, which a
//! policy can name.
//!
//! ```
//! use sinch_gate::phone::{NumberType, PhoneNumber};
//!
//! let number = PhoneNumber::new("+18765551234");
//! assert_eq!(number.country().map(|country| country.code()), Some("JM"));
//! assert_eq!(number.calling_code().map(|code| code.to_string()).as_deref(), Some("1"));
//! assert_eq!(PhoneNumber::new("0046701234567").number_type(), NumberType::Invalid);
//! ```

mod country;
mod coverage;
#[cfg(feature = "cli")]
mod draw;
#[cfg(feature = "cli")]
mod hashed;
mod masked;
mod number_type;
mod prefix;
mod proposal;
mod table;

/// Runs in `build.rs`; it is part of the crate's tests so that its own are.
#[cfg(test)]
mod generate {
    mod diagram;
    mod pattern;
}

pub use country::{CallingCode, Country, UnknownCallingCode, UnknownCountry};
pub use coverage::Coverage;
#[cfg(feature = "cli")]
pub use draw::MobileNumbers;
pub use masked::Masked;
pub use number_type::{NumberType, UnknownNumberType};
pub use prefix::{Prefix, PrefixError};
pub use proposal::{Proposal, in_country, other_way, propose};
pub use table::METADATA_VERSION;

/// The most digits of a number, calling code included (ITU-T E.164, 6.2).
const MOST_DIGITS: usize = 15;

/// The number of a verification, as Sinch sent it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    text: Box<str>,
    country: Option<Country>,
    calling_code: Option<CallingCode>,
    number_type: NumberType,
    /// What is known of the number itself where the text is a hash.
    #[cfg(feature = "cli")]
    known: Option<hashed::KnownPart>,
}

impl PhoneNumber {
    /// Classifies a number. Any text is accepted, since Sinch may send whatever it was given.
    ///
    /// E.164 is a plus sign and 1 to 15 digits of which the first is not 0, and nothing else.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let of = |country, calling_code, number_type| Self {
            text: text.into(),
            country,
            calling_code,
            number_type,
            #[cfg(feature = "cli")]
            known: None,
        };
        let Some(digits) = e164_digits(text) else { return of(None, None, NumberType::Invalid) };
        let Some((calling_code, plan, national)) = CallingCode::split_from(digits) else {
            return of(None, None, NumberType::Unknown);
        };
        let (country, number_type) = plan.look_up(national);
        of(country, Some(calling_code), number_type)
    }

    /// The text as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The digits after the plus sign, where the number is E.164.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        e164_digits(&self.text)
    }

    /// Region of the number (not of its calling code): `+1 876…` is Jamaica.
    ///
    /// A number that is not valid has a region too if its calling code or its leading digits determine one.
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
    /// `None` where the number is not E.164, `digits` is 0 or nothing of the national part would be left.
    /// A calling code that is not in use counts as long as the longest.
    #[must_use]
    pub fn block(&self, digits: u8) -> Option<&str> {
        #[cfg(feature = "cli")]
        if let Some(known) = &self.known {
            return without_last(&known.text, digits.checked_sub(known.left_out)?);
        }
        if digits == 0 { None } else { without_last(&self.text, digits) }
    }

    /// The number as far as it is known from its beginning: all of it where it is E.164, and where its text
    /// is a hash, what is known beside that.
    #[must_use]
    pub fn in_clear(&self) -> Option<&str> {
        #[cfg(feature = "cli")]
        if let Some(known) = &self.known {
            return Some(&known.text);
        }
        self.digits().map(|_| self.as_str())
    }

    /// Whether it is a number with most of its digits hidden, rather than a number.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        Masked::is_form_of(&self.text)
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

/// A number without its last digits; `None` where it is not E.164, or nothing of its national part is left.
fn without_last(number: &str, digits: u8) -> Option<&str> {
    let all = e164_digits(number)?;
    let calling_code = match CallingCode::split_from(all) {
        Some((_, _, national)) => all.len() - national.len(),
        None => table::LONGEST_CALLING_CODE,
    };
    let left = all.len().checked_sub(usize::from(digits))?;
    if left <= calling_code { None } else { number.get(..'+'.len_utf8() + left) }
}

/// The digits of a number in E.164 form.
fn e164_digits(text: &str) -> Option<&str> {
    text.strip_prefix('+').filter(|digits| are_e164(digits))
}

/// Whether these are the digits of a number in E.164 form.
fn are_e164(digits: &str) -> bool {
    (1..=MOST_DIGITS).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::NumberType::*;
    use super::*;

    #[track_caller]
    fn check(text: &str, country: &str, calling_code: &str, number_type: NumberType) {
        let number = PhoneNumber::new(text);
        assert_eq!(number.country().map_or("-", Country::code), country, "{text}");
        let code = number.calling_code().map_or("-".to_owned(), |code| code.to_string());
        assert_eq!((code.as_str(), number.number_type()), (calling_code, number_type), "{text}");
        assert_eq!(number.as_str(), text);
    }

    #[test]
    fn a_number_has_a_country_a_calling_code_and_a_type() {
        check("+46701234567", "SE", "46", Mobile);
        check("+468123456", "SE", "46", FixedLine);
        check("+4915123456789", "DE", "49", Mobile);
        check("+12015550123", "US", "1", FixedLineOrMobile);
        check("+18002345678", "US", "1", TollFree);
        check("+19002345678", "US", "1", PremiumRate);
        check("+441212345678", "GB", "44", FixedLine);
        check("+447012345678", "GB", "44", PersonalNumber);
        check("+445612345678", "GB", "44", Voip);
        check("+447640123456", "GB", "44", Pager);
        check("+445512345678", "GB", "44", Uan);
        check("+33884012345", "FR", "33", SharedCost);
        check("+46254123456789", "SE", "46", Voicemail);
    }

    #[test]
    fn regions_that_share_a_calling_code_are_told_apart() {
        check("+15062345678", "CA", "1", FixedLineOrMobile);
        check("+18762101234", "JM", "1", Mobile);
        check("+18765230123", "JM", "1", FixedLineOrMobile);
        check("+441534456789", "JE", "44", FixedLine);
        check("+441481256789", "GG", "44", FixedLine);
        check("+441624756789", "IM", "44", FixedLine);
        check("+79123456789", "RU", "7", Mobile);
        check("+77710009998", "KZ", "7", Mobile);
        check("+390612345678", "IT", "39", FixedLine);
        check("+390669812345", "VA", "39", FixedLine);
        check("+358181234567", "AX", "358", FixedLine);
        check("+4779123456", "SJ", "47", FixedLine);
        check("+262262161234", "RE", "262", FixedLine);
        check("+262639012345", "YT", "262", Mobile);
        check("+59994351234", "CW", "599", FixedLine);
        check("+5997151234", "BQ", "599", FixedLine);
        check("+590590271234", "BL", "590", FixedLine);
        check("+590590201234", "GP", "590", FixedLine);
        check("+61891621234", "CC", "61", FixedLine);
        check("+61891641234", "CX", "61", FixedLine);
        check("+61212345678", "AU", "61", FixedLine);
        // libphonenumber asks Morocco first, whose plan has the numbers of Western Sahara too.
        check("+212528812345", "MA", "212", FixedLine);
        check("+38328012345", "XK", "383", FixedLine);
        // The same first digits belong to two countries, depending on how many follow.
        check("+13101234", "CA", "1", Uan);
        check("+13102345678", "US", "1", FixedLineOrMobile);
    }

    #[test]
    fn global_services_belong_to_no_country() {
        check("+80012345678", "001", "800", TollFree);
        check("+80812345678", "001", "808", SharedCost);
        check("+870301234567", "001", "870", Mobile);
        check("+878101234567890", "001", "878", Voip);
        check("+881612345678", "001", "881", Mobile);
        check("+8823421234", "001", "882", Mobile);
        check("+883510012345", "001", "883", Voip);
        check("+88812345678901", "001", "888", Uan);
        check("+979123456789", "001", "979", PremiumRate);
    }

    #[test]
    fn an_invalid_number_has_a_country_where_its_first_digits_tell() {
        check("+461", "SE", "46", Unknown);
        check("+46", "SE", "46", Unknown);
        check("+467012345678901", "SE", "46", Unknown);
        check("+1876", "JM", "1", Unknown);
        check("+1", "-", "1", Unknown);
        check("+11111111111", "-", "1", Unknown);
        check("+8001", "001", "800", Unknown);
        check("+460701234567", "SE", "46", Unknown);
    }

    #[test]
    fn a_calling_code_that_is_not_in_use_has_no_country() {
        check("+999123456", "-", "-", Unknown);
        check("+21", "-", "-", Unknown);
        check("+2", "-", "-", Unknown);
    }

    #[test]
    fn text_that_is_not_e164_is_invalid() {
        let texts = [
            "",
            "+",
            "46701234567",
            "0046701234567",
            "+0701234567",
            "+46 70 123 45 67",
            "+46701234567 ",
            "++46701234567",
            "\u{ff0b}46701234567",
            "+1234567890123456",
            "+4670123456a",
            "+४६७०१२३४५६७",
            "tel:+46701234567",
            "user@example.com",
        ];
        for text in texts {
            check(text, "-", "-", Invalid);
            assert_eq!(PhoneNumber::new(text).digits(), None);
            assert_eq!(PhoneNumber::new(text).block(1), None);
        }
    }

    #[test]
    fn a_block_is_the_number_without_its_last_digits() {
        let cases = [
            ("+46701234567", 3, Some("+46701234")),
            ("+46701234567", 8, Some("+467")),
            ("+46701234567", 9, None),
            ("+46701234567", 11, None),
            ("+46701234567", u8::MAX, None),
            ("+46701234567", 0, None),
            ("+12025550123", 9, Some("+12")),
            ("+12025550123", 10, None),
            ("+35818123456", 7, Some("+3581")),
            ("+35818123456", 8, None),
            ("+9991234", 3, Some("+9991")),
            ("+9991234", 4, None),
            ("+46", 1, None),
        ];
        for (number, digits, block) in cases {
            assert_eq!(PhoneNumber::new(number).block(digits), block, "{number} without {digits}");
        }
    }

    #[test]
    fn debug_is_masked() {
        assert_eq!(format!("{:?}", PhoneNumber::new("+46701234567")), "+4670*****67");
        assert_eq!(format!("{:?}", PhoneNumber::new("070-123 45 67")), "13 characters, not E.164");
    }

    #[test]
    fn the_version_of_the_metadata_is_known() {
        assert!(METADATA_VERSION.split('.').count() == 3, "{METADATA_VERSION}");
    }
}
