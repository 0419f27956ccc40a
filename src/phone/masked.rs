//! Numbers as logs may show them.

use std::fmt;

use super::e164_digits;

/// A number with most of its digits hidden: `+4670*****67`.
///
/// At least five digits are always hidden, the rest may show: the first four at most, then, if there are
/// more, the last two at most. So `+4612345` shows as `+46*****`, and a number of five digits or less not at
/// all. Text that is not E.164 may hide a number written in any way, so only its length is shown.
#[derive(Clone, Copy)]
pub struct Masked<'a>(&'a str);

/// Five digits can stand for 100,000 people.
const HIDDEN_AT_LEAST: usize = 5;
const LEADING_AT_MOST: usize = 4;
const TRAILING_AT_MOST: usize = 2;

/// What stands behind the length of text that is not E.164.
const NOT_E164: &str = " characters, not E.164";

impl<'a> Masked<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Whether a text is a masked number, rather than a number.
    pub(crate) fn is_form_of(text: &str) -> bool {
        text.contains('*') || text.ends_with(NOT_E164)
    }
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(digits) = e164_digits(self.0) else {
            return write!(f, "{}{NOT_E164}", self.0.chars().count());
        };
        let shown = digits.len().saturating_sub(HIDDEN_AT_LEAST);
        let leading = shown.min(LEADING_AT_MOST);
        let trailing = (shown - leading).min(TRAILING_AT_MOST);
        let hidden = digits.len() - leading - trailing;
        let (first, rest) = digits.split_at_checked(leading).unwrap_or_default();
        let (_, last) = rest.split_at_checked(hidden).unwrap_or_default();
        write!(f, "+{first}{:*<hidden$}{last}", "")
    }
}

/// As masked as it is shown.
impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_five_digits_are_hidden() {
        let cases = [
            ("+46701234567", "+4670*****67"),
            ("+467012345678", "+4670******78"),
            ("+123456789012345", "+1234*********45"),
            ("+4670123456", "+4670*****6"),
            ("+467012345", "+4670*****"),
            ("+46701234", "+467*****"),
            ("+123456", "+1*****"),
            ("+12345", "+*****"),
            ("+12", "+**"),
        ];
        for (text, masked) in cases {
            assert_eq!(Masked::new(text).to_string(), masked);
        }
    }

    #[test]
    fn text_that_is_not_e164_shows_nothing_but_its_length() {
        for text in
            ["", "46701234567", "+046701234567", "+1234567890123456", "tel:+46701234567", "+४६७०१२३४५६७"]
        {
            let length = text.chars().count();
            assert_eq!(Masked::new(text).to_string(), format!("{length} characters, not E.164"));
            assert_eq!(format!("{:?}", Masked::new(text)), format!("{length} characters, not E.164"));
        }
    }
}
