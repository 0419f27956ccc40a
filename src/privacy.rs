//! How numbers are stored: as they are, or as keyed hashes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::phone::PhoneNumber;

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
pub struct HashKey(Vec<u8>);

impl HashKey {
    /// The shortest key accepted, in bytes: 128 bits.
    pub const SHORTEST: usize = 16;

    /// A key; `None` where it is too short to keep anybody from trying all numbers.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= Self::SHORTEST).then_some(Self(bytes))
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

    /// The number as it is stored, and as quotas per number are keyed.
    #[must_use]
    pub fn stored(&self, number: &PhoneNumber) -> String {
        let Self::Hashed(HashKey(key)) = self else { return number.as_str().to_owned() };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            // HMAC takes keys of any length, so this arm is never reached; were it, the number stays hidden.
            return "hashed".to_owned();
        };
        mac.update(number.as_str().as_bytes());
        let digest = mac.finalize().into_bytes();
        digest.iter().take(16).fold(Self::HASH_MARK.to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// Every form in which a table may hold the number: one that stores hashes may have stored numbers
    /// before.
    #[must_use]
    pub fn forms(&self, number: &PhoneNumber) -> Vec<String> {
        let mut forms = vec![Self::Plain.stored(number), self.stored(number)];
        forms.dedup();
        forms
    }
}

impl std::fmt::Debug for NumberPrivacy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Hashed(_) => "hashed",
        })
    }
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_stable_keyed_and_hide_the_number() {
        let number = PhoneNumber::new("+46701740605");
        let hashed = |byte| NumberPrivacy::Hashed(HashKey::new(vec![byte; 16]).unwrap()).stored(&number);
        assert_eq!(hashed(1), hashed(1));
        assert_ne!(hashed(1), hashed(2));
        assert!(!hashed(1).contains("701740605"));
        assert_eq!(hashed(1).len(), "hmac:".len() + 32);
        assert_eq!(NumberPrivacy::Plain.stored(&number), "+46701740605");
    }

    #[test]
    fn a_table_that_stores_hashes_may_hold_numbers_from_before() {
        let number = PhoneNumber::new("+46701740605");
        let hashed = NumberPrivacy::Hashed(HashKey::new(vec![1; 16]).unwrap());
        assert_eq!(NumberPrivacy::Plain.forms(&number), ["+46701740605"]);
        assert_eq!(hashed.forms(&number), ["+46701740605".to_owned(), hashed.stored(&number)]);
        assert!(hashed.stored(&number).starts_with(NumberPrivacy::HASH_MARK));
    }

    #[test]
    fn a_key_shorter_than_128_bits_is_refused() {
        assert!(HashKey::new(vec![0; 15]).is_none());
    }
}
