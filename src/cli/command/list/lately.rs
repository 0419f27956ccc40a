//! Who verified in the last hour, among the numbers that entries are about.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::Timestamp;

use crate::cli::output::count;
use crate::cli::verified_lately::verified_lately;
use crate::phone::{PhoneNumber, Prefix};
use crate::privacy::Block;
use crate::store::{Lookup, PrefixLengths, Store, StoreError};

/// Entries, by which numbers are found.
struct Entries<'e> {
    entries: BTreeSet<&'e str>,
    /// The lengths in digits of the prefixes among them, for a list without a name.
    lengths: PrefixLengths,
}

/// Whether a number is one that some entry is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Match {
    Yes,
    No,
    /// It is stored as a hash, and its block does not say it.
    NotKnown,
}

/// The numbers that verified in the last hour and that some entries are about.
#[derive(Debug, Default)]
pub(super) struct Lately {
    /// As they are stored, and as people may see them.
    numbers: BTreeMap<String, String>,
    /// Which part of the hour's verifications was looked at, in words.
    part: String,
    /// How many of those that verified are stored as a hash, so that it is not known whether an entry is
    /// about them.
    n_not_known: usize,
}

/// Finds them.
///
/// # Errors
/// Where the store fails.
pub(super) async fn lately<'e>(
    store: &Store,
    entries: impl IntoIterator<Item = &'e str>,
    now: Timestamp,
) -> Result<Lately, StoreError> {
    let entries = Entries::of(entries);
    let verified = verified_lately(store, now).await?;
    let mut found = Lately { part: verified.part(), ..Lately::default() };
    for subject in verified.stories.iter().map(|story| &story.subject) {
        let Some(number) = &subject.number else { continue };
        let matched = match (number.plain(), &subject.block) {
            (Some(plain), _) => entries.has(plain),
            (None, Some(block)) => entries.have_all_of(block),
            (None, None) => Match::NotKnown,
        };
        match matched {
            Match::Yes => {
                let shown = subject.shown_number().unwrap_or_default();
                found.numbers.insert(number.as_str().to_owned(), shown);
            }
            Match::No => {}
            Match::NotKnown => found.n_not_known += 1,
        }
    }
    Ok(found)
}

impl<'e> Entries<'e> {
    fn of(entries: impl IntoIterator<Item = &'e str>) -> Self {
        let entries: BTreeSet<&str> = entries.into_iter().collect();
        let prefixes = entries.iter().filter_map(|entry| entry.parse::<Prefix>().ok());
        let lengths = prefixes.filter_map(|prefix| u8::try_from(prefix.len()).ok()).collect();
        Self { entries, lengths: PrefixLengths::from([(String::new(), lengths)]) }
    }

    fn has(&self, number: &PhoneNumber) -> Match {
        let candidates = Lookup::new("", number, &self.lengths).candidates;
        let is_one = candidates.iter().any(|candidate| self.entries.contains(candidate.as_str()));
        if is_one { Match::Yes } else { Match::No }
    }

    /// Whether an entry is about every number of a block, or about a part of it.
    fn have_all_of(&self, block: &Block) -> Match {
        let block = block.number();
        if self.has(&block) == Match::Yes {
            return Match::Yes;
        }
        let from = Bound::Included(block.as_str());
        let next = self.entries.range::<str, _>((from, Bound::Unbounded)).next();
        let is_part = next.is_some_and(|entry| entry.starts_with(block.as_str()));
        if is_part { Match::NotKnown } else { Match::No }
    }
}

impl Lately {
    /// What is at stake, in words; `None` where nothing is.
    pub(super) fn in_words(&self) -> Option<String> {
        let first = self.numbers.values().next()?;
        Some(format!(
            "{} that verified in the last hour would be denied, such as {first}{}",
            count(self.numbers.len(), "number"),
            self.part
        ))
    }

    /// What could not be looked into, in words.
    pub(super) fn not_known(&self) -> Option<String> {
        (self.n_not_known > 0).then(|| {
            format!(
                "{} of the last hour cannot be compared with the entries, since the table holds numbers as \
                 hashes",
                count(self.n_not_known, "verified number")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_number_is_compared_as_far_as_its_block_says() {
        let block = Block::of(&PhoneNumber::new("+46701740605")).unwrap();
        let matched = |entries: &[&'static str]| Entries::of(entries.iter().copied()).have_all_of(&block);
        assert_eq!(matched(&["+998*", "+4670*"]), Match::Yes);
        assert_eq!(matched(&["+46701740*"]), Match::Yes);
        for part in ["+467017406*", "+46701740605"] {
            assert_eq!(matched(&["+998*", part, "+47*"]), Match::NotKnown, "{part}");
        }
        for other in ["+46701741*", "+46701739999", "+47*"] {
            assert_eq!(matched(&[other]), Match::No, "{other}");
        }
    }
}
