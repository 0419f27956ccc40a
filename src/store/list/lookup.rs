//! Looking a number up: which entries could match it, and which of those found matches best.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::read;
use crate::list::ListEntry;
use crate::store::StoreError;
use crate::store::attribute::{Item, has_expired, text_of};
use crate::store::key::{ItemKey, list_of_partition};

/// The lengths in digits of the prefixes that each list holds.
pub type PrefixLengths = BTreeMap<String, BTreeSet<u8>>;

/// One question: is this number on this list?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The list's name.
    pub list: String,
    /// The sort keys to ask for: the exact number, and its prefixes of the lengths in use, longest first.
    pub candidates: Vec<String>,
}

impl Lookup {
    /// The question for a number, given the prefix lengths in use. A number that is not E.164 is on no list,
    /// since no entry can name it.
    #[must_use]
    pub fn new(list: &str, number: &crate::phone::PhoneNumber, lengths: &PrefixLengths) -> Self {
        let mut candidates = Vec::new();
        if number.digits().is_some() {
            candidates.push(number.as_str().to_owned());
        }
        if let Some(digits) = number.in_clear().and_then(|number| number.strip_prefix('+')) {
            let lengths = lengths.get(list).into_iter().flatten().rev();
            let prefixes = lengths.filter_map(|length| digits.get(..usize::from(*length)));
            candidates.extend(prefixes.map(|prefix| format!("+{prefix}*")));
        }
        Self { list: list.to_owned(), candidates }
    }
}

/// The keys of every entry that could match.
pub(in crate::store) fn keys_of(lookups: &[Lookup]) -> BTreeSet<ItemKey> {
    let keys = lookups.iter().flat_map(|lookup| {
        lookup.candidates.iter().map(move |entry| ItemKey::of_list_entry(&lookup.list, entry))
    });
    keys.collect()
}

/// For each lookup the entry among these items that matches best, if any.
pub(in crate::store) fn best_matches(
    lookups: &[Lookup],
    items: &[Item],
    now: Timestamp,
) -> Result<Vec<Option<ListEntry>>, StoreError> {
    let mut found = HashMap::new();
    for item in items.iter().filter(|item| is_entry(item) && !has_expired(item, now)) {
        let entry = read(item)?;
        found.insert((entry.list.clone(), entry.entry.clone()), entry);
    }
    let best = |lookup: &Lookup| {
        lookup.candidates.iter().find_map(|entry| found.get(&(lookup.list.clone(), entry.clone())).cloned())
    };
    Ok(lookups.iter().map(best).collect())
}

fn is_entry(item: &Item) -> bool {
    text_of(item, "pk").is_ok_and(|pk| list_of_partition(pk).is_some())
}
