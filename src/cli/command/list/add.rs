//! `sinch-gate list add`: numbers and prefixes, put on a list one by one.

use std::collections::BTreeSet;

use clap::Args;
use jiff::Timestamp;

use super::anyway::Anyway;
use super::report::Done;
use super::{confirmed, report};
use crate::cli::Exit;
use crate::cli::asked_lists::AskedLists;
use crate::cli::author::Author;
use crate::cli::confirm::Confirm;
use crate::cli::dialled_in::DialledIn;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::clock;
use crate::list::{ChangeKind, EntryChange, ListChange, ListEntry, parse_reason, whole_seconds};
use crate::phone::{NumberType, PhoneNumber, other_way};
use crate::store::Store;

/// Put numbers or prefixes on a list.
///
/// A number is E.164, such as +46701740605; a prefix ends with a star, such as +99899394*. An entry that is
/// there already is replaced. A prefix that means a country or more, or people who verified in the last hour,
/// is asked about, unless --yes is given; so is a range of an operator on a list that allows, and a prefix
/// without its star. Exit code 2 means that no rule in force asks the list.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate list add blocklist '+99899394*' --reason "pumping" --for 6h \
    --data gate.db"#)]
pub(in crate::cli) struct Add {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    /// Numbers and prefixes
    #[arg(required = true)]
    entries: Vec<String>,
    /// Why
    #[arg(long, value_parser = parse_reason)]
    reason: String,
    /// For how long, such as 30m, 6h or 7d; for good if not given
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

impl Add {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = whole_seconds(clock::now());
        let expires_at = super::expires_at(self.lifetime.as_deref(), now)?;
        let entries = super::read_entries(&self.entries, self.dialled_in.country)?;
        self.anyway.may_make_file(&self.place)?;
        self.place.with_store(async |store| self.add(store, entries, expires_at, now).await).await
    }

    async fn add(
        &self,
        store: &Store,
        entries: BTreeSet<String>,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> anyhow::Result<Exit> {
        let asked = AskedLists::load(store).await?;
        if !self.anyway.may_write(&asked, &self.list) {
            return Ok(Exit::Found);
        }
        let author = self.author.name(&self.place).await?;
        let id = confirmed::new_id();
        let mut before = store.lists().kept(&self.list, entries.iter().map(String::as_str), now).await?;
        let put = |entry: String| {
            let before = before.remove(&entry);
            let (list, reason, author) = (self.list.clone(), self.reason.clone(), author.clone());
            confirmed::put(&id, before, ListEntry { list, entry, reason, author, added_at: now, expires_at })
        };
        let changes: Vec<EntryChange> = entries.into_iter().map(put).collect();
        confirmed::ask(store, &asked, (&self.list, &changes), self.confirm, now).await?;
        let change = ListChange::new(&self.list, ChangeKind::Add, &author, id, now);
        let change = ListChange { reason: Some(self.reason.clone()), ..change };
        let change = confirmed::make(store, change, &changes).await?;
        let place = self.place.whereabouts(store).await;
        self.print(&Done { change: &change, changes: &changes, asked: &asked, place: &place })?;
        Ok(Exit::Done)
    }

    fn print(&self, done: &Done<'_>) -> anyhow::Result<()> {
        if self.format == Format::Json {
            return done.print_json();
        }
        for change in done.changes {
            let Some(after) = &change.after else { continue };
            let until = after.entry.expires_at.map(|at| format!(" until {}", output::time(at)));
            let entry = &change.entry;
            output::message(&format!("{entry} is on {}{}", self.list, until.unwrap_or_default()));
            if let Some(before) = &change.before {
                output::message(&format!("  in place of what was there {}", report::in_words(&before.entry)));
            }
            if PhoneNumber::new(entry).number_type() == NumberType::Unknown {
                output::message("  its country hands out no such number");
            }
            if let Some(note) = other_way(entry) {
                output::message(&format!("  note: {note}"));
            }
        }
        done.say();
        done.hint_at_an_end();
        Ok(())
    }
}
