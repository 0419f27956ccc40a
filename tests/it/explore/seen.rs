//! Who has read what already.

use std::collections::BTreeMap;

use super::network::Parked;

/// What each actor has read already, so that one that reads again and again is not let to where nothing has
/// changed.
#[derive(Default)]
pub(super) struct Seen {
    versions: BTreeMap<String, usize>,
    reads: BTreeMap<(usize, String), Vec<usize>>,
}

impl Seen {
    pub(super) fn note(&mut self, parked: &Parked) {
        if !parked.is_read {
            parked.items.iter().for_each(|item| *self.versions.entry(item.clone()).or_default() += 1);
            return;
        }
        let versions = self.versions_of(parked);
        self.reads.insert((parked.id.actor, parked.id.what.clone()), versions);
    }

    pub(super) fn is_again(&self, parked: &Parked) -> bool {
        let read = self.reads.get(&(parked.id.actor, parked.id.what.clone()));
        parked.is_read && read.is_some_and(|read| *read == self.versions_of(parked))
    }

    fn versions_of(&self, parked: &Parked) -> Vec<usize> {
        parked.items.iter().map(|item| self.versions.get(item).copied().unwrap_or_default()).collect()
    }
}
