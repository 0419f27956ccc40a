//! `sinch-gate outcome reconcile`: results that never came, asked for.

mod applications;
mod compare;
mod due;
mod lane;
mod pace;
mod run;
mod tally;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use jiff::Timestamp;

use self::applications::Applications;
use self::pace::Pace;
use self::run::Run;
use self::tally::{Summary, Tally};
use crate::api::BaseUrl;
use crate::cli::applications::{is_same, warn_of_unknown};
use crate::cli::credentials::{Credentials, local_config};
use crate::cli::moment::{self, Moment};
use crate::cli::output::Format;
use crate::cli::place::{Place, TIMEOUT};
use crate::cli::progress::Progress;
use crate::cli::{Exit, app, hint};
use crate::clock;
use crate::gate::{Gate, Policies, Settings};
use crate::signature::AppKey;
use crate::store::{Store, StoreError};

/// Ask Sinch for results that never came, and record them.
///
/// Every verification without a final result is asked about, once in a run, by Sinch's id. What Sinch says is
/// taken in as its result would have been, shares of quotas given back included, and is marked as reconciled.
/// Where the result comes after all, nothing changes; one that differs is reported as a contradiction.
///
/// What is not over, not known to Sinch, or not answered, is asked about again in later runs, each time at
/// twice its age; a price that was not known is asked for once more. A wrong code that nothing followed is
/// asked about once, since the result of the right one may be lost. After failures in a row a run leaps over
/// verifications, which the next run asks about. A run may be cut off and repeated, and several may run at
/// once. It reads the function's variables, for SINCH_APPLICATIONS and NUMBER_HASH_KEY. Exit code 2 means
/// that somebody must look at something.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate outcome reconcile --older-than 30m --data gate.db")]
pub(in crate::cli) struct Reconcile {
    /// Only what began so long ago: a verification lives for minutes, and its result may only be late
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = moment::lasting)]
    older_than: Duration,
    /// Only what began since then: a time, or how long ago
    #[arg(long, value_name = "WHEN", default_value = "24h", value_parser = Moment::parse)]
    since: Moment,
    /// Ask about at most N verifications
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Ask at most N questions per second
    #[arg(
        long,
        value_name = "N",
        default_value = "5",
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=100)
    )]
    rate: u32,
    /// Ask and report, but record nothing
    #[arg(long)]
    dry_run: bool,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    app: Option<AppKey>,
    #[command(flatten)]
    credentials: Credentials,
    /// Where Sinch's API is
    #[arg(
        long,
        value_name = "URL",
        env = "SINCH_API_URL",
        hide_env_values = true,
        default_value = BaseUrl::SINCH
    )]
    api_url: BaseUrl,
    #[command(flatten)]
    place: Place,
    /// The form of the summary
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Reconcile {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = clock::now();
        let from = self.since.before(now);
        let to = now.checked_sub(self.older_than).context("--older-than")?;
        if from >= to {
            bail!("--since {from:.0} is not before {to:.0}, where --older-than ends");
        }
        let (config, _) = local_config()?;
        let applications = Applications::new(&config.recognition.keyring, &self.credentials, &self.api_url)?;
        let (store, engine) = self.place.open_existing().await?.into_parts();
        let settings = Settings { budget: TIMEOUT, ..config.settings };
        let privacy = settings.privacy.clone();
        let gate = gate(store, &applications, settings, now).await?;
        let progress = Progress::unknown("verifications");
        let mut run = Run {
            gate: &gate,
            applications: &applications,
            privacy: &privacy,
            progress: &progress,
            is_dry: self.dry_run,
            began_at: now,
            pace: Pace::per_second(self.rate),
            lanes: BTreeMap::new(),
            tally: Tally::default(),
        };
        let ended = self.go_through(&mut run, from, to).await;
        let trouble = run.trouble();
        let tally = run.tally;
        drop(progress);
        drop(gate);
        if let Some(engine) = engine {
            engine.stop().await;
        }
        Summary { from, to, dry_run: self.dry_run, tally: &tally }.print(self.format)?;
        ended.context(
            "the run ended early\nhint: run the same command again, and it goes on where it stopped",
        )?;
        if let Some(trouble) = trouble {
            let advice = "not all questions were answered\nhint: run the same command again for the others";
            bail!(hint::join(&[advice, &trouble], ": "));
        }
        Ok(if tally.has_findings() { Exit::Found } else { Exit::Done })
    }

    /// Looks at the records of the span, oldest first, as far as the limit allows.
    async fn go_through(&self, run: &mut Run<'_>, from: Timestamp, to: Timestamp) -> anyhow::Result<()> {
        let limit = self.limit.map_or(usize::MAX, NonZeroUsize::get);
        let gate = run.gate;
        warn_of_unknown(gate.store(), self.app.as_ref()).await?;
        let mut read = gate.store().records().between(from, to);
        while let Some(stories) = read.next(run.began_at).await? {
            for (indexed, story) in &stories {
                if run.tally.asked >= limit {
                    return Ok(());
                }
                if self.app.as_ref().is_none_or(|app| is_same(app, &story.subject.app)) {
                    run.look_at(indexed, story).await?;
                }
                run.progress.add(1);
                run.progress.at(format!("until {}", indexed.at));
            }
        }
        Ok(())
    }
}

/// A gate on the table, which takes in answers as the function takes in results.
async fn gate(
    store: Store,
    applications: &Applications,
    settings: Settings,
    now: Timestamp,
) -> Result<Gate, StoreError> {
    // How long a number's attempts are kept depends on the policies.
    let policies = Policies::from_table(applications.keys(), TIMEOUT);
    policies.refresh(&store, now).await?;
    Ok(Gate::new(store, policies, settings))
}
