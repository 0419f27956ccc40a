//! Counting through the whole gate: many containers, many copies, and what a decision costs in trips.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;
use sinch_gate::event::Status;
use sinch_gate::privacy::StoredNumber;
use sinch_gate::record::Story;
use sinch_gate::verdict::Verdict;
use tokio::task::JoinSet;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{action, delivery, request, result};

const NUMBER: &str = "+46701740605";

/// A moment in the middle of a bucket of a day.
fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// When every decision made at [`now`] is final, whatever happened to its handling.
fn settled() -> Timestamp {
    now() + 61.seconds()
}

/// A policy with quotas of a day.
fn quotas(quotas: &[(&str, u32)]) -> String {
    let rules = quotas.iter().map(|(per, limit)| {
        format!(
            "[[rules]]\nid = \"per-{}\"\nverdict = \"deny\"\n\
             quota = {{ per = \"{per}\", limit = {limit}, window = \"1d\" }}\n",
            per.replace(':', "-")
        )
    });
    // Where the table fails nobody is allowed, so that a failure shows.
    format!("schema = 1\ndefault = \"allow\"\non_store_failure = \"deny\"\n{}", rules.collect::<String>())
}

async fn container(table: &TestTable, policy: &str) -> Container {
    Container::with_policy(table.store(), policy, PATIENT, now()).await
}

async fn containers(n: usize, table: &TestTable, policy: &str) -> Vec<Arc<Container>> {
    let mut containers = Vec::new();
    for _ in 0..n {
        containers.push(Arc::new(container(table, policy).await));
    }
    containers
}

/// A container whose requests can be watched.
async fn watched(table: &TestTable, policy: &str) -> (Container, Proxy) {
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), PATIENT);
    let container = Container::with_policy(store, policy, PATIENT, now()).await;
    proxy.set(|_| Fate::Answered);
    (container, proxy)
}

/// The verdict that is recorded, and the deciding rule.
fn verdict(story: &Story) -> (Verdict, Option<&str>) {
    let decision = story.decision.as_ref().expect("a decision");
    (decision.verdict, decision.rule.as_deref())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_to_forty_containers_under_a_limit_of_ten_are_allowed_ten() {
    let table = TestTable::new().await;
    let mut tasks = JoinSet::new();
    for (n, container) in containers(40, &table, &quotas(&[("number", 10)])).await.into_iter().enumerate() {
        // As on Lambda, a container handles one request at a time, and so forty are on their way at once.
        tasks.spawn(async move {
            let mut answers = Vec::new();
            for id in (0..25).map(|m| format!("id-{n}-{m}")) {
                let answer = container.ask(&id, NUMBER, now()).await;
                answers.push((id, answer));
            }
            answers
        });
    }
    let answers: Vec<(String, String)> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(answers.iter().filter(|(_, answer)| answer == "allow").count(), 10);
    let container = container(&table, &quotas(&[])).await;
    for (id, answer) in answers.iter().filter(|(id, answer)| answer == "allow" || id.ends_with('7')) {
        assert_eq!(verdict(&container.story(id, now()).await).0.to_string(), *answer, "the record of {id}");
    }
}

/// Fifty copies of one request come at once, then one of another verification.
async fn check_copies(limit: u32, earlier: u32, expected: &str, expected_next: &str) {
    let table = TestTable::new().await;
    let policy = quotas(&[("number", limit), ("block:3", 100), ("country", 100)]);
    let containers = containers(5, &table, &policy).await;
    for n in 0..earlier {
        assert_eq!(containers[0].ask(&format!("earlier-{n}"), NUMBER, now()).await, "allow");
    }
    let mut tasks = JoinSet::new();
    for n in 0..50 {
        let container = Arc::clone(&containers[n % containers.len()]);
        tasks.spawn(async move { container.post(&request("copied", NUMBER), now()).await.body });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(action(&answers[0]), expected);
    assert_eq!(containers[0].ask("next", NUMBER, now()).await, expected_next);
    // In time every container that never saw the request knows the answer too.
    assert_eq!(
        container(&table, &policy).await.post(&request("copied", NUMBER), settled()).await.body,
        answers[0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_concurrent_copies_get_one_answer_and_take_one_share() {
    check_copies(2, 0, "allow", "allow").await;
    check_copies(1, 0, "allow", "deny").await;
    check_copies(1, 1, "deny", "deny").await;
    check_copies(2, 1, "allow", "deny").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_overtakes_the_first_finds_its_share_in_memory() {
    let table = TestTable::new().await;
    let (container, proxy) = watched(&table, &quotas(&[("number", 1)])).await;
    let container = Arc::new(container);
    // The first one has its share, but hears of its record only when that of the copy is on its way.
    proxy.set(|seen| if seen.is_record() { Fate::AnsweredTogether(3) } else { Fate::Answered });
    let first = tokio::spawn({
        let container = Arc::clone(&container);
        async move { container.ask("a", NUMBER, now()).await }
    });
    while proxy.seen().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Long enough for the reply about the share; were it too short, the copy would find the share in the
    // table.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(container.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(first.await.unwrap(), "allow");
    assert_eq!(container.story("a", now()).await.decision.unwrap().verdict, Verdict::Allow);
}

#[tokio::test]
async fn a_replay_gets_the_first_answer_in_any_container_at_any_time() {
    let table = TestTable::new().await;
    let policy = quotas(&[("number", 1)]);
    let first = container(&table, &policy).await;
    assert_eq!(first.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(first.ask("b", NUMBER, now()).await, "deny");
    for at in [now(), now() + 2.seconds(), settled(), now() + 20.hours()] {
        for container in [&first, &container(&table, &policy).await] {
            assert_eq!(container.ask("a", NUMBER, at).await, "allow", "at {at}");
            assert_eq!(container.ask("b", NUMBER, at).await, "deny", "at {at}");
        }
    }
    // Neither took anything: the share of the first one is free again when its window is over.
    let tomorrow = now() + 26.hours();
    assert_eq!(first.ask("c", NUMBER, tomorrow).await, "allow");
    assert_eq!(first.ask("d", NUMBER, tomorrow).await, "deny");
}

/// Posts events a second apart, each to another container; gives the story they leave, and how many more
/// requests for the number are allowed under a limit of two.
async fn story_of(events: &[Value]) -> (Story, usize) {
    let table = TestTable::new().await;
    let containers = containers(2, &table, &quotas(&[("number", 2)])).await;
    for (n, event) in events.iter().enumerate() {
        let at = now() + i64::try_from(n).unwrap().seconds();
        let reply = containers[n % 2].post(event, at).await;
        assert_eq!(reply.status, 200, "{event}");
        match event["event"].as_str() {
            Some("VerificationRequestEvent") => assert_eq!(action(&reply.body), "allow"),
            _ => assert_eq!(reply.body, ""),
        }
    }
    let mut more = 0;
    for id in ["more-1", "more-2"] {
        more += usize::from(containers[0].ask(id, NUMBER, now()).await == "allow");
    }
    (containers[0].story("told", now()).await, more)
}

fn fingerprints(story: &Story) -> BTreeSet<String> {
    let fingerprints: BTreeSet<_> = story.heard.iter().map(|heard| heard.happening.fingerprint()).collect();
    assert_eq!(fingerprints.len(), story.heard.len(), "something is told twice");
    fingerprints
}

#[tokio::test]
async fn outcomes_tell_the_same_story_in_any_order_and_however_often() {
    let asked = request("told", NUMBER);
    let delivered = delivery("told", NUMBER, "Successful");
    let [pending, verified, failed] =
        ["PENDING", "SUCCESSFUL", "FAIL"].map(|status| result("told", NUMBER, status));
    let in_order = [asked, delivered, pending, verified, failed];
    let (expected, more) = story_of(&in_order).await;
    assert_eq!((verdict(&expected).0, expected.status()), (Verdict::Allow, Some(&Status::Successful)));
    assert_eq!((fingerprints(&expected).len(), more), (4, 1));
    for order in [
        vec![0, 0, 1, 1, 2, 3, 4, 0, 1, 2, 3, 4],
        vec![4, 3, 2, 1, 0],
        vec![3, 0, 4, 1, 2],
        vec![1, 3, 3, 2, 4, 0, 0, 3],
    ] {
        let events: Vec<Value> = order.iter().map(|n| in_order[*n].clone()).collect();
        let (story, more) = story_of(&events).await;
        assert_eq!(fingerprints(&story), fingerprints(&expected), "{order:?}");
        assert_eq!((verdict(&story), story.status()), (verdict(&expected), expected.status()), "{order:?}");
        assert_eq!(story.subject.number.as_ref().map(StoredNumber::as_str), Some(NUMBER), "{order:?}");
        assert_eq!(more, 1, "{order:?}");
    }
    let (unasked, more) = story_of(&in_order[1..]).await;
    assert_eq!((&unasked.decision, more), (&None, 2));
    assert_eq!(fingerprints(&unasked), fingerprints(&expected));
}

const THREE_QUOTAS: &[(&str, u32)] = &[("number", 2), ("block:3", 10), ("country", 10)];

/// The policy with [`THREE_QUOTAS`], below a list.
fn list_and_three_quotas() -> String {
    let list = "[[rules]]\nid = \"blocked\"\nverdict = \"deny\"\nlist = \"blocklist\"\n";
    quotas(THREE_QUOTAS).replacen("[[rules]]", &format!("{list}[[rules]]"), 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allow_is_two_trips_and_its_replay_in_another_container_one() {
    let table = TestTable::new().await;
    let policy = list_and_three_quotas();
    // A country is in use all the time; only one request in many finds that its bucket has turned.
    assert_eq!(container(&table, &policy).await.ask("before", "+46731000001", now()).await, "allow");

    let (first, proxy) = watched(&table, &policy).await;
    // The lists are asked first. Then no reply comes before all the others are on their way, so none can wait
    // for another.
    proxy.fail_all(Fate::AnsweredTogether(5), |seen| !seen.is_lookup());
    assert_eq!(first.ask("a", NUMBER, now()).await, "allow");
    let seen = proxy.seen();
    assert_eq!(seen.iter().filter(|seen| seen.is_quota()).count(), 3);
    assert_eq!(seen.iter().filter(|seen| seen.is_lookup()).count(), 1);
    assert_eq!(seen.iter().filter(|seen| seen.is_record()).count(), 1);
    assert_eq!(seen.len(), 5);

    proxy.set(|_| Fate::Answered);
    assert_eq!(first.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(proxy.seen().len(), 0, "the container remembers its answer");

    let (second, proxy) = watched(&table, &policy).await;
    proxy.set(|_| Fate::Answered);
    assert_eq!(second.ask("a", NUMBER, settled()).await, "allow");
    let seen = proxy.seen();
    assert_eq!((seen.len(), seen[0].is_lookup()), (1, true), "its record came with the lists: {seen:?}");

    proxy.set(|_| Fate::Answered);
    assert_eq!(second.ask("b", NUMBER, settled()).await, "allow");
    assert_eq!(second.ask("c", NUMBER, settled()).await, "deny", "the replay has taken nothing");
}

#[tokio::test]
async fn a_denial_by_conditions_is_one_request_and_touches_no_quota() {
    let table = TestTable::new().await;
    let condition = "[[rules]]\nid = \"markets\"\nverdict = \"deny\"\nunless.country = [\"NO\"]\n";
    let policy = quotas(THREE_QUOTAS).replacen("[[rules]]", &format!("{condition}[[rules]]"), 1);
    let (container, proxy) = watched(&table, &policy).await;
    assert_eq!(container.ask("a", NUMBER, now()).await, "deny");
    let seen = proxy.seen();
    assert_eq!((seen.len(), seen[0].is_record()), (1, true), "{seen:?}");
    assert_eq!(verdict(&container.story("a", now()).await), (Verdict::Deny, Some("markets")));
}

#[tokio::test]
async fn a_denial_by_a_quota_that_is_known_to_be_full_is_one_request() {
    let table = TestTable::new().await;
    let (container, proxy) = watched(&table, &quotas(&[("number", 1), ("country", 10)])).await;
    assert_eq!(container.ask("a", NUMBER, now()).await, "allow");
    proxy.set(|_| Fate::Answered);
    assert_eq!(container.ask("b", NUMBER, now()).await, "deny");
    let seen = proxy.seen();
    assert_eq!((seen.len(), seen[0].is_record()), (1, true), "{seen:?}");
}

#[tokio::test]
async fn a_denial_by_one_quota_leaves_nothing_taken_in_the_others() {
    let table = TestTable::new().await;
    let policy = quotas(&[("number", 1), ("block:3", 3), ("country", 3)]);
    assert_eq!(container(&table, &policy).await.ask("a", NUMBER, now()).await, "allow");
    // Containers that never saw the number take what they can before they know.
    for id in ["b", "c", "d"] {
        assert_eq!(container(&table, &policy).await.ask(id, NUMBER, now()).await, "deny");
    }
    let last = container(&table, &policy).await;
    assert_eq!(last.ask("e", "+46701740698", now()).await, "allow");
    assert_eq!(last.ask("f", "+46701740699", now()).await, "allow");
    assert_eq!(last.ask("g", "+46701740697", now()).await, "deny");
}
