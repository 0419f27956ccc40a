//! `sinch-gate status`: what happened of late, at a glance.

mod lists;
mod report;
mod table;

use std::io::IsTerminal as _;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use self::report::{Question, Report};
use self::table::View;
use crate::cli::moment::Moment;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::cli::sample::Span;
use crate::cli::{Exit, app, country};
use crate::clock;
use crate::figures::Ranking;
use crate::phone::Country;
use crate::signature::AppKey;
use crate::store::{Store, StoreError};

/// How often `--watch` asks again.
const INTERVAL: Duration = Duration::from_secs(5);

/// The longest span.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Show what happened in the last hour, at a glance, beside the hour before.
///
/// Unverified are verifications that were allowed, cost money and were not completed: failed, replaced, or
/// still open. What an attack is made of comes first. Conversion is SUCCESSFUL of all allowed verifications
/// that ended through what the person did: it leaves out those that a newer attempt replaced, that Sinch
/// could not carry out, or that are open; `!` marks that nobody was verified. Undelivered are messages that
/// did not arrive, as receipts say. Blocks are numbers without their last three digits, written as prefixes
/// that `list add` takes. Beyond some thousand verifications a sample is read and scaled, which is said.
/// Numbers are masked in the table; JSON holds them as they are stored, and everything else without an end.
/// Exit code 2 means that nothing is known of the application that --app names.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate status --since 10m --top 10 --data gate.db")]
pub(in crate::cli) struct Status {
    /// From when: how long ago, such as 10m, a time such as 18:00 (UTC), or a day
    #[arg(
        long,
        visible_alias = "from",
        value_name = "WHEN",
        default_value = "1h",
        value_parser = Moment::parse
    )]
    since: Moment,
    /// To when, likewise; now if not given
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    to: Option<Moment>,
    /// How many rows of each table
    #[arg(long, value_name = "N", default_value = "5")]
    top: usize,
    /// What comes first
    #[arg(long, value_enum, default_value_t)]
    sort: Sort,
    /// Only numbers of this country, such as SE
    #[arg(long, value_name = "CODE", value_parser = country::parse)]
    country: Option<Country>,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    app: Option<AppKey>,
    /// What rules in monitor mode would have done, in place of the other tables
    #[arg(long)]
    monitors: bool,
    /// Ask again every five seconds, until it is interrupted
    #[arg(long, conflicts_with = "to")]
    watch: bool,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

// The variants have no documentation of their own, since clap would give each a paragraph in every help.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Sort {
    #[default]
    Unverified,
    Spend,
    Requests,
    Denied,
    Undelivered,
}

impl From<Sort> for Ranking {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Unverified => Self::Unverified,
            Sort::Spend => Self::Spend,
            Sort::Requests => Self::Requests,
            Sort::Denied => Self::Denied,
            Sort::Undelivered => Self::FailedDeliveries,
        }
    }
}

impl Status {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        // What is wrong with the span is said before a table is looked for.
        self.span(clock::now())?;
        self.place
            .with_existing_store(
                async |store| {
                    if self.watch { self.follow(store).await } else { self.once(store).await }
                },
            )
            .await
    }

    async fn once(&self, store: &Store) -> anyhow::Result<Exit> {
        let now = clock::now();
        let (report, exit) = Report::make(store, &self.question(now)?, now).await?;
        // Zeros of an application that nobody knows would be read as quiet.
        if matches!(exit, Exit::Done) {
            self.show(&report)?;
        }
        Ok(exit)
    }

    /// Shows it again and again, as long as somebody reads it.
    async fn follow(&self, store: &Store) -> anyhow::Result<Exit> {
        let mut has_shown = false;
        loop {
            let now = clock::now();
            match Report::make(store, &self.question(now)?, now).await {
                Ok((_, Exit::Found)) if !has_shown => return Ok(Exit::Found),
                Ok((report, _)) => {
                    if std::io::stdout().is_terminal() {
                        output::text("\x1b[H\x1b[2J");
                    } else if has_shown && self.format == Format::Table {
                        output::line("");
                    }
                    self.show(&report)?;
                    has_shown = true;
                }
                Err(error) if error.downcast_ref().is_some_and(StoreError::is_passing) => {
                    output::message(&format!("{error}; trying again"));
                }
                Err(error) => return Err(error),
            }
            if !output::has_reader() {
                return Ok(Exit::Done);
            }
            output::rest(INTERVAL).await;
        }
    }

    fn question(&self, now: Timestamp) -> anyhow::Result<Question<'_>> {
        Ok(Question {
            span: self.span(now)?,
            app: self.app.as_ref(),
            country: self.country,
            ranking: self.sort.into(),
        })
    }

    fn span(&self, now: Timestamp) -> anyhow::Result<Span> {
        let (from, to) = (self.since.before(now), self.to.map_or(now, |to| to.before(now)));
        if from >= to {
            bail!("--since {from:.0} is not before {to:.0}");
        }
        if to.duration_since(from) > LONGEST {
            bail!(
                "{from:.0} to {to:.0} is longer than 31 days\nhint: ask for a part of it, with --since and \
                 --to"
            );
        }
        Ok(Span { from, to })
    }

    fn show(&self, report: &Report) -> anyhow::Result<()> {
        match self.format {
            Format::Json => output::json(report)?,
            Format::Table => View { report, top: self.top }.print(self.monitors),
        }
        Ok(())
    }
}
