//! `policy history`: who changed the policy, when and why.

use clap::Args;
use serde::Serialize;

use super::For;
use super::stored::{hash, history_of, short_hash};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;

/// Show who changed the policy, when and why, newest first.
///
/// A version that was stored at the same moment as another, and lost, was never in force. A line of JSON is a
/// version: `version`, `in_force`, `was_in_force`, `applied_at`, `author`, `sha256`, `message`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy history --data gate.db")]
pub(in crate::cli) struct History {
    #[command(flatten)]
    whose: For,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Row<'a> {
    version: u64,
    in_force: bool,
    /// Whether it is, or was before another one took its place.
    was_in_force: bool,
    applied_at: String,
    author: &'a str,
    sha256: String,
    message: &'a str,
}

impl History {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let history =
            self.place.with_existing_store(async |store| history_of(store, &self.whose.app).await).await?;
        let mut table = output::table(["version", "", "when", "who", "sha256", "why"]);
        let was_in_force: Vec<u64> = history.was_in_force().collect();
        for stored in &history.versions {
            let row = Row {
                version: stored.version,
                in_force: history.in_force == Some(stored.version),
                was_in_force: was_in_force.contains(&stored.version),
                applied_at: output::time(stored.applied_at),
                author: &stored.author,
                sha256: hash(&stored.source),
                message: &stored.message,
            };
            match self.format {
                Format::Json => output::json(&row)?,
                Format::Table => {
                    let state = match (row.in_force, row.was_in_force) {
                        (true, _) => "in force",
                        (false, true) => "",
                        (false, false) => "never in force",
                    };
                    let short = short_hash(&stored.source);
                    let version = row.version.to_string();
                    table.add_row([&version, state, &row.applied_at, row.author, &short, row.message]);
                }
            }
        }
        if self.format == Format::Table {
            output::print(table);
        }
        Ok(Exit::Done)
    }
}
