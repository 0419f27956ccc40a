//! `sinch-gate outcome tail`: decisions as they are made.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::filter::Filter;
use super::rules::Rules;
use crate::cli::moment::{self, Moment};
use crate::cli::output::{self, Format, colour};
use crate::cli::place::Place;
use crate::cli::{Exit, hint};
use crate::clock;
use crate::event::Method;
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
/// A decision is shown when it is two seconds old, since it may still be turned before. Each is one line, and
/// as many as it takes in a terminal that is too narrow: time, verdict, rule, country, method, number, the
/// reference (or, without one, the id) that `outcome show` takes, and why. What rules in monitor mode would
/// have done stands at the end. Numbers are masked in the table; JSON holds the whole story, as `outcome
/// show` gives it. Exit code 2 means that nothing was found for a --rule that no policy in force has, or that
/// nothing is known of the application that --app names.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sinch-gate outcome tail --verdict allow --since 1h --for 3s --data gate.db"
)]
pub(in crate::cli) struct Tail {
    #[command(flatten)]
    filter: Filter,
    /// Since when: how long ago, such as 10m, a time such as 18:00 (UTC), or a day
    #[arg(long, value_name = "WHEN", default_value = "1m", value_parser = Moment::parse)]
    since: Moment,
    /// The time at which to end, likewise
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse, conflicts_with_all = ["once", "lasting"])]
    until: Option<Moment>,
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
        let end = match self.until {
            Some(until) => Some(until.before(begun)),
            None => lasting.map(|lasting| begun.saturating_add(lasting)).transpose()?,
        };
        let since = self.since.before(begun);
        if let Some(end) = end.filter(|end| *end < since) {
            bail!("--since {since:.0} is not before --until {end:.0}");
        }
        self.place.with_existing_store(async |store| self.follow(store, begun, end).await).await
    }

    /// Shows decisions as they become final, until `end`.
    async fn follow(&self, store: &Store, begun: Timestamp, end: Option<Timestamp>) -> anyhow::Result<Exit> {
        let mut only = self.filter.of_app();
        // Whoever follows without an end learns it at once, the others when it is known what there is.
        if end.is_none() {
            self.filter.warn_of_unknown(store).await?;
        }
        let rules = Rules::in_force(store).await?;
        let is_known = self.filter.rule().is_none_or(|rule| rules.has(rule));
        if let Some(rule) = self.filter.rule().filter(|_| !is_known) {
            output::message(&rules.unknown(rule));
        }
        let mut has_shown = false;
        let mut cursor = Cursor::at(self.since.before(begun));
        loop {
            let now = clock::now();
            let settled = now.saturating_sub(SETTLED)?;
            let until = end.map_or(settled, |end| settled.min(end));
            let mut shown = Ok(());
            let advanced = cursor.advance(store, until, now, |story, decided| {
                let is_of_app = only.takes(&story.subject.app);
                if shown.is_ok() && output::has_reader() && is_of_app && self.filter.matches(story, decided) {
                    shown = self.show(story, decided, &rules);
                    has_shown = true;
                }
            });
            let advanced = advanced.await;
            shown?;
            match advanced {
                Ok(()) => {}
                // Whoever watches an attack would rather go on than start again; the cursor stays where it
                // is.
                Err(error) if end.is_none() && error.is_passing() => {
                    output::message(&hint::and(&error.to_string(), "trying again"));
                }
                Err(error) => return Err(error.into()),
            }
            if end.is_some_and(|end| until >= end) || !output::has_reader() {
                let exit = if end.is_some() { only.finish(store).await? } else { Exit::Done };
                return Ok(if is_known || has_shown { exit } else { Exit::Found });
            }
            output::rest(INTERVAL).await;
        }
    }

    fn show(&self, story: &Story, decided: &Decided, rules: &Rules) -> anyhow::Result<()> {
        match self.format {
            Format::Json => output::json(story)?,
            Format::Table => {
                let [time, verdict, country, method, number] = WIDTHS;
                let mut row =
                    output::columns().at_least([time, verdict, rules.widest(), country, method, number]);
                row.add_row(cells(story, decided));
                output::print(row);
            }
        }
        Ok(())
    }
}

/// How wide what stands in front of the reference is as a rule, besides the name of the rule: time, verdict,
/// country, method and number.
const WIDTHS: [usize; 5] = [20, 5, 3, 9, 16];

/// What is shown of a decision.
fn cells(story: &Story, decided: &Decided) -> [String; 8] {
    let subject = &story.subject;
    let would = decided.monitors.iter().map(|hit| format!("; would {}: {}", hit.verdict, hit.rule));
    [
        output::time(decided.at),
        colour::verdict(decided.verdict),
        decided.rule.as_deref().unwrap_or("-").to_owned(),
        subject.country.as_ref().map_or("-", Region::as_str).to_owned(),
        subject.method.as_ref().map_or("-", Method::as_str).to_owned(),
        subject.shown_number().unwrap_or_else(|| "unknown".to_owned()),
        output::one_line(subject.reference.as_ref().unwrap_or(&subject.id)),
        format!("{}{}", decided.reason, would.collect::<String>()),
    ]
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

    /// Gives the decisions up to `until` that were not given yet, in the order of time.
    async fn advance(
        &mut self,
        store: &Store,
        until: Timestamp,
        now: Timestamp,
        mut give: impl FnMut(&Story, &Decided),
    ) -> Result<(), StoreError> {
        let from = self.at.saturating_sub(LATE).unwrap_or(self.at);
        let mut read = store.records().between(from, until);
        while let Some(stories) = read.next(now).await? {
            for (indexed, story) in stories {
                let at = indexed.at.parse().unwrap_or(self.at);
                // Stories come in the order of time, so where reading fails, it goes on from here.
                self.at = self.at.max(at);
                // Its request may still come, where an outcome came first.
                let Some(decided) = &story.decision else { continue };
                let is_old = !self.is_begun && at < self.from;
                if self.given.insert(indexed) && !is_old {
                    give(&story, decided);
                }
            }
            self.forget();
        }
        self.at = self.at.max(until.saturating_sub(AHEAD).unwrap_or(until));
        self.forget();
        self.is_begun = true;
        Ok(())
    }

    /// Forgets what will not be read again.
    fn forget(&mut self) {
        let from = format!("{:.3}", self.at.saturating_sub(LATE).unwrap_or(self.at));
        self.given.retain(|given| given.at >= from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::Engine;
    use crate::record::{Subject, sample};
    use crate::store::client::Timeouts;
    use crate::store::{Finality, NewDecision, RecordKey};
    use crate::token::Token;
    use crate::verdict::Verdict;

    #[tokio::test]
    async fn however_long_the_span_only_what_may_come_again_is_remembered() {
        let timeouts = Timeouts::within(Duration::from_secs(60));
        let (_engine, store) = Engine::with_table(None, "sinch-gate", timeouts).await.unwrap();
        let begun: Timestamp = "2026-01-15T18:00:00Z".parse().unwrap();
        let at = |second: i64| begun + SignedDuration::from_secs(second);
        for second in 0..400 {
            let subject = Subject { id: format!("id-{second}"), ..sample::subject() };
            let decided = Decided { at: at(second), ..sample::decided(Verdict::Allow) };
            let key = RecordKey::new(&subject.app, None, &subject.id);
            let new = NewDecision {
                subject: &subject,
                decided: &decided,
                answer: "{}",
                token: &Token::new(0),
                retention: Duration::from_secs(3_650 * 86_400),
            };
            store.records().record(&key, &new, Finality::Settled).await.unwrap();
        }
        let (mut cursor, mut shown) = (Cursor::at(begun), 0);
        cursor.advance(&store, at(400), begun, |_, _| shown += 1).await.unwrap();
        assert_eq!((shown, cursor.given.len()), (400, 31));
        // Nothing is shown twice.
        cursor.advance(&store, at(400), begun, |_, _| shown += 1).await.unwrap();
        assert_eq!(shown, 400);
    }
}
