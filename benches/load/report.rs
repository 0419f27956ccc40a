//! What a simulation counts, and its rows in the tables.

use crate::traffic::{PER_COUNTRY, Scenario, Traffic};

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) decisions: u64,
    /// Every write found what its container expected, or memory refused.
    pub(crate) in_one_trip: u64,
    /// The same, but for the write of the block: it is taken for new where this container has not met it.
    pub(crate) in_one_trip_but_for_blocks: u64,
    pub(crate) refused: u64,
    pub(crate) refused_from_memory: u64,
    pub(crate) honest: u64,
    pub(crate) honest_refused: u64,
    /// Decided without an answer of some quota.
    pub(crate) store_failures: u64,
    /// Decisions whose record was not written, since the index had no capacity.
    pub(crate) unrecorded: u64,
    /// Decisions for which a list was not read in time.
    pub(crate) lists_unread: u64,
    /// Writes that are charged: quotas, records, what is given back, and failed conditions.
    pub(crate) writes: u64,
    /// Writes to quota items that were sent, and how many of them found no capacity.
    pub(crate) sent: u64,
    pub(crate) throttled: u64,
    /// The most writes that were asked of one item in one second.
    pub(crate) hottest: u64,
    /// In microseconds, one for each decision.
    pub(crate) latencies: Vec<u64>,
    /// Verifications of the attack that were admitted.
    pub(crate) attack_admitted: u64,
    /// Shares that the attacked country's quota holds.
    pub(crate) held: u64,
    /// The same, when that quota refused for the first time.
    pub(crate) held_at_first_refusal: Option<u64>,
}

/// The head of the table of loads.
pub(crate) const LOAD_HEAD: &str = "\
| traffic | per second | shards | one trip | but for blocks | refused | from memory | honest refused | \
writes | hottest item | throttled | store failures | in the log only | lists unread | p99 |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// The head of the table of the attacked country's limit.
pub(crate) const LIMIT_HEAD: &str = "\
| per second | shards | limit of a shard | held at the first refusal | held in the end | admitted |
|---|---|---|---|---|---|";

impl Report {
    pub(crate) fn load_row(&mut self, scenario: Scenario) -> String {
        let traffic = match scenario.traffic {
            Traffic::Honest => "honest",
            Traffic::Attack => "attack",
        };
        row(&[
            traffic.to_owned(),
            scenario.rate.to_string(),
            scenario.shards.to_string(),
            percent(self.in_one_trip, self.decisions),
            percent(self.in_one_trip_but_for_blocks, self.decisions),
            percent(self.refused, self.decisions),
            percent(self.refused_from_memory, self.refused),
            percent(self.honest_refused, self.honest),
            format!("{:.2}", self.writes as f64 / self.decisions as f64),
            format!("{}/s", self.hottest),
            percent(self.throttled, self.sent),
            percent(self.store_failures, self.decisions),
            percent(self.unrecorded, self.decisions),
            percent(self.lists_unread, self.decisions),
            format!("{:.0} ms", self.percentile(99) as f64 / 1_000.0),
        ])
    }

    /// How exact the limit of the attacked country was, in percent of it.
    pub(crate) fn limit_row(&self, scenario: Scenario) -> String {
        let of_limit = |admitted| percent(admitted, PER_COUNTRY);
        row(&[
            scenario.rate.to_string(),
            scenario.shards.to_string(),
            format!("{:.1}", PER_COUNTRY as f64 / scenario.shards as f64),
            self.held_at_first_refusal.map_or_else(|| "never refused".to_owned(), of_limit),
            of_limit(self.held),
            of_limit(self.attack_admitted),
        ])
    }

    fn percentile(&mut self, percent: usize) -> u64 {
        self.latencies.sort_unstable();
        let index = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(index).copied().unwrap_or(0)
    }
}

fn percent(part: u64, of: u64) -> String {
    match of {
        0 => "–".to_owned(),
        _ => format!("{:.1} %", 100.0 * part as f64 / of as f64),
    }
}

fn row(cells: &[String]) -> String {
    cells.iter().fold("|".to_owned(), |row, cell| format!("{row} {cell} |"))
}
