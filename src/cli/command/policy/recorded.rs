//! Recorded traffic, as commands about policies take it: from files or from the table.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::backtest::TrafficEvent;
use crate::cli::traffic::{Read, Reading, Wanted, Which, read_files, read_table};
use crate::clock;
use crate::figures::Asked;
use crate::list::ListEntry;
use crate::store::Store;

/// What to do where a table is needed and none is named.
pub(super) const WHICH_TABLE: &str = "name it with --data FILE or --table NAME";

/// What is said where neither files nor a table are named.
pub(super) const NO_TRAFFIC: &str = "there is no traffic to replay\nhint: give --traffic FILE, or the table \
                                     with --data FILE or --table NAME";

/// Which traffic is meant, and what is made of its broken lines.
#[derive(Clone, Debug, Args)]
pub(super) struct Recorded {
    #[command(flatten)]
    pub(super) which: Which,
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
    /// The span that is meant.
    ///
    /// # Errors
    /// Where it ends before it begins.
    pub(super) fn span(&self) -> anyhow::Result<Span> {
        let now = clock::now();
        let asked = self.which.asked(now)?;
        let to = asked.to.unwrap_or(Timestamp::MAX);
        let from = if self.which.needs_table() {
            Which::from_of_table(asked, now)?
        } else {
            asked.from.unwrap_or(Timestamp::MIN)
        };
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
        let wanted = Wanted { app: self.which.app.clone(), from, to, is_strict: self.strict };
        match store {
            Some(store) if self.which.needs_table() => {
                let from = from.saturating_sub(warm_up.unwrap_or_default()).unwrap_or(from);
                let wanted = Wanted { from, to: to.min(now), ..wanted };
                read_table(store, Reading::new(wanted, sink), now).await
            }
            _ => {
                let wanted = Wanted { from: warm_up.map_or(from, |_| Timestamp::MIN), ..wanted };
                read_files(&self.which.traffic, Reading::new(wanted, sink))
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
