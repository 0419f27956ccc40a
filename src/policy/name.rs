//! The names that policies give to rules, lists and sets, and the names of members of `custom`.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use super::limits::{LONGEST_CUSTOM_KEY, LONGEST_NAME};

/// The text is not a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// Not the name of a rule, list or set.
    #[error("a name is 1 to {LONGEST_NAME} of the characters `a`-`z`, `0`-`9` and `-`")]
    Plain,
    /// Not the name of a member of `custom` that rules can read.
    #[error("the name of a member of `custom` is 1 to {LONGEST_CUSTOM_KEY} letters, digits, `-` and `_`")]
    CustomKey,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $check(text).map(|()| Self(text.into()))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "`{}`", self.0)
            }
        }
    };
}

name! {
    /// The `id` of a rule, unique in its policy. Counters and records carry it.
    RuleId, check_plain
}

name! {
    /// The name of a list of numbers and prefixes, such as `blocklist`.
    ListName, check_plain
}

name! {
    /// The name of a set of values in the policy itself, used as `@name`.
    SetName, check_plain
}

name! {
    /// The name of a member of the event's `custom`, where that is a JSON object.
    CustomKey, check_custom_key
}

fn check_plain(text: &str) -> Result<(), NameError> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(is_allowed);
    is_name.then_some(()).ok_or(NameError::Plain)
}

fn check_custom_key(text: &str) -> Result<(), NameError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_name = (1..=LONGEST_CUSTOM_KEY).contains(&text.len()) && text.bytes().all(is_allowed);
    is_name.then_some(()).ok_or(NameError::CustomKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for good in ["a", "per-number", "7", &"x".repeat(40)] {
            assert!(good.parse::<RuleId>().is_ok(), "{good}");
        }
        for bad in ["", "A", "per number", "per_number", "å", &"x".repeat(41)] {
            assert_eq!(bad.parse::<RuleId>(), Err(NameError::Plain), "{bad}");
        }
    }
}
