//! How the gate would do at 10, 1,000 and 100,000 verifications per second: a simulation in virtual time.
//!
//! `cargo bench --bench load` prints Markdown; `-- --quick` simulates less of it. The seeds are fixed, so the
//! numbers are the same in every run.
//!
//! **Real** is the arithmetic (`sinch_gate::quota`), called as the store calls it: what a container tries
//! first by what it remembers, the condition of each write, the next step after one that failed.
//!
//! **Modelled** are
//! - the table: each item takes 1,000 writes a second and a tenth of that at once; a write whose condition
//!   fails costs as much as one that succeeds; what is too much is throttled. Every trip takes 5 ms;
//! - the SDK: three sends of a throttled request, with the client's backoff; then the quota is not known,
//!   and the verification is admitted by `on_store_failure = "allow"`;
//! - the containers: one for each hundred verifications a second, each chosen at random, with a memory of
//!   their own of which two seconds are fresh. All start empty, on an empty table;
//! - the gate: all quotas at once beside the record; a denial that a quota turned up sets the record right in
//!   a second trip, and gives back in a third what the others had admitted;
//! - shards: the quotas on the country and on `all` are split into items with an equal part of the limit
//!   each, chosen by a hash of the verification's id.
//!
//! **Not modelled** are repeats of a verification, outcomes, lists and policies; cold starts, the time that
//! anything takes in a container, and a container being busy; throttling of the records, whose keys are all
//! different, of their index, and of the table as a whole, which DynamoDB splits only as traffic grows; the
//! SDK's limit on retries; requests that get lost.

mod container;
mod item;
mod report;
mod schedule;
mod simulation;
mod table;
mod traffic;

use std::time::Instant;

use report::HEAD;
use simulation::Simulation;
use traffic::{Scenario, Traffic};

/// Verifications per second, for how many seconds, and into how many items the shared quotas are split.
const LOADS: [(u64, u64, &[u64]); 3] =
    [(10, 600, &[1]), (1_000, 30, &[1, 4]), (100_000, 2, &[1, 16, 128, 256])];

fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let begun = Instant::now();
    let mut decisions = 0;
    println!("{HEAD}");
    for traffic in [Traffic::Honest, Traffic::Attack] {
        for (rate, seconds, shards) in LOADS {
            if quick && rate > 1_000 {
                continue;
            }
            let seconds = if quick { (seconds / 10).max(1) } else { seconds };
            for shards in shards.iter().copied() {
                let scenario = Scenario { traffic, rate, seconds, shards };
                let mut report = Simulation::new(scenario)?.run()?;
                decisions += report.decisions;
                println!("{}", report.row(scenario));
            }
        }
    }
    let mode = if quick { " -- --quick" } else { "" };
    println!(
        "\nSimulated with `cargo bench --bench load{mode}`: {decisions} decisions in {:.0} s.",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}
