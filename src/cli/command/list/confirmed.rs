//! A change of a list, asked about where much is at stake, and then made.

use anyhow::Context as _;
use jiff::Timestamp;

use super::{lately, stakes};
use crate::cli::asked_lists::AskedLists;
use crate::cli::confirm::Confirm;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::clock;
use crate::list::{ChangeId, ChangeKind, EntryChange, Kept, ListChange, ListEntry};
use crate::store::Store;

/// With this number of entries or more, a bar shows how far it is.
const MANY: usize = 100;

/// The name of a change that begins now.
pub(super) fn new_id() -> ChangeId {
    ChangeId::new(clock::now(), fastrand::u16(..))
}

/// What a change does that puts an entry on a list.
pub(super) fn put(id: &ChangeId, before: Option<Kept>, entry: ListEntry) -> EntryChange {
    let after = Some(Kept { entry: entry.clone(), change: Some(id.clone()) });
    EntryChange { entry: entry.entry, before, after }
}

/// Asks for leave where entries mean whole countries, or people who have just verified, where a list that
/// allows would let a whole operator's numbers through, or where an entry is about nobody.
///
/// # Errors
/// Where leave is refused, nobody can be asked, or the store fails.
pub(super) async fn ask(
    store: &Store,
    asked: &AskedLists,
    change: (&str, &[EntryChange]),
    confirm: Confirm,
    now: Timestamp,
) -> anyhow::Result<()> {
    let (list, changes) = change;
    let put = || changes.iter().filter(|change| change.after.is_some()).map(|change| change.entry.as_str());
    let mut at_stake: Vec<String> = stakes::wide(put()).into_iter().collect();
    at_stake.extend(stakes::without_star(put()));
    if asked.is_allowed(list) {
        at_stake.extend(stakes::wide_to_allow(put()));
    }
    if asked.is_denied(list) && put().next().is_some() {
        let lately = lately::lately(store, put(), now).await?;
        if let Some(not_known) = lately.not_known() {
            output::message(&format!("note: {not_known}"));
        }
        at_stake.extend(lately.in_words());
    }
    if at_stake.is_empty() { Ok(()) } else { confirm.ask(&at_stake.join("\n")) }
}

/// Makes a change; shows how far it is where that takes a while.
///
/// # Errors
/// Where the store fails; what was written stays, and the history says so.
pub(super) async fn make(
    store: &Store,
    change: ListChange,
    changes: &[EntryChange],
) -> anyhow::Result<ListChange> {
    let change = change.counting(changes);
    let progress = (changes.len() >= MANY).then(|| Progress::of(changes.len(), "entries"));
    let advance = |n| progress.iter().for_each(|progress| progress.add(n));
    let made = store.lists().change(&change, changes, advance).await;
    drop(progress);
    made.with_context(|| match change.kind {
        ChangeKind::Import | ChangeKind::Undo => format!(
            "{} is not complete; run the same command again, and it goes on where it stopped",
            change.list
        ),
        ChangeKind::Add | ChangeKind::Remove => format!("{} may have changed in part", change.list),
    })?;
    Ok(ListChange { is_finished: true, ..change })
}
