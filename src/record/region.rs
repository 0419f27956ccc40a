//! The region of a number, as a record has it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::phone::Country;

/// The region of a number. Numbering plans change, so a record may name one that this version does not know.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Region {
    /// A region that this version knows.
    Known(Country),
    /// Another one, as it was recorded.
    Other(String),
}

impl Region {
    /// The code, such as `SE`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(country) => country.code(),
            Self::Other(code) => code,
        }
    }
}

impl From<Country> for Region {
    fn from(country: Country) -> Self {
        Self::Known(country)
    }
}

impl From<String> for Region {
    fn from(code: String) -> Self {
        code.parse().map_or(Self::Other(code), Self::Known)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.to_string()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
