//! The name under which CloudWatch keeps the metrics.

use std::fmt;
use std::str::FromStr;

/// The longest name that CloudWatch takes.
const LONGEST: usize = 255;

/// A namespace of CloudWatch, such as `sinch-gate`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Namespace(Box<str>);

/// CloudWatch would not take the text for a namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NamespaceError {
    /// Empty, too long, or with other characters.
    #[error("is not 1 to {LONGEST} letters, digits and `.-_/#:`\nhint: choose a name such as sinch-gate")]
    Form,
    /// It belongs to a service of AWS.
    #[error("begins with AWS/, which is for services of AWS\nhint: choose a name such as sinch-gate")]
    Reserved,
}

impl Namespace {
    /// The namespace as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = NamespaceError;

    fn from_str(text: &str) -> Result<Self, NamespaceError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#:".contains(&byte);
        if !(1..=LONGEST).contains(&text.len()) || !text.bytes().all(is_allowed) {
            return Err(NamespaceError::Form);
        }
        if text.starts_with("AWS/") {
            return Err(NamespaceError::Reserved);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(), NamespaceError>) {
        assert_eq!(text.parse::<Namespace>().map(|_| ()), expected, "{text}");
    }

    #[test]
    fn a_namespace_is_what_cloudwatch_takes() {
        for good in ["sinch-gate", "Shop/Gate_1.2:a#b", "AWSome", "aws/x", &"x".repeat(255)] {
            check(good, Ok(()));
        }
        for bad in ["", " ", "sinch gate", "gäte", "a\nb", "a,b", &"x".repeat(256)] {
            check(bad, Err(NamespaceError::Form));
        }
        check("AWS/Lambda", Err(NamespaceError::Reserved));
    }
}
