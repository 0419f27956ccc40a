//! What a failing table means: the answer in time, what still holds, and what the log keeps.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;
use sinch_gate::embedded::local_connection;
use sinch_gate::list::ListEntry;
use sinch_gate::store::Store;
use sinch_gate::store::client::{Timeouts, connect};
use sinch_gate::verdict::Verdict;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy, Seen};
use crate::world::sinch::{action, reference, request, result};

const NUMBER: &str = "+46701740605";
const LISTED: &str = "+46701740606";
const ABROAD: &str = "+4791234567";

/// What the table may take in these tests, and how much longer a busy machine may.
const BUDGET: Duration = Duration::from_millis(400);
const MARGIN: Duration = Duration::from_secs(5);

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// A policy with every kind of rule, with a given word for failures and limit per number.
fn policy(on_store_failure: &str, limit: u32) -> String {
    format!(
        r#"
        schema = 1
        default = "allow"
        on_store_failure = "{on_store_failure}"
        [[rules]]
        id = "blocked"
        verdict = "deny"
        list = "blocklist"
        [[rules]]
        id = "markets"
        verdict = "deny"
        unless.country = ["SE"]
        [[rules]]
        id = "per-number"
        verdict = "deny"
        quota = {{ per = "number", limit = {limit}, window = "1d" }}
        "#
    )
}

/// Where nothing listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A table whose blocklist has [`LISTED`].
async fn table() -> TestTable {
    let table = TestTable::new().await;
    let entry = ListEntry {
        list: "blocklist".to_owned(),
        entry: LISTED.to_owned(),
        reason: "pumping".to_owned(),
        author: "test".to_owned(),
        added_at: now(),
        expires_at: None,
    };
    table.store().lists().add(&entry).await.unwrap();
    table
}

/// A container behind a proxy that lets everything through so far.
async fn proxied(table: &TestTable, policy: &str, budget: Duration) -> (Container, Proxy) {
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), budget);
    (Container::with_policy(store, policy, budget, now()).await, proxy)
}

/// Asks; the answer must come in time.
async fn ask_in_time(container: &Container, id: &str, number: &str) -> String {
    let begun = Instant::now();
    let answer = container.ask(id, number, now()).await;
    assert!(begun.elapsed() < BUDGET + MARGIN, "{id} took {:?}", begun.elapsed());
    answer
}

/// Asks a container whose table fails: the policy's word counts, and its conditions hold all the same.
async fn check_failing(container: &Container, word: &str, how: &str) {
    assert_eq!(ask_in_time(container, "a", NUMBER).await, word, "{how}");
    assert_eq!(ask_in_time(container, "b", ABROAD).await, "deny", "{how}");
}

#[tokio::test]
async fn on_store_failure_decides_in_time_whatever_the_table_does() {
    let table = table().await;
    for word in ["allow", "deny"] {
        for fate in [Fate::Unanswered, Fate::Lost, Fate::ReplyLost, Fate::Throttled] {
            let (container, proxy) = proxied(&table, &policy(word, 1), BUDGET).await;
            proxy.fail_all(fate, |_| true);
            check_failing(&container, word, &format!("{fate:?}")).await;
        }
        // A container that never reached its table at all.
        let store = table.store_through(&closed_port(), BUDGET);
        let container = Container::with_policy(store, &policy(word, 1), BUDGET, now()).await;
        check_failing(&container, word, "closed port").await;
    }
}

#[tokio::test]
async fn a_list_that_was_read_denies_while_quotas_fail() {
    let table = table().await;
    for fate in [Fate::Unanswered, Fate::Lost] {
        let (container, proxy) = proxied(&table, &policy("allow", 1), BUDGET).await;
        proxy.fail_all(fate, Seen::is_quota);
        let id = format!("listed-{fate:?}");
        assert_eq!(ask_in_time(&container, &id, LISTED).await, "deny");
    }
}

#[tokio::test]
async fn a_quota_that_was_read_denies_while_lists_fail_and_the_record_says_so() {
    // Some of it must suffice for the record.
    let budget = Duration::from_secs(4);
    let table = table().await;
    let (first, _) = proxied(&table, &policy("allow", 1), PATIENT).await;
    assert_eq!(first.ask("first", NUMBER, now()).await, "allow");
    for fate in [Fate::Unanswered, Fate::Lost] {
        // A container without a memory of the number has to ask.
        let (container, proxy) = proxied(&table, &policy("allow", 1), budget).await;
        proxy.fail_all(fate, Seen::is_lookup);
        let id = format!("full-{fate:?}");
        assert_eq!(container.ask(&id, NUMBER, now()).await, "deny");
        let decision = first.story(&id, now()).await.decision.unwrap();
        assert_eq!((decision.verdict, decision.rule.as_deref()), (Verdict::Deny, Some("per-number")));
    }
}

#[tokio::test]
async fn a_decision_that_could_not_be_recorded_is_repeated_all_the_same() {
    let table = table().await;
    let (container, proxy) = proxied(&table, &policy("allow", 1), BUDGET).await;
    proxy.fail_all(Fate::Lost, Seen::is_record);
    for _ in 0..2 {
        assert_eq!(ask_in_time(&container, "a", NUMBER).await, "allow");
        assert_eq!(ask_in_time(&container, "b", NUMBER).await, "deny");
    }
    proxy.set(|_| Fate::Answered);
    assert_eq!(container.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(container.ask("b", NUMBER, now()).await, "deny");
    assert_eq!(proxy.seen().len(), 0, "the container remembers its answers");
}

/// The first request of a kind takes effect while its reply is lost; then a limit of two still admits two.
async fn check_lost_reply(what: &str, is_chosen: fn(&Seen) -> bool) {
    let table = table().await;
    let (container, proxy) = proxied(&table, &policy("deny", 2), PATIENT).await;
    proxy.fail_first(Fate::ReplyLost, is_chosen);
    assert_eq!(container.ask("a", NUMBER, now()).await, "allow", "{what}");
    // Containers without a memory of the number, so that each has to ask the table.
    let (container, proxy) = proxied(&table, &policy("deny", 2), PATIENT).await;
    proxy.fail_first(Fate::ReplyLost, is_chosen);
    assert_eq!(container.ask("b", NUMBER, now()).await, "allow", "{what}");
    let (container, proxy) = proxied(&table, &policy("deny", 2), PATIENT).await;
    proxy.fail_first(Fate::ReplyLost, is_chosen);
    assert_eq!(container.ask("c", NUMBER, now()).await, "deny", "{what}");
    // Replays, when all is settled, in a container that knows nothing.
    let (container, _) = proxied(&table, &policy("deny", 2), PATIENT).await;
    for (id, answer) in [("a", "allow"), ("b", "allow"), ("c", "deny")] {
        assert_eq!(container.ask(id, NUMBER, now() + 11.seconds()).await, answer, "{id}, {what}");
        let decision = container.story(id, now()).await.decision.unwrap();
        assert_eq!(decision.verdict.to_string(), answer, "the record of {id}, {what}");
    }
}

#[tokio::test]
async fn a_lost_reply_neither_takes_twice_nor_changes_the_answer() {
    check_lost_reply("quota", Seen::is_quota).await;
    check_lost_reply("record", Seen::is_record).await;
    check_lost_reply("settlement", Seen::is_settlement).await;
    check_lost_reply("any", |_| true).await;
}

#[tokio::test]
async fn a_copy_that_waits_in_vain_answers_what_the_slow_one_will() {
    let table = table().await;
    let (first, _) = proxied(&table, &policy("deny", 1), PATIENT).await;
    assert_eq!(first.ask("full", NUMBER, now()).await, "allow");
    // The number is full, which the slow copy can write down only after the quick one has waited in vain.
    let (slow, proxy) = proxied(&table, &policy("deny", 1), PATIENT).await;
    let (quick, _) = proxied(&table, &policy("deny", 1), Duration::from_secs(1)).await;
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    proxy.set(move |seen| match seen.is_settlement() {
        true => {
            begun.take().map(|begun| begun.send(()));
            Fate::Delayed(Duration::from_secs(3))
        }
        false => Fate::Answered,
    });
    let asking = async {
        is_begun.await.unwrap();
        quick.ask("copied", NUMBER, now()).await
    };
    let answers = tokio::join!(slow.ask("copied", NUMBER, now()), asking);
    assert_eq!(answers.0, answers.1);
    let decision = first.story("copied", now()).await.decision.unwrap();
    assert_eq!(decision.verdict.to_string(), answers.0, "the record");
}

#[tokio::test]
async fn a_copy_that_knows_nothing_of_the_record_denies_nothing_that_another_one_allowed() {
    let table = table().await;
    // Without a list nothing is asked before the record is written.
    let policy = policy("deny", 2).replace("list = \"blocklist\"", "when.country = [\"DE\"]");
    let (first, _) = proxied(&table, &policy, PATIENT).await;
    assert_eq!(first.ask("copied", NUMBER, now()).await, "allow");
    let (copy, proxy) = proxied(&table, &policy, Duration::from_secs(2)).await;
    proxy.set(|seen| match seen {
        seen if seen.is_quota() => Fate::Lost,
        seen if seen.is_record() && !seen.is_settlement() => Fate::ReplyLost,
        _ => Fate::Answered,
    });
    assert_eq!(copy.ask("copied", NUMBER, now()).await, "allow");
    assert_eq!(first.story("copied", now()).await.decision.unwrap().verdict, Verdict::Allow);
}

#[tokio::test]
async fn a_quota_whose_every_reply_is_lost_is_taken_once() {
    let table = table().await;
    let (container, proxy) = proxied(&table, &policy("allow", 2), BUDGET).await;
    proxy.fail_all(Fate::ReplyLost, Seen::is_quota);
    assert_eq!(ask_in_time(&container, "a", NUMBER).await, "allow");
    let writes = proxy.seen().iter().filter(|seen| seen.is_quota()).count();
    assert!(writes > 1, "the write is tried again, and finds itself");
    proxy.set(|_| Fate::Answered);
    assert_eq!(container.ask("b", NUMBER, now()).await, "allow");
    assert_eq!(container.ask("c", NUMBER, now()).await, "deny");
}

/// A gate on a table that cannot be reached.
fn gate_without_table() -> GateProcess {
    let env = [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("DECISION_BUDGET", "0.4"),
        ("LOG_LEVEL", "trace"),
    ];
    let endpoint = closed_port();
    GateProcess::start(&["--table", "none", "--region", "eu-west-1", "--endpoint-url", &endpoint], &env)
}

/// What one log line keeps of what the table did not take.
fn unstored(line: &Value) -> Value {
    serde_json::from_str(line["unstored"].as_str().unwrap()).unwrap()
}

#[test]
fn what_a_table_that_is_down_did_not_take_stands_in_one_log_line_each() {
    let gate = gate_without_table();
    let asked = gate.post(&request("a", NUMBER));
    assert_eq!((asked.status, action(&asked.body).as_str()), (200, "allow"));
    let told = gate.post(&result("a", NUMBER, "SUCCESSFUL"));
    assert_eq!((told.status, told.body.as_str()), (503, "service unavailable"));

    let lines = gate.lines_saying("not stored", 2);
    assert_eq!(lines.len(), 2);
    let (decision, outcome) = (unstored(&lines[0]), unstored(&lines[1]));
    for kept in [&decision, &outcome] {
        assert_eq!(kept["subject"]["id"], "a");
        assert_eq!(kept["subject"]["app"], crate::world::sinch::KEY);
        assert_eq!(kept["subject"]["reference"], reference("a"));
        assert_eq!(kept["subject"]["country"], "SE");
        assert_eq!(kept["subject"]["method"], "sms");
        assert!(kept["at"].as_str().unwrap().parse::<Timestamp>().is_ok());
    }
    assert_eq!(decision["decided"]["verdict"], "allow");
    assert_eq!(decision["decided"]["policy"], "starter");
    assert_eq!(decision["decided"]["price"], "0.0453 EUR");
    assert_eq!(outcome["happening"]["status"], "SUCCESSFUL");
    assert_eq!(outcome["happening"]["source"], "manual");

    let decided = gate.lines_saying("decided", 1);
    assert_eq!((&decided[0]["policy"], &decided[0]["verdict"]), (&"starter".into(), &"allow".into()));
    let told = |word: &str| gate.log().into_iter().find(|line| line.contains(word));
    assert_eq!(told(NUMBER.trim_start_matches('+')), None);
    assert_eq!(told("free text of the customer"), None);
}

#[tokio::test]
async fn a_table_that_is_not_there_is_named_as_such() {
    let table = TestTable::new().await;
    let connection = connect(local_connection(table.endpoint()), Timeouts::within(PATIENT));
    let store = Store::new(connection, "no-such-table");
    let error = store.policies().load(&[]).await.unwrap_err();
    assert_eq!(error.name(), "refused");
    assert!(error.to_string().ends_with("\nhint: check the name of the table and the region"), "{error}");
}
