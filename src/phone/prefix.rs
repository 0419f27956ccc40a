//! Prefixes of numbers, as block lists and policies name them: `+99899394*`.

use std::fmt;
use std::str::FromStr;

use super::{MOST_DIGITS, Masked, PhoneNumber};

/// The first digits of a range of numbers, written `+99899394*`; kept without the star.
///
/// # Syntax
///
/// A plus sign, 1 to 15 digits of which the first is not 0, and a star.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(Box<str>);

impl Prefix {
    /// Reads a prefix with or without its star, for places that can hold nothing else, such as
    /// `when.prefix` in a policy. A list can hold numbers too: there the star makes the difference, so use
    /// `parse`.
    ///
    /// # Errors
    ///
    /// As for `parse`, but for the missing star.
    pub fn with_optional_star(text: &str) -> Result<Self, PrefixError> {
        let text = text.strip_suffix('*').unwrap_or(text);
        let digits = text.strip_prefix('+').ok_or(PrefixError::NoPlus)?;
        let other = digits.chars().zip(2..).find(|(character, _)| !character.is_ascii_digit());
        match (other, digits.len()) {
            (Some((character, position)), _) => Err(PrefixError::NoDigit { character, position }),
            (None, 0) => Err(PrefixError::NoDigits),
            (None, _) if digits.starts_with('0') => Err(PrefixError::LeadingZero),
            (None, length) if length > MOST_DIGITS => Err(PrefixError::TooLong { digits: length }),
            (None, _) => Ok(Self(text.into())),
        }
    }

    /// The prefix of a number of this many digits; `None` where it is not E.164 or not as long.
    #[must_use]
    pub fn of(number: &PhoneNumber, digits: u8) -> Option<Self> {
        number.digits()?;
        let first = number.as_str().get(..usize::from(digits) + 1)?;
        (digits > 0).then(|| Self(first.into()))
    }

    /// Whether a number begins with this prefix. One that is not E.164 never does.
    #[must_use]
    pub fn matches(&self, number: &PhoneNumber) -> bool {
        number.in_clear().is_some_and(|number| number.starts_with(&*self.0))
    }

    /// The prefix with its plus sign and without its star: `+99899394`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number of digits, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a prefix is never empty")]
    pub fn len(&self) -> usize {
        self.0.len() - '+'.len_utf8()
    }
}

/// Why a text is not a prefix. The text itself is not repeated, since it may be somebody's number.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PrefixError {
    /// The plus sign is missing.
    #[error("a prefix begins with `+` and the calling code, as `+99899394*` does")]
    NoPlus,
    /// The star is missing.
    #[error("a prefix ends with `*`, as `+99899394*` does; without it, this is one number")]
    NoStar,
    /// Nothing stands between plus and star.
    #[error("a prefix has at least one digit between `+` and `*`")]
    NoDigits,
    /// The first digit is 0.
    #[error("no calling code begins with 0: leave out the 0 or 00 that is dialled before it")]
    LeadingZero,
    /// Something else stands among the digits.
    #[error(
        "{character:?} at position {position} is not a digit: a prefix is written without blanks or signs, \
         as `+99899394*`"
    )]
    NoDigit {
        /// What stands there.
        character: char,
        /// Where, counted in characters; the plus sign is at 1.
        position: usize,
    },
    /// More digits than a number can have.
    #[error("a number has 15 digits at most (E.164), and this prefix has {digits}")]
    TooLong {
        /// How many there are.
        digits: usize,
    },
}

/// Reads a prefix with its star.
impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let prefix = Self::with_optional_star(text)?;
        if text.ends_with('*') { Ok(prefix) } else { Err(PrefixError::NoStar) }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*", self.0)
    }
}

/// Masked like a number, since a long prefix can be one.
impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({})", Masked::new(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_shown_with_its_star_and_kept_without() {
        let prefix: Prefix = "+99899394*".parse().unwrap();
        assert_eq!(prefix.as_str(), "+99899394");
        assert_eq!(prefix.to_string(), "+99899394*");
        assert_eq!(prefix.len(), 8);
        assert_eq!(Prefix::with_optional_star("+99899394"), Ok(prefix.clone()));
        assert_eq!(Prefix::with_optional_star("+99899394*"), Ok(prefix));
    }

    #[test]
    fn a_prefix_matches_the_numbers_that_begin_with_it() {
        let prefix: Prefix = "+99899394*".parse().unwrap();
        let cases = [("+998993941234", true), ("+99899394", true), ("+99899395", false), ("+9989939", false)];
        for (number, expected) in cases {
            assert_eq!(prefix.matches(&PhoneNumber::new(number)), expected, "{number}");
        }
    }

    #[test]
    fn text_that_is_not_e164_matches_no_prefix() {
        let prefix: Prefix = "+99899394*".parse().unwrap();
        for number in ["+99899394 1234", "+9989939412345678", "998993941234"] {
            assert!(!prefix.matches(&PhoneNumber::new(number)), "{number}");
        }
    }

    #[test]
    fn a_number_gives_its_prefix_of_any_length_it_has() {
        let number = PhoneNumber::new("+46701234567");
        let of = |digits| Prefix::of(&number, digits).map(|prefix| prefix.to_string());
        assert_eq!(of(1).as_deref(), Some("+4*"));
        assert_eq!(of(11).as_deref(), Some("+46701234567*"));
        assert_eq!([of(0), of(12), of(u8::MAX)], [None, None, None]);
        assert_eq!(Prefix::of(&PhoneNumber::new("46701234567"), 2), None);
    }

    #[track_caller]
    fn check_error(text: &str, message: &str) {
        let error = text.parse::<Prefix>().unwrap_err().to_string();
        assert!(error.starts_with(message), "{text}: {error}");
    }

    #[test]
    fn every_mistake_is_explained() {
        check_error("99899394*", "a prefix begins with `+`");
        check_error("", "a prefix begins with `+`");
        check_error("+99899394", "a prefix ends with `*`");
        check_error("+*", "a prefix has at least one digit");
        check_error("+0099899394*", "no calling code begins with 0");
        check_error("+998 99394*", "' ' at position 5 is not a digit");
        check_error("+99899394**", "'*' at position 10 is not a digit");
        check_error("+९*", "'९' at position 2 is not a digit");
        check_error("+1234567890123456*", "a number has 15 digits at most (E.164), and this prefix has 16");
    }

    #[test]
    fn debug_does_not_show_a_whole_number() {
        let prefix: Prefix = "+46701234567*".parse().unwrap();
        assert_eq!(format!("{prefix:?}"), "Prefix(+4670*****67)");
    }
}
