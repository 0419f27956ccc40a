//! The effect on quotas and records of what Sinch says when it is asked, beside the events that come, do not
//! come, or come late.

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use sinch_gate::event::Status;
use sinch_gate::record::{Asked, Cost, Happening, Said, Story};
use sinch_gate::store::{Answered, RecordKey};
use tokio::task::JoinSet;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{KEY, app, result};

const NUMBER: &str = "+46701740605";
const NEIGHBOUR: &str = "+46701740698";
const BLOCK: &str = "block:3#+46701740";

const POLICY: &str = r#"schema = 1
default = "allow"
on_store_failure = "deny"

[[rules]]
id = "r0"
verdict = "deny"
quota = { window = "1d", per = "block:3", limit = 100, release = "verified" }
"#;

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// Half an hour after the request.
fn later() -> Timestamp {
    now() + 30.minutes()
}

async fn container(table: &TestTable) -> Container {
    Container::with_policy(table.store(), POLICY, PATIENT, now()).await
}

fn ended(status: &str, reason: Option<&str>, source: Option<&str>) -> Happening {
    let text = |text: Option<&str>| text.map(ToOwned::to_owned);
    Happening::Result { status: Status::parse(status), reason: text(reason), source: text(source) }
}

/// The end that [`result`] reports by callback.
fn as_by_callback(status: &str) -> Happening {
    ended(status, None, Some("manual"))
}

async fn answer(gate: &Container, id: &str, result: Happening) {
    assert!(gate.take_in_answer(id, result, later()).await.unwrap());
}

async fn event(gate: &Container, id: &str, number: &str, status: &str) {
    assert_eq!(gate.post(&result(id, number, status), later() + 1.minutes()).await.status, 200);
}

fn told(story: &Story) -> Vec<(String, bool)> {
    let told = |heard: &sinch_gate::record::Heard| (heard.status().unwrap().to_string(), heard.reconciled);
    story.heard.iter().map(told).collect()
}

/// Asks for two numbers of a block, answers for the first and then posts its event; gives what is counted
/// after each, and the story.
async fn play(answered: &str, by_event: &str) -> (String, String, Story) {
    let table = TestTable::new().await;
    let gate = container(&table).await;
    assert_eq!(gate.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(gate.ask("b", NEIGHBOUR, now()).await, "allow");
    answer(&gate, "a", as_by_callback(answered)).await;
    let after_answer = table.admitted(BLOCK, "r0").await;
    event(&gate, "a", NUMBER, by_event).await;
    (after_answer, table.admitted(BLOCK, "r0").await, gate.story("a", later()).await)
}

#[tokio::test]
async fn an_answer_counts_as_its_event_would_and_the_late_event_changes_nothing() {
    for (status, admitted) in
        [("SUCCESSFUL", "1"), ("ERROR", "1"), ("FAIL", "2"), ("DENIED", "2"), ("ABORTED", "2")]
    {
        let (after_answer, after_event, story) = play(status, status).await;
        assert_eq!((after_answer.as_str(), after_event.as_str()), (admitted, admitted), "{status}");
        assert_eq!(told(&story), [(status.to_owned(), true)]);
        assert_eq!(story.heard[0].at, later(), "since when it is known");
        assert_eq!(story.contradiction(), Vec::<&Status>::new());
    }
}

#[tokio::test]
async fn an_event_that_differs_is_seen_and_successful_is_final() {
    for (answered, by_event, after_answer, after_event, status) in [
        ("FAIL", "SUCCESSFUL", "2", "1", "SUCCESSFUL"),
        ("SUCCESSFUL", "FAIL", "1", "1", "SUCCESSFUL"),
        ("ERROR", "SUCCESSFUL", "1", "1", "SUCCESSFUL"),
        ("SUCCESSFUL", "ERROR", "1", "1", "SUCCESSFUL"),
        ("FAIL", "ABORTED", "2", "2", "ABORTED"),
    ] {
        let played = play(answered, by_event).await;
        assert_eq!(
            (played.0.as_str(), played.1.as_str()),
            (after_answer, after_event),
            "{answered}, {by_event}"
        );
        let story = played.2;
        assert_eq!(told(&story), [(answered.to_owned(), true), (by_event.to_owned(), false)]);
        let [status, answered, by_event] = [status, answered, by_event].map(Status::parse);
        assert_eq!((story.status(), story.contradiction()), (Some(&status), vec![&answered, &by_event]));
    }
}

#[tokio::test]
async fn an_event_that_knows_more_completes_the_answer() {
    let table = TestTable::new().await;
    let gate = container(&table).await;
    gate.ask("a", NUMBER, now()).await;
    answer(&gate, "a", ended("FAIL", Some("Expired"), None)).await;
    event(&gate, "a", NUMBER, "FAIL").await;
    let story = gate.story("a", later()).await;
    assert_eq!(told(&story), [("FAIL".to_owned(), true)]);
    assert_eq!(story.heard[0].happening, ended("FAIL", Some("Expired"), Some("manual")));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_events_that_cross_each_other_give_back_once() {
    let table = TestTable::new().await;
    let mut gates = Vec::new();
    for _ in 0..4 {
        gates.push(Arc::new(container(&table).await));
    }
    for n in 0..8 {
        assert_eq!(gates[0].ask(&format!("other-{n}"), NEIGHBOUR, now()).await, "allow");
    }
    for round in 0..4 {
        let id = format!("crossed-{round}");
        assert_eq!(gates[0].ask(&id, NUMBER, now()).await, "allow");
        let mut tasks = JoinSet::new();
        for n in 0..16 {
            let (gate, id) = (Arc::clone(&gates[n % gates.len()]), id.clone());
            tasks.spawn(async move {
                match n % 2 {
                    0 => answer(&gate, &id, as_by_callback("SUCCESSFUL")).await,
                    _ => event(&gate, &id, NUMBER, "SUCCESSFUL").await,
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(table.admitted(BLOCK, "r0").await, "8", "round {round}");
        assert_eq!(gates[0].story(&id, later()).await.heard.len(), 1);
    }
}

/// Takes in an answer while its `failed`-th write meets a fate, or is cut off there if it is not answered;
/// then once more where the next run would. Gives what is counted then.
async fn admitted_after(fate: Fate, failed: usize) -> String {
    let table = TestTable::new().await;
    let gate = container(&table).await;
    for (id, number) in [("a", NUMBER), ("b", NUMBER), ("open", NEIGHBOUR)] {
        assert_eq!(gate.ask(id, number, now()).await, "allow");
    }
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), PATIENT);
    let failing = Container::with_policy(store, POLICY, PATIENT, now()).await;
    let (cut, is_cut) = tokio::sync::oneshot::channel();
    let (mut n_writes, mut cut) = (0, Some(cut));
    proxy.set(move |seen| {
        n_writes += usize::from(seen.operation == "UpdateItem");
        if seen.operation != "UpdateItem" || n_writes != failed {
            return Fate::Answered;
        }
        if fate == Fate::Unanswered {
            cut.take().map(|cut| cut.send(()));
        }
        fate
    });
    tokio::select! {
        taken = failing.take_in_answer("b", as_by_callback("SUCCESSFUL"), later()) => assert!(taken.unwrap()),
        Ok(()) = is_cut => {}
    }
    // As long as the record does not have it, the next run asks again.
    if gate.story("b", later()).await.heard.is_empty() {
        answer(&gate, "b", as_by_callback("SUCCESSFUL")).await;
    }
    assert_eq!(told(&gate.story("b", later()).await), [("SUCCESSFUL".to_owned(), true)]);
    table.admitted(BLOCK, "r0").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_in_between_is_done_again_and_nothing_twice() {
    // The writes: ending, release, give-back, record. The give-back alone is not repeated, as for an event.
    for (write, expected) in [(1, "1"), (2, "1"), (3, "3"), (4, "1")] {
        assert_eq!(admitted_after(Fate::Unanswered, write).await, expected, "killed at write {write}");
        assert_eq!(admitted_after(Fate::Lost, write).await, expected, "write {write} lost");
        assert_eq!(admitted_after(Fate::ReplyLost, write).await, "1", "the reply to write {write} lost");
    }
}

#[tokio::test]
async fn an_answer_makes_no_record_and_its_cost_stays() {
    let table = TestTable::new().await;
    let gate = container(&table).await;
    gate.ask("a", NUMBER, now()).await;
    let store = table.store();
    let key = |id: &str| RecordKey::new(&app(KEY), Some(&crate::world::sinch::reference(id)), id);
    let pending = || Asked { at: later(), said: Said::Status { status: Status::Pending } };
    let cost = Cost { verification: Some("0.0445 EUR".to_owned()), ..Cost::default() };
    let priced = Answered { asked: pending(), result: None, cost: Some(cost.clone()) };
    let unpriced = Answered { asked: pending(), result: None, cost: None };
    assert!(store.records().add_answer(&key("a"), &priced).await.unwrap());
    assert!(store.records().add_answer(&key("a"), &unpriced).await.unwrap());
    let story = gate.story("a", later()).await;
    assert_eq!((story.asked, story.cost, story.heard.len()), (Some(pending()), Some(cost), 0));
    assert!(!store.records().add_answer(&key("forgotten"), &unpriced).await.unwrap());
    let forgotten = store
        .records()
        .stories(&app(KEY), &crate::world::sinch::reference("forgotten"), later())
        .await
        .unwrap();
    assert_eq!(forgotten, []);
    // The life of a record is not prolonged either.
    let expired = later() + Duration::from_secs(86_400);
    assert_eq!(
        store.records().stories(&app(KEY), &crate::world::sinch::reference("a"), expired).await.unwrap(),
        []
    );
}
