//! `sinch-gate list import`: a file of numbers and prefixes, put on a list.

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::anyway::Anyway;
use super::report::Done;
use super::{FileArgument, confirmed, read_text};
use crate::cli::Exit;
use crate::cli::asked_lists::AskedLists;
use crate::cli::author::Author;
use crate::cli::confirm::Confirm;
use crate::cli::dialled_in::DialledIn;
use crate::cli::input;
use crate::cli::output::{self, Format, count};
use crate::cli::place::Place;
use crate::clock;
use crate::list::{
    ChangeKind, Defaults, EntryChange, Kept, ListChange, ListEntry, Remark, parse_reason, read_file,
    whole_seconds,
};
use crate::store::Store;

/// More notes or mistakes than this are only counted: one quote that is never closed may make millions.
const MOST_SHOWN: usize = 20;

/// Put a file of numbers and prefixes on a list.
///
/// The file has one number or prefix per line, or is CSV with the columns entry, reason and expires_at or
/// for, in this order or as the first line names them; added_by and added_at may be named too, and until,
/// author and since are other names of the same. Commas, semicolons or tabs separate the columns. What
/// follows a # is a comment. Every mistake is found before anything is written, with exit code 2, and so is a
/// file without any entry; the first twenty are reported.
///
/// Entries that are there already are left alone, so after a lost connection the same command goes on where
/// it stopped. An entry that is there with another reason, author or end is replaced; so is one that shall
/// live for a while, which begins anew. `list undo` undoes all of it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  echo '+99899394*,pumping,6h' > attack.csv\n  \
    sinch-gate list import blocklist attack.csv --data gate.db")]
pub(in crate::cli) struct Import {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    /// The file; - for standard input
    file: FileArgument,
    /// Why, for lines without a reason
    #[arg(long, value_parser = parse_reason)]
    reason: Option<String>,
    /// For how long, for lines that do not say, such as 30m, 6h or 7d; for good if not given
    #[arg(long = "for", value_name = "TIME")]
    lifetime: Option<String>,
    #[command(flatten)]
    dialled_in: DialledIn,
    #[command(flatten)]
    anyway: Anyway,
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
struct Imported<'a> {
    #[serde(flatten)]
    change: &'a ListChange,
    /// How many entries stood there already.
    unchanged: usize,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = whole_seconds(clock::now());
        let expires_at = super::expires_at(self.lifetime.as_deref(), now)?;
        let text = read_text(&self.file)?;
        let author = self.author.name(&self.place).await?;
        let defaults = Defaults {
            list: &self.list,
            reason: self.reason.as_deref(),
            author: &author,
            expires_at,
            country: self.dialled_in.country,
        };
        let file = read_file(&text, &defaults, now);
        self.print(&file.notes, "note");
        let name = input::name(&self.file);
        if !file.mistakes.is_empty() {
            self.print(&file.mistakes, "error");
            let n_mistakes = count(file.mistakes.len(), "mistake");
            output::message(&format!("{name}: {n_mistakes}; nothing was written"));
            return Ok(Exit::Found);
        }
        if file.entries.is_empty() && file.notes.is_empty() {
            output::message(&format!(
                "{name}: nothing was written, since no line has an entry\n\
                 hint: write one number or prefix per line; what follows a # is a comment"
            ));
            // The export of an empty list has only names, and is as it should be.
            return Ok(if file.has_names { Exit::Done } else { Exit::Found });
        }
        self.anyway.may_make_file(&self.place)?;
        self.place.with_store(async |store| self.write(store, file.entries, &author, now).await).await
    }

    /// Writes what is new or changed; says how much that was.
    async fn write(
        &self,
        store: &Store,
        entries: Vec<ListEntry>,
        author: &str,
        now: Timestamp,
    ) -> anyhow::Result<Exit> {
        let asked = AskedLists::load(store).await?;
        if !self.anyway.may_write(&asked, &self.list) {
            return Ok(Exit::Found);
        }
        let there = store.lists().all_kept(&self.list, now).await?;
        let n_all = entries.len();
        let id = confirmed::new_id();
        let changes: Vec<EntryChange> = entries
            .into_iter()
            .filter(|entry| !stands(&there, entry, now))
            .map(|entry| (there.get(&entry.entry).cloned(), entry))
            .map(|(before, entry)| confirmed::put(&id, before, entry))
            .collect();
        let unchanged = n_all - changes.len();
        let change = ListChange::new(&self.list, ChangeKind::Import, author, id, now);
        let mut change = ListChange { reason: self.reason.clone(), ..change };
        if changes.is_empty() {
            change.is_finished = true;
        } else {
            confirmed::ask(store, &asked, (&self.list, &changes), self.confirm, now).await?;
            change = confirmed::make(store, change, &changes).await?;
        }
        if self.format == Format::Json {
            output::json(&Imported { change: &change, unchanged })?;
            return Ok(Exit::Done);
        }
        output::message(&in_words(&change, unchanged));
        if !changes.is_empty() {
            let place = self.place.whereabouts(store).await;
            let done = Done { change: &change, changes: &changes, asked: &asked, place: &place };
            done.say();
            done.hint_at_an_end();
        }
        Ok(Exit::Done)
    }

    /// Prints remarks as compilers do, FILE:LINE:COLUMN.
    fn print(&self, remarks: &[Remark], kind: &str) {
        let file = input::name(&self.file);
        for remark in remarks.iter().take(MOST_SHOWN) {
            output::message(&format!("{file}:{}:{}: {kind}: {}", remark.line, remark.column, remark.message));
            if let Some(help) = &remark.help {
                output::message(&format!("  help: {help}"));
            }
        }
        if let Some(more) = remarks.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            output::message(&format!("and {}", count(more, &format!("more {kind}"))));
        }
    }
}

/// How much was written, and how much not.
fn in_words(change: &ListChange, unchanged: usize) -> String {
    let mut words = format!("{}: {} written", change.list, count(change.added + change.replaced, "entry"));
    if change.replaced > 0 {
        words += &format!(", {} of them in the place of others", change.replaced);
    }
    if unchanged > 0 {
        words += &format!("; {} there already", count(unchanged, "entry"));
    }
    words
}

/// Whether an entry would change nothing. A line that does not say since when takes what stands.
fn stands(there: &BTreeMap<String, Kept>, entry: &ListEntry, now: Timestamp) -> bool {
    let Some(Kept { entry: old, .. }) = there.get(&entry.entry) else { return false };
    let is_now = entry.added_at.as_second() == now.as_second();
    let added_at = if is_now { old.added_at } else { entry.added_at };
    *old == ListEntry { added_at, ..entry.clone() }
}
