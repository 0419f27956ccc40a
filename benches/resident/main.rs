//! How much memory the function holds after many callbacks, each about a number of its own.
//!
//! `cargo bench --bench resident -- BOOTSTRAP` prints Markdown, up to 60,000 callbacks; `--quick` ends
//! sooner. The function stands between the stand-ins of `benches/function`, with two lists and two quotas,
//! which let all of them pass.

#[path = "../peers/contender.rs"]
#[allow(dead_code, reason = "only the policy is the same")]
mod contender;
// Each bench needs a part of what `benches/function` has.
#[allow(dead_code, reason = "the other part is for counting instructions")]
#[path = "../function"]
mod harness {
    pub(crate) mod callback;
    pub(crate) mod case;
    pub(crate) mod function;
    pub(crate) mod message;
    pub(crate) mod runtime_api;
    pub(crate) mod table;
    pub(crate) mod tls;
}
#[allow(dead_code, reason = "the other part is for processor time")]
#[path = "../peers/process.rs"]
mod process;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::contender::POLICY;
use crate::harness::function::{Function, plain};
use crate::harness::table::StandIn;
use crate::harness::tls::Tls;
use crate::process::Process;

pub(crate) use crate::harness::{callback, case, message, runtime_api, table, tls};

fn main() -> anyhow::Result<()> {
    let (flags, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let Some(bootstrap) = paths.first() else {
        // As `cargo test` runs every bench, also without arguments.
        println!("name a built `bootstrap` to measure");
        return Ok(());
    };
    let marks: &[usize] = if flags.iter().any(|flag| flag == "--quick") {
        &[0, 1_000, 5_000]
    } else {
        &[0, 1_000, 10_000, 60_000]
    };
    let bootstrap = Path::new(bootstrap).canonicalize().with_context(|| format!("no {bootstrap}"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let tls = Tls::new(folder.path())?;
    // What is denied takes no share, so that less of it would be remembered.
    let policy = POLICY.replace("limit = 1000", "limit = 1000000");
    let table = runtime.block_on(StandIn::start(Some(&policy), &tls, Duration::ZERO))?;
    let function = Function::start(plain(&bootstrap), 200, &table, &tls)?;
    let held = hold(&function, marks);
    function.end()?;
    println!("| callbacks | resident, MB |\n|---:|---:|");
    for (mark, bytes) in marks.iter().zip(held?) {
        println!("| {mark} | {:.1} |", bytes as f64 / 1e6);
    }
    Ok(())
}

/// What is resident after these numbers of callbacks, in bytes.
fn hold(function: &Function, marks: &[usize]) -> anyhow::Result<Vec<u64>> {
    let process = Process(function.process.id());
    let mut held = Vec::new();
    let mut n = 0;
    function.wait()?;
    for mark in marks {
        while n < *mark {
            function.invoke(callback::event(n, callback::path(), n)?)?;
            function.wait()?;
            n += 1;
        }
        held.push(process.resident()?);
    }
    Ok(held)
}
