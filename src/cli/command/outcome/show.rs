//! `sinch-gate outcome show`: the story of one verification, and what it comes down to.

use clap::Args;

use super::locate::{REACH, named_or_with_id};
use super::shown::Shown;
use crate::cli::Exit;
use crate::cli::app::OneApp;
use crate::cli::local_time::Local;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::clock;
use crate::signature::AppKey;
use crate::store::Store;

/// Show the story of one verification, and what to do now.
///
/// It says what was asked, decided and why, how it went, and what that means for the customer.
/// The name is looked up as a reference first, in each application that the table knows if --app is not
/// given, and then as Sinch's id, for 90 days back. Who has neither finds it by its number: `outcome find`.
///
/// JSON has the story as it is recorded, with `conclusion` and `hints` in words, `rule_then` as it stood, the
/// `list_entry` that matches now, and `others`, which are further attempts of the number. Exit code 2
/// means that nothing is recorded under that name.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate outcome show signup-20260115-0001 --data gate.db")]
pub(in crate::cli) struct Show {
    /// The reference that was given at the start, or Sinch's id
    #[arg(value_name = "REFERENCE|ID")]
    name: String,
    #[command(flatten)]
    of: OneApp,
    #[command(flatten)]
    local: Local,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        self.place.with_existing_store(async |store| self.show(store).await).await
    }

    async fn show(&self, store: &Store) -> anyhow::Result<Exit> {
        let now = clock::now();
        let apps = self.of.each_of(store, &self.place).await?;
        let stories = named_or_with_id(store, &apps, &self.name, now).await?;
        if stories.is_empty() {
            output::message(&self.nothing(store, &apps).await?);
            return Ok(Exit::Found);
        }
        let times = self.local.times();
        for story in &stories {
            let shown = Shown::of(store, story, now).await?;
            match self.format {
                Format::Json => output::json(&shown)?,
                Format::Table => shown.print(&times),
            }
        }
        Ok(Exit::Done)
    }

    async fn nothing(&self, store: &Store, apps: &[AppKey]) -> anyhow::Result<String> {
        let apps: Vec<&str> = apps.iter().map(AppKey::as_str).collect();
        let hint = match self.of.why_unknown(store).await? {
            Some(unknown) => unknown,
            None => "hint: find it by its number: `sinch-gate outcome find --number NUMBER`".to_owned(),
        };
        Ok(format!(
            "nothing is recorded under `{}` for application {}, neither as a reference nor, in {} days, as \
             Sinch's id\n{hint}",
            self.name,
            apps.join(", "),
            REACH.as_hours() / 24
        ))
    }
}
