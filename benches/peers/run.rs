//! One run of one handler: its start, its first callback, and warm ones.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::callback;
use crate::contender::{Contender, POLICY};
use crate::harness::function::Function;
use crate::process::Process;
use crate::share::{Group, Share};
use crate::table::StandIn;
use crate::tls::Tls;
use crate::{DELAY, WARM_UP};

/// The pause before a callback, in which a share of a core that was used up is given again.
const PAUSE: Duration = Duration::from_millis(23);

pub(crate) struct Run<'a> {
    pub(crate) contender: &'a Contender,
    pub(crate) share: Share,
    pub(crate) group: Option<&'a Group>,
    /// How many warm callbacks are measured.
    pub(crate) warm: usize,
}

/// What one run has shown.
pub(crate) struct Sample {
    pub(crate) init: Duration,
    pub(crate) first: Duration,
    pub(crate) warm: Vec<Duration>,
    /// Of a warm callback, on average.
    pub(crate) processor: Duration,
    /// Of a warm callback, on average.
    pub(crate) requests: f64,
    pub(crate) trips: f64,
    /// Resident before the first callback, in bytes.
    pub(crate) resident_at_start: u64,
    /// Resident after the last one.
    pub(crate) resident_after: u64,
}

impl Run<'_> {
    pub(crate) fn measure(&self, runtime: &Runtime, tls: &Tls) -> anyhow::Result<Sample> {
        let table = runtime.block_on(StandIn::start(Some(POLICY), tls, DELAY))?;
        self.give(self.share)?;
        let procs: Option<PathBuf> = self.group.map(Group::procs);
        let begun = Instant::now();
        let function =
            Function::start(self.contender.command(procs.as_deref(), &table, tls), 200, &table, tls)?;
        let sample = self.of(&function, begun, &table);
        function.end()?;
        sample
    }

    fn of(&self, function: &Function, begun: Instant, table: &StandIn) -> anyhow::Result<Sample> {
        let mut events = (0..=WARM_UP + self.warm).map(|n| callback::event(n, callback::path(), n));
        let mut event = || events.next().unwrap_or_else(|| callback::event(0, callback::path(), 0));
        function.wait()?;
        let init = begun.elapsed();
        let process = Process(function.process.id());
        let resident_at_start = process.resident()?;
        let first = function.invoke(event()?)?;
        function.wait()?;
        self.give(Share::Full)?;
        for _ in 0..WARM_UP {
            function.invoke(event()?)?;
            function.wait()?;
        }
        self.give(self.share)?;
        let (processor, counted) = (process.processor()?, table.counted());
        let mut warm = Vec::new();
        for _ in 0..self.warm {
            if self.share != Share::Full {
                std::thread::sleep(PAUSE);
            }
            warm.push(function.invoke(event()?)?);
            function.wait()?;
        }
        let asked = table.counted();
        let each = |count: usize| count as f64 / self.warm as f64;
        Ok(Sample {
            init,
            first,
            processor: (process.processor()? - processor).div_f64(self.warm as f64),
            warm,
            requests: each(asked.requests - counted.requests),
            trips: each(asked.trips - counted.trips),
            resident_at_start,
            resident_after: process.resident()?,
        })
    }

    fn give(&self, share: Share) -> anyhow::Result<()> {
        self.group.map_or(Ok(()), |group| group.give(share))
    }
}
