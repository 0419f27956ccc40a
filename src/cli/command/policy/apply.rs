//! `policy apply`: put a policy file in force.

use std::path::PathBuf;

use clap::Args;

use super::changes::changes;
use super::stored::put_in_force;
use super::{For, compile, print_problems, read};
use crate::cli::Exit;
use crate::cli::app::whose;
use crate::cli::author::Author;
use crate::cli::output;
use crate::cli::place::Place;
use crate::clock;
use crate::store::{NewVersion, Store};

/// Put a policy file in force.
///
/// It is checked first, its tests are run, and it is stored as a new version. Functions that are running take
/// it up within POLICY_TTL seconds. Of two people who apply at once one wins, and the other learns by whom
/// and with what.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate policy apply policy.toml -m "stop the attack on +998" \
    --data gate.db"#)]
pub(in crate::cli) struct Apply {
    /// The policy, TOML
    file: PathBuf,
    /// Why, for those who read the history
    #[arg(short, long, value_name = "TEXT")]
    message: String,
    #[command(flatten)]
    whose: For,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
}

impl Apply {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let source = read(&self.file)?;
        let Some(compiled) = compile(&self.file, &source) else {
            output::message("nothing changed\nhint: fix the mistakes, then apply again");
            return Ok(Exit::Found);
        };
        let failures = compiled.failures(clock::now());
        if !failures.is_empty() {
            print_problems(&self.file, &failures, output::message);
            output::message("nothing changed\nhint: fix the policy or its tests, then apply again");
            return Ok(Exit::Found);
        }
        self.place.with_store(async |store| self.apply(store, &source).await).await?;
        Ok(Exit::Done)
    }

    async fn apply(&self, store: &Store, source: &str) -> anyhow::Result<()> {
        let app = &self.whose.app;
        let in_force = store.policies().active(app).await?;
        if let Some(same) = in_force.as_ref().filter(|active| active.source == source) {
            output::message(&format!(
                "already in force: version {} for {} is this very text",
                same.version,
                whose(app)
            ));
            return Ok(());
        }
        if let Some(active) = &in_force {
            for change in changes(&active.source, source).iter().filter(|change| change.is_forgetful) {
                output::message(&format!("note: {change}"));
            }
        }
        let new = NewVersion {
            app,
            replaces: in_force.map(|active| active.version),
            source,
            author: &self.author.name(&self.place).await?,
            message: &self.message,
        };
        put_in_force(store, &new, &self.place.whereabouts(store).await).await
    }
}
