//! What was done to a list, kept so that it can be looked up and undone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ListEntry;

/// The name of a change: its moment, and something by which two of the same moment differ. The order of names
/// is that of time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(String);

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Entries were put on the list one by one.
    Add,
    /// Entries were taken off the list.
    Remove,
    /// A file was put on the list.
    Import,
    /// An earlier change was undone.
    Undo,
}

/// One change of a list: all that one command did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChange {
    /// The list.
    pub list: String,
    /// Its name.
    #[serde(rename = "change")]
    pub id: ChangeId,
    /// What was done.
    pub kind: ChangeKind,
    /// When.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: String,
    /// Why, where one reason was given for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many entries are new.
    pub added: usize,
    /// How many took the place of an equal one.
    pub replaced: usize,
    /// How many were taken off.
    pub removed: usize,
    /// Whether all of it was written. One that was cut off may have taken effect in part.
    pub is_finished: bool,
    /// The change that it undid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<ChangeId>,
    /// The change that undid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<ChangeId>,
}

/// An entry as it stands on a list, and the change that put it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The entry.
    pub entry: ListEntry,
    /// The change; `None` where it was put there without one.
    pub change: Option<ChangeId>,
}

/// What a change does to one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryChange {
    /// The entry.
    pub entry: String,
    /// How it stood before; `None` where it was not on the list.
    pub before: Option<Kept>,
    /// How it stands after; `None` where it is off the list.
    pub after: Option<Kept>,
}

/// What undoes a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undoing {
    /// What must be done.
    pub changes: Vec<EntryChange>,
    /// The entries that somebody changed since, which stay as they are.
    pub left: Vec<String>,
}

impl ChangeId {
    /// The name of a change at a moment; `salt` makes it differ from another one's.
    #[must_use]
    pub fn new(at: Timestamp, salt: u16) -> Self {
        Self(format!("{at:.3}-{salt:04x}"))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The stored form.
impl From<&str> for ChangeId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ChangeKind {
    /// The noun.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Add => "addition",
            Self::Remove => "removal",
            Self::Import => "import",
            Self::Undo => "undoing",
        }
    }
}

impl ListChange {
    /// A change that is about to be made.
    #[must_use]
    pub fn new(list: &str, kind: ChangeKind, author: &str, id: ChangeId, at: Timestamp) -> Self {
        Self {
            list: list.to_owned(),
            id,
            kind,
            changed_at: at,
            changed_by: author.to_owned(),
            reason: None,
            added: 0,
            replaced: 0,
            removed: 0,
            is_finished: false,
            undoes: None,
            undone_by: None,
        }
    }

    /// The same with what it does to entries counted.
    #[must_use]
    pub fn counting(mut self, changes: &[EntryChange]) -> Self {
        for change in changes {
            match (&change.before, &change.after) {
                (None, Some(_)) => self.added += 1,
                (Some(_), Some(_)) => self.replaced += 1,
                (_, None) => self.removed += 1,
            }
        }
        self
    }

    /// Whether `list undo` may undo it: it was not undone yet, and is not itself the undoing of another.
    #[must_use]
    pub fn can_be_undone(&self) -> bool {
        self.undone_by.is_none() && self.kind != ChangeKind::Undo
    }
}

impl Undoing {
    /// What undoes a change, given how the entries that it changed stood `before`, as it noted, and what is
    /// on the list now (`there`). An import notes only what it replaced; what else it put on the list is
    /// known by its name. What was undone already is passed over, so that an undoing which was cut off can
    /// be repeated.
    #[must_use]
    pub fn of(
        change: &ChangeId,
        before: &BTreeMap<String, Option<Kept>>,
        there: &BTreeMap<String, Kept>,
    ) -> Self {
        let is_its = |kept: &Kept| kept.change.as_ref() == Some(change);
        let put = there.iter().filter(|(_, kept)| is_its(kept)).map(|(entry, _)| entry);
        let entries: BTreeSet<&String> = before.keys().chain(put).collect();
        let mut undoing = Self::default();
        for entry in entries {
            let now = there.get(entry);
            let then = before.get(entry).and_then(Option::as_ref);
            if now == then {
                continue;
            }
            // What is not there was taken off by the change itself, or has expired since.
            if now.is_none_or(is_its) {
                let (before, after) = (now.cloned(), then.cloned());
                undoing.changes.push(EntryChange { entry: entry.clone(), before, after });
            } else {
                undoing.left.push(entry.clone());
            }
        }
        undoing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(entry: &str, reason: &str, change: &str) -> Kept {
        let (list, author) = ("blocklist".to_owned(), "ops".to_owned());
        let (entry, reason) = (entry.to_owned(), reason.to_owned());
        let added_at = Timestamp::UNIX_EPOCH;
        let entry = ListEntry { list, entry, reason, author, added_at, expires_at: None };
        Kept { entry, change: Some(change.into()) }
    }

    fn there(kept: &[&Kept]) -> BTreeMap<String, Kept> {
        kept.iter().map(|kept| (kept.entry.entry.clone(), (*kept).clone())).collect()
    }

    fn undo(before: &[(&str, Option<&Kept>)], now: &[&Kept]) -> (Vec<(String, Option<String>)>, Vec<String>) {
        let before = before.iter().map(|(entry, kept)| ((*entry).to_owned(), kept.cloned())).collect();
        let undoing = Undoing::of(&"2".into(), &before, &there(now));
        let shown = |change: EntryChange| (change.entry, change.after.map(|after| after.entry.reason));
        (undoing.changes.into_iter().map(shown).collect(), undoing.left)
    }

    #[test]
    fn what_was_new_goes_and_what_was_replaced_or_removed_comes_back() {
        let (old, new) = (kept("+46*", "old", "1"), kept("+46*", "new", "2"));
        let gone = |entry: &str| vec![(entry.to_owned(), None)];
        let back = || vec![("+46*".to_owned(), Some("old".to_owned()))];
        assert_eq!(undo(&[("+46*", None)], &[&new]), (gone("+46*"), vec![]));
        assert_eq!(undo(&[], &[&new]), (gone("+46*"), vec![]), "an import notes nothing of what is new");
        assert_eq!(undo(&[("+46*", Some(&old))], &[&new]), (back(), vec![]));
        assert_eq!(undo(&[("+46*", Some(&old))], &[]), (back(), vec![]));
    }

    #[test]
    fn what_others_changed_since_stays_and_what_is_undone_already_is_passed_over() {
        let (old, other) = (kept("+46*", "old", "1"), kept("+46*", "other", "3"));
        assert_eq!(undo(&[("+46*", Some(&old))], &[&other]), (vec![], vec!["+46*".to_owned()]));
        assert_eq!(undo(&[("+46*", Some(&old))], &[&old]), (vec![], vec![]));
        assert_eq!(undo(&[("+46*", None)], &[]), (vec![], vec![]));
        assert_eq!(undo(&[], &[&other]), (vec![], vec![]), "it has nothing to do with it");
    }

    #[test]
    fn names_of_changes_are_in_the_order_of_time() {
        let at = |millis: i64| Timestamp::from_millisecond(1_768_469_400_000 + millis).unwrap();
        assert_eq!(ChangeId::new(at(7), 255).as_str(), "2026-01-15T09:30:00.007Z-00ff");
        assert!(ChangeId::new(at(999), u16::MAX) < ChangeId::new(at(1_000), 0));
    }
}
