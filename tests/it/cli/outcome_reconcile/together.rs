//! Runs that are killed, and runs at the same time.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Desk, open};
use crate::cli::use_any_credentials;
use crate::world::proxy::Proxy;
use crate::world::stand_in::{Fault, StandIn};
use crate::world::tool::{Running, Tool};

const N: usize = 12;

fn desk() -> Desk {
    let stories: Vec<_> = (1..=N).map(|n| open(n, 100 - i64::try_from(n).unwrap())).collect();
    let desk = Desk::with(&stories);
    (1..=N).for_each(|n| desk.knows(n, "SUCCESSFUL"));
    desk
}

#[track_caller]
fn all_are_settled_once(desk: &Desk) {
    for n in 1..=N {
        let story = desk.story(n);
        let heard = story["heard"].as_array().unwrap();
        assert_eq!(heard.len(), 1, "{story}");
        assert_eq!((&heard[0]["status"], &heard[0]["reconciled"]), (&"SUCCESSFUL".into(), &true.into()));
    }
}

#[test]
fn a_run_that_is_killed_is_completed_by_the_next() {
    let desk = desk();
    desk.api.fail(std::iter::repeat_n(Fault::Slow(Duration::from_millis(100)), N));
    let mut run = desk.tool.spawn(&["outcome", "reconcile", "--data", "gate.db", "--rate", "100"]);
    let begun = Instant::now();
    while desk.questions() < 4 {
        assert!(begun.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(5));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    let asked = desk.questions();
    let summary = desk.summary(&[], 0);
    assert!(asked < N, "it was killed in the middle");
    assert!(
        summary["asked"].as_u64().unwrap() <= u64::try_from(N - asked + 1).unwrap(),
        "{summary} after {asked}"
    );
    all_are_settled_once(&desk);
    assert_eq!(desk.summary(&[], 0), json!({}));
}

/// Somebody with a local table, which a proxy watches, and a gate on it.
struct Shared {
    tool: Tool,
    api: StandIn,
    proxy: Proxy,
    _gate: Running,
    _table: Running,
}

impl Shared {
    fn new() -> Self {
        let (mut tool, api) = (Tool::new(), StandIn::start());
        use_any_credentials(&mut tool);
        tool.set("SINCH_API_URL", api.url());
        let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
        let proxy = Proxy::to(table.url.trim_end_matches('/'));
        let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
        let gate = tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
        api.call_back(&gate.url);
        api.behave(|behaviour| behaviour.loses_results = true);
        Self { tool, api, proxy, _gate: gate, _table: table }
    }

    fn start(&self, n: usize) {
        // Blocks of their own, since a policy limits each.
        let number = format!("+4670{n:02}00001");
        let reference = format!("order-{n}");
        let start =
            ["verification", "start", "--method", "sms", "--number", &number, "--reference", &reference];
        self.tool.run(&start).exits(0);
        self.api.finish(&reference, "FAIL", Some("Expired"));
    }
}

#[test]
fn a_dry_run_writes_nothing_to_the_table() {
    let shared = Shared::new();
    (1..=3).for_each(|n| shared.start(n));
    shared.proxy.set(|_| crate::world::proxy::Fate::Answered);
    let command = ["outcome", "reconcile", "--older-than", "0s", "--table", "sinch-gate"];
    let endpoint = shared.proxy.endpoint();
    let command = [&command[..], &["--endpoint-url", &endpoint]].concat();
    shared.tool.run(&[&command[..], &["--dry-run"]].concat()).exits(0).shows("FAIL 3");
    let operations = |wanted: &[&str]| {
        let seen = shared.proxy.seen();
        seen.iter().filter(|seen| wanted.contains(&seen.operation.as_str())).count()
    };
    let all = shared.proxy.seen().len();
    assert_eq!(operations(&["Query", "BatchGetItem", "GetItem"]), all, "{:?}", shared.proxy.seen());
    // The run that is not a dry run writes each record once, and nothing else, since a failure frees nothing.
    shared.tool.run(&command).exits(0).shows("FAIL 3");
    assert_eq!(operations(&["UpdateItem"]), 3);
}

#[test]
fn two_runs_at_once_settle_everything_once() {
    let shared = Shared::new();
    (1..=N).for_each(|n| shared.start(n));
    let endpoint = shared.proxy.endpoint();
    let command =
        ["outcome", "reconcile", "--older-than", "0s", "--table", "sinch-gate", "--endpoint-url", &endpoint];
    let runs = [shared.tool.spawn(&command), shared.tool.spawn(&command)];
    for mut run in runs {
        assert_eq!(run.wait().unwrap().code(), Some(0));
    }
    for n in 1..=N {
        let reference = format!("order-{n}");
        let show = [
            "outcome",
            "show",
            &reference,
            "--table",
            "sinch-gate",
            "--endpoint-url",
            &endpoint,
            "--format",
            "json",
        ];
        let story = shared.tool.run(&show).exits(0).json().remove(0);
        assert_eq!(story["heard"].as_array().unwrap().len(), 1, "{story}");
    }
    assert!((N..=2 * N).contains(&shared.api.count("GET")));
}
