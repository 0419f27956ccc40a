//! The figures of one case.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::case::Case;
use crate::table::{Counted, StandIn};
use crate::tls::Tls;
use crate::{WARM, callgrind, function};

/// How late the table answers where trips are counted.
const DELAY: Duration = Duration::from_millis(250);

/// The head of the table of figures.
pub(crate) const HEAD: &str = "\
| thousands of instructions | init | first | warm | requests of init, first, warm | trips of these |
|---|---:|---:|---:|---|---|";

/// What a case costs.
pub(crate) struct Figures {
    pub(crate) init: u64,
    pub(crate) first: u64,
    pub(crate) warm: u64,
    /// Of init, the first callback and each one after it.
    pub(crate) requests: [usize; 3],
    pub(crate) trips: [usize; 3],
}

impl Figures {
    /// Measures a case; what callgrind wrote is copied to the folder `keep`, if there is one. Of several runs
    /// the least counts: what a busy machine changes, such as one more connection, only adds.
    pub(crate) fn of(
        case: &Case,
        bootstrap: &Path,
        runtime: &Runtime,
        keep: Option<&Path>,
        runs: usize,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let tls = Tls::new(folder.path())?;
        let out = folder.path().join("callgrind.out");
        let instructions = |callbacks: usize| {
            let table = runtime.block_on(StandIn::start(case.policy.as_deref(), &tls, Duration::ZERO))?;
            function::run(callgrind::command(bootstrap, &out), case, callbacks, &table, &tls)?;
            if let Some(kept) = keep {
                std::fs::copy(&out, kept.join(format!("callgrind.out.{callbacks}")))?;
            }
            callgrind::instructions(&out)
        };
        let once_counted = |callbacks: usize| -> anyhow::Result<Counted> {
            let table = runtime.block_on(StandIn::start(case.policy.as_deref(), &tls, DELAY))?;
            function::run(function::plain(bootstrap), case, callbacks, &table, &tls)?;
            Ok(table.counted())
        };
        let counted = |callbacks: usize| -> anyhow::Result<Counted> {
            let all = (0..runs).map(|_| once_counted(callbacks)).collect::<anyhow::Result<Vec<Counted>>>()?;
            Ok(all.into_iter().reduce(Counted::least).unwrap_or_default())
        };
        let least = |callbacks: usize| -> anyhow::Result<u64> {
            let counts = (0..runs).map(|_| instructions(callbacks)).collect::<anyhow::Result<Vec<u64>>>()?;
            Ok(counts.into_iter().min().unwrap_or_default())
        };
        let (none, one, many) = (least(0)?, least(1)?, least(1 + WARM)?);
        let (before, once, twice) = (counted(0)?, counted(1)?, counted(2)?);
        Ok(Self {
            init: none,
            first: one.saturating_sub(none),
            warm: many.saturating_sub(one) / WARM as u64,
            requests: [before.requests, once.requests - before.requests, twice.requests - once.requests],
            trips: [before.trips, once.trips - before.trips, twice.trips - once.trips],
        })
    }

    /// Its row.
    pub(crate) fn row(&self, name: &str) -> String {
        let list = |values: &[usize]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let thousands = |instructions: u64| instructions.div_ceil(1_000);
        format!(
            "| {name} | {} | {} | {} | {} | {} |",
            thousands(self.init),
            thousands(self.first),
            thousands(self.warm),
            list(&self.requests),
            list(&self.trips)
        )
    }
}
