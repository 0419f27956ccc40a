//! Who verified in the last hour, among the numbers that entries are about.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::event::Status;
use crate::phone::{PhoneNumber, Prefix};
use crate::store::{Lookup, PrefixLengths, Store, StoreError};

/// How far back. Whoever verified in this time is a customer, and may be about to do so again.
const LATELY: SignedDuration = SignedDuration::from_hours(1);

/// The last minutes are read first, since an attack may have filled the hour.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(5);

/// How many verifications are looked at. Somebody waits for the answer.
const MOST: usize = 3_000;

/// The numbers that verified in the last hour and that some entries are about.
#[derive(Debug, Default)]
pub(super) struct Lately {
    numbers: BTreeSet<String>,
    /// How many verifications were looked at.
    n_read: usize,
    /// Whether there were more.
    is_part: bool,
    /// How many of those that verified are stored as a hash, so that no prefix can be compared.
    n_hashed: usize,
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
    let entries: HashSet<&str> = entries.into_iter().collect();
    let lengths = entries.iter().filter_map(|entry| entry.parse::<Prefix>().ok());
    let lengths = lengths.filter_map(|prefix| u8::try_from(prefix.len()).ok()).collect();
    let lengths: PrefixLengths = BTreeMap::from([(String::new(), lengths)]);
    let before = |span| now.checked_sub(span).unwrap_or(now);
    let mut found = Lately::default();
    for (from, to) in [(before(JUST_NOW), now), (before(LATELY), before(JUST_NOW))] {
        let mut read = store.records().between(from, to);
        while let Some(stories) = read.next(now).await? {
            for (_, story) in &stories {
                if story.status() == Some(&Status::Successful) {
                    let number = story.subject.number.as_ref();
                    match number.and_then(|number| number.plain()) {
                        Some(number) => found.take(number, &entries, &lengths),
                        None => found.n_hashed += usize::from(number.is_some()),
                    }
                }
            }
            found.n_read += stories.len();
            if found.n_read >= MOST {
                found.is_part = true;
                return Ok(found);
            }
        }
    }
    Ok(found)
}

impl Lately {
    fn take(&mut self, number: &PhoneNumber, entries: &HashSet<&str>, lengths: &PrefixLengths) {
        let candidates = Lookup::new("", number, lengths).candidates;
        if candidates.iter().any(|candidate| entries.contains(candidate.as_str())) {
            self.numbers.insert(number.as_str().to_owned());
        }
    }

    /// What is at stake, in words; `None` where nothing is.
    pub(super) fn in_words(&self) -> Option<String> {
        let first = PhoneNumber::new(self.numbers.first()?);
        let n = self.numbers.len();
        let numbers = if n == 1 { "1 number".to_owned() } else { format!("{n} numbers") };
        let sample = if self.is_part {
            format!(", of the {} verifications that were looked at", self.n_read)
        } else {
            String::new()
        };
        Some(format!(
            "{numbers} that verified in the last hour would be denied, such as {}{sample}",
            first.masked()
        ))
    }

    /// What could not be looked into, in words.
    pub(super) fn not_known(&self) -> Option<String> {
        (self.n_hashed > 0).then(|| {
            format!(
                "{} of the last hour cannot be compared, since this table holds numbers as hashes",
                crate::cli::output::count(self.n_hashed, "verified number")
            )
        })
    }
}
