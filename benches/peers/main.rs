//! The same job in Rust, Node.js and Python, beside each other.
//!
//! `cargo bench --bench peers -- BOOTSTRAP FOLDER` prints Markdown; FOLDER is where `.ci/peers` puts the
//! handlers of `node` and `python` together with their packages. `--quick` does less.
//!
//! All verify a callback, parse it, ask two lists, take two quotas, keep a record and answer, with four
//! requests to the same table behind TLS, which takes [`DELAY`] to answer each. They run one after another,
//! round by round, so that whatever else the machine does meets all of them.
//!
//! A handler starts and answers its first callback within its share of a core. Then it answers [`WARM_UP`]
//! callbacks on a whole one, which is when a just-in-time compiler does its work, and then those that are
//! measured within the share again.

mod contender;
mod figures;
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
mod process;
mod run;
mod share;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::contender::Contender;
use crate::figures::Figures;
use crate::harness::tls::Tls;
use crate::share::{Group, Share};

pub(crate) use crate::harness::{callback, case, message, runtime_api, table, tls};

/// How long the table takes, about as long as DynamoDB does.
const DELAY: Duration = Duration::from_millis(4);

/// How many callbacks are answered before those that are measured.
const WARM_UP: usize = 200;

fn main() -> anyhow::Result<()> {
    let (flags, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let [bootstrap, handlers] = paths.as_slice() else {
        // As `cargo test` runs every bench, also without arguments.
        println!("name a built `bootstrap`, and the folder of the handlers");
        return Ok(());
    };
    let is_quick = flags.iter().any(|flag| flag == "--quick");
    let (rounds, warm) = if is_quick { (1, 20) } else { (3, 30) };
    let bootstrap = Path::new(bootstrap).canonicalize().with_context(|| format!("no {bootstrap}"))?;
    let contenders = Contender::all(&bootstrap, Path::new(handlers))?;
    let group = Group::new();
    let shares = match &group {
        Ok(_) if is_quick => vec![Share::OfMemory(128), Share::Full],
        Ok(_) => vec![Share::OfMemory(128), Share::OfMemory(256), Share::OfMemory(512), Share::Full],
        Err(problem) => {
            println!(
                "No share of a core can be given here, so only the full core is measured: {problem:#}\n"
            );
            vec![Share::Full]
        }
    };
    let group = group.ok();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let tls = Tls::new(folder.path())?;
    let mut figures = Figures::default();
    for _ in 0..rounds {
        for share in &shares {
            for contender in &contenders {
                let run = run::Run { contender, share: *share, group: group.as_ref(), warm };
                let sample = run.measure(&runtime, &tls);
                figures.add(*share, contender.name, sample.with_context(|| contender.name)?);
            }
        }
    }
    print!("{}", figures.table(rounds));
    Ok(())
}
