//! Compares the quotas of `sinch-gate` with the usual ways to count in DynamoDB: how far each goes beyond
//! its limit, and what a decision costs.
//!
//! All run on the same embedded engine, over HTTP, on the table that the store makes, under the same traffic.
//! `cargo bench --bench quota` prints Markdown; `-- --quick` does less of it.

mod by_single_writes;
mod by_store;
mod by_transaction;
mod caller;
mod contention;
mod meter;
mod over_admission;

use std::time::Instant;

use sinch_gate::embedded::Engine;
use sinch_gate::store::client::Timeouts;

use caller::Algorithm;
use contention::{Load, Report};
use over_admission::{Admitted, traffics};

const TABLE: &str = "bench";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (limit, callers, attempts) = if quick { (10, 4, 60) } else { (50, 16, 1_500) };
    let begun = Instant::now();
    let timeouts = Timeouts::within(std::time::Duration::from_secs(60));
    let (engine, _) = Engine::with_table(None, TABLE, timeouts).await?;

    print_over_admission(&engine, limit).await?;
    let free = Load { callers, attempts, hot_limit: 1_000_000 };
    println!(
        "\n### Cost of a decision: {callers} callers, three keys each: two that are new, one that all share\n"
    );
    let overlapping = print_costs(&engine, free).await?;
    let full = Load { hot_limit: limit, ..free };
    println!("\n### The same, with the shared key full after {limit}\n");
    print_costs(&engine, full).await?;

    let mode = if quick { " -- --quick" } else { "" };
    println!(
        "\nMeasured with `cargo bench --bench quota{mode}` on {} CPUs ({}, {}) in {:.0} s: the embedded \
         engine in the same process, over HTTP on loopback. Units are those it reports \
         (`ReturnConsumedCapacity`); a failed condition is counted by the size of the item. Every decision \
         writes a record. The engine runs transactions one after another; in the first cost table \
         {overlapping:.0} % of them began while another one on the same key was under way, which DynamoDB \
         may cancel with `TransactionConflict`.",
        std::thread::available_parallelism()?,
        std::env::consts::ARCH,
        std::env::consts::OS,
        begun.elapsed().as_secs_f64(),
    );
    engine.stop().await;
    Ok(())
}

async fn print_over_admission(engine: &Engine, limit: u32) -> anyhow::Result<()> {
    let traffics = traffics(limit);
    println!("### Over-admission: the worst span of a window, divided by the limit of {limit}\n");
    println!("| |{}", traffics.iter().map(|traffic| format!(" {} |", traffic.name)).collect::<String>());
    println!("|---|{}", "---|".repeat(traffics.len()));
    let cell = |found: &Admitted| {
        let worst = found.worst as f64 / f64::from(limit);
        format!(" {worst:.2} ({} of {}) |", found.admitted, found.asked)
    };
    let best: String = traffics.iter().map(|traffic| cell(&traffic.at_best(limit))).collect();
    println!("| *a log of every admission* |{best}");
    for algorithm in Algorithm::ALL {
        let mut row = String::new();
        for traffic in &traffics {
            row.push_str(&cell(&traffic.through(engine, TABLE, algorithm, limit).await?));
        }
        println!("| {} |{row}", algorithm.name());
    }
    println!("\nIn brackets: admitted, of the attempts.");
    for traffic in &traffics {
        println!("- *{}*: {}.", traffic.name, traffic.story);
    }
    Ok(())
}

/// Prints a row for each algorithm, and returns the share of transactions in percent that overlapped.
async fn print_costs(engine: &Engine, load: Load) -> anyhow::Result<f64> {
    println!(
        "| | admitted | decisions/s | requests | write units | read units | tried again | gave up |\n\
         |---|---|---|---|---|---|---|---|"
    );
    let mut overlapping = 0.0;
    for algorithm in Algorithm::ALL {
        let report = load.through(engine, TABLE, algorithm).await?;
        print_cost(algorithm, &report);
        if algorithm == Algorithm::Transaction {
            overlapping = 100.0 * report.overlapping as f64 / report.decisions as f64;
        }
    }
    Ok(overlapping)
}

fn print_cost(algorithm: Algorithm, report: &Report) {
    let per_decision = |amount: f64| amount / report.decisions as f64;
    let percent = |count: usize| 100.0 * per_decision(count as f64);
    println!(
        "| {} | {} of {} | {:.0} | {:.2} | {:.2} | {:.2} | {:.1} % | {:.1} % |",
        algorithm.name(),
        report.admitted,
        report.decisions,
        report.decisions as f64 / report.took.as_secs_f64(),
        per_decision(report.spent.requests as f64),
        per_decision(report.spent.write_units),
        per_decision(report.spent.read_units),
        percent(report.tried_again),
        percent(report.gave_up),
    );
}
