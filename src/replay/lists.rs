//! Lists of numbers and prefixes, in memory.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::decision::Evidence;
use crate::gate::ListStep;
use crate::list::ListEntry;
use crate::phone::Prefix;
use crate::store::PrefixLengths;

/// The entries of all lists.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    entries: HashMap<String, HashMap<String, ListEntry>>,
    lengths: PrefixLengths,
}

impl Lists {
    /// Lists of these entries; of two alike, the latter.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = ListEntry>) -> Self {
        let mut lists = Self::default();
        for entry in entries {
            if let Ok(prefix) = entry.entry.parse::<Prefix>() {
                let length = u8::try_from(prefix.len()).unwrap_or(u8::MAX);
                lists.lengths.entry(entry.list.clone()).or_default().insert(length);
            }
            lists.entries.entry(entry.list.clone()).or_default().insert(entry.entry.clone(), entry);
        }
        lists
    }

    /// The lengths of the prefixes on them.
    pub(super) fn lengths(&self) -> &PrefixLengths {
        &self.lengths
    }

    /// What they say to a step.
    pub(super) fn evidence(&self, step: &ListStep, now: Timestamp) -> Evidence {
        let list = self.entries.get(&step.lookup.list);
        let is_live = |entry: &&ListEntry| {
            entry.expires_at.is_none_or(|expires_at| expires_at.as_second() > now.as_second())
        };
        let found = list
            .and_then(|list| step.lookup.candidates.iter().find_map(|entry| list.get(entry).filter(is_live)));
        found.map_or(Evidence::NotListed, |entry| Evidence::Listed(entry.clone()))
    }
}
