//! Which policy decides: one that changes, one that is broken, and none at all.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Timestamp, ToSpan as _};
use sinch_gate::config::GateConfig;
use sinch_gate::gate::Policies;
use sinch_gate::signature::{AppKey, AppScope};
use sinch_gate::store::NewVersion;
use sinch_gate::verdict::Verdict;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{KEY, SECRET, app};

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
    apply_for(table, &AppScope::All, source, replaces).await
}

async fn apply_for(table: &TestTable, app: &AppScope, source: &str, replaces: Option<u64>) -> u64 {
    let new = NewVersion { app, replaces, restores: None, source, author: "test", message: "test" };
    table.store().policies().apply(&new, start()).await.unwrap()
}

/// Puts an item in force that the tool would not write; `None` leaves out its text.
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

/// Deletes what stands under some sort keys of the policy for all.
async fn delete(table: &TestTable, sort_keys: &[&str]) {
    for sk in sort_keys {
        let key = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
        let key = HashMap::from([key("pk", "POLICY#*"), key("sk", sk)]);
        table.client().delete_item().table_name(table.name()).set_key(Some(key)).send().await.unwrap();
    }
}

async fn container(table: &TestTable) -> Container {
    Container::with_table(table.store(), TTL, PATIENT, start()).await
}

/// Asks, and gives by which policy and rule the record says it was decided.
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
    // The verdict is the same, so that only policy and rule distinguish the two.
    apply(&table, &policy("second", "deny"), Some(1)).await;
    assert_eq!(decided_by(&container, "b", after(14)).await, denied("v1", "first"));
    assert_eq!(decided_by(&container, "c", after(15)).await, denied("v2", "second"));
    apply(&table, &policy("third", "allow"), Some(2)).await;
    let third = (Verdict::Allow, "v3".to_owned(), Some("third".to_owned()));
    assert_eq!(decided_by(&container, "d", after(100)).await, third);
    assert_eq!(decided_by(&container, "e", after(100)).await, third);
}

#[tokio::test]
async fn a_policy_that_denies_what_was_predicted_is_obeyed_by_the_request_that_meets_it() {
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
        // A policy that is right again is taken up.
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

#[tokio::test]
async fn a_policy_that_vanishes_stays_in_force_where_it_was_known() {
    let table = TestTable::new().await;
    apply(&table, &policy("first", "deny"), None).await;
    let known = container(&table).await;
    delete(&table, &["ACTIVE"]).await;
    assert_eq!(decided_by(&known, "a", after(15)).await, denied("v1", "first"));
    assert_eq!(decided_by(&known, "b", after(60)).await, denied("v1", "first"));
    // A container that starts now cannot know it.
    let new = container(&table).await;
    assert_eq!(decided_by(&new, "c", after(60)).await.1, "starter");
}

#[tokio::test]
async fn a_history_that_begins_anew_is_followed_although_its_numbers_come_again() {
    let table = TestTable::new().await;
    apply(&table, &policy("first", "deny"), None).await;
    let container = container(&table).await;
    delete(&table, &["ACTIVE", "V#00000001"]).await;
    assert_eq!(apply(&table, &policy("other", "deny"), None).await, 1);
    assert_eq!(decided_by(&container, "a", after(15)).await, denied("v1", "other"));
}

#[tokio::test]
async fn more_applications_than_one_read_takes_have_their_policies() {
    let table = TestTable::new().await;
    let apps: Vec<AppKey> = (0..120).map(|n| app(&format!("app-{n:03}"))).collect();
    for app in [0, 99, 119] {
        apply_for(&table, &AppScope::One(apps[app].clone()), &policy("own", "deny"), None).await;
    }
    apply(&table, &policy("common", "deny"), None).await;
    let policies = Policies::from_table(apps.clone(), TTL);
    policies.refresh(&table.store(), start()).await.unwrap();
    let rule_of = |app: &AppKey| policies.current(app).policy.rules()[0].id.to_string();
    for (app, rule) in [(0, "own"), (1, "common"), (99, "own"), (118, "common"), (119, "own")] {
        assert_eq!(rule_of(&apps[app]), rule, "{app}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_keep_a_new_policy_away() {
    let ten_days = 10 * 86_400;
    for ahead in [60, 3_600, ten_days] {
        let table = TestTable::new().await;
        let container = Container::with_table(table.store(), TTL, PATIENT, after(ahead)).await;
        apply(&table, &policy("first", "deny"), None).await;
        assert_eq!(decided_by(&container, "a", start()).await, denied("v1", "first"), "{ahead} s ahead");
        // From then on the clock is right, and a policy is kept for as long as any other.
        apply(&table, &policy("second", "deny"), Some(1)).await;
        assert_eq!(decided_by(&container, "b", after(14)).await, denied("v1", "first"), "{ahead} s ahead");
        assert_eq!(decided_by(&container, "c", after(15)).await, denied("v2", "second"), "{ahead} s ahead");
    }
}

#[tokio::test]
async fn a_policy_is_as_old_as_its_confirmation_even_if_the_clock_was_set_back() {
    let table = TestTable::new().await;
    let policies = Policies::from_table(Vec::new(), TTL);
    policies.refresh(&table.store(), after(3_600)).await.unwrap();
    assert_eq!(policies.current(&app("app")).age(after(3_605)), Duration::from_secs(5));
    // Nothing was confirmed since then, and a zero would say the opposite.
    assert_eq!(policies.current(&app("app")).age(start()), Duration::from_secs(3_600));
    policies.refresh(&table.store(), start()).await.unwrap();
    assert_eq!(policies.current(&app("app")).age(after(2)), Duration::from_secs(2));
}

#[tokio::test]
async fn an_application_without_a_policy_is_decided_by_a_fallback_that_is_confirmed() {
    let table = TestTable::new().await;
    apply_for(&table, &AppScope::One(app("other")), &policy("first", "deny"), None).await;
    let policies = Policies::from_table(vec![app(KEY), app("other")], TTL);
    for seconds in [0, 20, 40] {
        policies.refresh(&table.store(), after(seconds)).await.unwrap();
        assert_eq!(&*policies.current(&app(KEY)).name, "starter");
        assert_eq!(policies.current(&app(KEY)).age(after(seconds)), Duration::ZERO);
    }
    // What cannot be read may be what should decide.
    put_in_force(&table, 1, None).await;
    policies.refresh(&table.store(), after(60)).await.unwrap();
    assert_eq!(policies.current(&app(KEY)).age(after(60)), Duration::from_secs(20));
}

#[test]
fn what_decides_until_a_policy_was_loaded_is_configured() {
    let name = |fallback: &str| {
        let lookup = |name: &str| match name {
            "SINCH_APPLICATION_KEY" => Some(KEY.to_owned()),
            "SINCH_APPLICATION_SECRET" => Some(SECRET.to_owned()),
            "FALLBACK_POLICY" => Some(fallback.to_owned()),
            _ => None,
        };
        let current = GateConfig::parse(lookup).unwrap().policies().current(&app(KEY));
        (current.name.to_string(), current.policy.on_store_failure())
    };
    assert_eq!(name("starter"), ("starter".to_owned(), Verdict::Allow));
    assert_eq!(name("deny"), ("fallback".to_owned(), Verdict::Deny));
    assert_eq!(name("allow"), ("fallback".to_owned(), Verdict::Allow));
}

#[tokio::test]
async fn until_a_policy_was_loaded_the_verdict_chosen_for_that_decides_and_is_named() {
    let table = TestTable::new().await;
    for (verdict, action) in [(Verdict::Deny, "deny"), (Verdict::Allow, "allow")] {
        let policies = Policies::from_table(vec![app(KEY)], TTL).until_loaded(Some(verdict));
        let container = Container::with_policies(table.store(), policies, PATIENT, start()).await;
        let expected = (verdict, "fallback".to_owned(), Some("no-policy-loaded".to_owned()));
        assert_eq!(decided_by(&container, action, start()).await, expected);
    }
}

#[tokio::test]
async fn a_container_that_cannot_read_its_policy_stays_closed_and_asks_again_at_once() {
    let table = TestTable::new().await;
    apply(&table, &policy("first", "allow"), None).await;
    let proxy = Proxy::to(table.endpoint());
    proxy.fail_all(Fate::Unanswered, |_| true);
    let budget = Duration::from_millis(400);
    let store = table.store_through(&proxy.endpoint(), budget);
    let policies = Policies::from_table(vec![app(KEY)], TTL).until_loaded(Some(Verdict::Deny));
    let container = Container::with_policies(store, policies, budget, start()).await;
    assert_eq!(container.ask("a", NUMBER, start()).await, "deny");
    proxy.set(|_| Fate::Answered);
    let later = start() + 300.milliseconds();
    let mut answer = container.ask("b", NUMBER, later).await;
    // A busy machine may take longer than a decision waits for the refresh beside it; the result then counts
    // for the next decision.
    for attempt in 0..20 {
        if answer == "allow" {
            break;
        }
        answer = container.ask(&format!("again-{attempt}"), NUMBER, later + 250.milliseconds()).await;
    }
    assert_eq!(answer, "allow");
}

/// Only one thread may compile; while it is busy, nothing else is compiled.
#[test]
fn a_policy_is_compiled_beside_the_decisions_and_comes_into_force_unawaited() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let table = TestTable::new().await;
        apply(&table, &policy("first", "deny"), None).await;
        let container = container(&table).await;
        apply(&table, &policy("second", "deny"), Some(1)).await;
        let (free, is_busy) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || is_busy.recv());
        assert_eq!(decided_by(&container, "a", after(15)).await, denied("v1", "first"));
        assert_eq!(decided_by(&container, "b", after(15)).await, denied("v1", "first"));
        drop(free);
        busy.await.unwrap().unwrap_err();
        // Behind the one that compiles.
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        assert_eq!(decided_by(&container, "c", after(15)).await, denied("v2", "second"));
    });
}
