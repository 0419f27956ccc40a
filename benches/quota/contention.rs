//! What a decision costs while many callers decide at once: requests, units, time, and failed tries.
//!
//! A verification asks three quotas: those of its number and its block, which are new, and that of a country,
//! which is the same for everybody. Callers run at the same time over loopback; the moment at which they
//! decide is virtual, a millisecond later with each verification, so that buckets turn while they run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sinch_gate::embedded::Engine;
use tokio::task::JoinSet;

use crate::caller::{Algorithm, Ask, Caller, Verdict};
use crate::meter::Spent;

const START: i64 = 1_790_000_000_000;
const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

/// How many callers decide, and how often.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) callers: usize,
    pub(crate) attempts: i64,
    /// The limit of the key that all share.
    pub(crate) hot_limit: u32,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) decisions: usize,
    pub(crate) admitted: usize,
    pub(crate) gave_up: usize,
    /// Admitted only after a write of theirs had failed.
    pub(crate) tried_again: usize,
    /// Begun while another one was under way.
    pub(crate) overlapping: usize,
    pub(crate) spent: Spent,
    pub(crate) took: Duration,
}

impl Load {
    /// Runs the callers until all attempts are decided.
    pub(crate) async fn through(
        self,
        engine: &Engine,
        table: &str,
        algorithm: Algorithm,
    ) -> anyhow::Result<Report> {
        let (next, under_way) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut callers = JoinSet::new();
        let begun = Instant::now();
        for _ in 0..self.callers {
            let (caller, next) = (Caller::new(engine, table, algorithm), Arc::clone(&next));
            let under_way = Arc::clone(&under_way);
            callers.spawn(async move { self.run(&caller, &next, &under_way).await });
        }
        let mut all = Report::default();
        while let Some(report) = callers.join_next().await {
            let report = report??;
            all.decisions += report.decisions;
            all.admitted += report.admitted;
            all.gave_up += report.gave_up;
            all.tried_again += report.tried_again;
            all.overlapping += report.overlapping;
            all.spent = [all.spent, report.spent].into_iter().sum();
        }
        all.took = begun.elapsed();
        Ok(all)
    }

    async fn run(self, caller: &Caller, next: &AtomicI64, under_way: &AtomicUsize) -> anyhow::Result<Report> {
        let mut report = Report::default();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= self.attempts {
                break;
            }
            let run = format!("{:?}-{}", caller.algorithm, self.hot_limit);
            let asks = [
                ask("number", format!("{run}-{n}"), 5, HOUR),
                ask("block:3", format!("{run}-{n}"), 50, HOUR),
                ask("country", run.clone(), self.hot_limit, MINUTE),
            ];
            let before = caller.meter.spent();
            let others = under_way.fetch_add(1, Ordering::Relaxed);
            let now = Timestamp::from_millisecond(START + n)?;
            let verdict = caller.decide(&asks, &format!("{run}-{n}"), now).await?;
            under_way.fetch_sub(1, Ordering::Relaxed);
            let had_failed = (caller.meter.spent() - before).failed_writes > 0;
            report.decisions += 1;
            report.overlapping += usize::from(others > 0);
            match verdict {
                Verdict::Admitted => {
                    report.admitted += 1;
                    report.tried_again += usize::from(had_failed);
                }
                Verdict::Refused => {}
                Verdict::GaveUp => report.gave_up += 1,
            }
        }
        report.spent = caller.meter.spent();
        Ok(report)
    }
}

fn ask(dimension: &'static str, value: String, limit: u32, window: Duration) -> Ask {
    Ask { dimension, value, limit, window }
}
