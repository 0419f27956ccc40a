//! The key of one verification in what a quota counts by.
//!
//! A policy makes these keys, and the store keeps counters under them; neither knows the other.

use std::fmt;
use std::num::NonZeroU8;

use sha2::{Digest, Sha256};

use crate::hex::hex;
use crate::phone::PhoneNumber;

/// The name of the dimension that counts by phone number.
pub(crate) const NUMBER: &str = "number";

/// Values longer than this, as they are written, are replaced by their hash: nobody can make a key too long
/// to store, or an item of attempts too large by naming long keys in it.
const LONGEST_VALUE: usize = 64;

/// What stands in front of such a hash.
const HASH_MARK: &str = "sha256:";

/// The key of a counter: what is counted by, and its value for one verification. It is bounded in length, and
/// different values never have the same key, whatever stands in an event.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DimensionKey {
    /// The quota's `per` in its one form, such as `number`, `block:3` or `country+method`.
    pub dimension: String,
    /// The encoded values, joined by `|`.
    pub value: String,
    /// Which of several counters of the key, where it is split.
    pub shard: Option<Shard>,
}

/// One of the counters that a key is split into.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Shard {
    /// Which one, from 0.
    pub index: u8,
    /// Of how many.
    pub of: u8,
}

impl Shard {
    /// The shard of a verification: by a hash of its id, so that a repeat of the callback meets its own
    /// share.
    pub(crate) fn of(verification_id: &str, shards: NonZeroU8) -> Self {
        let digest = Sha256::digest(verification_id);
        let number = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let index = u8::try_from(number % u32::from(shards.get())).unwrap_or(0);
        Self { index, of: shards.get() }
    }
}

impl DimensionKey {
    /// The key of a number, as it is stored.
    #[must_use]
    pub fn of_number(stored_number: &str) -> Self {
        Self { dimension: NUMBER.to_owned(), value: number_value(stored_number), shard: None }
    }
}

/// Without the value, which may be a phone number.
impl fmt::Debug for DimensionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DimensionKey({})", self.dimension)
    }
}

/// A stored number in keys. E.164 keeps its plus sign, which an encoded text never begins with.
pub(crate) fn number_value(stored: &str) -> String {
    if PhoneNumber::new(stored).digits().is_some() { stored.to_owned() } else { encode(stored) }
}

/// Percent-encodes what has a meaning in keys, and replaces long values by their hash. A value that looks
/// like such a hash is hashed itself, so that it cannot stand in for the long one.
pub(crate) fn encode(value: &str) -> String {
    let hash = || format!("{HASH_MARK}{}", hex(Sha256::digest(value).iter().take(16)));
    if value.len() > LONGEST_VALUE || value.starts_with(HASH_MARK) {
        return hash();
    }
    let mut encoded = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '%' | '#' | '+' | '|') || character.is_control() {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        } else {
            encoded.push(character);
        }
    }
    if encoded.len() > LONGEST_VALUE { hash() } else { encoded }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_a_meaning_in_keys_is_encoded() {
        let cases = [
            ("", ""),
            ("198.51.100.7", "198.51.100.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("a|b#c+d%e", "a%7Cb%23c%2Bd%25e"),
            ("line\nend\u{85}", "line%0Aend%C2%85"),
            ("Malmö", "Malmö"),
        ];
        for (value, expected) in cases {
            assert_eq!(encode(value), expected);
        }
    }

    #[test]
    fn long_values_and_forged_hashes_become_hashes() {
        let long = encode(&"x".repeat(65));
        assert_eq!(long.len(), HASH_MARK.len() + 32);
        assert_ne!(encode(&long), long);
        assert_eq!(encode(&"x".repeat(64)), "x".repeat(64));
    }

    proptest! {
        #[test]
        fn different_values_have_different_bounded_keys(
            a in ".{0,80}|[%#+|A-F0-9]{0,8}",
            b in ".{0,80}|[%#+|A-F0-9]{0,8}",
        ) {
            prop_assert_eq!(a == b, encode(&a) == encode(&b));
            prop_assert!(encode(&a).len() <= LONGEST_VALUE);
            prop_assert!(!encode(&a).contains(['|', '#', '+']));
        }
    }
}
