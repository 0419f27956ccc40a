//! Records, list entries and policies through the store.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use sinch_gate::event::{SmsResult, Status};
use sinch_gate::list::ListEntry;
use sinch_gate::phone::PhoneNumber;
use sinch_gate::record::{Decided, Happening, Story, Subject};
use sinch_gate::signature::AppScope;
use sinch_gate::store::{Finality, Lookup, NewDecision, NewVersion, RecordKey, Recorded, Store, StoreError};
use sinch_gate::verdict::Verdict;

use crate::world::engine::TestTable;
use crate::world::sample;
use crate::world::sinch::app;

const RETENTION: Duration = Duration::from_secs(90 * 86_400);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn subject() -> Subject {
    let subject = sample::subject("app", "id-1", "+46701740605");
    Subject { reference: Some("order-1".to_owned()), ..subject }
}

fn decided(verdict: Verdict) -> Decided {
    Decided {
        rule: Some("rule".to_owned()),
        notes: vec!["note".to_owned()],
        custom: Some(r#"{"ip":"203.0.113.24"}"#.to_owned()),
        ..sample::decided(at(0), verdict)
    }
}

fn key() -> RecordKey {
    RecordKey::new(&app("app"), Some("order-1"), "id-1")
}

async fn record(store: &Store, verdict: Verdict, token: &str, finality: Finality) -> Recorded {
    let (subject, decided) = (subject(), decided(verdict));
    let answer = format!(r#"{{"action":"{verdict}"}}"#);
    let new = NewDecision {
        subject: &subject,
        decided: &decided,
        answer: &answer,
        token: &token.into(),
        retention: RETENTION,
    };
    store.records().record(&key(), &new, finality).await.unwrap()
}

async fn settle(store: &Store, verdict: Verdict, token: &str) -> Recorded {
    let (subject, decided) = (subject(), decided(verdict));
    let answer = format!(r#"{{"action":"{verdict}"}}"#);
    let new = NewDecision {
        subject: &subject,
        decided: &decided,
        answer: &answer,
        token: &token.into(),
        retention: RETENTION,
    };
    store.records().settle(&key(), &new).await.unwrap()
}

fn result(status: &str) -> Happening {
    sample::result(status, Some("Expired"))
}

async fn story(store: &Store, now: Timestamp) -> Option<Story> {
    let mut stories = store.records().stories(&app("app"), "order-1", now).await.unwrap();
    assert!(stories.len() <= 1);
    stories.pop()
}

#[tokio::test]
async fn the_first_decision_stands_and_a_retry_knows_its_own_work() {
    let table = TestTable::new().await;
    let store = table.store();
    assert_eq!(record(&store, Verdict::Allow, "a", Finality::Predicted).await, Recorded::Ours);
    assert_eq!(record(&store, Verdict::Allow, "a", Finality::Predicted).await, Recorded::Ours);
    let Recorded::Earlier(earlier) = record(&store, Verdict::Deny, "b", Finality::Settled).await else {
        panic!("the first stands")
    };
    assert_eq!(
        (earlier.decided, earlier.answer.as_str(), earlier.settled),
        (decided(Verdict::Allow), r#"{"action":"allow"}"#, false)
    );
}

#[tokio::test]
async fn a_predicted_decision_is_made_final_once() {
    let table = TestTable::new().await;
    let store = table.store();
    record(&store, Verdict::Allow, "a", Finality::Predicted).await;
    assert_eq!(settle(&store, Verdict::Deny, "b").await, Recorded::Ours);
    let Recorded::Earlier(earlier) = settle(&store, Verdict::Allow, "a").await else {
        panic!("b was faster")
    };
    assert!(earlier.settled && earlier.decided.verdict == Verdict::Deny);
    assert_eq!(story(&store, at(1)).await.unwrap().decision, Some(decided(Verdict::Deny)));
}

#[tokio::test]
async fn happenings_come_in_any_order_repeatedly_and_before_the_request() {
    let table = TestTable::new().await;
    let store = table.store();
    let hear = async |happening: Happening, second| {
        store.records().add(&key(), &subject(), &happening, RETENTION, at(second)).await.unwrap();
    };
    hear(result("SUCCESSFUL"), 5).await;
    assert_eq!(record(&store, Verdict::Allow, "a", Finality::Settled).await, Recorded::Ours);
    hear(Happening::Delivery { result: SmsResult::Successful }, 6).await;
    hear(result("FAIL"), 7).await;
    hear(result("SUCCESSFUL"), 8).await;
    let story = story(&store, at(9)).await.unwrap();
    assert_eq!(story.subject, subject());
    assert_eq!(story.decision, Some(decided(Verdict::Allow)));
    assert_eq!(story.status(), Some(&Status::Successful));
    assert_eq!(story.heard.iter().map(|heard| heard.at).collect::<Vec<_>>(), [at(5), at(6), at(7)]);
}

#[tokio::test]
async fn an_expired_record_is_not_trusted_to_be_gone() {
    let table = TestTable::new().await;
    let store = table.store();
    record(&store, Verdict::Allow, "a", Finality::Settled).await;
    assert!(story(&store, at(90 * 86_400 - 1)).await.is_some());
    assert!(story(&store, at(90 * 86_400)).await.is_none());
}

#[tokio::test]
async fn a_reference_of_any_length_and_content_has_a_record_of_its_own() {
    let table = TestTable::new().await;
    let store = table.store();
    for reference in ["#", "a#b", &"x".repeat(4_000), &"y".repeat(4_000), "åäö/?&"] {
        let subject = Subject { reference: Some(reference.to_owned()), ..subject() };
        let key = RecordKey::new(&app("app"), Some(reference), "id-1");
        store.records().add(&key, &subject, &result("FAIL"), RETENTION, at(0)).await.unwrap();
        let stories = store.records().stories(&app("app"), reference, at(1)).await.unwrap();
        assert_eq!(stories.len(), 1, "{reference}");
        assert_eq!(stories[0].subject.reference.as_deref(), Some(reference));
    }
}

#[tokio::test]
async fn the_longest_prefix_on_a_list_is_found_with_the_exact_number_before_all() {
    let table = TestTable::new().await;
    let store = table.store();
    let entry = |entry: &str, expires_at| ListEntry {
        list: "blocklist".to_owned(),
        entry: entry.to_owned(),
        reason: format!("reason of {entry}"),
        author: "ops".to_owned(),
        added_at: at(0),
        expires_at,
    };
    let number = PhoneNumber::new("+998993941207");
    let find = async |now| {
        let lengths = store.policies().load(&[]).await.unwrap().lengths;
        let lookups =
            [Lookup::new("blocklist", &number, &lengths), Lookup::new("safelist", &number, &lengths)];
        let found = store.lists().find(&lookups, now).await.unwrap();
        assert_eq!(found[1], None);
        found[0].as_ref().map(|entry| entry.entry.clone())
    };
    assert_eq!(find(at(1)).await, None);
    store.lists().add(&entry("+998*", None)).await.unwrap();
    store.lists().add(&entry("+99899394*", Some(at(100)))).await.unwrap();
    assert_eq!(find(at(1)).await.as_deref(), Some("+99899394*"));
    assert_eq!(find(at(100)).await.as_deref(), Some("+998*"), "an expired entry does not count");
    store.lists().add(&entry("+998993941207", None)).await.unwrap();
    assert_eq!(find(at(100)).await.as_deref(), Some("+998993941207"));
}

#[tokio::test]
async fn every_record_is_found_by_its_hour_whatever_its_shard() {
    let table = TestTable::new().await;
    let store = table.store();
    let ids: BTreeSet<String> = (0..200).map(|id| format!("id-{id}")).collect();
    for id in &ids {
        let subject = Subject { id: id.clone(), ..subject() };
        let happening = Happening::Delivery { result: SmsResult::Successful };
        let key = RecordKey::new(&app("app"), Some("order-1"), id);
        store.records().add(&key, &subject, &happening, RETENTION, at(0)).await.unwrap();
    }
    let mut found = BTreeSet::new();
    let mut stories = store.records().between(at(0), at(1));
    while let Some(some) = stories.next(at(1)).await.unwrap() {
        found.extend(some.into_iter().map(|(_, story)| story.subject.id));
    }
    assert_eq!(found, ids);
    // None takes much more than its part, since one shard takes a thousand a second and no more.
    let items = table.client().scan().table_name(table.name()).send().await.unwrap();
    let mut shards = BTreeMap::<String, usize>::new();
    for item in items.items() {
        *shards.entry(item["hour"].as_s().unwrap().clone()).or_default() += 1;
    }
    let most = shards.values().max().unwrap();
    assert!(shards.len() > 28 && *most < 20, "{shards:?}");
}

#[tokio::test]
async fn of_two_people_who_apply_at_once_one_wins_and_the_other_is_told() {
    let table = TestTable::new().await;
    let store = table.store();
    let new = |replaces, author, source| NewVersion {
        app: &AppScope::All,
        replaces,
        restores: None,
        source,
        author,
        message: "why",
    };
    assert_eq!(store.policies().apply(&new(None, "ann", "first"), at(0)).await.unwrap(), 1);
    assert_eq!(store.policies().apply(&new(Some(1), "ann", "second"), at(1)).await.unwrap(), 2);
    let Err(StoreError::Conflict(told)) = store.policies().apply(&new(Some(1), "bob", "third"), at(2)).await
    else {
        panic!("version 1 is not in force any more")
    };
    assert!(told.contains("version 2") && told.contains("ann"), "{told}");
    let stored = store.policies().load(&[app("app")]).await.unwrap();
    assert_eq!(stored.active[&AppScope::All].source, "second");
    // The number that bob's attempt used is not used again.
    assert_eq!(store.policies().apply(&new(Some(2), "bob", "fourth"), at(3)).await.unwrap(), 4);
}
