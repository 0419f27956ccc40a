//! `policy backtest`: what a policy would have done with recorded traffic.

mod adding;
mod against;
mod caveats;
mod deciding;
mod decisions;
mod kept;
mod shown;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::given_lists::GivenLists;
use super::recorded::{NO_TRAFFIC, Recorded, Span, WHICH_TABLE, lists_of};
use super::stored::STARTER;
use super::{compile, read};
use crate::backtest::{Backtest as Test, Report, Side, TrafficEvent};
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::cli::traffic::Read;
use crate::cli::{Exit, share};
use crate::policy::Policy;
use crate::replay::Lists;
use crate::store::Store;
use against::Against;
use deciding::{Decided, Deciding, Written};
use decisions::Decisions;
use kept::Keeping;

/// Say what a policy would have done with recorded traffic.
///
/// The traffic is decided anew, each event at its own time, by the same rules and counters as the gate's.
/// What became of each verification then says whether denying it would have been right. Two sentences come
/// first: how much of the unverified spend would have been stopped, and how many of the people who verified
/// would have been turned away. A number is a person, who is turned away where any verification that ended
/// verified is denied.
///
/// What the policy denies would not have happened, so its results do not reach the policy's counters. What
/// the policy of that time denied has no result; the report says how much that is.
///
/// Traffic is what `outcome export` writes, or the folder of a DynamoDB export to S3 (DynamoDB JSON), plain
/// or compressed with gzip or Zstandard; without --traffic, the records of the table. Lines that stand up to
/// an hour out of order are put into order; an export to S3 is in no order, and what of it does not fit into
/// memory waits in temporary files. Earlier traffic than --from fills the counters without being counted: all
/// that is in files, and of a table as much as the longest window. Lists are those of the table, as they
/// stand now, or those given with --lists.
///
/// Exit code 2 means that the policy has mistakes, or turns away a greater share than --max-harm, or that
/// nobody verified in the traffic of whom --max-harm could be asked.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy backtest policy.toml --data gate.db --max-harm 0.5%")]
pub(in crate::cli) struct Backtest {
    /// The policy's file; starter for the built-in policy, where no file is called so
    policy: PathBuf,
    #[command(flatten)]
    recorded: Recorded,
    /// Another policy to compare with, over the same traffic: active, a file, or a version such as v3
    #[arg(long, value_name = "active|FILE|VERSION")]
    against: Option<Against>,
    /// Write each decision to this file, which must not exist, as JSON Lines
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// The greatest share of people who verified that may be turned away, such as 0.5%
    #[arg(long, value_name = "SHARE", value_parser = share::parse)]
    max_harm: Option<f64>,
    /// Pass over what each rule adds, which takes a replay for each that denied anything, and a temporary
    /// file of the traffic
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    lists: GivenLists,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    policy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<&'a str>,
    summary: [String; 2],
    #[serde(flatten)]
    report: &'a Report,
    traffic: &'a Read,
}

/// A policy, and what it is called.
struct Named {
    name: String,
    policy: Policy,
}

impl Backtest {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let Some(candidate) = self.candidate()? else { return Ok(Exit::Found) };
        if self.place.is_memory() && self.recorded.which.needs_table() {
            bail!("{NO_TRAFFIC}");
        }
        if self.place.is_memory() && self.against.as_ref().is_some_and(Against::needs_table) {
            bail!("--against names a policy of a table, and no table is named\nhint: {WHICH_TABLE}");
        }
        if self.place.is_memory() {
            return self.test(candidate, None).await;
        }
        self.place.with_existing_store(async |store| self.test(candidate, Some(store)).await).await
    }

    /// The policy to test; `None` where it has mistakes.
    fn candidate(&self) -> anyhow::Result<Option<Named>> {
        if self.policy.as_os_str() == STARTER && !self.policy.exists() {
            return Ok(Some(Named { name: "the starter policy".to_owned(), policy: Policy::starter() }));
        }
        let name = self.policy.display().to_string();
        let checked = compile(&self.policy, &read(&self.policy)?);
        Ok(checked.map(|checked| Named { name, policy: checked.policy }))
    }

    async fn test(&self, candidate: Named, store: Option<&Store>) -> anyhow::Result<Exit> {
        let against = match &self.against {
            Some(against) => Some(against.load(store, self.recorded.which.app.as_ref()).await?),
            None => None,
        };
        let of_table = match store {
            Some(store) => lists_of(store).await?,
            None => Vec::new(),
        };
        let policies = || std::iter::once(&candidate).chain(&against).map(|named| &named.policy);
        self.lists.check(&policies().collect::<Vec<_>>())?;
        self.lists.warn(&candidate.policy, store.is_some());
        let lists = Arc::new(Lists::new(self.lists.and(of_table)?));
        let sides = sides(&candidate, against.as_ref(), &lists);
        let span = self.recorded.span()?;
        let test =
            Test::new(&candidate.policy, against.is_some()).counting_from(span.from).asked_for(span.asked());
        let test = if self.quick { test } else { test.keeping_judged() };
        let decisions = self.decisions.as_deref().map(|file| Decisions::create(file, &candidate.policy));
        let kept = (!self.quick).then(|| Keeping::new(adding::n_at_a_time()));
        let written = Written { decisions: decisions.transpose()?, kept: kept.transpose()? };
        let is_divisible = !policies().any(Policy::counts_over_all);
        let deciding = Deciding::start(sides, is_divisible, test, written);
        let warm_up = policies().map(Policy::longest_window).max();
        let (read, Decided { mut test, kept }) = self.replay(store, &span, warm_up, deciding).await?;
        if let Some(kept) = kept {
            adding::compare(&mut test, &candidate.policy, &lists, kept)?;
        }
        let report = test.finish();
        let against = against.as_ref().map(|against| against.name.as_str());
        self.print(&candidate.name, against, &report, &read)
    }

    /// Reads the traffic, while others decide it.
    async fn replay(
        &self,
        store: Option<&Store>,
        span: &Span,
        warm_up: Option<Duration>,
        mut deciding: Deciding,
    ) -> anyhow::Result<(Read, Decided)> {
        let mut sink = |event: TrafficEvent| deciding.put(event);
        let read = self.recorded.read(store, span, warm_up, &mut sink).await;
        let decided = deciding.finish()?;
        Ok((read?, decided))
    }

    fn print(&self, name: &str, against: Option<&str>, report: &Report, read: &Read) -> anyhow::Result<Exit> {
        match self.format {
            Format::Table => shown::print(name, against, report, read),
            Format::Json => {
                let summary = report.sentences(name);
                let policy = &self.policy.display().to_string();
                output::json(&Whole { policy, against, summary, report, traffic: read })?;
            }
        }
        let harm = report.turned_away.value;
        match self.max_harm {
            // A build that asks must not take a file of the wrong kind for a policy that harms nobody.
            Some(_) if report.turned_away.share.of == 0 => {
                output::message("nobody who verified is in the traffic, so it says nothing about --max-harm");
                Ok(Exit::Found)
            }
            Some(max_harm) if harm > max_harm => {
                let (harm, max_harm) = (crate::backtest::percent(harm), crate::backtest::percent(max_harm));
                output::message(&format!("{harm} of people who verified is more than --max-harm {max_harm}"));
                Ok(Exit::Found)
            }
            _ => Ok(Exit::Done),
        }
    }
}

/// The candidate, and the policy that it is compared with.
fn sides(candidate: &Named, against: Option<&Named>, lists: &Arc<Lists>) -> Vec<Side> {
    let side = |Named { policy, name }: &Named| Side::new(policy.clone(), name, Arc::clone(lists));
    std::iter::once(candidate).chain(against).map(side).collect()
}
