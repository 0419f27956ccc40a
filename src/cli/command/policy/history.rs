//! `policy history`: who changed the policy, when and why.

use clap::Args;
use serde::Serialize;

use super::For;
use super::stored::{hash, history_of};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;

/// Show who changed the policy, when and why, newest first.
///
/// A version that was stored at the same moment as another, and lost, was never in force, and is left out. A
/// line of JSON is a version: `app`, `version`, `in_force`, `was_in_force`, `rolled_back`, `applied_at`,
/// `applied_by`, `reason`, `sha256`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy history --data gate.db")]
pub(in crate::cli) struct History {
    /// Versions that were never in force, too
    #[arg(long)]
    all: bool,
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
    app: &'a str,
    version: u64,
    in_force: bool,
    /// Whether it is, or was before another one took its place.
    was_in_force: bool,
    /// Whether somebody went back behind it, and not forward again.
    rolled_back: bool,
    applied_at: String,
    applied_by: &'a str,
    reason: &'a str,
    sha256: String,
}

impl History {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let app = &self.whose.app;
        let history = self.place.with_existing_store(async |store| history_of(store, app).await).await?;
        if history.versions.is_empty() {
            output::message("no policy was applied yet: the starter policy is in force");
            return Ok(Exit::Done);
        }
        let was_in_force: Vec<u64> = history.was_in_force().collect();
        let timeline = history.timeline();
        let rows = history.versions.iter().map(|stored| Row {
            app: app.as_str(),
            version: stored.version,
            in_force: history.in_force == Some(stored.version),
            was_in_force: was_in_force.contains(&stored.version),
            rolled_back: timeline.rolled_back.contains_key(&stored.version),
            applied_at: output::time(stored.applied_at),
            applied_by: &stored.author,
            reason: &stored.message,
            sha256: hash(&stored.source),
        });
        let rows: Vec<Row<'_>> = rows.filter(|row| self.all || row.was_in_force).collect();
        match self.format {
            Format::Json => rows.iter().try_for_each(output::json)?,
            Format::Table => {
                let mut table = output::table(["version", "", "when", "who", "why"]);
                for row in &rows {
                    let version = row.version.to_string();
                    table.add_row([&version, row.state(), &row.applied_at, row.applied_by, row.reason]);
                }
                output::print(table);
            }
        }
        Ok(Exit::Done)
    }
}

impl Row<'_> {
    fn state(&self) -> &'static str {
        match (self.in_force, self.was_in_force, self.rolled_back) {
            (true, ..) => "in force",
            (false, false, _) => "never in force",
            (false, true, true) => "rolled back",
            (false, true, false) => "",
        }
    }
}
