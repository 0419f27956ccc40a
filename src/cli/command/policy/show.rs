//! `policy show`: the text of a policy.

use clap::Args;
use serde::Serialize;

use super::stored::{Version, hash, history_of, in_force, version_number, version_of};
use super::{For, base_version};
use crate::cli::Exit;
use crate::cli::app::whose;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::store::Store;

/// Show the policy in force, or a version of the history.
///
/// The text goes to standard output, under a line that says which version it is, and of which table, by which
/// `policy apply` notices where another one came into force since. Who applied it, when and why is a message.
/// JSON has all of it: `app`, `version` (0 for the starter policy), `in_force`, `applied_at`, `applied_by`,
/// `reason`, `sha256`, `source`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy show --data gate.db > in-force.toml")]
pub(in crate::cli) struct Show {
    /// The version, or `starter`; the one in force if not given
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
    /// These three are absent for the starter policy, which nobody applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    sha256: String,
    source: &'a str,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let app = &self.whose.app;
        let look = async |store: &Store| {
            Ok((history_of(store, app).await?, self.place.whereabouts(store).await.to_string()))
        };
        let (history, place) = self.place.with_existing_store(look).await?;
        let version = match self.version {
            Some(version) => version_of(&history, version)?,
            None => in_force(&history)?,
        };
        let is_in_force = in_force(&history).is_ok_and(|active| active.number() == version.number());
        let stored = match version {
            Version::Starter => None,
            Version::Stored(stored) => Some(stored),
        };
        match self.format {
            Format::Json => output::json(&Shown {
                app: app.as_str(),
                version: version.number(),
                in_force: is_in_force,
                applied_at: stored.map(|stored| output::time(stored.applied_at)),
                applied_by: stored.map(|stored| stored.author.as_str()),
                reason: stored.map(|stored| stored.message.as_str()),
                sha256: hash(version.source()),
                source: version.source(),
            })?,
            Format::Table => {
                let state = match (is_in_force, stored) {
                    (false, _) => "",
                    (true, Some(_)) => ", in force",
                    (true, None) => {
                        ", in force until one is applied, or the function's FALLBACK_POLICY where it is set"
                    }
                };
                output::message(&format!("{} for {}{state}", version.about(), whose(app)));
                output::text(&base_version::line(version.number(), app, &place));
                output::text(version.source());
            }
        }
        Ok(Exit::Done)
    }
}
