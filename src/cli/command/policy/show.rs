//! `policy show`: the text of a policy.

use clap::Args;
use serde::Serialize;

use super::For;
use super::stored::{hash, history_of, in_force, provenance, short_hash, version_number, version_of};
use crate::cli::Exit;
use crate::cli::app::whose;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;

/// Show the policy in force, or a version of the history.
///
/// The text goes to standard output as it was applied, so that it can be written to a file; who applied it,
/// when and why is a message. JSON has both: `app`, `version`, `in_force`, `applied_at`, `author`, `message`,
/// `sha256`, `source`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy show --data gate.db > in-force.toml")]
pub(in crate::cli) struct Show {
    /// The version; the one in force if not given
    #[arg(value_parser = version_number)]
    version: Option<u64>,
    #[command(flatten)]
    whose: For,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Shown<'a> {
    app: &'a str,
    version: u64,
    in_force: bool,
    applied_at: String,
    author: &'a str,
    message: &'a str,
    sha256: String,
    source: &'a str,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let app = &self.whose.app;
        let history = self.place.with_existing_store(async |store| history_of(store, app).await).await?;
        let stored = match self.version {
            Some(version) => version_of(&history, version)?,
            None => in_force(&history)?,
        };
        let is_in_force = history.in_force == Some(stored.version);
        match self.format {
            Format::Json => output::json(&Shown {
                app: app.as_str(),
                version: stored.version,
                in_force: is_in_force,
                applied_at: output::time(stored.applied_at),
                author: &stored.author,
                message: &stored.message,
                sha256: hash(&stored.source),
                source: &stored.source,
            })?,
            Format::Table => {
                let state = if is_in_force { ", in force" } else { "" };
                output::message(&format!(
                    "# version {} for {}{state}, {} ({})",
                    stored.version,
                    whose(app),
                    provenance(stored),
                    short_hash(&stored.source)
                ));
                output::text(&stored.source);
            }
        }
        Ok(Exit::Done)
    }
}
