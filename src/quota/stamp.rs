//! Marks of the verifications that took a share last.
//!
//! A mark whose shares were given back leaves its complement. An empty slot would not distinguish a share
//! that came back from one whose mark was overwritten by another that came and went.

use sha2::{Digest, Sha256};

/// How many marks an item holds. A mark is overwritten by the next verification that falls into its slot,
/// so on a busy key it lasts a moment and on a quiet one as long as the item.
pub const SLOTS: usize = 16;

/// The mark of one verification: 64 bits of a hash of its application and id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Stamp(u64);

impl Stamp {
    /// The mark of a verification.
    #[must_use]
    pub fn new(app: &str, verification_id: &str) -> Self {
        let digest =
            Sha256::new().chain_update(app).chain_update([0]).chain_update(verification_id).finalize();
        let mut first = [0; 8];
        first.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(u64::from_be_bytes(first))
    }

    /// The mark as stored.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// Reads a stored mark.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// The mark as it was shown; `None` for other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }

    /// The slot it falls into.
    #[must_use]
    pub fn slot(self) -> usize {
        const N: u64 = SLOTS as u64;
        usize::try_from(self.0 % N).unwrap_or(0)
    }

    pub(super) fn is_in(self, stamps: &[Option<Self>; SLOTS]) -> bool {
        stamps.get(self.slot()).is_some_and(|stamp| *stamp == Some(self))
    }

    /// What stands in the slot once the shares were given back, until another verification takes it over.
    #[must_use]
    pub fn given_back(self) -> Self {
        Self(!self.0)
    }

    /// Whether the shares were certainly given back.
    pub(super) fn was_given_back(self, stamps: &[Option<Self>; SLOTS]) -> bool {
        stamps.get(self.slot()).is_some_and(|stamp| *stamp == Some(self.given_back()))
    }

    pub(super) fn put_into(self, stamps: &mut [Option<Self>; SLOTS]) {
        if let Some(slot) = stamps.get_mut(self.slot()) {
            *slot = Some(self);
        }
    }

    /// Notes that the shares were given back, where the stamp still stands.
    pub(super) fn give_back_in(self, stamps: &mut [Option<Self>; SLOTS]) {
        if self.is_in(stamps)
            && let Some(slot) = stamps.get_mut(self.slot())
        {
            *slot = Some(self.given_back());
        }
    }
}

/// Sixteen hexadecimal digits.
impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
