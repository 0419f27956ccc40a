//! How fast traffic is replayed, and how much is remembered meanwhile: a curve over the number of events;
//! then the same of the whole command, from files to figures.
//!
//! `cargo bench --bench backtest` prints Markdown, up to a million events; `-- --large` goes on to ten
//! million, `-- --quick` ends at ten thousand.

mod command;
mod traffic;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sinch_gate::gate::Settings;
use sinch_gate::policy::Policy;
use sinch_gate::privacy::NumberPrivacy;
use sinch_gate::replay::{Outcome, Replay};

use traffic::{Happens, Traffic};

/// As in the tool.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let most = if has("--quick") {
        4
    } else if has("--large") {
        7
    } else {
        6
    };
    println!("| events | seconds | events/s | keys | numbers | verifications | bytes each |");
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    for exponent in 4..=most {
        let n_events = 10_u64.pow(exponent);
        let settings = Settings {
            budget: Duration::from_millis(1_500),
            retention: Duration::from_secs(90 * 86_400),
            privacy: NumberPrivacy::Plain,
        };
        let mut replay = Replay::new(Arc::new(Policy::starter()), "starter", settings);
        let app = "app".parse()?;
        let mut spent = Duration::ZERO;
        let mut traffic = Traffic::new(1);
        let mut n_done = 0;
        // In batches, so that making the traffic is not measured.
        while n_done < n_events {
            let batch: Vec<_> = traffic.by_ref().take(10_000).collect();
            let begun = Instant::now();
            for (at, happens) in &batch {
                match happens {
                    Happens::Request(request) => {
                        std::hint::black_box(replay.request(&app, request, *at));
                    }
                    Happens::Result(result) => replay.outcome(&app, &Outcome::from(result), *at),
                }
            }
            spent += begun.elapsed();
            n_done += 10_000;
        }
        let remembered = replay.remembered();
        println!(
            "| {n_done} | {:.2} | {:.0} | {} | {} | {} | {} |",
            spent.as_secs_f64(),
            f64::from(u32::try_from(n_done)?) / spent.as_secs_f64(),
            remembered.keys,
            remembered.numbers,
            remembered.verifications,
            replay.bytes() / remembered.verifications.max(1),
        );
    }
    println!(
        "\n| events | seconds | events/s | peak MB | bytes a verification |\n|---:|---:|---:|---:|---:|"
    );
    for exponent in 4..=most {
        command::measure(10_u32.pow(exponent))?;
    }
    Ok(())
}
