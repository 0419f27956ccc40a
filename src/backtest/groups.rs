//! The same sums by country, method and block.

use std::collections::{BTreeMap, HashMap};

use super::counts::Counts;
use super::label::Label;
use crate::money::Money;

/// The most blocks that are counted at a time.
const MOST_BLOCKS: usize = 50_000;

/// Sums over some verifications: all of them, and those that each policy denies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) all: Counts,
    pub(super) denied: Counts,
    pub(super) denied_by_against: Counts,
}

impl Tally {
    pub(super) fn add(&mut self, label: Label, price: Option<Money>, denied: bool, by_against: bool) {
        self.all.add(label, price);
        if denied {
            self.denied.add(label, price);
        }
        if by_against {
            self.denied_by_against.add(label, price);
        }
    }
}

/// By country and method, by name.
pub(super) type Groups = BTreeMap<String, Tally>;

/// By block: only as much as it takes to say which are denied most.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    blocks: HashMap<String, BlockTally>,
    /// How many were forgotten, since there were too many.
    pub(super) n_forgotten: usize,
}

/// Sums over a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BlockTally {
    pub(super) requests: u64,
    pub(super) verified: u64,
    pub(super) denied: u64,
    pub(super) denied_verified: u64,
}

impl Blocks {
    pub(super) fn add(&mut self, block: &str, label: Label, denied: bool) {
        if !self.blocks.contains_key(block) {
            self.make_room();
        }
        let tally = self.blocks.entry(block.to_owned()).or_default();
        let is_verified = label == Label::Verified;
        tally.requests += 1;
        tally.verified += u64::from(is_verified);
        tally.denied += u64::from(denied);
        tally.denied_verified += u64::from(denied && is_verified);
    }

    /// Forgets the half of which least is denied, where there are too many.
    fn make_room(&mut self) {
        if self.blocks.len() < MOST_BLOCKS {
            return;
        }
        let mut blocks: Vec<(String, BlockTally)> = self.blocks.drain().collect();
        blocks.sort_by_key(|(_, tally)| std::cmp::Reverse((tally.denied, tally.requests)));
        self.n_forgotten += blocks.len() - MOST_BLOCKS / 2;
        blocks.truncate(MOST_BLOCKS / 2);
        self.blocks.extend(blocks);
    }

    /// The blocks of which most is denied.
    pub(super) fn most_denied(&self, most: usize) -> Vec<(String, BlockTally)> {
        let denied = self.blocks.iter().filter(|(_, tally)| tally.denied > 0);
        let mut blocks: Vec<(String, BlockTally)> =
            denied.map(|(name, tally)| (name.clone(), *tally)).collect();
        blocks.sort_by(|(one, a), (other, b)| b.denied.cmp(&a.denied).then_with(|| one.cmp(other)));
        blocks.truncate(most);
        blocks
    }
}
