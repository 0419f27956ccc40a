//! `sinch-gate outcome recover`: what the table did not take, recorded from the log.

pub(crate) mod line;

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;

use self::line::{Line, Unstored, What};
use crate::cli::Exit;
use crate::cli::input;
use crate::cli::output::{self, count};
use crate::cli::place::{Place, TIMEOUT};
use crate::cli::progress::Progress;
use crate::clock;
use crate::gate::{Gate, Policies, Settings};
use crate::privacy::NumberPrivacy;
use crate::record::Decided;
use crate::signature::{AppKey, AppScope};
use crate::store::{Finality, NewDecision, RecordKey, Recorded, Store, StoreError};
use crate::token::Token;
use crate::verdict::Verdict;

/// Record what the table did not take while it was down, from the function's log.
///
/// The log is read line by line, as `aws logs tail LOG_GROUP --since 1d --format short` prints it; other
/// lines are passed over. Shares of quotas that a success frees are given back. What is recorded already
/// stays as it is, so a log may be recovered again. The log has numbers masked and no custom text, and so
/// have records that are made from it. Exit code 2 means that lines were damaged; all others are recorded
/// then too.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate outcome recover gate.log --data gate.db")]
pub(in crate::cli) struct Recover {
    /// The log; - for standard input
    file: PathBuf,
    /// How long a record is kept after its verification, as the function has it
    #[arg(
        long,
        value_name = "DAYS",
        env = "RECORD_RETENTION_DAYS",
        default_value = "90",
        hide_env_values = true
    )]
    retention_days: u32,
    #[command(flatten)]
    place: Place,
}

/// What became of the lines.
#[derive(Default)]
struct Tally {
    recorded: usize,
    corrected: usize,
    there: usize,
    too_old: usize,
    bad: usize,
}

impl Recover {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = clock::now();
        let lines = input::open(&self.file)?;
        let retention = Duration::from_secs(u64::from(self.retention_days) * 86_400);
        let (store, engine) = self.place.open().await?.into_parts();
        let gate = gate(store, retention, now).await?;
        let recovery = Recovery { gate: &gate, retention, now };
        let recovered = recovery.record_all(&input::name(&self.file), lines).await;
        drop(gate);
        if let Some(engine) = engine {
            engine.stop().await;
        }
        let tally = recovered?;
        output::message(&tally.summary());
        Ok(if tally.bad == 0 { Exit::Done } else { Exit::Found })
    }
}

/// A gate on the table, which records as the function does.
async fn gate(store: Store, retention: Duration, now: Timestamp) -> Result<Gate, StoreError> {
    let settings = Settings { budget: TIMEOUT, retention, privacy: NumberPrivacy::Plain };
    // How long a number's attempts are kept depends on the policies.
    let policies = Policies::from_table(apps_with_policies(&store).await?, TIMEOUT);
    policies.refresh(&store, now).await?;
    Ok(Gate::new(store, policies, settings))
}

/// The applications that have policies of their own, or had them.
async fn apps_with_policies(store: &Store) -> Result<Vec<AppKey>, StoreError> {
    Ok(store.policies().applications().await?.iter().filter_map(AppScope::app).cloned().collect())
}

/// Where recovered lines go.
struct Recovery<'a> {
    gate: &'a Gate,
    retention: Duration,
    now: Timestamp,
}

impl Recovery<'_> {
    /// Records what the lines of a log hold; `name` is that of the log.
    async fn record_all(&self, name: &str, mut lines: impl BufRead) -> anyhow::Result<Tally> {
        let progress = Progress::unknown("lines");
        let mut tally = Tally::default();
        let mut bytes = Vec::new();
        for number in 1_usize.. {
            bytes.clear();
            if lines.read_until(b'\n', &mut bytes).with_context(|| format!("cannot read {name}"))? == 0 {
                break;
            }
            progress.add(1);
            match line::read(&String::from_utf8_lossy(&bytes)) {
                Line::Other => {}
                Line::Bad(why) => {
                    tally.bad += 1;
                    let message = format!("{name}:{number}: error: {why}; it is left out");
                    progress.pause(|| output::message(&message));
                }
                Line::Unstored(unstored) => {
                    let not_recorded = || {
                        format!(
                            "{name}:{number}: not recorded\n\
                             hint: run the same command again when the table can be reached"
                        )
                    };
                    self.record(&unstored, &mut tally).await.with_context(not_recorded)?;
                }
            }
        }
        Ok(tally)
    }

    async fn record(&self, unstored: &Unstored, tally: &mut Tally) -> Result<(), StoreError> {
        let Unstored { subject, at, what } = unstored;
        if at.saturating_add(self.retention).is_ok_and(|end| end <= self.now) {
            tally.too_old += 1;
            return Ok(());
        }
        let key = RecordKey::new(&subject.app, subject.reference.as_deref(), &subject.id);
        match what {
            What::Happening(happening) => {
                self.gate.take_in(subject, happening, *at).await?;
                tally.recorded += 1;
            }
            What::Decided(decided) => self.decide(&key, unstored, decided, tally).await?,
        }
        // What the table took after this line began the record there, with a later time.
        self.gate.store().records().index_from(&key, *at).await
    }

    /// Records a decision, unless one is there. A prediction that was left behind by the failure, and says
    /// otherwise, is set right; what it knows of `custom` stays.
    async fn decide(
        &self,
        key: &RecordKey,
        unstored: &Unstored,
        decided: &Decided,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        let answer = answer(decided.verdict);
        let token = Token::of_recovery(fastrand::u128(..));
        let mut new = NewDecision {
            subject: &unstored.subject,
            decided,
            answer: &answer,
            token: &token,
            retention: self.retention,
        };
        match self.gate.store().records().record(key, &new, Finality::Settled).await? {
            Recorded::Ours => tally.recorded += 1,
            Recorded::Earlier(earlier) if earlier.settled || earlier.decided.verdict == decided.verdict => {
                tally.there += 1;
            }
            Recorded::Earlier(earlier) => {
                let decided = Decided { custom: earlier.decided.custom, ..decided.clone() };
                new.decided = &decided;
                match self.gate.store().records().settle(key, &new).await? {
                    Recorded::Ours => tally.corrected += 1,
                    Recorded::Earlier(_) => tally.there += 1,
                }
            }
        }
        Ok(())
    }
}

/// The answer that goes with a verdict. The options of an allow are not in the log; a repeat gets Sinch's
/// own.
fn answer(verdict: Verdict) -> String {
    format!(r#"{{"action":"{verdict}"}}"#)
}

impl Tally {
    fn summary(&self) -> String {
        let parts = [
            (self.corrected, "set right"),
            (self.there, "there already"),
            (self.too_old, "older than records are kept"),
            (self.bad, "damaged"),
        ];
        let told = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}"));
        format!("{} recorded{}", count(self.recorded, "line"), told.collect::<String>())
    }
}
