//! The mark of one handling: what a handling wrote is known by it from what others wrote.

/// Marks one handling of a request or an ending; different for every one. A write that is sent twice finds
/// its own work by it, and shares are released once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token for a handling by the gate, from random bits.
    #[must_use]
    pub fn new(random: u128) -> Self {
        Self(format!("{random:032x}"))
    }

    /// A token for a decision that is recovered from a log, which the record shows.
    #[must_use]
    pub fn of_recovery(random: u128) -> Self {
        Self(format!("recovered-{random:032x}"))
    }

    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token as it was stored.
impl From<&str> for Token {
    fn from(stored: &str) -> Self {
        Self(stored.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_all_its_digits_and_says_what_recovered_it() {
        assert_eq!(Token::new(0xab).as_str(), "000000000000000000000000000000ab");
        assert_eq!(Token::of_recovery(0xab).as_str(), "recovered-000000000000000000000000000000ab");
        assert_eq!(Token::from(Token::new(u128::MAX).as_str()), Token::new(u128::MAX));
    }
}
