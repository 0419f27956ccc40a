//! Blocks of neighbouring numbers, which are what attackers hire.

use crate::phone::PhoneNumber;

/// The numbers that begin alike and differ in their last digits.
#[derive(Clone, Debug)]
pub(super) struct Block {
    prefix: String,
    digits: usize,
}

impl Block {
    /// The block of a number.
    pub(super) fn around(number: &PhoneNumber, digits: u8) -> Self {
        let prefix = number.block(digits).unwrap_or(number.as_str()).to_owned();
        let digits = number.as_str().len() - prefix.len();
        Self { prefix, digits }
    }

    /// The block that begins so.
    pub(super) fn of(prefix: &str, digits: usize) -> Self {
        Self { prefix: prefix.to_owned(), digits }
    }

    /// How many numbers it has.
    pub(super) fn len(&self) -> usize {
        (0..self.digits).fold(1, |len, _| len * 10)
    }

    /// The number at this place, from the beginning again behind the last.
    pub(super) fn number(&self, place: usize) -> PhoneNumber {
        let Self { prefix, digits } = self;
        let place = place % self.len();
        if *digits == 0 {
            return PhoneNumber::new(prefix);
        }
        PhoneNumber::new(&format!("{prefix}{place:0digits$}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_neighbouring_numbers() {
        let block = Block::around(&PhoneNumber::new("+998993941207"), 3);
        assert_eq!(block.len(), 1_000);
        assert_eq!(block.number(0).as_str(), "+998993941000");
        assert_eq!(block.number(1_999).as_str(), "+998993941999");
        assert_eq!(Block::of("+99899394", 4).number(7).as_str(), "+998993940007");
    }
}
