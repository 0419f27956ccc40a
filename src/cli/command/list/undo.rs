//! `sinch-gate list undo`: the last change of a list, taken back as a whole.

use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::report::Done;
use super::{confirmed, report};
use crate::cli::Exit;
use crate::cli::asked_lists::AskedLists;
use crate::cli::author::Author;
use crate::cli::confirm::Confirm;
use crate::cli::output::{self, Format, count};
use crate::cli::place::Place;
use crate::clock;
use crate::list::{ChangeKind, EntryChange, ListChange, Undoing, parse_reason, whole_seconds};
use crate::store::Store;

/// More entries than this are not named one by one.
const MOST_NAMED: usize = 10;

/// How many changes are looked at: undone ones stand between those that can still be undone.
const MOST_CHANGES: usize = 1_000;

/// Undo the last change of a list.
///
/// What it added goes, and what it replaced or removed comes back as it was, an import as a whole. It shows
/// what will change and asks, unless --yes is given. Undoing again undoes the change before that one. Entries
/// that somebody changed since stay as they are, with exit code 2.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list undo blocklist --yes --data gate.db")]
pub(in crate::cli) struct Undo {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    /// Why, for those who read the history
    #[arg(long, value_parser = parse_reason)]
    reason: Option<String>,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What came of it, as one line of JSON.
#[derive(Serialize)]
struct Undone<'a> {
    #[serde(flatten)]
    change: &'a ListChange,
    /// The entries that somebody changed since.
    left: &'a [String],
}

impl Undo {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        self.place
            .with_existing_store(async |store| self.undo(store, whole_seconds(clock::now())).await)
            .await
    }

    async fn undo(&self, store: &Store, now: Timestamp) -> anyhow::Result<Exit> {
        let lists = store.lists();
        let changes = lists.changes(&self.list, MOST_CHANGES, now).await?;
        let Some(last) = changes.into_iter().find(ListChange::can_be_undone) else {
            super::must_exist(store, &self.list).await?;
            bail!(
                "there is no change of {} left to undo\n\
                 hint: `sinch-gate list history {}` shows the changes of the last 90 days",
                self.list,
                self.list
            );
        };
        let mut before = lists.before(&self.list, &last.id, usize::MAX).await?;
        // An entry whose time is over meanwhile does not come back.
        let has_ended = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        for kept in before.values_mut() {
            kept.take_if(|kept| has_ended(kept.entry.expires_at));
        }
        let undoing = Undoing::of(&last.id, &before, &lists.all_kept(&self.list, now).await?);
        let asked = AskedLists::load(store).await?;
        self.confirm.ask(&self.question(&last, &undoing))?;
        let author = self.author.name(&self.place).await?;
        let change = ListChange::new(&self.list, ChangeKind::Undo, &author, confirmed::new_id(), now);
        let change = ListChange { reason: self.reason.clone(), undoes: Some(last.id.clone()), ..change };
        let change = confirmed::make(store, change, &undoing.changes).await?;
        lists.mark_undone(last, &change.id).await?;
        if self.format == Format::Json {
            output::json(&Undone { change: &change, left: &undoing.left })?;
        } else {
            output::message(&format!("{}: undone", self.list));
            let place = self.place.whereabouts(store).await;
            Done { change: &change, changes: &undoing.changes, asked: &asked, place: &place }.say();
        }
        Ok(if undoing.left.is_empty() { Exit::Done } else { Exit::Found })
    }

    /// What was done, and what undoing it will do.
    fn question(&self, last: &ListChange, undoing: &Undoing) -> String {
        let mut text = format!("{} of {} will be undone:", report::change_in_words(last), self.list);
        for change in undoing.changes.iter().take(MOST_NAMED) {
            text += &format!("\n  {}", line(change));
        }
        let more = undoing.changes.len().saturating_sub(MOST_NAMED);
        if more > 0 {
            text += &format!("\n  and {}", count(more, "more entry"));
        }
        if undoing.changes.is_empty() {
            text += "\n  nothing is left of it on the list";
        }
        for entry in undoing.left.iter().take(MOST_NAMED) {
            text += &format!("\n  {entry} was changed since, and stays as it is");
        }
        text
    }
}

fn line(change: &EntryChange) -> String {
    match (&change.before, &change.after) {
        (_, Some(after)) => format!("{} comes back {}", change.entry, report::in_words(&after.entry)),
        (_, None) => format!("{} goes", change.entry),
    }
}
