//! `sinch-gate outcome tail`: decisions as they are made.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::filter::Filter;
use crate::cli::moment::{self, Moment};
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::cli::{Exit, hint};
use crate::clock;
use crate::event::Method;
use crate::privacy::StoredNumber;
use crate::record::{Decided, Region, Story};
use crate::store::{Indexed, Store, StoreError};

/// How often the table is asked.
const INTERVAL: Duration = Duration::from_secs(1);

/// The age at which a decision is shown: before, the handling that made it may still turn it.
const SETTLED: SignedDuration = SignedDuration::from_secs(2);

/// How far the clock here may be ahead of the gate's. AWS refuses requests that are signed with one further
/// off.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How far back, from the latest that the table has, is looked for what came into the index late.
const LATE: SignedDuration = SignedDuration::from_secs(30);

/// Follow decisions as they are made, until it is interrupted.
///
/// A decision is shown when it is two seconds old, since it may still be turned before. Numbers are masked in
/// the table; JSON holds the whole story, as `outcome show` gives it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sinch-gate outcome tail --verdict allow --since 1h --for 3s --data gate.db"
)]
pub(in crate::cli) struct Tail {
    #[command(flatten)]
    filter: Filter,
    /// Since when: a time, or how long ago
    #[arg(long, value_name = "WHEN", default_value = "1m", value_parser = Moment::parse)]
    since: Moment,
    /// Show what there is up to now, and end
    #[arg(long, conflicts_with = "lasting")]
    once: bool,
    /// End after a while, such as 10s
    #[arg(long = "for", id = "lasting", value_name = "TIME", value_parser = moment::lasting)]
    lasting: Option<Duration>,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Tail {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let begun = clock::now();
        let lasting = if self.once { Some(Duration::ZERO) } else { self.lasting };
        let end = lasting.map(|lasting| begun.saturating_add(lasting)).transpose()?;
        self.place.with_existing_store(async |store| self.follow(store, begun, end).await).await?;
        Ok(Exit::Done)
    }

    /// Shows decisions as they become final, until `end`.
    async fn follow(&self, store: &Store, begun: Timestamp, end: Option<Timestamp>) -> anyhow::Result<()> {
        self.filter.warn_of_unknown(store).await?;
        let mut cursor = Cursor::at(self.since.before(begun));
        loop {
            let now = clock::now();
            let settled = now.saturating_sub(SETTLED)?;
            let until = end.map_or(settled, |end| settled.min(end));
            match cursor.advance(store, until, now).await {
                Ok(decisions) => {
                    let shown =
                        decisions.iter().filter(|(story, decided)| self.filter.matches(story, decided));
                    for (story, decided) in shown {
                        self.show(story, decided)?;
                    }
                }
                // Whoever watches an attack would rather go on than start again; the cursor stays where it
                // is.
                Err(error) if end.is_none() && error.is_passing() => {
                    output::message(&hint::and(&error.to_string(), "trying again"));
                }
                Err(error) => return Err(error.into()),
            }
            if end.is_some_and(|end| until >= end) || !output::has_reader() {
                return Ok(());
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn show(&self, story: &Story, decided: &Decided) -> anyhow::Result<()> {
        match self.format {
            Format::Json => output::json(story)?,
            Format::Table => output::line(&line(story, decided)),
        }
        Ok(())
    }
}

/// One decision on one line, in columns as long as what stands in them is not unusually long.
fn line(story: &Story, decided: &Decided) -> String {
    let subject = &story.subject;
    let number = subject.number.as_ref().map_or_else(|| "unknown".to_owned(), StoredNumber::shown);
    format!(
        "{}  {:<5}  {:<16}  {:<3} {:<9} {number:<16}  {}",
        output::time(decided.at),
        decided.verdict.name(),
        decided.rule.as_deref().unwrap_or("-"),
        subject.country.as_ref().map_or("-", Region::as_str),
        subject.method.as_ref().map_or("-", Method::as_str),
        decided.reason,
    )
}

/// Where the reader is, and what it has given already of the span that it reads again.
///
/// It goes by the times in the table, which are of the gate's clock: with one that is ahead, it would go past
/// what is still to come.
struct Cursor {
    /// What is older and was there from the beginning is not shown.
    from: Timestamp,
    is_begun: bool,
    /// Where the latest stands that the table had, or how far back anything new may be.
    at: Timestamp,
    given: BTreeSet<Indexed>,
}

impl Cursor {
    fn at(from: Timestamp) -> Self {
        let at = from.saturating_sub(AHEAD).unwrap_or(from);
        Self { from, is_begun: false, at, given: BTreeSet::new() }
    }

    /// The decisions up to `until` that were not given yet, in the order of time.
    async fn advance(
        &mut self,
        store: &Store,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<(Story, Decided)>, StoreError> {
        let from = self.at.saturating_sub(LATE).unwrap_or(self.at);
        let mut decisions = Vec::new();
        let mut given = BTreeSet::new();
        let mut latest = until.saturating_sub(AHEAD).unwrap_or(until).max(self.at);
        let mut read = store.records().between(from, until);
        while let Some(stories) = read.next(now).await? {
            for (indexed, story) in stories {
                let at = indexed.at.parse().unwrap_or(latest);
                latest = latest.max(at);
                // Its request may still come, where an outcome came first.
                let Some(decided) = story.decision.clone() else { continue };
                let is_old = !self.is_begun && at < self.from;
                if !is_old && !self.given.contains(&indexed) {
                    decisions.push((story, decided));
                }
                given.insert(indexed);
            }
        }
        self.at = latest;
        self.is_begun = true;
        self.given = given;
        Ok(decisions)
    }
}
