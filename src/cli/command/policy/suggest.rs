//! `policy suggest`: a policy whose limits come from history.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;

use super::recorded::{NO_TRAFFIC, Recorded, lists_of};
use crate::backtest::TrafficEvent;
use crate::cli::Exit;
use crate::cli::output;
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::cli::share;
use crate::replay::Lists;
use crate::store::Store;
use crate::suggestion::{Suggestion, suggest};

/// Write a policy whose limits come from recorded traffic.
///
/// Each limit is the tightest that would have turned away at most its part of --max-harm of the people who
/// verified; the comment above each rule says what that is based on. Your markets are where people verify,
/// the currency is that of the prices. Rules about which the traffic says too little only watch, and the
/// head of the file says what could not be known. The whole policy is backtested over the same traffic
/// before it is written.
///
/// Traffic is what `policy backtest` takes. It is held in memory, about two kilobytes an event; for more than
/// fits, take a part of it with --from and --to.
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
    /// Write the policy to this file, which must not exist; to standard output if not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

impl Suggest {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        if let Some(file) = self.output.as_ref().filter(|file| file.exists()) {
            bail!("{} exists and stays as it is\nhint: name another file, or move it away", file.display());
        }
        if !self.place.is_memory() {
            return self.place.with_existing_store(async |store| self.suggest(Some(store)).await).await;
        }
        if self.recorded.needs_table() {
            bail!("{NO_TRAFFIC}");
        }
        self.suggest(None).await
    }

    async fn suggest(&self, store: Option<&Store>) -> anyhow::Result<Exit> {
        let lists = match store {
            Some(store) => lists_of(store).await?,
            None => Vec::new(),
        };
        let mut traffic = Vec::new();
        let mut sink = |event: TrafficEvent| {
            traffic.push(event);
            Ok(())
        };
        let read = self.recorded.read(store, &mut sink).await?;
        if read.broken + read.masked > 0 {
            let unusable = output::count(usize::try_from(read.broken + read.masked)?, "line");
            output::message(&format!("{unusable} could not be used; `policy backtest` shows which"));
        }
        let progress = Progress::unknown("rules");
        let suggested = suggest(&traffic, &Arc::new(Lists::new(lists)), self.max_harm, |_| progress.add(1));
        let suggestion = suggested.context(
            "no policy is suggested\nhint: begin with `sinch-gate policy init`, and come back with more \
             traffic",
        )?;
        self.write(&suggestion)
    }

    fn write(&self, suggestion: &Suggestion) -> anyhow::Result<Exit> {
        let Some(file) = &self.output else {
            output::text(&suggestion.text);
            return Ok(Exit::Done);
        };
        let name = file.display();
        let mut made = match OpenOptions::new().write(true).create_new(true).open(file) {
            Ok(made) => made,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("{name} exists and stays as it is\nhint: name another file, or move it away")
            }
            Err(error) => return Err(error).with_context(|| format!("cannot make {name}")),
        };
        made.write_all(suggestion.text.as_bytes()).with_context(|| format!("cannot write {name}"))?;
        suggestion.report.sentences(&name.to_string()).iter().for_each(|sentence| output::message(sentence));
        suggestion.gaps.iter().for_each(|gap| output::message(&format!("note: {gap}")));
        Ok(Exit::Done)
    }
}
