//! `sinch-gate list import`: a file of numbers and prefixes, put on a list.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;

use crate::cli::Exit;
use crate::cli::author::Author;
use crate::cli::input;
use crate::cli::output::{self, count};
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::clock;
use crate::list::{Defaults, ListEntry, Remark, parse_lifetime, read_file};
use crate::store::Store;

/// More notes or mistakes than this are only counted: one quote that is never closed may make millions.
const MOST_TOLD: usize = 20;

/// Put a file of numbers and prefixes on a list.
///
/// The file has one number or prefix per line, or is CSV with the columns entry, reason and until or for, in
/// this order or as the first line names them; author and since may be named too. What follows a # is a
/// comment. Every mistake is found before anything is written, with exit code 2; the first twenty are
/// reported.
///
/// Entries that are there already are left alone, so after a lost connection the same command goes on where
/// it stopped. An entry that is there with another reason, author or end is replaced; so is one that shall
/// live for a while, which begins anew.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  echo '+99899394*,pumping,6h' > attack.csv\n  \
    sinch-gate list import blocklist attack.csv --data gate.db")]
pub(in crate::cli) struct Import {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    /// The file; - for standard input
    file: PathBuf,
    /// Why, for lines without a reason
    #[arg(long)]
    reason: Option<String>,
    /// For how long, for lines that do not say, such as 30m, 6h or 7d; for good if not given
    #[arg(long = "for", value_name = "TIME")]
    lifetime: Option<String>,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = clock::now();
        let lifetime = self.lifetime.as_deref().map(parse_lifetime).transpose().context("--for")?;
        let expires_at = lifetime.map(|lifetime| now.checked_add(lifetime)).transpose().context("--for")?;
        let text = read(&self.file)?;
        let author = self.author.name(&self.place).await?;
        let defaults =
            Defaults { list: &self.list, reason: self.reason.as_deref(), author: &author, expires_at };
        let file = read_file(&text, &defaults, now);
        self.print(&file.notes, "note");
        if !file.mistakes.is_empty() {
            self.print(&file.mistakes, "error");
            let n_mistakes = count(file.mistakes.len(), "mistake");
            output::message(&format!("{}: {n_mistakes}; nothing was written", input::name(&self.file)));
            return Ok(Exit::Found);
        }
        let told = self.place.with_store(async |store| self.write(store, file.entries, now).await).await?;
        output::message(&told);
        Ok(Exit::Done)
    }

    /// Writes what is new or changed; says how much that was.
    async fn write(&self, store: &Store, entries: Vec<ListEntry>, now: Timestamp) -> anyhow::Result<String> {
        let there = store.lists().show(&self.list, now).await?;
        let there: HashMap<&str, &ListEntry> =
            there.iter().map(|entry| (entry.entry.as_str(), entry)).collect();
        let n_all = entries.len();
        let stands =
            |entry: &ListEntry| there.get(entry.entry.as_str()).is_some_and(|old| is_same(old, entry, now));
        let wanted: Vec<ListEntry> = entries.into_iter().filter(|entry| !stands(entry)).collect();
        let n_replaced = wanted.iter().filter(|entry| there.contains_key(entry.entry.as_str())).count();
        let progress = Progress::of(wanted.len(), "entries");
        let written = store.lists().import(&self.list, &wanted, |n| progress.add(n)).await;
        drop(progress);
        written.with_context(|| {
            format!(
                "{} is not complete; run the same command again, and it goes on where it stopped",
                self.list
            )
        })?;
        let mut told = format!("{}: {} written", self.list, count(wanted.len(), "entry"));
        if n_replaced > 0 {
            told += &format!(", {n_replaced} of them in the place of others");
        }
        let n_there = n_all - wanted.len();
        if n_there > 0 {
            told += &format!("; {} there already", count(n_there, "entry"));
        }
        Ok(told)
    }

    /// Prints remarks as compilers do, FILE:LINE:COLUMN.
    fn print(&self, remarks: &[Remark], kind: &str) {
        let file = input::name(&self.file);
        for remark in remarks.iter().take(MOST_TOLD) {
            output::message(&format!("{file}:{}:{}: {kind}: {}", remark.line, remark.column, remark.message));
            if let Some(help) = &remark.help {
                output::message(&format!("  help: {help}"));
            }
        }
        if let Some(more) = remarks.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
            output::message(&format!("and {}", count(more, &format!("more {kind}"))));
        }
    }
}

/// Whether an entry would change nothing. A line that does not say since when takes what stands.
fn is_same(there: &ListEntry, entry: &ListEntry, now: Timestamp) -> bool {
    let added_at =
        if entry.added_at.as_second() == now.as_second() { there.added_at } else { entry.added_at };
    *there == ListEntry { added_at, ..entry.clone() }
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let name = input::name(file);
    input::open(file)?.read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8 text; export it as CSV in UTF-8"))
}
