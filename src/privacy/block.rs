//! The block of a number that is stored as a hash.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::phone::PhoneNumber;

/// How many of a number's last digits its block leaves out. Larger blocks follow from this one.
const LEFT_OUT: u8 = 3;

/// A number without its last three digits, which a record keeps in clear beside the hash of the number: a
/// range under attack can be seen, and be put on a list, by people who cannot see any number.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Block(Box<str>);

impl Block {
    /// The block of a number; none where the number is too short to have one, or not E.164.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        number.block(LEFT_OUT).map(|block| Self(block.into()))
    }

    /// The block with these digits, such as 46701740.
    #[cfg(feature = "cli")]
    pub(crate) fn with_digits(digits: u64) -> Self {
        Self(format!("+{digits}").into())
    }

    /// The block without that number of the last digits: this one, or a larger one around it.
    #[must_use]
    pub fn without(&self, digits: u8) -> Option<String> {
        match digits.checked_sub(LEFT_OUT)? {
            0 => Some(self.0.to_string()),
            more => self.number().block(more).map(ToOwned::to_owned),
        }
    }

    /// The digits that it has, and how many are left out at the end.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn parts(&self) -> (&str, u8) {
        (&self.0, LEFT_OUT)
    }

    /// What the block has in common with the numbers in it, as far as the first digits say it.
    #[must_use]
    pub fn number(&self) -> PhoneNumber {
        PhoneNumber::new(&self.0)
    }
}

/// As people may see a number of the block: `+46701740***`.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:*<2$}", self.0, "", usize::from(LEFT_OUT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: &str) -> Option<Block> {
        Block::of(&PhoneNumber::new(number))
    }

    #[test]
    fn larger_blocks_follow_from_the_one_that_is_kept() {
        for number in ["+46701740605", "+998993941207", "+18765551234", "+4670174"] {
            let (kept, number) = (block(number).unwrap(), PhoneNumber::new(number));
            for digits in 3..=8 {
                assert_eq!(kept.without(digits).as_deref(), number.block(digits), "{number:?}, {digits}");
            }
            assert_eq!(kept.without(2), None, "what is not kept is not known");
            assert_eq!(kept.number().calling_code(), number.calling_code());
        }
    }

    #[test]
    fn it_shows_neither_the_last_digits_nor_a_number_that_is_too_short() {
        assert_eq!(block("+46701740605").unwrap().to_string(), "+46701740***");
        assert_eq!(block("+46123"), None);
        assert_eq!(block("0701740605"), None);
    }
}
