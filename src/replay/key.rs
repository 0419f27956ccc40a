//! What stands for the name of an item in memory.

use std::hash::{BuildHasher as _, Hash};

use foldhash::quality::FixedState;

/// 64 bits of a hash. Among ten million names two are alike once in some hundred thousand replays, and then
/// share a counter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Key(u64);

impl Key {
    /// The key of an item.
    pub(super) fn of(item: &impl Hash) -> Self {
        Self(FixedState::with_seed(0).hash_one(item))
    }

    /// As it stands in the place of a name.
    pub(super) fn to_text(self) -> String {
        self.0.to_string()
    }

    /// The key that stands in the place of a name.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    pub(super) fn to_bits(self) -> u64 {
        self.0
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}
