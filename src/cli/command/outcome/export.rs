//! `sinch-gate outcome export`: what was recorded, as traffic to replay, as stories, or as a sheet.

mod csv;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use anyhow::bail;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::cli::app_filter::AppFilter;
use crate::cli::moment::Moment;
use crate::cli::output;
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::cli::{Exit, app};
use crate::clock;
use crate::privacy::StoredNumber;
use crate::record::{Story, traffic};
use crate::signature::AppKey;
use crate::store::Store;

/// Print recorded verifications as traffic that can be replayed, or as CSV.
///
/// Each line is a callback as Sinch sent it, in the order of time: {"at": when it came, "app": the
/// application key, "event": its body}. The verifications are those that were first heard of in the span;
/// what was heard of them later is there too; "reconciled": true marks a result that Sinch gave when `outcome
/// reconcile` asked, and "verdict": "deny" a request that was denied. Numbers stand as they are stored: in
/// clear, or hashed with NUMBER_PRIVACY=hashed, and then the line has their country and type. `policy
/// backtest` replays these lines. Exit code 2 means that nothing is known of the application that --app
/// names.
///
/// CSV has a row for each verification, with the names of its columns in the first line. A text that a
/// spreadsheet would take for a formula has an apostrophe in front of it; numbers such as +46701740605 have
/// none, so import their column as text.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate outcome export --from 24h --data gate.db > traffic.jsonl")]
pub(in crate::cli) struct Export {
    /// From when: a time, a day such as 2026-01-15 (UTC), or how long ago, such as 6h
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    from: Moment,
    /// To when, likewise; now if not given
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    to: Option<Moment>,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    app: Option<AppKey>,
    /// Print whole stories instead, one per line, each with its decision
    #[arg(long)]
    stories: bool,
    /// The form of the output: json, a line for each callback or story, or csv, a row for each verification
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    #[command(flatten)]
    place: Place,
}

/// The form of an export.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Form {
    #[default]
    Json,
    Csv,
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let now = clock::now();
        let (from, to) = (self.from.before(now), self.to.map_or(now, |to| to.before(now)));
        if self.stories && self.format == Form::Csv {
            bail!("CSV has a row for each verification already\nhint: leave out --stories");
        }
        if from >= to {
            bail!("--from {from:.0} is not before --to {to:.0}");
        }
        self.place.with_existing_store(async |store| self.export(store, from, to, now).await).await
    }

    fn kind(&self) -> Kind {
        match self.format {
            Form::Csv => Kind::Rows,
            Form::Json if self.stories => Kind::Stories,
            Form::Json => Kind::Callbacks,
        }
    }

    async fn export(
        &self,
        store: &Store,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> anyhow::Result<Exit> {
        let progress = Progress::unknown("verifications");
        let mut writer = Writer { kind: self.kind(), ..Writer::default() };
        if writer.kind == Kind::Rows {
            output::raw(csv::COLUMNS);
        }
        let mut only = AppFilter::new(self.app.as_ref());
        let mut read = store.records().between(from, to);
        while let Some(stories) = read.next(now).await? {
            progress.add(stories.len());
            if let Some((indexed, _)) = stories.last() {
                progress.at(format!("until {}", indexed.at));
            }
            for (indexed, story) in stories {
                if only.takes(&story.subject.app) {
                    writer.write(indexed.at.parse()?, &story)?;
                }
            }
        }
        writer.write_until(None);
        drop(progress);
        output::message(&writer.summary());
        Ok(only.finish(store).await?)
    }
}

/// What is written of each verification.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Callbacks,
    Stories,
    Rows,
}

/// Puts callbacks into the order of time. A verification's callbacks come minutes after it was first heard
/// of, when others have begun, so each waits here until no earlier one can come.
#[derive(Default)]
struct Writer {
    kind: Kind,
    waiting: BinaryHeap<Reverse<(Timestamp, usize, String)>>,
    n_stories: usize,
    n_lines: usize,
    n_hashed: usize,
    /// Those of them whose block is not known.
    n_without_block: usize,
}

impl Writer {
    /// Takes a story that was first heard of at `first`; stories come in this order.
    fn write(&mut self, first: Timestamp, story: &Story) -> anyhow::Result<()> {
        self.n_stories += 1;
        if matches!(story.subject.number, Some(StoredNumber::Hashed(_))) {
            self.n_hashed += 1;
            self.n_without_block += usize::from(story.subject.block.is_none());
        }
        match self.kind {
            Kind::Callbacks => {}
            Kind::Stories => return output::json(story),
            Kind::Rows => {
                output::raw(&csv::row(story));
                return Ok(());
            }
        }
        self.write_until(Some(first));
        for callback in traffic(story) {
            self.n_lines += 1;
            self.waiting.push(Reverse((callback.at, self.n_lines, serde_json::to_string(&callback)?)));
        }
        Ok(())
    }

    fn write_until(&mut self, end: Option<Timestamp>) {
        while let Some(Reverse((at, ..))) = self.waiting.peek() {
            if end.is_some_and(|end| *at >= end) {
                break;
            }
            if let Some(Reverse((.., line))) = self.waiting.pop() {
                output::raw(&line);
            }
        }
    }

    fn summary(&self) -> String {
        let mut summary = output::count(self.n_stories, "verification");
        if self.kind == Kind::Callbacks {
            summary += &format!(", {}", output::count(self.n_lines, "callback"));
        }
        if self.n_hashed > 0 {
            summary += &format!(
                "; {} of the numbers are hashed, so their last three digits cannot be replayed",
                self.n_hashed
            );
        }
        if self.n_without_block > 0 {
            summary += &format!(
                ", and {} of them have no block, so nor can rules by prefix or block",
                self.n_without_block
            );
        }
        summary
    }
}
