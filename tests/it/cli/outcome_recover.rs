//! `outcome recover`, on the log that a gate leaves behind while its table is down.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::Value;
use sinch_gate::clock;
use sinch_gate::embedded::local_connection;
use sinch_gate::store::client::{Timeouts, connect};

use super::use_any_credentials;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{action, delivery, request, result};
use crate::world::tool::{Run, Running, SAMPLE_KEY, Tool};

/// Somebody with a local table, and a gate that reaches it through a proxy.
struct Outage {
    tool: Tool,
    table: Running,
    proxy: Proxy,
    gate: Running,
}

impl Outage {
    fn new() -> Self {
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        tool.set("DECISION_BUDGET", "2");
        let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
        let proxy = Proxy::to(table.url.trim_end_matches('/'));
        let place = ["--table", "sinch-gate", "--endpoint-url", &proxy.endpoint()];
        let gate = tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
        Self { tool, table, proxy, gate }
    }

    fn send(&self, event: &Value) -> Run {
        self.send_to(&self.gate, event)
    }

    fn send_to(&self, gate: &Running, event: &Value) -> Run {
        self.tool.write("event.json", &event.to_string());
        self.tool.run(&["send", "event.json", "--url", &gate.url, "--format", "json"])
    }

    /// Another process on the same table, which no outage concerns.
    fn another_gate(&self) -> Running {
        let place = ["--table", "sinch-gate", "--endpoint-url", &self.table.url];
        self.tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat())
    }

    fn on_table(&self, arguments: &[&str]) -> Run {
        let place = ["--table", "sinch-gate", "--endpoint-url", &self.table.url];
        self.tool.run(&[arguments, &place[..]].concat())
    }

    /// One of the numbers that are remembered about a phone number.
    async fn of_attempts(&self, number: &str, name: &str) -> i64 {
        let client = connect(local_connection(&self.table.url), Timeouts::within(Duration::from_secs(60)))
            .client()
            .clone();
        let key = |name: &str| AttributeValue::S(name.to_owned());
        let attempts = client
            .get_item()
            .table_name("sinch-gate")
            .key("pk", key(&format!("QUOTA#{SAMPLE_KEY}#number#{number}")))
            .key("sk", key("ATTEMPTS"))
            .send()
            .await
            .unwrap();
        attempts.item.unwrap()[name].as_n().unwrap().parse().unwrap()
    }

    fn story(&self, id: &str) -> Value {
        let reference = crate::world::sinch::reference(id);
        self.on_table(&["outcome", "show", &reference, "--format", "json"]).exits(0).json().remove(0)
    }
}

#[test]
fn what_the_table_did_not_take_is_recorded_from_the_log_once() {
    let outage = Outage::new();
    let number = "+46701740605";
    outage.proxy.fail_all(Fate::Lost, |_| true);
    outage.send(&request("1", number));
    outage.send(&result("1", number, "SUCCESSFUL"));
    outage.send(&delivery("1", number, "Successful"));
    outage.proxy.set(|_| Fate::Answered);
    let log = outage.gate.log();
    outage.tool.write("gate.log", &log);

    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).prints("").says("3 lines recorded\n");
    let story = outage.story("1");
    assert_eq!((&story["app"], &story["number"]), (&SAMPLE_KEY.into(), &"+4670*****05".into()));
    assert_eq!(story["decision"]["verdict"], "allow");
    assert_eq!(story["decision"]["custom"], Value::Null);
    assert_eq!(story["heard"].as_array().unwrap().len(), 2);

    // Again, from a CloudWatch export with a line that was cut off.
    let line = log.lines().find(|line| line.contains("unstored")).unwrap();
    let export = log.lines().map(|line| format!("{} {line}\n", clock::now())).collect::<String>();
    let export = export + &line[..line.len() - 20];
    let n_lines = export.lines().count();
    let run = outage.tool.run_on(
        &export,
        &["outcome", "recover", "-", "--table", "sinch-gate", "--endpoint-url", &outage.table.url],
    );
    run.exits(2)
        .says(&format!(
            "standard input:{n_lines}: error: this line is cut off, or is not JSON; it is left out"
        ))
        .says("1 there already, 1 damaged");
    assert_eq!(outage.story("1"), story);
}

#[test]
fn a_prediction_that_the_outage_left_behind_is_set_right() {
    let outage = Outage::new();
    // Another process has let the number ask before, so that this one finds its share used up.
    outage.send_to(&outage.another_gate(), &request("1", "+46701740606")).exits(0);
    // The quota turns the verdict, and the record of that is lost.
    outage.proxy.fail_all(Fate::Lost, crate::world::proxy::Seen::is_settlement);
    let answered = outage.send(&request("2", "+46701740606"));
    assert_eq!(action(answered.json()[0]["body"].as_str().unwrap()), "deny", "{answered}");
    assert_eq!(outage.story("2")["decision"]["verdict"], "allow");

    outage.tool.write("gate.log", &outage.gate.log());
    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).says("0 lines recorded, 1 set right");
    let story = outage.story("2");
    assert_eq!(
        (&story["decision"]["verdict"], &story["decision"]["rule"]),
        (&"deny".into(), &"cooldown".into())
    );
    assert_eq!(story["decision"]["custom"], "free text of the customer");
    assert_eq!(story["number"], "+46701740606");
    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).says("0 lines recorded, 1 there already");
}

#[test]
fn a_log_that_is_older_than_records_are_kept_is_passed_over() {
    let tool = Tool::new();
    let unstored = r#"{"subject":{"app":"a","id":"1"},"happening":{"kind":"delivery","result":"Failed"},"at":"2020-01-15T09:30:00Z"}"#;
    let line = serde_json::json!({ "message": "not stored", "unstored": unstored }).to_string();
    tool.run_on(&line, &["outcome", "recover", "-", "--data", "gate.db"])
        .exits(0)
        .says("0 lines recorded, 1 older than records are kept");
    tool.run(&["outcome", "recover", "nothing.log", "--data", "gate.db"])
        .exits(1)
        .says("cannot read nothing.log");
}

#[test]
fn a_recovered_success_gives_its_share_back() {
    let outage = Outage::new();
    // The starter policy admits two open attempts in ten thousand neighbouring numbers at home.
    let answer = |gate: &Running, id: &str, number: &str| {
        let sent = outage.send_to(gate, &request(id, number)).json().remove(0);
        action(sent["body"].as_str().unwrap())
    };
    for (id, number) in [("1", "+46701740601"), ("2", "+46701740602")] {
        assert_eq!(answer(&outage.gate, id, number), "allow");
    }
    outage.proxy.fail_all(Fate::Lost, |_| true);
    outage.send(&result("1", "+46701740601", "SUCCESSFUL"));
    outage.proxy.set(|_| Fate::Answered);
    assert_eq!(answer(&outage.gate, "4", "+46701740604"), "deny");
    outage.tool.write("gate.log", &outage.gate.log());
    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).says("1 line recorded\n");
    // This gate knows for two seconds that the quota was full; another one asks the table.
    let other = outage.another_gate();
    assert_eq!(answer(&other, "5", "+46701740604"), "allow");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovered_success_is_remembered_as_long_as_the_policy_looks_back() {
    let outage = Outage::new();
    let number = "+46701740605";
    let known = "[[rules]]\nid = \"known\"\nverdict = \"allow\"\nwhen.verified_within = \"366d\"\n";
    outage.tool.write("policy.toml", &format!("schema = 1\ndefault = \"allow\"\n{known}"));
    outage.on_table(&["policy", "apply", "policy.toml", "-m", "long memory"]).exits(0);
    outage.proxy.fail_all(Fate::Lost, |_| true);
    outage.send(&result("1", number, "SUCCESSFUL"));
    outage.tool.write("gate.log", &outage.gate.log());
    // The log has the number masked, so it must come from the record.
    outage.proxy.set(|_| Fate::Answered);
    outage.send(&request("1", number));
    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).says("1 line recorded\n");

    let days = (outage.of_attempts(number, "expires_at").await - clock::now().as_second()) / 86_400;
    assert!(days >= 365, "forgotten in {days} days");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovered_success_of_yesterday_leaves_that_the_number_verified_today() {
    let outage = Outage::new();
    let number = "+46701740605";
    outage.send(&request("yesterday", number));
    outage.send(&request("today", number));
    let begun = clock::now().as_second();
    outage.send(&result("today", number, "SUCCESSFUL"));
    let (verified_at, expires_at) =
        (outage.of_attempts(number, "verified_at").await, outage.of_attempts(number, "expires_at").await);
    assert!(verified_at >= begun, "{verified_at}");

    let at = clock::now() - SignedDuration::from_hours(20);
    let unstored = serde_json::json!({
        "subject": {
            "app": SAMPLE_KEY,
            "id": "yesterday",
            "reference": crate::world::sinch::reference("yesterday"),
        },
        "happening": {"kind": "result", "status": "SUCCESSFUL"},
        "at": at,
    });
    let line = serde_json::json!({"message": "not stored", "unstored": unstored.to_string()});
    outage.tool.write("gate.log", &line.to_string());
    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).says("1 line recorded\n");
    assert_eq!(outage.of_attempts(number, "verified_at").await, verified_at);
    assert_eq!(outage.of_attempts(number, "expires_at").await, expires_at);
}

#[test]
fn what_was_recovered_is_exported_in_the_order_of_time() {
    let outage = Outage::new();
    let export = || {
        let lines = outage.on_table(&["outcome", "export", "--from", "1h"]).exits(0).json();
        lines.iter().map(|line| line["event"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    outage.proxy.fail_all(Fate::Lost, |_| true);
    outage.send(&request("first", "+46701740605"));
    outage.proxy.set(|_| Fate::Answered);
    outage.send(&request("second", "+46701740606"));
    // Its record begins with its result, after the other's.
    outage.send(&result("first", "+46701740605", "FAIL"));
    assert_eq!(export(), ["second", "first"]);
    outage.tool.write("gate.log", &outage.gate.log());
    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).says("1 line recorded\n");
    assert_eq!(export(), ["first", "second", "first"]);
    outage.on_table(&["outcome", "recover", "gate.log"]).exits(0).says("1 there already");
    assert_eq!(export(), ["first", "second", "first"]);
}
