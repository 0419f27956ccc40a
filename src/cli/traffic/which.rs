//! Which recorded traffic a command is to read.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::cli::app;
use crate::cli::moment::Moment;
use crate::figures::Asked;
use crate::signature::AppKey;

/// How much of a table is read where nothing else is said.
const DAYS_OF_A_TABLE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Which traffic is meant.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct Which {
    /// Files of traffic, or folders of them; - for standard input
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(in crate::cli) traffic: Vec<PathBuf>,
    /// From when: a time, a day such as 2026-01-15 (UTC), or how long ago, such as 30d; if not given, all in
    /// files, and the last 7 days of a table
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    from: Option<Moment>,
    /// To when, likewise; to the end if not given
    #[arg(long, value_name = "WHEN", value_parser = Moment::parse)]
    to: Option<Moment>,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    pub(in crate::cli) app: Option<AppKey>,
}

impl Which {
    /// Whether the traffic is that of a table.
    pub(in crate::cli) fn needs_table(&self) -> bool {
        self.traffic.is_empty()
    }

    /// The span that is asked for, as far as one is.
    ///
    /// # Errors
    /// Where it ends before it begins.
    pub(in crate::cli) fn asked(&self, now: Timestamp) -> anyhow::Result<Asked> {
        let [from, to] = [self.from, self.to].map(|at| at.map(|at| at.before(now)));
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            bail!("--from {from:.0} is not before --to {to:.0}");
        }
        Ok(Asked { from, to })
    }

    /// From when on a table is read: as asked for, or the last days before the end.
    ///
    /// # Errors
    /// Where no time is so long ago.
    pub(in crate::cli) fn from_of_table(asked: Asked, now: Timestamp) -> anyhow::Result<Timestamp> {
        let to = asked.to.map_or(now, |to| to.min(now));
        Ok(asked.from.map_or_else(|| to.checked_sub(DAYS_OF_A_TABLE), Ok)?)
    }
}
