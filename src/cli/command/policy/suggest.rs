//! `policy suggest`: a policy whose limits come from history.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::given_lists::GivenLists;
use super::recorded::{NO_TRAFFIC, Recorded, lists_of};
use crate::backtest::{Amounts, Figure, PackedTraffic, TrafficEvent};
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::cli::share;
use crate::cli::traffic::Read;
use crate::cli::{Exit, new_file};
use crate::policy::Policy;
use crate::replay::Lists;
use crate::store::Store;
use crate::suggestion::{RuleOfSuggestion, Suggestion, fill_starter, suggest};

/// Write a policy whose limits come from recorded traffic.
///
/// Each limit is the tightest that would have turned away at most its part of --max-harm of the people who
/// verified; the comment above each rule says what that is based on. Your markets are where people verify,
/// the currency is that of the prices. Rules about which the traffic says too little only watch, and the
/// head of the file says what could not be known. The whole policy is backtested over the same traffic
/// before it is written.
///
/// With --starter no limits are tried: the starter policy is written, and what only you can know stands at
/// its head. That needs less traffic.
///
/// Traffic is what `policy backtest` takes. It is held in memory, about a hundred bytes an event and what is
/// in `custom`; for more than fits, take a part of it with --from and --to. Earlier traffic than --from fills
/// the counters without being counted, as in a backtest.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sinch-gate policy suggest --from 30d --data gate.db --output suggested.toml"
)]
pub(in crate::cli) struct Suggest {
    #[command(flatten)]
    recorded: Recorded,
    /// The greatest share of people who verified that may be turned away
    #[arg(long, value_name = "SHARE", value_parser = share::parse, default_value = "0.5%")]
    max_harm: f64,
    /// Write the starter policy instead, with your markets, prices and volume at its head
    #[arg(long, conflicts_with = "max_harm")]
    starter: bool,
    /// Write the policy to this file, which must not exist; to standard output if not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    text: &'a str,
    summary: [String; 2],
    unverified_spend_stopped: &'a Amounts,
    turned_away: &'a Figure,
    home: &'a [String],
    rules: &'a [RuleOfSuggestion],
    gaps: &'a [String],
    traffic: &'a Read,
}

impl Suggest {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        if let Some(file) = &self.output {
            new_file::must_not_exist(file)?;
        }
        if !self.place.is_memory() {
            return self.place.with_existing_store(async |store| self.suggest(Some(store)).await).await;
        }
        if self.recorded.which.needs_table() {
            bail!("{NO_TRAFFIC}");
        }
        self.suggest(None).await
    }

    async fn suggest(&self, store: Option<&Store>) -> anyhow::Result<Exit> {
        let of_table = match store {
            Some(store) => lists_of(store).await?,
            None => Vec::new(),
        };
        self.lists.check(&[&Policy::starter()])?;
        let lists = self.lists.and(of_table)?;
        // None of the rules that are suggested has a longer window.
        let warm_up = Policy::starter().longest_window();
        let span = self.recorded.span()?;
        let mut traffic = PackedTraffic::default().counting_from(span.from);
        let mut sink = |event: TrafficEvent| {
            traffic.push(&event);
            Ok(())
        };
        let read = self.recorded.read(store, &span, Some(warm_up), &mut sink).await?;
        if read.broken + read.masked > 0 {
            let unusable = output::count(usize::try_from(read.broken + read.masked)?, "line");
            output::message(&format!("{unusable} could not be used; `policy backtest` shows which"));
        }
        let progress = Progress::unknown("rules");
        let lists = Arc::new(Lists::new(lists));
        let suggested = if self.starter {
            fill_starter(&traffic, &lists)
        } else {
            suggest(&traffic, &lists, self.max_harm, |_| progress.add(1))
        };
        let suggestion = suggested.context(
            "no policy is suggested\nhint: begin with `sinch-gate policy init`, and come back with more \
             traffic",
        )?;
        self.write(&suggestion)?;
        self.print(&suggestion, &read)
    }

    /// Writes the file, where one is named.
    fn write(&self, suggestion: &Suggestion) -> anyhow::Result<()> {
        let Some(file) = &self.output else { return Ok(()) };
        let mut made = new_file::make(file)?;
        made.write_all(suggestion.text.as_bytes()).with_context(|| format!("cannot write {}", file.display()))
    }

    fn print(&self, suggestion: &Suggestion, read: &Read) -> anyhow::Result<Exit> {
        let Suggestion { text, report, home, rules, gaps } = suggestion;
        let name = self.output.as_ref().map(|file| file.display().to_string());
        let summary = report.sentences(name.as_deref().unwrap_or("It"));
        match (self.format, &name) {
            (Format::Json, _) => output::json(&Whole {
                output: name,
                text,
                summary,
                unverified_spend_stopped: &report.unverified_spend_stopped,
                turned_away: &report.turned_away,
                home,
                rules,
                gaps,
                traffic: read,
            })?,
            (Format::Table, None) => output::text(text),
            (Format::Table, Some(_)) => {
                summary.iter().for_each(|sentence| output::message(sentence));
                gaps.iter().for_each(|gap| output::message(&format!("note: {gap}")));
            }
        }
        Ok(Exit::Done)
    }
}
