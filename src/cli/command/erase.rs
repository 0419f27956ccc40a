//! `sinch-gate erase`: what the table holds about one person's number, removed.

use std::cell::Cell;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use crate::cli::applications::Applications;
use crate::cli::confirm::Confirm;
use crate::cli::number_meant::hint_for;
use crate::cli::output::{self, Format, count};
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::cli::stored_form::hashed_otherwise;
use crate::cli::{Exit, app};
use crate::config::Config;
use crate::phone::PhoneNumber;
use crate::privacy::NumberPrivacy;
use crate::signature::AppKey;
use crate::store::{Personal, PersonalKind, Search, Sought, Store};

/// Each is a condition of the filter, which DynamoDB limits to 4 KB.
const MOST_REFERENCES: usize = 50;

/// Remove what the table holds about one person's number.
///
/// Records of verifications go, with the number's attempts, and quotas that count by the number, alone or
/// among others; the number has its quotas whole again. The table is read from end to end to find them. Where
/// the function runs with NUMBER_PRIVACY=hashed, set it and NUMBER_HASH_KEY here too; numbers in clear from
/// before are found as well.
///
/// List entries for exactly this number are shown, but removed only with --lists, since a block may have
/// another reason. A record without a number, whose request was lost, and one made from a log, where numbers
/// are masked, can only be found by --reference. A record of another number is never removed.
///
/// When the connection was lost, run the same command again, and it finishes. A verification that is under
/// way may write anew; run it again later. What remains: backups of the table for up to 35 days; the
/// function's log, with numbers masked, for as long as it is kept; for up to 31 days, in quotas with
/// `distinct`, the 64-bit hash of the number; and counts of blocks and countries, and policies with their
/// tests, which the command does not look into.
///
/// Exit code 2 means that something is left: list entries, records with a masked number, or all of it with
/// --dry-run; or that nothing was found and the number or --app may be misspelt.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate erase +46701740605 --yes --data gate.db")]
pub(in crate::cli) struct Erase {
    /// The number, in E.164 as callbacks name it
    number: String,
    /// A reference of the same person, for records that do not name the number; may be repeated
    #[arg(long = "reference", value_name = "REFERENCE")]
    references: Vec<String>,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    app: Option<AppKey>,
    /// Take the number off lists, too
    #[arg(long)]
    lists: bool,
    /// Show what would be removed, and remove nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// One item and what became of it.
#[derive(Serialize)]
struct Row<'a> {
    /// `record`, `attempts`, `quota`, `entry`, or `change` for the history of an entry.
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a str>,
    /// The reference or id, the dimensions, or the list.
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// `found`, `removed` or `left`.
    state: &'static str,
}

impl Erase {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let privacy = Config::privacy_from_environment()?;
        if self.references.iter().any(String::is_empty) {
            bail!("--reference is empty\nhint: give the reference of a verification, or leave it out");
        }
        if self.references.len() > MOST_REFERENCES {
            bail!(
                "{} references are too many at once\nhint: give {MOST_REFERENCES} at most",
                self.references.len()
            );
        }
        let number = PhoneNumber::new(self.number.trim());
        if number.as_str().is_empty() {
            bail!("no number was given\nhint: give it in E.164, such as +46701740605");
        }
        if number.digits().is_none() {
            output::message(&format!(
                "this is not E.164, such as +46701740605, so it is looked for just as it stands{}",
                hint_for(&self.number)
            ));
        }
        self.place.with_existing_store(async |store| self.erase(store, &number, &privacy).await).await
    }

    async fn erase(
        &self,
        store: &Store,
        number: &PhoneNumber,
        privacy: &NumberPrivacy,
    ) -> anyhow::Result<Exit> {
        let app = match &self.app {
            Some(app) => Some(Applications::of(store).await?.same(app)),
            None => None,
        };
        let found = self.find(store, number, privacy, app.as_ref()).await?;
        if found.is_empty() {
            return self.nothing(store, number, privacy, app.as_ref()).await;
        }
        // Without a key, the search has seen to it that there are no hashes.
        let otherwise = match privacy {
            NumberPrivacy::Plain => None,
            NumberPrivacy::Hashed(_) => {
                hashed_otherwise(store, privacy).await.context("nothing was removed")?
            }
        };
        let (going, left): (Vec<&Personal>, Vec<&Personal>) =
            found.iter().partition(|item| self.may_go(item));
        if !self.dry_run && !going.is_empty() {
            self.confirm.ask(&format!(
                "{} about {} will be removed from {} for good",
                summary(&going),
                number.masked(),
                store.table().name()
            ))?;
            remove(store, &going).await?;
        }
        let state = |item| match (self.may_go(item), self.dry_run) {
            (false, _) => "left",
            (true, true) => "found",
            (true, false) => "removed",
        };
        self.print(found.iter().map(|item| row(item, state(item))).collect())?;
        let (verb, is_over) =
            if self.dry_run { ("would be removed", false) } else { ("removed", left.is_empty()) };
        output::message(&format!("{} {verb}", summary(&going)));
        explain_left(&left);
        if !self.dry_run && !going.is_empty() {
            output::message(
                "something remains elsewhere, such as in backups for up to 35 days\n\
                 hint: see in `sinch-gate erase --help` what",
            );
        }
        // What was stored in clear, or with an earlier key, may go by itself, but it is not all.
        if let Some(why) = otherwise {
            output::message(&format!("more may be held: {why}"));
        }
        Ok(if is_over && otherwise.is_none() { Exit::Done } else { Exit::Found })
    }

    /// Says that nothing was found, as far as that can be said.
    async fn nothing(
        &self,
        store: &Store,
        number: &PhoneNumber,
        privacy: &NumberPrivacy,
        app: Option<&AppKey>,
    ) -> anyhow::Result<Exit> {
        if let Some(why) = hashed_otherwise(store, privacy).await? {
            bail!("nothing was removed: {why}");
        }
        if let Some(app) = app
            && let Some(unknown) = Applications::of(store).await?.unknown(app)
        {
            output::message(&format!("nothing was removed: {unknown}"));
            return Ok(Exit::Found);
        }
        if number.digits().is_none() && !hint_for(&self.number).is_empty() {
            output::message("nothing was removed, since nothing is stored under just this text");
            return Ok(Exit::Found);
        }
        let forms = match privacy {
            NumberPrivacy::Plain => "",
            NumberPrivacy::Hashed(_) => ", in clear or by this NUMBER_HASH_KEY",
        };
        output::message(&format!("nothing is held about {}{forms}", number.masked()));
        Ok(Exit::Done)
    }

    async fn find(
        &self,
        store: &Store,
        number: &PhoneNumber,
        privacy: &NumberPrivacy,
        app: Option<&AppKey>,
    ) -> anyhow::Result<Vec<Personal>> {
        let sought = Sought { number, privacy, references: &self.references, app };
        // Only for the bar; the search will report what is wrong with the table.
        let n_items = store.table().describe().await.map_or(0, |table| table.n_items);
        let progress = Progress::of(n_items, "items read");
        let search = store.find_personal(&sought, |n| progress.add(n)).await;
        drop(progress);
        match search.context("nothing was removed")? {
            Search::Found(found) => Ok(found),
            Search::Hashed => bail!(
                "nothing was removed: the table holds hashed numbers\nhint: set NUMBER_PRIVACY=hashed and \
                 NUMBER_HASH_KEY as the function has them"
            ),
        }
    }

    fn may_go(&self, item: &Personal) -> bool {
        match item.kind {
            PersonalKind::Record | PersonalKind::Attempts | PersonalKind::Quota => true,
            PersonalKind::ListEntry | PersonalKind::ListChange => self.lists,
            PersonalKind::MaskedRecord => false,
        }
    }

    fn print(&self, rows: Vec<Row<'_>>) -> anyhow::Result<()> {
        match self.format {
            Format::Json => rows.iter().try_for_each(output::json),
            Format::Table => {
                let mut table = output::table(["what", "application", "state", "name"]);
                for row in rows {
                    let name = output::one_line(row.name);
                    table.add_row([row.what, row.app.unwrap_or("-"), row.state, &name]);
                }
                output::print(table);
                Ok(())
            }
        }
    }
}

/// Removes items, and says how far it came where that fails.
async fn remove(store: &Store, items: &[&Personal]) -> anyhow::Result<()> {
    let n_removed = Cell::new(0);
    let progress = Progress::of(items.len(), "items removed");
    let removed = store.remove_personal(items, || {
        n_removed.set(n_removed.get() + 1);
        progress.add(1);
    });
    let removed = removed.await;
    drop(progress);
    removed.with_context(|| {
        let n_removed = n_removed.get();
        format!(
            "{n_removed} of {} removed\nhint: run the same command again, and it finishes",
            count(items.len(), "item")
        )
    })
}

fn explain_left(left: &[&Personal]) {
    let n_of = |kind| left.iter().filter(|item| item.kind == kind).count();
    let n_entries = n_of(PersonalKind::ListEntry) + n_of(PersonalKind::ListChange);
    if n_entries > 0 {
        let entries = count(n_entries, "list entry");
        output::message(&format!(
            "{entries} left, which may be there for another reason\nhint: give --lists to remove them too"
        ));
    }
    let n_masked = n_of(PersonalKind::MaskedRecord);
    if n_masked > 0 {
        let records = count(n_masked, "record");
        output::message(&format!(
            "{records} left, made from a log: the masked number may be this one or another\n\
             hint: name those that are this person's with --reference"
        ));
    }
}

fn row<'a>(item: &'a Personal, state: &'static str) -> Row<'a> {
    let what = match item.kind {
        PersonalKind::Record | PersonalKind::MaskedRecord => "record",
        PersonalKind::Attempts => "attempts",
        PersonalKind::Quota => "quota",
        PersonalKind::ListEntry => "entry",
        PersonalKind::ListChange => "change",
    };
    Row { what, app: item.app.as_deref(), name: &item.name, id: item.id.as_deref(), state }
}

/// As people say it: `12 records, 3 counters`.
fn summary(items: &[&Personal]) -> String {
    let n_of = |kinds: &[PersonalKind]| items.iter().filter(|item| kinds.contains(&item.kind)).count();
    let n_counters = n_of(&[PersonalKind::Quota, PersonalKind::Attempts]);
    let mut told =
        format!("{}, {}", count(n_of(&[PersonalKind::Record]), "record"), count(n_counters, "counter"));
    let n_entries = n_of(&[PersonalKind::ListEntry, PersonalKind::ListChange]);
    if n_entries > 0 {
        told += &format!(", {}", count(n_entries, "list entry"));
    }
    told
}
