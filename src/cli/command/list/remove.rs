//! `sinch-gate list remove`: numbers and prefixes, taken off a list.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use clap::Args;
use jiff::Timestamp;

use super::report::Done;
use super::{FileArgument, confirmed, read_text, report};
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
    ChangeKind, Defaults, EntryChange, Kept, ListChange, parse_reason, read_file, whole_seconds,
};
use crate::store::Store;
use crate::suggest::did_you_mean;

/// More entries than this are not named one by one.
const MOST_NAMED: usize = 20;

/// Take numbers or prefixes off a list.
///
/// Several are only taken off after asking, or with --yes. A file may name them, such as one that was
/// imported or exported. Exit code 2 means that one of them was not on the list. `list undo` puts them back.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list remove blocklist '+99899394*' --data gate.db")]
pub(in crate::cli) struct Remove {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    /// Numbers and prefixes, as they were added
    #[arg(required_unless_present = "file")]
    entries: Vec<String>,
    /// A file of them, as `list import` takes it; - for standard input
    #[arg(long, value_name = "FILE")]
    file: Option<FileArgument>,
    /// Why, for those who read the history
    #[arg(long, value_parser = parse_reason)]
    reason: Option<String>,
    #[command(flatten)]
    dialled_in: DialledIn,
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

impl Remove {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let mut entries = super::read_entries(&self.entries, self.dialled_in.country)?;
        entries.extend(self.read_file()?);
        self.place.with_existing_store(async |store| self.remove(store, &entries).await).await
    }

    /// The entries that a file names; all else that it says of them has no part in this.
    fn read_file(&self) -> anyhow::Result<BTreeSet<String>> {
        let Some(file) = &self.file else { return Ok(BTreeSet::new()) };
        let (list, country) = (self.list.as_str(), self.dialled_in.country);
        let defaults = Defaults { list, reason: Some(""), author: "", expires_at: None, country };
        // Long ago, so that nothing in it has expired.
        let read = read_file(&read_text(file)?, &defaults, Timestamp::MIN);
        let name = input::name(file);
        match read.mistakes.first() {
            Some(first) => bail!(
                "{name}:{}:{}: {}; nothing was taken off{}",
                first.line,
                first.column,
                first.message,
                first.help.as_ref().map(|help| format!("\nhint: {help}")).unwrap_or_default()
            ),
            None if read.entries.is_empty() => bail!("{name} has no entry; nothing was taken off"),
            None => Ok(read.entries.into_iter().map(|entry| entry.entry).collect()),
        }
    }

    async fn remove(&self, store: &Store, entries: &BTreeSet<String>) -> anyhow::Result<Exit> {
        let now = whole_seconds(clock::now());
        let asked = AskedLists::load(store).await?;
        let there = store.lists().kept(&self.list, entries.iter().map(String::as_str), now).await?;
        // What is on a list that no rule asks any more may go; but a list that has none of it is another one.
        if there.is_empty() && asked.askers(&self.list).is_empty() && asked.unknown().is_empty() {
            output::message(&self.refusal(store, &asked).await?);
            return Ok(Exit::Found);
        }
        if there.len() > 1 {
            let named: Vec<&str> = there.keys().take(MOST_NAMED).map(String::as_str).collect();
            let more = there.len() - named.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            self.confirm.ask(&format!(
                "{} entries will be taken off {}: {}{more}",
                there.len(),
                self.list,
                named.join(", ")
            ))?;
        }
        if !there.is_empty() {
            self.make(store, &asked, &there, now).await?;
        }
        let missing: Vec<&String> = entries.iter().filter(|entry| !there.contains_key(*entry)).collect();
        self.say_missing(&missing);
        Ok(if missing.is_empty() { Exit::Done } else { Exit::Found })
    }

    async fn make(
        &self,
        store: &Store,
        asked: &AskedLists,
        there: &BTreeMap<String, Kept>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let removal = |(entry, kept): (&String, &Kept)| EntryChange {
            entry: entry.clone(),
            before: Some(kept.clone()),
            after: None,
        };
        let changes: Vec<EntryChange> = there.iter().map(removal).collect();
        let author = self.author.name(&self.place).await?;
        let change = ListChange::new(&self.list, ChangeKind::Remove, &author, confirmed::new_id(), now);
        let change = ListChange { reason: self.reason.clone(), ..change };
        let change = confirmed::make(store, change, &changes).await?;
        let place = self.place.whereabouts(store).await;
        let done = Done { change: &change, changes: &changes, asked, place: &place };
        if self.format == Format::Json {
            return done.print_json();
        }
        for one in changes.iter().take(MOST_NAMED) {
            output::message(&format!("{} is off {}", one.entry, self.list));
            if let Some(before) = &one.before {
                output::message(&format!("  it was there {}", report::in_words(&before.entry)));
            }
        }
        if let Some(more) = changes.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
            output::message(&format!("and {} are off {}", count(more, "more entry"), self.list));
        }
        done.say();
        Ok(())
    }

    fn say_missing(&self, missing: &[&String]) {
        let list = &self.list;
        for entry in missing.iter().take(MOST_NAMED) {
            output::message(&format!(
                "{entry} was not on {list}\nhint: `sinch-gate list show {list}` shows what is"
            ));
        }
        if let Some(more) = missing.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
            output::message(&format!("and {} were not on {list}", count(more, "more entry")));
        }
    }

    async fn refusal(&self, store: &Store, asked: &AskedLists) -> anyhow::Result<String> {
        let mut names = store.lists().names().await?;
        names.remove(&self.list);
        names.extend(asked.names().map(str::to_owned));
        let help = did_you_mean(&self.list, names.iter().map(String::as_str)).unwrap_or_default();
        Ok(format!(
            "error: nothing was taken off: no rule in force asks the list {}, and none of this is on it\n\
             hint: {help}",
            self.list
        ))
    }
}
