//! Limits of money that counted nothing, as the notes of records say.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::Decided;

/// A rule whose limit did not count some verifications, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Uncounted {
    pub(super) rule: String,
    pub(super) why: String,
    /// How many verifications.
    pub(super) count: usize,
}

/// Collects notes.
#[derive(Default)]
pub(super) struct Notes(BTreeMap<(String, String), usize>);

impl Notes {
    /// Takes in the notes of a decision.
    pub(super) fn add(&mut self, decided: &Decided) {
        for (rule, why) in decided.notes.iter().filter_map(|note| counted_nothing(note)) {
            *self.0.entry((rule.to_owned(), why.to_owned())).or_default() += 1;
        }
    }

    /// What counted nothing, the most frequent first.
    pub(super) fn uncounted(self, top: usize) -> Vec<Uncounted> {
        let mut all: Vec<Uncounted> =
            self.0.into_iter().map(|((rule, why), count)| Uncounted { rule, why, count }).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.count));
        all.truncate(top);
        all
    }
}

/// Rule and reason, where a note says that a limit counted nothing.
fn counted_nothing(note: &str) -> Option<(&str, &str)> {
    note.strip_prefix('`')?.split_once("` counted 0: ")
}
