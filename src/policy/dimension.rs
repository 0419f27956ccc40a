//! What a quota counts by, and the key of one verification in that dimension.

use std::fmt;
use std::num::NonZeroU8;

use sha2::{Digest, Sha256};

use super::custom::{CustomValue, Ip6Prefix};
use super::facts::Facts;
use super::name::CustomKey;
use super::note::Lack;
use crate::phone::PhoneNumber;

/// Values longer than this are replaced by their hash, so that nobody can make a key too long to store.
const LONGEST_VALUE: usize = 64;

/// What stands in front of such a hash.
const HASH_MARK: &str = "sha256:";

/// What numbers without a country or a calling code count under, so that no limit per country leaves them out.
const UNKNOWN: &str = "unknown";

/// One thing to count by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Dimension {
    /// The phone number.
    Number,
    /// The number without its last digits, as many as this says: a block of neighbouring numbers.
    Block(u8),
    /// Region of the number.
    Country,
    /// Country calling code of the number.
    CallingCode,
    /// How the number is verified.
    Method,
    /// The Sinch application.
    App,
    /// Everything in one.
    All,
    /// A member of the event's `custom`.
    Custom(CustomKey),
}

impl Dimension {
    /// The largest block: a hundred million numbers.
    pub const LARGEST_BLOCK: u8 = 8;

    /// The value of a verification in this dimension, encoded so that a `|` between values cannot be forged.
    fn value(&self, facts: &Facts<'_>, ip6_prefix: Ip6Prefix) -> Result<String, Lack> {
        let number = &facts.request.number;
        match self {
            Self::Number => Ok(number_value(facts.stored_number)),
            Self::Block(digits) => number.block(*digits).map(ToOwned::to_owned).ok_or(Lack::Block),
            Self::Country => Ok(number.country().map_or(UNKNOWN.to_owned(), |country| country.to_string())),
            Self::CallingCode => {
                Ok(number.calling_code().map_or(UNKNOWN.to_owned(), |code| code.to_string()))
            }
            Self::Method => Ok(encode(&facts.request.method.to_string())),
            Self::App => Ok(encode(facts.app)),
            Self::All => Ok("all".to_owned()),
            Self::Custom(key) => {
                CustomValue::of(facts.request, key).map(|value| encode(&value.source(ip6_prefix)))
            }
        }
    }
}

/// The name in policies.
impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number => f.write_str("number"),
            Self::Block(digits) => write!(f, "block:{digits}"),
            Self::Country => f.write_str("country"),
            Self::CallingCode => f.write_str("calling_code"),
            Self::Method => f.write_str("method"),
            Self::App => f.write_str("app"),
            Self::All => f.write_str("all"),
            Self::Custom(key) => write!(f, "custom.{key}"),
        }
    }
}

/// The dimensions of a quota, in one order however they were written, so that equal ones share their counters'
/// item.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Per {
    dimensions: Vec<Dimension>,
    ip6_prefix: Ip6Prefix,
}

impl Per {
    pub(super) fn new(mut dimensions: Vec<Dimension>) -> Self {
        dimensions.sort();
        Self { dimensions, ip6_prefix: Ip6Prefix::default() }
    }

    /// The same, with IPv6 addresses told apart by so much of them.
    pub(super) fn with_ip6_prefix(self, ip6_prefix: Ip6Prefix) -> Self {
        Self { ip6_prefix, ..self }
    }

    /// The key that a verification counts under, in one of so many shards.
    ///
    /// # Errors
    /// Where the event lacks one of the dimensions; the quota does not apply to it then.
    pub(super) fn key(&self, facts: &Facts<'_>, shards: Option<NonZeroU8>) -> Result<DimensionKey, Lack> {
        let shard = shards.map(|shards| Shard::of(facts.request.id.as_str(), shards));
        Ok(DimensionKey { dimension: self.to_string(), value: self.value(facts)?.0, shard })
    }

    /// The values of a verification in these dimensions.
    ///
    /// # Errors
    /// Where the event lacks one of them.
    pub(super) fn value(&self, facts: &Facts<'_>) -> Result<DistinctValue, Lack> {
        let values = self.iter().map(|dimension| dimension.value(facts, self.ip6_prefix));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        Ok(DistinctValue(values.join("|")))
    }

    /// Whether a dimension is among these.
    pub(super) fn has(&self, dimension: &Dimension) -> bool {
        self.dimensions.contains(dimension)
    }

    /// Whether a member of `custom` is among these.
    pub(super) fn has_custom(&self) -> bool {
        self.iter().any(|dimension| matches!(dimension, Dimension::Custom(_)))
    }

    /// The dimensions.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Dimension> {
        self.dimensions.iter()
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.iter().map(ToString::to_string).collect();
        f.write_str(&names.join("+"))
    }
}

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

/// A value of which different ones are counted. It may be a phone number.
#[derive(Clone, PartialEq, Eq)]
pub struct DistinctValue(String);

impl Shard {
    /// The shard of a verification: by a hash of its id, so that a repeat of the callback meets its own share.
    fn of(verification_id: &str, shards: NonZeroU8) -> Self {
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
        let value = number_value(stored_number);
        Self { dimension: Dimension::Number.to_string(), value, shard: None }
    }
}

impl DistinctValue {
    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DistinctValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DistinctValue")
    }
}

/// Without the value, which may be a phone number.
impl fmt::Debug for DimensionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DimensionKey({})", self.dimension)
    }
}

/// A stored number in keys. E.164 keeps its plus sign, which an encoded text never begins with.
pub(super) fn number_value(stored: &str) -> String {
    if PhoneNumber::new(stored).digits().is_some() { stored.to_owned() } else { encode(stored) }
}

/// Percent-encodes what has a meaning in keys, and replaces long values by their hash. A value that looks like
/// such a hash is hashed itself, so that it cannot stand in for the long one.
pub(super) fn encode(value: &str) -> String {
    if value.len() > LONGEST_VALUE || value.starts_with(HASH_MARK) {
        let digest = Sha256::digest(value);
        return digest.iter().take(16).fold(HASH_MARK.to_owned(), |hex, byte| format!("{hex}{byte:02x}"));
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
    encoded
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

    #[test]
    fn the_order_of_dimensions_does_not_matter() {
        let per = |dimensions: &[Dimension]| Per::new(dimensions.to_vec()).to_string();
        assert_eq!(per(&[Dimension::Method, Dimension::Country]), "country+method");
        assert_eq!(per(&[Dimension::Country, Dimension::Method]), "country+method");
    }

    proptest! {
        #[test]
        fn different_values_have_different_bounded_keys(
            a in ".{0,80}|[%#+|A-F0-9]{0,8}",
            b in ".{0,80}|[%#+|A-F0-9]{0,8}",
        ) {
            prop_assert_eq!(a == b, encode(&a) == encode(&b));
            prop_assert!(encode(&a).len() <= 3 * LONGEST_VALUE);
            prop_assert!(!encode(&a).contains(['|', '#', '+']));
        }
    }
}
