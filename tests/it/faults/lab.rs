//! Two gates over one table, each behind a proxy of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::rows::Row;
use crate::cli::use_any_credentials;
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy};
use crate::world::tool::Tool;

/// What the table may take; seconds.
const BUDGET: &str = "0.6";

/// How many verifications of one number are allowed.
pub(super) const LIMIT: usize = 2;

pub(super) struct Lab {
    pub(super) table: TestTable,
    proxies: [Proxy; 2],
    pub(super) gates: [GateProcess; 2],
    tool: Tool,
    /// The policy's `on_store_failure`.
    pub(super) word: &'static str,
}

/// How often something went wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults {
    pub(super) all: usize,
    /// Among the writes of attempts.
    pub(super) of_attempts: usize,
}

fn policy(word: &str) -> String {
    format!(
        r#"
        schema = 1
        default = "allow"
        on_store_failure = "{word}"
        [[rules]]
        id = "markets"
        verdict = "deny"
        unless.country = ["SE"]
        [[rules]]
        id = "blocked"
        verdict = "deny"
        list = "blocklist"
        [[rules]]
        id = "number"
        verdict = "deny"
        quota = {{ per = "number", limit = {LIMIT}, window = "1d" }}
        [[rules]]
        id = "block"
        verdict = "deny"
        quota = {{ per = "block:3", limit = 1000, window = "1d", release = "verified" }}
        "#
    )
}

impl Lab {
    pub(super) async fn start(word: &'static str) -> Self {
        let table = TestTable::new().await;
        let proxies = [Proxy::to(table.endpoint()), Proxy::to(table.endpoint())];
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        tool.write("policy.toml", &policy(word));
        let file = tool.file("policy.toml");
        let gates = [0, 1].map(|nth: usize| {
            let place = ["--table", table.name(), "--endpoint-url", &proxies[nth].endpoint()];
            let env = [
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
                ("DECISION_BUDGET", BUDGET),
            ];
            GateProcess::start(&[&place[..], &["--policy", file.to_str().unwrap()]].concat(), &env)
        });
        Self { table, proxies, gates, tool, word }
    }

    /// Puts a number on the blocklist.
    pub(super) fn block(&self, number: &str) {
        self.on_table(&["list", "add", "blocklist", number, "--reason", "test"]);
    }

    /// Does something while requests to the table go wrong; gives how often they did.
    pub(super) fn failing(&self, row: &Row, act: impl FnOnce()) -> Faults {
        let counters = [0; 2].map(|_| Arc::new(AtomicUsize::new(0)));
        for proxy in &self.proxies {
            let (row, counters) = (*row, counters.clone());
            proxy.set(move |seen| {
                if !row.kind.is_of(seen) || fastrand::u32(0..100) >= row.rate {
                    return Fate::Answered;
                }
                if row.fate != Fate::Answered {
                    counters[0].fetch_add(1, Ordering::Relaxed);
                    counters[1].fetch_add(usize::from(seen.is_attempts()), Ordering::Relaxed);
                }
                row.fate
            });
        }
        act();
        self.proxies.iter().for_each(|proxy| proxy.set(|_| Fate::Answered));
        let [all, of_attempts] = counters.map(|counter| counter.load(Ordering::Relaxed));
        Faults { all, of_attempts }
    }

    /// How many lines each gate has logged.
    pub(super) fn logged(&self) -> [usize; 2] {
        [0, 1].map(|nth: usize| self.gates[nth].log().len())
    }

    /// What the gates have logged since.
    pub(super) fn lines_since(&self, logged: [usize; 2]) -> Vec<String> {
        let lines = [0, 1].map(|nth: usize| self.gates[nth].whole_log().split_off(logged[nth]));
        lines.concat()
    }

    /// Records what the lines have kept, twice over.
    pub(super) fn recover(&self, lines: &[String]) {
        let log = lines.iter().chain(lines).map(|line| format!("{line}\n")).collect::<String>();
        self.tool.write("gate.log", &log);
        self.on_table(&["outcome", "recover", "gate.log"]);
    }

    fn on_table(&self, arguments: &[&str]) {
        let place = ["--table", self.table.name(), "--endpoint-url", self.table.endpoint()];
        self.tool.run(&[arguments, &place[..]].concat()).exits(0);
    }
}

/// The log lines whose message begins so.
pub(super) fn saying(lines: &[String], message: &str) -> Vec<Value> {
    let entries = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    entries.filter(|entry| entry["message"].as_str().is_some_and(|text| text.starts_with(message))).collect()
}
