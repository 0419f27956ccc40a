//! Regions and calling codes.

mod help;

use std::fmt;
use std::str::FromStr;

use super::are_e164;
use super::table::{COUNTRIES, LONGEST_CALLING_CODE, Plan};

/// Region of a number: ISO 3166-1 alpha-2 as libphonenumber has it (with `AC`, `TA` and `XK`), or `001` for
/// the global services that belong to no country.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(u8);

impl Country {
    /// The code, such as `SE` or `001`.
    #[must_use]
    pub fn code(self) -> &'static str {
        COUNTRIES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Every region that has phone numbers, in alphabetical order, `001` first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(COUNTRIES.len()).map(Self)
    }

    /// A region by its place among all of them.
    pub(super) fn from_index(index: u16) -> Option<Self> {
        u8::try_from(index).ok().map(Self)
    }
}

/// No region with phone numbers has this code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a country: use an ISO 3166-1 code in capitals, such as `SE`, or `001` for global services")]
pub struct UnknownCountry;

/// Reads the exact code, in capitals.
impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let index = COUNTRIES.binary_search(&code).ok();
        index.and_then(|index| u8::try_from(index).ok()).map(Self).ok_or(UnknownCountry)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A country calling code, ITU-T E.164, such as 46 or 1; shown without a plus sign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallingCode(u16);

impl CallingCode {
    /// The code of a plan in the table.
    pub(super) fn of_plan(code: u16) -> Self {
        Self(code)
    }

    /// The calling code that these digits begin with, its plan, and the digits after it. No code is the
    /// beginning of another, so there is never a choice.
    pub(super) fn split_from(digits: &str) -> Option<(Self, Plan, &str)> {
        (1..=LONGEST_CALLING_CODE).find_map(|length| {
            let (code, national) = digits.split_at_checked(length)?;
            let code = code.parse().ok()?;
            Some((Self(code), Plan::of(code)?, national))
        })
    }
}

/// No country or service has this calling code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a calling code in use: write one such as `46` or `+46`, without further digits")]
pub struct UnknownCallingCode;

/// Reads `46` or `+46`.
impl FromStr for CallingCode {
    type Err = UnknownCallingCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        match Self::split_from(digits) {
            Some((code, _, "")) if are_e164(digits) => Ok(code),
            _ => Err(UnknownCallingCode),
        }
    }
}

impl fmt::Display for CallingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_found_by_its_code() {
        assert!(Country::all().count() > 240);
        for country in Country::all() {
            assert_eq!(country.code().parse(), Ok(country));
        }
    }

    #[test]
    fn a_country_is_read_from_its_exact_code_only() {
        for code in ["", "se", "SE ", "SWE", "UK", "EU", "ZZ", "1", "0011"] {
            assert_eq!(code.parse::<Country>(), Err(UnknownCountry), "{code}");
        }
    }

    #[test]
    fn calling_codes_are_read_with_and_without_a_plus() {
        for (text, code) in [("46", 46), ("+46", 46), ("1", 1), ("+1", 1), ("358", 358), ("883", 883)] {
            assert_eq!(text.parse(), Ok(CallingCode(code)), "{text}");
        }
    }

    #[test]
    fn a_calling_code_must_be_in_use_and_stand_alone() {
        for text in ["", "+", "++46", "0", "046", "460", "4", "999", "+1 ", "1876", "-1", "४६", "46+"] {
            assert_eq!(text.parse::<CallingCode>(), Err(UnknownCallingCode), "{text}");
        }
    }
}
