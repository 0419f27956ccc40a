//! How far each algorithm goes beyond its limit, under traffic in virtual time.
//!
//! One key, one caller, and the moment of each attempt handed in, so that the counts are the same in every
//! run. What was admitted is checked against a log of every admission.

use std::time::Duration;

use jiff::Timestamp;
use sinch_gate::embedded::Engine;

use crate::caller::{Algorithm, Ask, Caller, Verdict};

const WINDOW_MS: i64 = 60_000;

/// Where a calendar window begins.
const START: i64 = WINDOW_MS * 29_833_400;

/// One kind of traffic.
pub(crate) struct Traffic {
    pub(crate) name: &'static str,
    /// What happens, for the reader of the table.
    pub(crate) story: &'static str,
    /// When the attempts come, in order, in milliseconds since 1970.
    attempts: Vec<i64>,
}

/// What was admitted of one kind of traffic.
pub(crate) struct Admitted {
    pub(crate) asked: usize,
    pub(crate) admitted: usize,
    /// The most that any span of the window's length held.
    pub(crate) worst: usize,
}

/// The kinds of traffic in which the algorithms differ.
pub(crate) fn traffics(limit: u32) -> [Traffic; 5] {
    let limit = i64::from(limit);
    let spread = |from: i64, until: i64, count: i64| {
        (0..count).map(move |n| START + from + (until - from) * n / count)
    };
    [
        Traffic {
            name: "steady",
            story: "nine tenths of the limit, evenly, for four windows",
            attempts: spread(0, 4 * WINDOW_MS, 4 * limit * 9 / 10).collect(),
        },
        Traffic {
            name: "at the limit",
            story: "one attempt whenever `window / limit` has gone by, for four windows",
            attempts: spread(0, 4 * WINDOW_MS, 4 * limit).collect(),
        },
        Traffic {
            name: "edge",
            story: "the whole limit in the second before a calendar window ends, and again in the one after",
            attempts: spread(WINDOW_MS - 1_000, WINDOW_MS + 1_000, 2 * limit).collect(),
        },
        Traffic {
            name: "after idle",
            story: "twice the limit at once, then one attempt whenever `window / limit` has gone by",
            attempts: spread(0, 1, 2 * limit)
                .chain(spread(WINDOW_MS / limit, WINDOW_MS, limit - 1))
                .collect(),
        },
        Traffic {
            name: "uneven",
            story: "the whole limit at the end of a calendar window, then three times it in each of the next \
                two",
            attempts: spread(WINDOW_MS - 1_000, WINDOW_MS, limit)
                .chain(spread(WINDOW_MS, 3 * WINDOW_MS, 6 * limit))
                .collect(),
        },
    ]
}

impl Traffic {
    /// Sends the traffic through an algorithm.
    pub(crate) async fn through(
        &self,
        engine: &Engine,
        table: &str,
        algorithm: Algorithm,
        limit: u32,
    ) -> anyhow::Result<Admitted> {
        let caller = Caller::new(engine, table, algorithm);
        let ask = Ask {
            dimension: "country",
            value: format!("{}-{algorithm:?}", self.name),
            limit,
            window: Duration::from_millis(WINDOW_MS.unsigned_abs()),
        };
        let mut log = Vec::new();
        for (n, at) in self.attempts.iter().enumerate() {
            let id = format!("{}-{algorithm:?}-{n}", self.name);
            let now = Timestamp::from_millisecond(*at)?;
            if caller.decide(std::slice::from_ref(&ask), &id, now).await? == Verdict::Admitted {
                log.push(*at);
            }
        }
        Ok(self.admitted(&log))
    }

    /// What could be admitted at best: a log of every admission, each attempt admitted if it fits.
    pub(crate) fn at_best(&self, limit: u32) -> Admitted {
        let mut log = Vec::new();
        for at in &self.attempts {
            if held(&log, *at) < limit as usize {
                log.push(*at);
            }
        }
        self.admitted(&log)
    }

    fn admitted(&self, log: &[i64]) -> Admitted {
        // A span that holds the most can be shifted until it ends with an admission.
        let worst =
            (1..=log.len()).filter_map(|n| log.get(..n)).filter_map(|log| Some(held(log, *log.last()?)));
        Admitted { asked: self.attempts.len(), admitted: log.len(), worst: worst.max().unwrap_or(0) }
    }
}

/// How much of the log lies in the window that ends at `end`.
fn held(log: &[i64], end: i64) -> usize {
    log.iter().filter(|at| **at > end - WINDOW_MS && **at <= end).count()
}
