//! What the gate and the tool really ask of the table, recorded by a proxy in front of it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sinch_gate::clock;
use tokio::sync::OnceCell;

use super::iam::Request;
use crate::cli::use_any_credentials;
use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{delivery, request, result};
use crate::world::stand_in::StandIn;
use crate::world::tool::Tool;

const NUMBER: &str = "+46701740605";
const LISTED: &str = "+46701740699";
const TTL: Duration = Duration::from_secs(15);

/// A policy with every kind of rule that asks the table. The last one finds that shares were taken in vain.
const POLICY: &str = r#"
schema = 1
default = "allow"
[[rules]]
id = "blocked"
verdict = "deny"
list = "blocklist"
[[rules]]
id = "safe"
verdict = "allow"
list = "safelist"
[[rules]]
id = "known"
verdict = "allow"
when.verified_within = "90d"
[[rules]]
id = "ranges"
verdict = "deny"
quota = { per = "block:3", limit = 9, window = "1d", release = "verified", grow = 1.5 }
[[rules]]
id = "spread"
verdict = "deny"
quota = { per = "country", limit = 99, window = "1d", distinct = "number" }
[[rules]]
id = "everyone"
verdict = "deny"
quota = { per = "all", limit = "99.00 EUR", window = "1d", shards = 2 }
[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 1, window = "1d" }
"#;

/// The commands of readers.
pub(super) const READING: [&[&str]; 18] = [
    &["status"],
    &["report", "--from", "60d"],
    &["outcome", "show", "order-1"],
    &["outcome", "find", "--number", NUMBER],
    &["outcome", "tail", "--once", "--since", "1h"],
    &["outcome", "export", "--from", "1h"],
    &["policy", "show"],
    &["policy", "history"],
    &["policy", "diff"],
    &["policy", "explain", "--number", NUMBER],
    &["policy", "backtest", "policy.toml", "--from", "1h", "--against", "active"],
    &["policy", "suggest", "--from", "1h"],
    &["list", "show", "blocklist"],
    &["list", "export", "blocklist"],
    &["list", "ls"],
    &["list", "history", "blocklist", LISTED],
    &["doctor"],
    &["verification", "start", "--number", NUMBER, "--method", "sms", "--wait", "--for", "1s"],
];

/// The further commands, which only operators may run.
pub(super) const WRITING: [&[&str]; 9] = [
    &["policy", "apply", "policy.toml", "-m", "test"],
    &["policy", "rollback", "--to", "1", "-m", "test", "--yes"],
    &["list", "add", "safelist", "+4670174*", "--reason", "test"],
    &["list", "import", "safelist", "numbers.csv", "--reason", "test"],
    &["list", "remove", "safelist", "+4670174*"],
    &["list", "undo", "safelist", "--yes"],
    &["outcome", "reconcile", "--older-than", "0s", "--rate", "100"],
    &["outcome", "recover", "gate.log"],
    &["erase", LISTED, "--lists", "--yes"],
];

/// What was asked, by whom.
pub(super) struct Recorded {
    pub(super) by_gate: BTreeSet<Request>,
    pub(super) by_readers: BTreeSet<Request>,
    pub(super) by_operators: BTreeSet<Request>,
}

/// Everything, recorded once for all tests.
pub(super) async fn recorded() -> &'static Recorded {
    static RECORDED: OnceCell<Recorded> = OnceCell::const_new();
    RECORDED.get_or_init(|| async { Stage::new().await.record().await }).await
}

/// A table behind a proxy, and somebody with the tool and an account of Sinch's.
struct Stage {
    _api: StandIn,
    table: TestTable,
    proxy: Proxy,
    tool: Tool,
}

impl Stage {
    async fn new() -> Self {
        let table = TestTable::new().await;
        let proxy = Proxy::to(table.endpoint());
        let api = StandIn::start();
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        tool.set("SINCH_API_URL", api.url());
        // The one whose result only the log holds.
        api.know("10", None, "+46701740609", "SUCCESSFUL");
        tool.write("policy.toml", POLICY);
        let rule = "[[rules]]\nid = \"at-home\"\nverdict = \"deny\"\nunless.country = [\"SE\"]\n";
        tool.write("stricter.toml", &format!("{POLICY}{rule}"));
        tool.write("numbers.csv", "+46701740601\n+46701740602\n");
        Self { _api: api, table, proxy, tool }
    }

    async fn record(self) -> Recorded {
        self.run_unseen(&["policy", "apply", "policy.toml", "-m", "first"]);
        // A number that is listed only later, and so has counters that can be erased.
        let before = clock::now() - SignedDuration::from_mins(6);
        assert_eq!(self.container(before).await.ask("0", LISTED, before).await, "allow");
        self.run_unseen(&["list", "add", "blocklist", LISTED, "--reason", "pumping"]);
        self.in_containers().await;
        let mut by_gate = self.seen();
        by_gate.extend(self.in_a_process_that_loses_its_table());
        self.proxy.set(|_| Fate::Answered);
        READING.iter().for_each(|command| self.run(command));
        let by_readers = self.seen();
        // Now there is something that only the log holds.
        WRITING.iter().for_each(|command| self.run(command));
        Recorded { by_gate, by_readers, by_operators: self.seen() }
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) {
        self.run_through(&self.proxy.endpoint(), arguments);
    }

    #[track_caller]
    fn run_unseen(&self, arguments: &[&str]) {
        self.run_through(self.table.endpoint(), arguments);
    }

    /// Runs a command, which must not fail, but may find something.
    #[track_caller]
    fn run_through(&self, endpoint: &str, arguments: &[&str]) {
        let place = ["--table", self.table.name(), "--endpoint-url", endpoint];
        let run = self.tool.run(&[arguments, &place].concat());
        assert!(run.has_not_failed(), "{run}");
    }

    fn seen(&self) -> BTreeSet<Request> {
        self.proxy.seen().iter().map(|seen| Request::of(seen, self.table.name())).collect()
    }

    async fn container(&self, now: Timestamp) -> Container {
        Container::with_table(self.table.store_through(&self.proxy.endpoint(), PATIENT), TTL, PATIENT, now)
            .await
    }

    /// Every kind of callback, in containers that have just started, and in containers whose policy changes.
    async fn in_containers(&self) {
        let now = clock::now() - SignedDuration::from_mins(5);
        let container = self.container(now).await;
        let callbacks = [
            request("1", NUMBER),
            request("1", NUMBER),
            request("2", NUMBER),
            delivery("1", NUMBER, "Successful"),
            result("1", NUMBER, "SUCCESSFUL"),
            result("1", NUMBER, "SUCCESSFUL"),
            request("3", "+46701740606"),
            result("3", "+46701740606", "ERROR"),
            result("4", "+46701740607", "FAIL"),
            request("4", "+46701740607"),
            request("5", LISTED),
            request("6", "070-174 06 05"),
            json!({ "id": "7", "event": "VerificationEventOfTheFuture" }),
        ];
        for callback in callbacks {
            let reply = container.post(&callback, now).await;
            assert_eq!(reply.status, 200, "{callback}");
        }
        // A container that has to find out by writing that the number's quota is full.
        let other = self.container(now).await;
        assert_eq!(other.ask("8", "+46701740606", now).await, "deny");
        // Another policy comes into force between two decisions.
        self.run_unseen(&["policy", "apply", "stricter.toml", "-m", "second"]);
        let later = now + TTL + Duration::from_secs(1);
        container.post(&request("9", "+46701740608"), later).await;
    }

    /// A gate that decides, and whose table is down when the verification ends; its log is `gate.log` then.
    fn in_a_process_that_loses_its_table(&self) -> BTreeSet<Request> {
        self.proxy.set(|_| Fate::Answered);
        let endpoint = self.proxy.endpoint();
        let place = ["--table", self.table.name(), "--endpoint-url", &endpoint];
        let gate = self.tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
        let send = |event: &serde_json::Value| {
            self.tool.write("event.json", &event.to_string());
            self.tool.run(&["send", "event.json", "--url", &gate.url])
        };
        send(&request("10", "+46701740609")).exits(0);
        let mut asked = self.seen();
        self.proxy.fail_all(Fate::Lost, |_| true);
        send(&result("10", "+46701740609", "SUCCESSFUL")).exits(2).shows("503");
        asked.extend(self.seen());
        self.tool.write("gate.log", &gate.log());
        asked
    }
}
