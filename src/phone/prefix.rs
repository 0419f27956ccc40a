//! Prefixes of numbers, as block lists name them: `+99899394*`.

use std::fmt;

/// The first digits of a range of numbers, written `+99899394*`; kept without the star.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Prefix(Box<str>);

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*", self.0)
    }
}
