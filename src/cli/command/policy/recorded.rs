//! Recorded traffic, as commands about policies take it: from files or from the table.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::backtest::TrafficEvent;
use crate::cli::app;
use crate::cli::moment::Moment;
use crate::cli::traffic::{Read, Reading, Wanted, read_files, read_table};
use crate::clock;
use crate::figures::Asked;
use crate::list::ListEntry;
use crate::signature::AppKey;
use crate::store::Store;

/// What to do where a table is needed and none is named.
pub(super) const WHICH_TABLE: &str = "name it with --data FILE or --table NAME";

/// What is said where neither files nor a table are named.
pub(super) const NO_TRAFFIC: &str = "there is no traffic to replay\nhint: give --traffic FILE, or the table \
                                     with --data FILE or --table NAME";

/// How much of a table is replayed where nothing else is said.
const DAYS_OF_A_TABLE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Which traffic is meant.
#[derive(Clone, Debug, Args)]
pub(super) struct Recorded {
    /// Files of traffic, or folders of them; - for standard input
    #[arg(long, value_name = "FILE", num_args = 1..)]
    traffic: Vec<PathBuf>,
    /// Requests from when on: a time, a day such as 2026-01-15 (UTC), or how long ago, such as 30d; if not
    /// given, all in files, and those of the last 7 days of a table
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    from: Option<Moment>,
    /// Requests before when, likewise
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    to: Option<Moment>,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    pub(super) app: Option<AppKey>,
    /// Stop at the first broken line
    #[arg(long)]
    strict: bool,
}

/// Which time is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    to: Timestamp,
    now: Timestamp,
}

impl Span {
    /// Where it begins and ends, as far as it does.
    pub(super) fn asked(&self) -> Asked {
        let Self { from, to, .. } = *self;
        Asked { from: (from > Timestamp::MIN).then_some(from), to: (to < Timestamp::MAX).then_some(to) }
    }
}

impl Recorded {
    /// Whether the traffic is that of a table.
    pub(super) fn needs_table(&self) -> bool {
        self.traffic.is_empty()
    }

    /// The span that is meant.
    ///
    /// # Errors
    /// Where it ends before it begins.
    pub(super) fn span(&self) -> anyhow::Result<Span> {
        let now = clock::now();
        let last_days =
            || if self.needs_table() { now.checked_sub(DAYS_OF_A_TABLE) } else { Ok(Timestamp::MIN) };
        let from = self.from.map_or_else(last_days, |from| Ok(from.before(now)))?;
        let to = self.to.map_or(Timestamp::MAX, |to| to.before(now));
        if from >= to {
            bail!("--from {from:.0} is not before --to {to:.0}");
        }
        Ok(Span { from, to, now })
    }

    /// Reads the traffic of a span, event by event. With a warm-up, earlier traffic comes first: all that is
    /// in files, and of a table as long as the warm-up says.
    ///
    /// # Errors
    /// Where it cannot be read, or the sink fails.
    pub(super) async fn read(
        &self,
        store: Option<&Store>,
        span: &Span,
        warm_up: Option<Duration>,
        sink: &mut dyn FnMut(TrafficEvent) -> anyhow::Result<()>,
    ) -> anyhow::Result<Read> {
        let Span { from, to, now } = *span;
        let wanted = Wanted { app: self.app.clone(), from, to, is_strict: self.strict };
        match store {
            Some(store) if self.needs_table() => {
                let from = from.saturating_sub(warm_up.unwrap_or_default()).unwrap_or(from);
                let wanted = Wanted { from, to: to.min(now), ..wanted };
                read_table(store, Reading::new(wanted, sink), now).await
            }
            _ => {
                let wanted = Wanted { from: warm_up.map_or(from, |_| Timestamp::MIN), ..wanted };
                read_files(&self.traffic, Reading::new(wanted, sink))
            }
        }
    }
}

/// All entries of all lists of a table.
///
/// # Errors
/// Where the store fails.
pub(super) async fn lists_of(store: &Store) -> anyhow::Result<Vec<ListEntry>> {
    let mut entries = Vec::new();
    for name in store.lists().names().await? {
        // Those that have expired since were there at the time, as far as the table still has them.
        let mut list = store.lists().entries(&name, Timestamp::MIN);
        while let Some(more) = list.next().await? {
            entries.extend(more);
        }
    }
    Ok(entries)
}
