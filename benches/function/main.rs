//! What a callback costs: the built function between stand-ins of Lambda's runtime API and of DynamoDB.
//!
//! `cargo bench --bench function -- BOOTSTRAP` prints Markdown. The function runs under callgrind, which
//! counts instructions: the same ones on a busy machine as on a calm one. callgrind knows no SHA
//! instructions, so hashing reads several times as dear as it is on a processor that has them.
//!
//! For each case the function is started with three numbers of callbacks and ended; *init* is what it does
//! until it asks for its first callback, *first* what the first one adds, *warm* the mean of those after it.
//! Each callback is about a number of its own. Requests and trips are counted without callgrind on a table
//! that takes a while to answer: requests that begin before any of them is answered are one trip.
//!
//! Cases may be named behind the path. `--keep=FOLDER` leaves callgrind's own output there for
//! `callgrind_annotate`, which names functions where the binary was built with
//! `CARGO_PROFILE_RELEASE_STRIP=none`.
//! With `--check` the figures are held against `benches/baseline.json`, and with `--write-baseline` they
//! become it; `.ci/instructions` does either.

mod baseline;
#[allow(dead_code, reason = "the other part is for whoever serves")]
mod callback;
mod callgrind;
mod case;
mod figures;
mod function;
mod message;
mod runtime_api;
mod table;
mod tls;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use flate2::Compression;
use flate2::write::DeflateEncoder;

use baseline::Baseline;
use case::Case;
use figures::{Figures, HEAD};

/// How many callbacks after the first one *warm* is the mean of: fewer than any limit of the starter policy.
const WARM: usize = 8;

/// How often a case is measured whose figures must not depend on chance.
const AGAIN: usize = 3;

/// The size of a file in a zip, in kilobytes.
fn zipped(file: &Path) -> anyhow::Result<i64> {
    let mut zip = DeflateEncoder::new(Vec::new(), Compression::default());
    zip.write_all(&std::fs::read(file)?)?;
    Ok(i64::try_from(zip.finish()?.len().div_ceil(1_000))?)
}

fn main() -> anyhow::Result<()> {
    let (flags, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let Some(bootstrap) = paths.first().map(PathBuf::from) else {
        // As `cargo test` runs every bench, also without arguments.
        println!("name a built `bootstrap` to measure");
        return Ok(());
    };
    let bootstrap =
        bootstrap.canonicalize().with_context(|| format!("there is no {}", bootstrap.display()))?;
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let wanted: Vec<Case> = Case::all()
        .into_iter()
        .filter(|case| paths.len() < 2 || paths.contains(&case.name.to_owned()))
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let keep = flags.iter().find_map(|flag| flag.strip_prefix("--keep=")).map(PathBuf::from);
    println!("{HEAD}");
    let known = if has("--check") { Some(Baseline::read()?) } else { None };
    let mut measured = Baseline::default();
    for case in &wanted {
        let measure = |runs| Figures::of(case, &bootstrap, &runtime, keep.as_deref(), runs);
        let mut figures = measure(if has("--write-baseline") { AGAIN } else { 1 })?;
        measured.add(case.name, &figures);
        // A machine that is busy enough makes a connection more now and then.
        if known.as_ref().is_some_and(|known| !known.problems_of(&measured).is_empty()) {
            figures = measure(AGAIN)?;
            measured.add(case.name, &figures);
        }
        println!("{}", figures.row(case.name));
    }
    let kilobytes = zipped(&bootstrap)?;
    println!("\nThe zip of the function has about {kilobytes} kB.");
    measured.add_zip(kilobytes);
    if has("--write-baseline") {
        measured.write()?;
    }
    if let Some(known) = known {
        let problems = known.problems_of(&measured);
        if !problems.is_empty() {
            bail!("{}\n{}", problems.join("\n"), baseline::HINT);
        }
        println!("\nAll within their tolerance of benches/baseline.json.");
    }
    Ok(())
}
