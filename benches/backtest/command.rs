//! The whole path of `policy backtest`: reading, two policies and the figures, with what it takes of memory.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::traffic::{Happens, Traffic};

/// The policy that the starter policy is compared with.
const OTHER: &str = "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"number\"\nverdict = \"deny\"\n\
    quota = { per = \"number\", limit = 5, window = \"1d\" }\n";

/// How often the memory of the command is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Prints a row for traffic of this number of events.
pub(crate) fn measure(n_events: u32) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("starter.toml"), sinch_gate::policy::Policy::starter_source())?;
    std::fs::write(file("other.toml"), OTHER)?;
    write(&file("traffic.jsonl"), n_events)?;
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sinch-gate"))
        .args(["policy", "backtest", "starter.toml", "--against", "other.toml", "--quick"])
        .args(["--traffic", "traffic.jsonl"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(resident(command.id()).unwrap_or(0));
        if let Some(status) = command.try_wait()? {
            break status;
        }
        std::thread::sleep(BETWEEN_LOOKS);
    };
    ensure!(status.success(), "the command ended with {status}");
    let seconds = begun.elapsed().as_secs_f64();
    let n_verifications = n_events / 2;
    println!(
        "| {n_events} | {seconds:.2} | {:.0} | {} | {} |",
        f64::from(n_events) / seconds,
        peak / 1_024,
        peak * 1_024 / u64::from(n_verifications),
    );
    Ok(())
}

/// The most memory that a process had so far, in kilobytes; only where `/proc` is.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn write(file: &Path, n_events: u32) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(file)?);
    for (at, happens) in Traffic::new(1).take(usize::try_from(n_events)?) {
        writeln!(file, "{}", line(at, &happens))?;
    }
    file.flush().context("cannot write the traffic")
}

/// An event as `outcome export` writes it.
fn line(at: Timestamp, happens: &Happens) -> Value {
    let identity = |number: &str| json!({ "type": "number", "endpoint": number });
    let event = match happens {
        Happens::Request(request) => json!({
            "id": request.id.as_str(),
            "event": "VerificationRequestEvent",
            "method": request.method.as_str(),
            "identity": identity(request.number.as_str()),
            "price": { "currencyId": "EUR", "amount": 0.0453 },
            "reference": request.reference.as_ref().map(sinch_gate::event::Reference::as_str),
        }),
        Happens::Result(result) => json!({
            "id": result.id.as_str(),
            "event": "VerificationResultEvent",
            "method": result.method.as_str(),
            "identity": result.number.as_ref().map(|number| identity(number.as_str())),
            "status": result.status.as_str(),
        }),
    };
    json!({ "at": at.to_string(), "app": "app", "event": event })
}
