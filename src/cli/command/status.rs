//! `sinch-gate status`: the last hours at a glance.

mod limits;
mod summary;
mod uncounted;

use std::collections::BTreeMap;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use self::limits::Quotas;
use self::summary::{Count, Place as Busy, Summary, Tally};
use self::uncounted::Uncounted;
use crate::cli::app_filter::AppFilter;
use crate::cli::output::{self, Format, count};
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::cli::{Exit, app};
use crate::clock;
use crate::policy::Policy;
use crate::signature::{AppKey, AppScope};
use crate::store::{ActivePolicy, Store};

/// How many countries, blocks and limits are shown.
const TOP: usize = 5;

/// Show what happened in the last hour, at a glance.
///
/// Conversion is SUCCESSFUL of all allowed verifications that ended through what the person did: it leaves
/// out those that a newer attempt replaced, that Sinch could not carry out, or that are open. Blocks are
/// numbers without their last three digits, written as prefixes that `list add` takes. A limit of money is
/// reported as uncounted where prices were missing or in another currency. Exit code 2 means that nothing is
/// known of the application that --app names.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate status --data gate.db")]
pub(in crate::cli) struct Status {
    /// How many hours
    #[arg(long, value_name = "N", default_value = "1", value_parser = hours())]
    hours: u32,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    app: Option<AppKey>,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Report {
    from: Timestamp,
    to: Timestamp,
    #[serde(flatten)]
    summary: Summary,
    /// The policies in force by application key, or `*`; the starter policy where there is none.
    in_force: BTreeMap<String, InForce>,
}

#[derive(Serialize)]
struct InForce {
    version: u64,
    applied_at: Timestamp,
    author: String,
    message: String,
}

/// What --hours takes: a month at most.
fn hours() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(1..=744)
}

impl Status {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let to = clock::now();
        let from = to.checked_sub(SignedDuration::from_hours(i64::from(self.hours)))?;
        let (report, exit) =
            self.place.with_existing_store(async |store| self.report(store, from, to).await).await?;
        match self.format {
            Format::Json => output::json(&report)?,
            Format::Table => report.print(),
        }
        Ok(exit)
    }

    async fn report(&self, store: &Store, from: Timestamp, to: Timestamp) -> anyhow::Result<(Report, Exit)> {
        let active = policies(store, self.app.as_ref()).await?;
        let mut quotas = Quotas::default();
        if active.is_empty() {
            quotas.learn(&Policy::starter());
        }
        for policy in active.values().filter_map(|active| Policy::compile(&active.source).ok()) {
            quotas.learn(&policy.policy);
        }
        let progress = Progress::unknown("verifications");
        let mut tally = Tally::default();
        let mut only = AppFilter::new(self.app.as_ref());
        let mut read = store.records().between(from, to);
        while let Some(stories) = read.next(to).await? {
            progress.add(stories.len());
            stories
                .iter()
                .filter(|(_, story)| only.takes(&story.subject.app))
                .for_each(|(_, story)| tally.add(story, &quotas));
        }
        drop(progress);
        let exit = only.finish(store).await?;
        let in_force =
            active.into_iter().map(|(app, active)| (app.to_string(), InForce::of(active))).collect();
        Ok((Report { from, to, summary: tally.finish(TOP), in_force }, exit))
    }
}

/// The policies in force: that for all applications, and that of the one that is asked for.
async fn policies(store: &Store, app: Option<&AppKey>) -> anyhow::Result<BTreeMap<AppScope, ActivePolicy>> {
    let apps: Vec<AppKey> = app.into_iter().cloned().collect();
    Ok(store.policies().load(&apps).await?.active)
}

impl InForce {
    fn of(active: ActivePolicy) -> Self {
        let ActivePolicy { version, applied_at, author, message, .. } = active;
        Self { version, applied_at, author, message }
    }
}

impl Report {
    fn print(&self) {
        let summary = &self.summary;
        output::line(&format!("{} to {}", output::time(self.from), output::time(self.to)));
        let mut table = output::columns();
        let mut row = |name: &str, value: String| {
            table.add_row([format!("  {name}"), value]);
        };
        row("requests", summary.requests.to_string());
        row("allowed", summary.allowed.to_string());
        row("denied", with_counts(summary.denied, &summary.denied_by));
        row("conversion", conversion(summary.verified, summary.ended));
        let spend = summary.spend.iter().map(|(currency, amount)| format!("{amount} {currency}"));
        row("spend", or_none(spend.collect()));
        for Uncounted { rule, why, count } in &summary.uncounted {
            row("uncounted", format!("{rule} {count}: {why}"));
        }
        row("monitored", or_none(summary.monitored.iter().map(shown).collect()));
        row("decided by", or_none(summary.policies.iter().map(shown).collect()));
        for (app, active) in &self.in_force {
            let InForce { version, applied_at, author, message } = active;
            let whose = if app == "*" { String::new() } else { format!(" for {app}") };
            let since = output::time(*applied_at);
            row("in force", format!("v{version}{whose} since {since}, by {author}: {message}"));
        }
        if self.in_force.is_empty() {
            row("in force", "the starter policy".to_owned());
        }
        if summary.without_request > 0 {
            row("unasked", count(summary.without_request, "outcome") + " without a request");
        }
        output::print(table);
        busiest("country", &summary.countries);
        busiest("block", &summary.blocks);
        self.print_limits();
    }

    fn print_limits(&self) {
        if self.summary.near_limit.is_empty() {
            return;
        }
        output::line("");
        let mut table = output::table(["limit", "key", "denials", "stood at"]);
        for near in &self.summary.near_limit {
            let again = near.retry_at.map(|at| format!(", room again at {}", output::time(at)));
            let stood = format!("{} of {}{}", near.total, near.limit, again.unwrap_or_default());
            table.add_row([&near.rule, &near.key, &near.denials.to_string(), &stood]);
        }
        output::print(table);
    }
}

fn busiest(heading: &str, places: &[Busy]) {
    if places.is_empty() {
        return;
    }
    output::line("");
    let mut table = output::table([heading, "requests", "denied", "conversion"]);
    for place in places {
        let numbers = [place.requests.to_string(), place.denied.to_string()];
        let [requests, denied] = numbers;
        table.add_row([place.name.clone(), requests, denied, conversion(place.verified, place.ended)]);
    }
    output::print(table);
}

/// `62.5 % (5 of 8)`
fn conversion(verified: usize, ended: usize) -> String {
    if ended == 0 {
        return "none ended".to_owned();
    }
    let thousandths = verified.saturating_mul(1_000) / ended;
    format!("{}.{} % ({verified} of {ended})", thousandths / 10, thousandths % 10)
}

fn with_counts(all: usize, counts: &[Count]) -> String {
    let counts: Vec<String> = counts.iter().map(shown).collect();
    if counts.is_empty() { all.to_string() } else { format!("{all}: {}", counts.join(", ")) }
}

fn shown(count: &Count) -> String {
    format!("{} {}", count.name, count.count)
}

fn or_none(parts: Vec<String>) -> String {
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}
