//! What a change of a list means: which rule follows it, where, and from when on.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::asked_lists::{AskedLists, Asker};
use crate::cli::output;
use crate::cli::place::{Whereabouts, when_in_force};
use crate::config::POLICY_TTL;
use crate::list::{ChangeId, ChangeKind, EntryChange, Kept, ListChange, ListEntry};
use crate::phone::Prefix;

/// An entry's end and origin, in words: `until 2026-…: pumping (ann)`.
pub(super) fn in_words(entry: &ListEntry) -> String {
    let until =
        entry.expires_at.map_or_else(|| "for good".to_owned(), |at| format!("until {}", output::time(at)));
    format!("{until}: {} ({}, {})", entry.reason, entry.author, output::time(entry.added_at))
}

/// A change, in words: `the import of 2026-… by ann (20000 added)`.
pub(super) fn change_in_words(change: &ListChange) -> String {
    let at = output::time(change.changed_at);
    format!("the {} of {at} by {} ({})", change.kind.noun(), change.changed_by, counts(change))
}

/// What it did, and why.
pub(super) fn what_in_words(change: &ListChange) -> String {
    let reason = change.reason.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default();
    let undone = change.undone_by.as_ref().map(|_| ", undone since").unwrap_or_default();
    let cut_off = if change.is_finished { "" } else { ", cut off before all of it was written" };
    format!("{}: {}{undone}{cut_off}{reason}", change.kind.noun(), counts(change))
}

/// `2 added, 1 replaced`
fn counts(change: &ListChange) -> String {
    let counts = [(change.added, "added"), (change.replaced, "replaced"), (change.removed, "removed")];
    let counts = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    let counts: Vec<String> = counts.collect();
    if counts.is_empty() { "nothing changed".to_owned() } else { counts.join(", ") }
}

/// A change that was made.
pub(super) struct Done<'a> {
    pub(super) change: &'a ListChange,
    pub(super) changes: &'a [EntryChange],
    pub(super) asked: &'a AskedLists,
    pub(super) place: &'a Whereabouts,
}

/// An entry that was changed, as one line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    list: &'a str,
    entry: &'a str,
    change: &'a ChangeId,
    kind: ChangeKind,
    changed_at: Timestamp,
    changed_by: &'a str,
    /// How it stands on the list now; absent where it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a ListEntry>,
    /// How it stood before; absent where it was not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a ListEntry>,
    /// How long it may take until every gate follows it.
    seconds_until_in_force: u64,
}

impl Done<'_> {
    /// Says where the change was made, which rules follow it, and from when on. A gate looks up numbers, and
    /// prefixes of the lengths that it knows, for each decision; a new length it learns with the policies.
    pub(super) fn say(&self) {
        let list = &self.change.list;
        let mut askers: Vec<String> = self.asked.askers(list).iter().map(Asker::to_string).collect();
        if askers.is_empty() {
            askers.push("no rule in force asks it".to_owned());
        } else {
            askers.extend(self.asked.not_for(list));
        }
        let askers = askers.join("; ");
        let when = if self.is_slow() { when_in_force() } else { "gates follow it at once".to_owned() };
        output::message(&format!("  in {}: {askers}; {when}", self.place));
        if let Some(built_in) = self.asked.built_in() {
            output::message(&format!("  note: {built_in}"));
        }
    }

    /// Recommends an end for what is denied for good. An attack moves on, and those who get its numbers next
    /// are customers.
    pub(super) fn hint_at_an_end(&self) {
        let is_endless = |kept: &Kept| kept.entry.expires_at.is_none();
        let n =
            self.changes.iter().filter_map(|change| change.after.as_ref()).filter(|kept| is_endless(kept));
        let n = n.count();
        if n > 0 && self.asked.is_denied(&self.change.list) {
            let entries = if n == 1 { "this entry stays".to_owned() } else { format!("{n} entries stay") };
            output::message(&format!(
                "hint: {entries} for good; give --for 7d, say, if it is about an attack"
            ));
        }
    }

    /// Prints one line for each entry.
    pub(super) fn print_json(&self) -> anyhow::Result<()> {
        let ListChange { list, id, kind, changed_at, changed_by, .. } = self.change;
        let seconds_until_in_force = if self.is_slow() { POLICY_TTL.as_secs() } else { 0 };
        self.changes.iter().try_for_each(|one| {
            output::json(&Line {
                list,
                entry: &one.entry,
                change: id,
                kind: *kind,
                changed_at: *changed_at,
                changed_by,
                after: one.after.as_ref().map(|kept| &kept.entry),
                before: one.before.as_ref().map(|kept| &kept.entry),
                seconds_until_in_force,
            })
        })
    }

    fn is_slow(&self) -> bool {
        needs_new_length(self.asked, &self.change.list, self.changes)
    }
}

fn needs_new_length(asked: &AskedLists, list: &str, changes: &[EntryChange]) -> bool {
    let known = asked.lengths.get(list);
    let put = changes.iter().filter(|change| change.after.is_some());
    put.filter_map(|change| change.entry.parse::<Prefix>().ok())
        .filter_map(|prefix| u8::try_from(prefix.len()).ok())
        .any(|length| !known.is_some_and(|known| known.contains(&length)))
}
