//! A gate, or the local table under it, that is killed at any moment has kept what was acknowledged.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use sinch_gate::clock;
use sinch_gate::embedded::Engine;
use sinch_gate::record::Happening;
use sinch_gate::store::client::Timeouts;

use crate::cli::use_any_credentials;
use crate::world::gate_process::GateProcess;
use crate::world::sinch::{KEY, action, app, reference, request, result};
use crate::world::tool::Tool;

const ROUNDS: usize = 4;
const CALLERS: usize = 4;
/// How long a round may take, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Numbers that nobody else asks for, so that the starter policy allows them all; some are not to be
/// verified.
fn number(n: usize) -> String {
    if n.is_multiple_of(5) { format!("+44909879{n:04}") } else { format!("+4670{:03}{n:04}", n % 997) }
}

/// What was acknowledged about one verification.
#[derive(Clone, Debug)]
struct Acknowledged {
    id: String,
    action: String,
    is_result: bool,
}

/// Asks about one number after the other, and reports how it went, until the gate goes away.
fn call(gate: &GateProcess, next: &AtomicUsize, acknowledged: &Mutex<Vec<Acknowledged>>) {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let (id, number) = (format!("id-{n}"), number(n));
        let Some(asked) = gate.try_post(&request(&id, &number)) else { return };
        assert_eq!(asked.status, 200, "{id}");
        let mut known = Acknowledged { id, action: action(&asked.body), is_result: false };
        let told = gate.try_post(&result(&known.id, &number, "SUCCESSFUL"));
        known.is_result = told.is_some_and(|told| told.status == 200);
        let is_last = !known.is_result;
        acknowledged.lock().unwrap().push(known);
        if is_last {
            return;
        }
    }
}

/// Serves a table, under load, until enough was acknowledged; soon after that the process is killed.
fn round(data: &Path, n: usize, next: &AtomicUsize, acknowledged: &Mutex<Vec<Acknowledged>>) {
    // Generous, since a decision that the table did not take in time is answered without a record.
    let gate = GateProcess::start(&["--data", data.to_str().unwrap()], &[("DECISION_BUDGET", "20")]);
    kill_under_load(&gate, n, next, acknowledged, || gate.kill());
}

/// Puts a gate under load until enough was acknowledged; soon after that something is killed.
fn kill_under_load(
    gate: &GateProcess,
    n: usize,
    next: &AtomicUsize,
    acknowledged: &Mutex<Vec<Acknowledged>>,
    kill: impl FnOnce(),
) {
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| call(gate, next, acknowledged));
        }
        let (begun, n_before) = (Instant::now(), acknowledged.lock().unwrap().len());
        let is_enough = || acknowledged.lock().unwrap().len() >= n_before + n;
        while !is_enough() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        // At any moment of what the callers do next.
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..50_000)));
        kill();
        assert!(is_enough(), "fewer than {n} acknowledged within {PATIENCE:?}");
    });
}

/// What the tool says about a reference.
fn outcome_show(data: &Path, reference: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_sinch-gate"))
        .args(["outcome", "show", reference, "--format", "json", "--data"])
        .arg(data)
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gate.db");
    let (next, acknowledged) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    for _ in 0..ROUNDS {
        round(&data, fastrand::usize(20..60), &next, &acknowledged);
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    for action in ["allow", "deny"] {
        let n = acknowledged.iter().filter(|known| known.action == action).count();
        assert!(n >= ROUNDS, "only {n} of {} answers were to {action}", acknowledged.len());
    }

    let last = acknowledged.last().unwrap();
    let shown = outcome_show(&data, &reference(&last.id));
    assert_eq!(shown["decision"]["verdict"], last.action);
    check_all(&data, &acknowledged);
}

#[test]
fn what_a_local_table_acknowledged_survives_a_kill_and_the_log_has_the_rest() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let data = tool.file("gate.db");
    let (next, acknowledged) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let mut log = Vec::new();
    for _ in 0..ROUNDS {
        let table = tool.start(&["local-table", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
        let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
        let env =
            [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")];
        let gate = GateProcess::start(&place, &env);
        // To be dropped is to be killed.
        kill_under_load(&gate, fastrand::usize(20..60), &next, &acknowledged, || drop(table));
        log.extend(gate.whole_log());
    }
    tool.write("gate.log", &log.join("\n"));
    tool.run(&["outcome", "recover", "gate.log", "--data", data.to_str().unwrap()]).exits(0);
    check_all(&data, &acknowledged.into_inner().unwrap());
}

#[tokio::main(flavor = "current_thread")]
async fn check_all(data: &Path, acknowledged: &[Acknowledged]) {
    let timeouts = Timeouts::within(Duration::from_secs(30));
    let (_engine, store) = Engine::with_table(Some(data), "sinch-gate", timeouts).await.unwrap();
    for known in acknowledged {
        let stories = store.records().stories(&app(KEY), &reference(&known.id), clock::now()).await.unwrap();
        let [story] = stories.as_slice() else { panic!("{known:?} is lost: {stories:?}") };
        let decision = story.decision.as_ref().unwrap_or_else(|| panic!("{known:?} was not decided"));
        assert_eq!(decision.verdict.to_string(), known.action, "{known:?}");
        let has_result = story.heard.iter().any(|heard| matches!(&heard.happening, Happening::Result { .. }));
        assert!(has_result || !known.is_result, "the result of {known:?} is lost");
    }
}
