//! The kind of line behind a number.

use std::fmt;
use std::str::FromStr;

/// libphonenumber's number types in snake case, and `invalid` for text that is not E.164.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NumberType {
    /// A landline.
    FixedLine,
    /// Not E.164 at all.
    Invalid,
}

impl NumberType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::FixedLine, Self::Invalid];

    /// The name in policies, records and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        "invalid"
    }
}

impl FromStr for NumberType {
    type Err = ();
    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|number_type| number_type.name() == name).ok_or(())
    }
}

impl fmt::Display for NumberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
