//! `policy rollback`: put an earlier policy in force again.

use std::path::Path;

use anyhow::{anyhow, bail};
use clap::Args;

use super::changes::changes;
use super::stored::{history_of, in_force, provenance, put_in_force, version_number, version_of};
use super::{For, compile, print_problems};
use crate::cli::Exit;
use crate::cli::app::whose;
use crate::cli::author::Author;
use crate::cli::confirm::Confirm;
use crate::cli::output;
use crate::cli::place::Place;
use crate::clock;
use crate::store::{NewVersion, Store};

/// Put an earlier policy in force again.
///
/// Its text becomes a new version, so the history only grows and this can be taken back in the same way. It
/// says what will change and asks, unless --yes is given. Tests beside the policy that fail are reported, and
/// do not stop it.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate policy rollback 1 -m "too strict" --yes --data gate.db"#)]
pub(in crate::cli) struct Rollback {
    /// The version; the one that was in force before if not given
    #[arg(value_parser = version_number)]
    version: Option<u64>,
    /// Why, for those who read the history
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    whose: For,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
}

impl Rollback {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        self.place.with_existing_store(async |store| self.roll_back(store).await).await
    }

    async fn roll_back(&self, store: &Store) -> anyhow::Result<Exit> {
        let app = &self.whose.app;
        let history = history_of(store, app).await?;
        let active = in_force(&history)?;
        let version = self.version.or(active.replaces).ok_or_else(|| {
            anyhow!(
                "version {} is the first that was in force, so there is none to go back to",
                active.version
            )
        })?;
        let earlier = version_of(&history, version)?;
        if earlier.source == active.source {
            output::message(&format!(
                "already in force: version {} has the text of version {version}",
                active.version
            ));
            return Ok(Exit::Done);
        }
        let name = format!("version {version}");
        let Some(compiled) = compile(Path::new(&name), &earlier.source) else {
            bail!(
                "version {version} is not a policy for this version of the tool\nhint: read its text with \
                `sinch-gate policy show {version}`"
            );
        };
        // No reason to stay with what is worse: the tests passed when it was applied.
        print_problems(Path::new(&name), &compiled.failures(clock::now()), output::message);
        let mut what = format!(
            "for {}, the text of version {version} ({}) comes into force in place of version {} ({}):",
            whose(app),
            provenance(earlier),
            active.version,
            provenance(active)
        );
        for change in changes(&active.source, &earlier.source) {
            what += &format!("\n  {change}");
        }
        self.confirm.ask(&what)?;
        let reason = self.message.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let new = NewVersion {
            app,
            replaces: Some(active.version),
            source: &earlier.source,
            author: &self.author.name(&self.place).await?,
            message: &format!("rollback to v{version}{reason}"),
        };
        put_in_force(store, &new, &self.place.whereabouts(store).await).await?;
        Ok(Exit::Done)
    }
}
