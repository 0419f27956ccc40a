//! Numbers as logs may show them.

use std::fmt;

/// Shows a number without revealing it: `+4670*****67`.
pub struct Masked<'a>(&'a str);

impl<'a> Masked<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.len())
    }
}
