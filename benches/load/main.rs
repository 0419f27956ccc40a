//! How the gate would perform at 10 to 100,000 verifications per second: a simulation in virtual time.
//!
//! `cargo bench --bench load` prints Markdown; `-- --quick` simulates less of it. The seeds are fixed, so the
//! numbers are the same in every run.
//!
//! A verification asks four quotas: 5 per number and 50 per block of 1,000 numbers in a day, and in an hour
//! 1,000 for the country that is attacked; those of the other countries and of `all` are too big to be met.
//! Honest traffic is spread evenly over 20 countries of 2,000 blocks. Of the attack's nine tenths go to 100
//! blocks of one more country.
//!
//! The columns: *one trip*, the decisions that needed only one trip after the lists had answered; *but for
//! blocks*, the same without blocks that another container had met; *refused*, of all, and *from memory*, of
//! these; *honest refused*, of the honest; *writes*, charged for each decision, the record and failed
//! conditions included, its index not; *hottest item*, the most writes asked of one in a second, throttled
//! ones included; *throttled*, of the writes to quotas; *store failures*, decisions that lacked the answer of
//! some quota, and were admitted; *in the log only*, decisions whose record the index kept from being
//! written; *lists unread*, those that a list did not answer. The second table is in percent of the limit:
//! what the country's quota *held* when it refused first and in the end, and how many verifications of the
//! attack were *admitted*, those among them for which that quota gave no answer.
//!
//! **Real** is the arithmetic (`sinch_gate::quota`), called as the store calls it: what a container tries
//! first by what it remembers, the condition of each write, the next step after one that failed.
//!
//! **Modelled** are
//! - the table: each item takes 1,000 writes a second and a tenth of that at once; a write whose condition
//!   fails costs as much as one that succeeds; requests beyond that are throttled. Every trip takes 5 ms;
//! - the SDK: three sends of a throttled request, with the client's backoff; then the quota is not known,
//!   and the verification is admitted by `on_store_failure = "allow"`;
//! - the containers: one for each hundred verifications a second, each chosen at random, with a memory of
//!   their own, unbounded, of which two seconds are fresh. All start empty, on an empty table. A bucket of
//!   the hourly quotas turns in the middle of each run;
//! - the index by hour: an hour's shards, put by chance on twice as many partitions as the traffic needs, and
//!   on four at least. Each takes 1,000 records a second; a record that finds no capacity there is throttled,
//!   since an index that cannot follow holds up its table;
//! - two lists, on each of which the prefixes of the block and of the country are looked up, whether they are
//!   there or not: each takes 6,000 reads a second, and is asked for eight times at most, as the store does;
//! - the gate: the lists first, then all quotas at once beside the record; a denial that a quota turned up
//!   sets the record right in one more trip, and gives back in another, by one write each, what the others
//!   had admitted;
//! - shards: the quotas on the country and on `all` are split into items with an equal part of the limit
//!   each, chosen by a hash of the verification's id.
//!
//! **Not modelled** are repeats of a verification, outcomes and policies; what is on the lists; cold starts,
//! the time that anything takes in a container, and a container being busy; throttling of the records
//! themselves, whose keys are all different, and of the table as a whole, which DynamoDB splits only as
//! traffic grows; that it splits a busy partition of the index between two keys; the SDK's limit on retries;
//! requests that get lost.

mod container;
mod item;
mod partition;
/// What the tests check of each write. The simulation renders none, since that would take most of its time.
mod quota_expression {
    use sinch_gate::quota::{Change, GiveBack, Stamp};

    pub(crate) fn check_take(_: &Change, _: Stamp) {}

    pub(crate) fn check_give_back(_: &GiveBack) {}
}
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "the naive table of the tests states its expectations bluntly"
)]
#[path = "../../tests/it/world/quota_table.rs"]
mod quota_table;
mod report;
mod schedule;
mod simulation;
mod table;
mod traffic;
mod underway;

use std::time::Instant;

use report::{LIMIT_HEAD, LOAD_HEAD};
use simulation::Simulation;
use traffic::{PER_COUNTRY, Scenario, Traffic};

/// Verifications per second, for how many seconds, and into how many items the shared quotas are split.
const LOADS: [(u64, u64, &[u64]); 4] =
    [(10, 600, &[1]), (1_000, 30, &[1, 4]), (10_000, 10, &[25]), (100_000, 2, &[1, 250])];

fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let begun = Instant::now();
    let mut decisions = 0;
    let mut limits = Vec::new();
    println!("### Load\n\n{LOAD_HEAD}");
    for traffic in [Traffic::Honest, Traffic::Attack] {
        for (rate, seconds, shards) in LOADS {
            if quick && rate > 1_000 {
                continue;
            }
            let seconds = if quick { seconds / 10 } else { seconds };
            for shards in shards.iter().copied() {
                let scenario = Scenario { traffic, rate, seconds, shards };
                let mut report = Simulation::new(scenario)?.run()?;
                println!("{}", report.load_row(scenario));
                decisions += report.decisions;
                if traffic == Traffic::Attack {
                    limits.push(report.limit_row(scenario));
                }
            }
        }
    }
    println!("\n### The limit of the attacked country: {PER_COUNTRY} per hour\n\n{LIMIT_HEAD}");
    limits.iter().for_each(|row| println!("{row}"));
    let mode = if quick { " -- --quick" } else { "" };
    println!(
        "\nSimulated with `cargo bench --bench load{mode}`: {decisions} decisions in {:.0} s.",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}
