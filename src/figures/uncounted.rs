//! Limits of money that counted nothing, as the notes of records say.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::Decided;

/// A rule whose limit did not count some verifications, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Uncounted {
    /// The rule.
    pub rule: String,
    /// Why not, in words.
    pub why: String,
    /// How many verifications.
    pub count: u64,
}

/// Collects notes.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<(String, String), u64>);

impl Notes {
    /// Takes in the notes of a decision.
    pub(super) fn add(&mut self, decided: &Decided) {
        for (rule, why) in decided.notes.iter().filter_map(|note| counted_nothing(note)) {
            *self.0.entry((rule.to_owned(), why.to_owned())).or_default() += 1;
        }
    }

    /// What counted nothing, the most frequent first. Each stands for `scale` of them.
    pub(super) fn finish(self, scale: u64) -> Vec<Uncounted> {
        let counted = self.0.into_iter();
        let mut all: Vec<Uncounted> =
            counted.map(|((rule, why), count)| Uncounted { rule, why, count: count * scale }).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.count));
        all
    }
}

/// Rule and reason, where a note says that a limit counted nothing.
pub(crate) fn counted_nothing(note: &str) -> Option<(&str, &str)> {
    note.strip_prefix('`')?.split_once("` counted 0: ")
}
