//! `policy rollback`: put an earlier policy in force again.

use std::path::Path;

use anyhow::bail;
use clap::Args;

use super::apply::in_words;
use super::at_stake::at_stake;
use super::changes::changes;
use super::put_in_force::put_in_force;
use super::stored::{Version, history_of, in_force, name, version_number, version_of};
use super::{For, compile, print_problems};
use crate::cli::Exit;
use crate::cli::app::whose;
use crate::cli::author::Author;
use crate::cli::confirm::Confirm;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::clock;
use crate::list::parse_reason;
use crate::policy::Policy;
use crate::store::{NewVersion, PolicyHistory, Store};

/// Put an earlier policy in force again.
///
/// It goes back to the policy before the one in force, and when it is run again, further back, as undoing
/// does in an editor: what was rolled back comes again only with --to. The text becomes a new version, so the
/// history only grows. It says what will change and asks, unless --yes is given. Tests beside the policy that
/// fail are reported, and do not stop it. JSON is as for `policy apply`.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate policy rollback -m "too strict" --yes --data gate.db"#)]
pub(in crate::cli) struct Rollback {
    /// The version, or `starter`; the one before if not given
    #[arg(long, value_name = "VERSION", value_parser = version_number)]
    to: Option<u64>,
    /// Why, for those who read the history
    #[arg(short, long, value_name = "TEXT", value_parser = parse_reason)]
    message: Option<String>,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    whose: For,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Rollback {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        self.place.with_existing_store(async |store| self.roll_back(store).await).await
    }

    async fn roll_back(&self, store: &Store) -> anyhow::Result<Exit> {
        let app = &self.whose.app;
        let history = history_of(store, app).await?;
        let active = in_force(&history)?;
        let Some(version) = self.to.or_else(|| history.timeline().before()) else {
            bail!(
                "the starter policy is in force, so there is nothing to go back to\nhint: name a version of \
                 `sinch-gate policy history` with --to"
            );
        };
        let earlier = version_of(&history, version)?;
        if earlier.source() == active.source() {
            output::message(&format!(
                "already in force: {} has the text of {}",
                active.name(),
                earlier.name()
            ));
            return Ok(Exit::Done);
        }
        let Some(compiled) = compile(Path::new(&earlier.name()), earlier.source()) else {
            bail!(
                "{} is not a policy for this version of the tool\n\
                 hint: read its text with `sinch-gate policy show {version}`",
                earlier.name()
            );
        };
        // No reason to stay with what is worse: the tests passed when it was applied.
        print_problems(Path::new(&earlier.name()), &compiled.failures(clock::now()), output::message);
        let old = Policy::compile(active.source()).map(|compiled| compiled.policy);
        let policies = [old.as_ref().unwrap_or(&compiled.policy), &compiled.policy];
        let stake = at_stake(store, app, policies, clock::now()).await?;
        stake.in_words().iter().for_each(|words| output::message(&format!("{}: {words}", stake.severity())));
        if let Some(warning) = brought_back(&history, version) {
            output::message(&warning);
        }
        let at = self.place.whereabouts(store).await;
        let heading = format!(
            "for {} in {at}, the text of {} comes into force in place of {}:",
            whose(app),
            earlier.about(),
            active.about()
        );
        self.confirm.ask(&in_words(&heading, &changes(active.source(), earlier.source())))?;
        let what = match earlier {
            Version::Starter => name(version),
            Version::Stored(_) => format!("v{version}"),
        };
        let reason = self.message.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let new = NewVersion {
            app,
            replaces: history.in_force,
            restores: Some(version),
            source: earlier.source(),
            author: &self.author.name(&self.place).await?,
            message: &format!("rollback to {what}{reason}"),
        };
        put_in_force(store, &new, &at, self.format).await?;
        Ok(Exit::Done)
    }
}

/// What to say of a version that somebody took out of force.
fn brought_back(history: &PolicyHistory, version: u64) -> Option<String> {
    let by = *history.timeline().rolled_back.get(&version)?;
    let by = history.version(by)?;
    Some(format!(
        "warning: this brings back {}, which was rolled back at {} by {}: {}",
        name(version),
        output::time(by.applied_at),
        by.author,
        by.message
    ))
}
