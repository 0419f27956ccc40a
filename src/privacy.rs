//! How numbers are stored: as they are, as keyed hashes, or masked.

mod block;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::hex::hex;
use crate::phone::{Masked, PhoneNumber};

pub use block::Block;

/// What the table may know of numbers (`NUMBER_PRIVACY`).
#[derive(Clone)]
pub enum NumberPrivacy {
    /// Numbers are stored in E.164.
    Plain,
    /// Numbers are stored as HMAC-SHA256 under a key of the operator's own, so that whoever reads the table
    /// cannot try all numbers. Country and block stay in clear, since rules count by them.
    Hashed(HashKey),
}

/// The key of the hashes (`NUMBER_HASH_KEY`). It is not the application secret, so that rotating that does
/// not make every number a stranger.
#[derive(Clone)]
pub struct HashKey(Hmac<Sha256>);

/// A number as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum StoredNumber {
    /// As the callback named it.
    Plain(PhoneNumber),
    /// As a keyed hash, which stands for the number wherever it is counted.
    Hashed(NumberHash),
    /// With most of its digits hidden, in a record that was made from a log. Many numbers look like this, so
    /// nothing is counted by it.
    Masked(String),
}

/// The keyed hash of a number: `hmac:` and 32 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NumberHash(String);

/// A number that attempts and quotas can be kept by: plain or hashed, never masked.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberKey(String);

impl HashKey {
    /// The shortest key accepted, in bytes: 128 bits.
    pub const SHORTEST: usize = 16;

    /// A key; `None` where it is too short to keep anybody from trying all numbers.
    #[must_use]
    pub fn new(bytes: impl AsRef<[u8]>) -> Option<Self> {
        let bytes = bytes.as_ref();
        let is_long_enough = bytes.len() >= Self::SHORTEST;
        is_long_enough.then(|| Hmac::new_from_slice(bytes).ok()).flatten().map(Self)
    }

    fn hash(&self, number: &PhoneNumber) -> NumberHash {
        let digest = self.0.clone().chain_update(number.as_str()).finalize().into_bytes();
        NumberHash(format!("{}{}", NumberPrivacy::HASH_MARK, hex(digest.iter().take(16))))
    }
}

impl NumberPrivacy {
    /// What a stored number begins with where it is a hash.
    pub const HASH_MARK: &str = "hmac:";

    /// Whether a number, as it is stored, is a hash.
    #[must_use]
    pub fn is_hash(stored: &str) -> bool {
        stored.starts_with(Self::HASH_MARK)
    }

    /// The number as it is stored.
    #[must_use]
    pub fn stored(&self, number: &PhoneNumber) -> StoredNumber {
        match self {
            Self::Plain => StoredNumber::Plain(number.clone()),
            Self::Hashed(key) => StoredNumber::Hashed(key.hash(number)),
        }
    }

    /// The number as quotas and attempts are kept by it.
    #[must_use]
    pub fn key(&self, number: &PhoneNumber) -> NumberKey {
        match self {
            Self::Plain => NumberKey(number.as_str().to_owned()),
            Self::Hashed(key) => NumberKey(key.hash(number).0),
        }
    }

    /// A mark of how numbers are stored: `plain`, or for hashes a value that differs with their key. It is
    /// the hash of no number at all, and so says no more about the key than any other hash.
    #[must_use]
    pub fn mark(&self) -> String {
        match self {
            Self::Plain => "plain".to_owned(),
            Self::Hashed(key) => key.hash(&PhoneNumber::new("")).0,
        }
    }

    /// Every form in which a table may hold the number: one that stores hashes may have stored numbers
    /// before.
    #[must_use]
    pub fn forms(&self, number: &PhoneNumber) -> Vec<String> {
        let mut forms = vec![Self::Plain.key(number).0, self.key(number).0];
        forms.dedup();
        forms
    }
}

impl StoredNumber {
    /// The number as a log may show it.
    #[must_use]
    pub fn masked(number: &PhoneNumber) -> Self {
        Self::Masked(number.masked().to_string())
    }

    /// Every form in which a record that was made from a log may have the number: masked, or as its block
    /// where numbers are stored as hashes.
    #[must_use]
    pub fn masked_forms(number: &PhoneNumber) -> Vec<String> {
        let block = Block::of(number).map(|block| block.to_string());
        std::iter::once(number.masked().to_string()).chain(block).collect()
    }

    /// The stored form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Plain(number) => number.as_str(),
            Self::Hashed(NumberHash(text)) | Self::Masked(text) => text,
        }
    }

    /// The number itself, where it is stored in clear.
    #[must_use]
    pub fn plain(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Plain(number) => Some(number),
            Self::Hashed(_) | Self::Masked(_) => None,
        }
    }

    /// What attempts and quotas of the number are kept by; `None` where it is masked.
    #[must_use]
    pub fn key(&self) -> Option<NumberKey> {
        match self {
            Self::Plain(_) | Self::Hashed(_) => Some(NumberKey(self.as_str().to_owned())),
            Self::Masked(_) => None,
        }
    }

    /// Whether it may be this number, as far as its form says. A hash needs its key to be compared.
    #[must_use]
    pub fn may_be(&self, number: &PhoneNumber, privacy: &NumberPrivacy) -> bool {
        match self {
            Self::Plain(stored) => stored == number,
            Self::Hashed(stored) => {
                matches!(privacy, NumberPrivacy::Hashed(key) if key.hash(number) == *stored)
            }
            Self::Masked(stored) => Self::masked_forms(number).contains(stored),
        }
    }

    /// As people may see it: masked where it is stored in clear, and else as it is stored.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Plain(number) => number.masked().to_string(),
            Self::Hashed(_) | Self::Masked(_) => self.as_str().to_owned(),
        }
    }
}

/// Reads the stored form.
impl From<String> for StoredNumber {
    fn from(text: String) -> Self {
        if NumberPrivacy::is_hash(&text) {
            Self::Hashed(NumberHash(text))
        } else if Masked::is_form_of(&text) {
            Self::Masked(text)
        } else {
            Self::Plain(PhoneNumber::new(&text))
        }
    }
}

impl From<StoredNumber> for String {
    fn from(number: StoredNumber) -> Self {
        number.as_str().to_owned()
    }
}

impl NumberKey {
    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Without the number.
impl fmt::Debug for NumberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberKey")
    }
}

impl fmt::Debug for NumberPrivacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Hashed(_) => "hashed",
        })
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "+46701740605";

    fn hashed(byte: u8) -> NumberPrivacy {
        NumberPrivacy::Hashed(HashKey::new([byte; 16]).unwrap())
    }

    fn stored(text: &str) -> StoredNumber {
        let stored: StoredNumber = serde_json::from_value(text.into()).unwrap();
        assert_eq!(serde_json::to_value(&stored).unwrap(), text, "it is written as it was read");
        stored
    }

    #[test]
    fn hashes_are_stable_keyed_and_hide_the_number() {
        let number = PhoneNumber::new(NUMBER);
        let hash = |byte| hashed(byte).stored(&number).as_str().to_owned();
        assert_eq!(hash(1), hash(1));
        assert_ne!(hash(1), hash(2));
        assert!(!hash(1).contains("701740605"));
        assert_eq!(hash(1).len(), "hmac:".len() + 32);
        // HMAC-SHA256 of the number under sixteen bytes of 1, cut to 128 bits.
        assert_eq!(hash(1), "hmac:776bb9a80db38152c99a952fecfbceec");
        assert_eq!(NumberPrivacy::Plain.stored(&number).as_str(), NUMBER);
    }

    #[test]
    fn every_form_reads_back_as_what_it_is() {
        let number = PhoneNumber::new(NUMBER);
        for form in
            [NumberPrivacy::Plain.stored(&number), hashed(1).stored(&number), StoredNumber::masked(&number)]
        {
            assert_eq!(stored(form.as_str()), form);
            assert!(form.may_be(&number, &hashed(1)), "{form:?}");
            assert!(!form.may_be(&PhoneNumber::new("+46701840699"), &hashed(1)), "{form:?}");
        }
        assert_eq!(stored("0701740605"), StoredNumber::Plain(PhoneNumber::new("0701740605")));
        assert!(
            !hashed(1).stored(&number).may_be(&number, &NumberPrivacy::Plain),
            "without the key it is not known"
        );
    }

    #[test]
    fn only_what_is_not_masked_can_be_a_key() {
        let number = PhoneNumber::new(NUMBER);
        for privacy in [NumberPrivacy::Plain, hashed(1)] {
            assert_eq!(privacy.stored(&number).key(), Some(privacy.key(&number)));
        }
        for text in [NUMBER, "0701740605", "+12"] {
            let masked = StoredNumber::masked(&PhoneNumber::new(text));
            assert_eq!((stored(masked.as_str()), masked.key()), (masked, None), "{text}");
        }
    }

    #[test]
    fn a_record_from_the_log_of_a_gate_that_hashes_may_be_anybody_s_of_the_block() {
        let from_log = stored("+46701740***");
        assert!(from_log.may_be(&PhoneNumber::new(NUMBER), &hashed(1)));
        assert!(!from_log.may_be(&PhoneNumber::new("+46701741605"), &hashed(1)));
        assert_eq!(StoredNumber::masked_forms(&PhoneNumber::new("0701740605")).len(), 1);
    }

    #[test]
    fn people_see_no_whole_number() {
        let number = PhoneNumber::new(NUMBER);
        assert_eq!(NumberPrivacy::Plain.stored(&number).shown(), "+4670*****05");
        assert_eq!(StoredNumber::masked(&number).shown(), "+4670*****05");
        assert_eq!(stored("hmac:0011").shown(), "hmac:0011");
        // Which may be a number all the same.
        assert_eq!(stored("0701740605").shown(), "10 characters, not E.164");
        assert!(
            !format!("{:?} {:?}", stored(NUMBER), NumberPrivacy::Plain.key(&number)).contains("701740605")
        );
    }

    #[test]
    fn a_table_that_stores_hashes_may_hold_numbers_from_before() {
        let number = PhoneNumber::new(NUMBER);
        assert_eq!(NumberPrivacy::Plain.forms(&number), [NUMBER]);
        assert_eq!(hashed(1).forms(&number), [NUMBER, hashed(1).stored(&number).as_str()]);
    }

    #[test]
    fn a_key_shorter_than_128_bits_is_refused() {
        assert!(HashKey::new([0; 15]).is_none());
    }
}
