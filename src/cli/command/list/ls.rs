//! `sinch-gate list ls`: the lists that there are.

use std::collections::BTreeSet;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Exit;
use crate::cli::asked_lists::{AskedLists, Asker};
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::clock;
use crate::store::Store;

/// More entries than this are not counted, since each must be read for that.
const MOST_COUNTED: usize = 10_000;

/// Show the lists that there are, how many entries each has, and which rules ask it.
///
/// Exit code 2 means that a list has entries and no rule in force asks it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list ls --data gate.db")]
pub(in crate::cli) struct Ls {
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A list, as one line of JSON.
#[derive(Serialize)]
struct Line {
    list: String,
    /// How many entries have not expired, as far as they were counted.
    entries: usize,
    /// Whether there may be more.
    has_more: bool,
    asked_by: Vec<AskedBy>,
    /// The applications whose own policy does not ask it, in words.
    #[serde(skip)]
    not_for: Option<String>,
}

/// A rule that asks a list.
#[derive(Serialize)]
struct AskedBy {
    app: String,
    rule: String,
    #[serde(skip)]
    in_words: String,
}

impl Ls {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let (lines, built_in) =
            self.place.with_existing_store(async |store| read(store, clock::now()).await).await?;
        match self.format {
            Format::Json => lines.iter().try_for_each(output::json)?,
            Format::Table => {
                print(&lines);
                built_in.iter().for_each(|built_in| output::message(&format!("note: {built_in}")));
            }
        }
        let is_idle = |line: &Line| line.entries > 0 && line.asked_by.is_empty();
        Ok(if lines.iter().any(is_idle) { Exit::Found } else { Exit::Done })
    }
}

async fn read(store: &Store, now: Timestamp) -> anyhow::Result<(Vec<Line>, Option<String>)> {
    let asked = AskedLists::load(store).await?;
    let mut names: BTreeSet<String> = store.lists().names().await?;
    names.extend(asked.names().map(str::to_owned));
    let mut lines = Vec::new();
    for list in names {
        let mut pages = store.lists().entries(&list, now);
        let mut entries = 0;
        while entries < MOST_COUNTED
            && let Some(page) = pages.next().await?
        {
            entries += page.len();
        }
        let asked_by = asked.askers(&list).iter().map(AskedBy::of).collect();
        let has_more = entries >= MOST_COUNTED;
        let not_for = asked.not_for(&list);
        lines.push(Line { list, entries, has_more, asked_by, not_for });
    }
    Ok((lines, asked.built_in()))
}

impl AskedBy {
    fn of(asker: &Asker) -> Self {
        let (app, rule) = (asker.app.to_string(), asker.rule.to_string());
        Self { app, rule, in_words: asker.to_string() }
    }
}

fn print(lines: &[Line]) {
    let mut table = output::table(["list", "entries", "asked by"]);
    for line in lines {
        let more = if line.has_more { " or more" } else { "" };
        let asked = line.asked_by.iter().map(|asked| asked.in_words.as_str());
        let asked: Vec<&str> = asked.chain(line.not_for.as_deref()).collect();
        let asked = match (line.asked_by.is_empty(), line.entries) {
            (false, _) => asked.join("; "),
            (true, 0) => "no rule in force".to_owned(),
            (true, _) => "no rule in force, so its entries do nothing".to_owned(),
        };
        table.add_row([line.list.clone(), format!("{}{more}", line.entries), asked]);
    }
    output::print(table);
}
