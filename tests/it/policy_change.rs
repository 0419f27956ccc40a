//! Which policy decides: one that changes, one that is broken, and none at all.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Timestamp, ToSpan as _};
use sinch_gate::store::NewVersion;
use sinch_gate::verdict::Verdict;

use crate::container::{Container, PATIENT};
use crate::engine::TestTable;
use crate::proxy::{Fate, Proxy};

const NUMBER: &str = "+46701740605";
const TTL: Duration = Duration::from_secs(15);

fn start() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + seconds.seconds()
}

/// A policy with one rule for everybody.
fn policy(rule: &str, verdict: &str) -> String {
    format!("schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"{rule}\"\nverdict = \"{verdict}\"\n")
}

async fn apply(table: &TestTable, source: &str, replaces: Option<u64>) -> u64 {
    let new = NewVersion { app: "*", replaces, source, author: "test", message: "test" };
    table.store().apply_policy(&new, start()).await.unwrap()
}

/// Puts an item in force that is not the tool's work; `None` leaves its text out.
async fn put_in_force(table: &TestTable, version: u64, source: Option<AttributeValue>) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: u64| AttributeValue::N(number.to_string());
    let mut item = HashMap::from([
        ("pk".to_owned(), text("POLICY#*")),
        ("sk".to_owned(), text("ACTIVE")),
        ("version".to_owned(), number(version)),
        ("author".to_owned(), text("somebody")),
        ("message".to_owned(), text("something")),
        ("applied_at".to_owned(), number(1_790_000_000)),
    ]);
    item.extend(source.map(|source| ("source".to_owned(), source)));
    table.client().put_item().table_name(table.name()).set_item(Some(item)).send().await.unwrap();
}

async fn container(table: &TestTable) -> Container {
    Container::with_table(table.store(), TTL, PATIENT, start()).await
}

/// Asks, and tells by which policy and rule the record says it was decided.
async fn decided_by(container: &Container, id: &str, now: Timestamp) -> (Verdict, String, Option<String>) {
    let answer = container.ask(id, NUMBER, now).await;
    let decision = container.story(id, now).await.decision.unwrap();
    assert_eq!(decision.verdict.to_string(), answer, "{id}: the record differs from the answer");
    (decision.verdict, decision.policy, decision.rule)
}

fn denied(policy: &str, rule: &str) -> (Verdict, String, Option<String>) {
    (Verdict::Deny, policy.to_owned(), Some(rule.to_owned()))
}

#[tokio::test]
async fn without_a_policy_the_starter_policy_decides_and_is_named() {
    let table = TestTable::new().await;
    let container = container(&table).await;
    assert_eq!(decided_by(&container, "a", start()).await, (Verdict::Allow, "starter".to_owned(), None),);
}

#[tokio::test]
async fn a_new_policy_is_in_force_within_its_time_and_in_the_very_request_that_meets_it() {
    let table = TestTable::new().await;
    apply(&table, &policy("first", "deny"), None).await;
    let container = container(&table).await;
    assert_eq!(decided_by(&container, "a", after(0)).await, denied("v1", "first"));
    // The verdict is the same, so that only policy and rule tell the two apart.
    apply(&table, &policy("second", "deny"), Some(1)).await;
    assert_eq!(decided_by(&container, "b", after(14)).await, denied("v1", "first"));
    assert_eq!(decided_by(&container, "c", after(15)).await, denied("v2", "second"));
    apply(&table, &policy("third", "allow"), Some(2)).await;
    let third = (Verdict::Allow, "v3".to_owned(), Some("third".to_owned()));
    assert_eq!(decided_by(&container, "d", after(100)).await, third);
    assert_eq!(decided_by(&container, "e", after(100)).await, third);
}

#[tokio::test]
async fn a_policy_that_denies_what_was_predicted_to_be_allowed_is_obeyed_by_the_request_that_meets_it() {
    let table = TestTable::new().await;
    let budget = Duration::from_secs(8);
    let container = Container::with_table(table.store(), TTL, budget, start()).await;
    apply(&table, &policy("closed", "deny"), None).await;
    let begun = Instant::now();
    assert_eq!(decided_by(&container, "a", after(15)).await, denied("v1", "closed"));
    // It waits for no other copy of the request, since there is none.
    assert!(begun.elapsed() < budget / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_broken_policy_never_replaces_a_good_one() {
    let text = |text: &str| Some(AttributeValue::S(text.to_owned()));
    for broken in [
        text(""),
        text("schema = 1"),
        text(&policy("second", "maybe")),
        text(&policy("second", "allow").replace("schema = 1", "schema = 2")),
        Some(AttributeValue::Bool(true)),
        None,
    ] {
        let table = TestTable::new().await;
        apply(&table, &policy("first", "deny"), None).await;
        let container = container(&table).await;
        put_in_force(&table, 2, broken.clone()).await;
        for seconds in [0, 15, 16, 40] {
            let id = format!("at-{seconds}");
            assert_eq!(
                decided_by(&container, &id, after(seconds)).await,
                denied("v1", "first"),
                "{broken:?}"
            );
        }
        // One that is right again is taken up.
        put_in_force(&table, 3, text(&policy("third", "deny"))).await;
        assert_eq!(decided_by(&container, "mended", after(80)).await, denied("v3", "third"), "{broken:?}");
    }
}

#[tokio::test]
async fn a_table_that_fails_takes_no_policy_away() {
    let table = TestTable::new().await;
    apply(&table, &policy("first", "deny"), None).await;
    let proxy = Proxy::to(table.endpoint());
    let budget = Duration::from_millis(400);
    let container =
        Container::with_table(table.store_through(&proxy.endpoint(), budget), TTL, budget, start()).await;
    for fate in [Fate::Lost, Fate::ReplyLost, Fate::Unanswered] {
        proxy.fail_all(fate, |_| true);
        assert_eq!(container.ask(&format!("{fate:?}"), NUMBER, after(60)).await, "deny");
    }
}
