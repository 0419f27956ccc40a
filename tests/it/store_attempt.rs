//! What is remembered of one number, through the store.

use std::time::Duration;

use jiff::Timestamp;
use sinch_gate::attempt::{Attempt, Attempts, Ending};
use sinch_gate::phone::PhoneNumber;
use sinch_gate::privacy::{HashKey, NumberPrivacy};
use sinch_gate::quota::Stamp;
use sinch_gate::signature::AppKey;
use sinch_gate::store::{AttemptsKey, RecordKey};
use sinch_gate::token::Token;

use crate::world::engine::TestTable;
use crate::world::proxy::Proxy;
use crate::world::sinch::app;

const KEPT: Duration = Duration::from_secs(1_000);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// Ends verifications of a number in this order, each heard of at its second; gives what is known then, when
/// it is forgotten, and how many writes that took.
async fn end(endings: &[(Ending, i64)]) -> (Attempts, i64, usize) {
    let table = TestTable::new().await;
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), Duration::from_secs(60));
    let key = AttemptsKey::new(&app("app"), &NumberPrivacy::Plain.key(&PhoneNumber::new("+46701740605")));
    for (ending, second) in endings {
        let id = second.to_string();
        let (stamp, record) = (Stamp::new("app", &id), RecordKey::new(&app("app"), None, &id));
        let known = store.attempts().end(&key, stamp, *ending, &record, KEPT, at(*second)).await.unwrap();
        assert_eq!(known.endings[&stamp], (*ending, at(*second)), "it gives what stands then");
    }
    let n_writes = proxy.seen().len();
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let item = table
        .client()
        .get_item()
        .table_name(table.name())
        .key("pk", text("QUOTA#app#number#+46701740605"))
        .key("sk", text("ATTEMPTS"))
        .send()
        .await
        .unwrap();
    let expires_at = item.item.unwrap()["expires_at"].as_n().unwrap().parse::<i64>().unwrap();
    (store.attempts().peek(&key).await.unwrap(), expires_at - at(0).as_second(), n_writes)
}

#[tokio::test]
async fn the_last_verification_is_the_last_whatever_order_it_is_heard_of_in() {
    use Ending::{Uncharged, Verified};
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        for last in [Verified, Uncharged] {
            let endings = order.map(|second| (if second == 3 { last } else { Verified }, second));
            let (known, expires_at, _) = end(&endings).await;
            let verified_at = if last == Verified { 3 } else { 2 };
            assert_eq!(known.verified_at, Some(at(verified_at)), "{endings:?}");
            assert_eq!(known.endings.len(), 3, "{endings:?}");
            assert_eq!(expires_at, 1_003, "{endings:?}");
        }
    }
}

#[tokio::test]
async fn an_ending_is_one_write_and_only_one_that_comes_late_is_two() {
    use Ending::{Uncharged, Verified};
    assert_eq!(end(&[(Verified, 1), (Uncharged, 2), (Verified, 3), (Verified, 3)]).await.2, 4);
    assert_eq!(end(&[(Verified, 3), (Verified, 1)]).await.2, 3);
    assert_eq!(end(&[(Verified, 1), (Uncharged, 3), (Verified, 2)]).await.2, 4);
    assert_eq!(end(&[(Verified, 3), (Uncharged, 1)]).await.2, 3);
}

#[tokio::test]
async fn the_item_of_a_number_leads_to_the_records_of_its_verifications() {
    let table = TestTable::new().await;
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), Duration::from_secs(60));
    let (app, number) = (app("app"), NumberPrivacy::Plain.key(&PhoneNumber::new("+46701740605")));
    let key = AttemptsKey::new(&app, &number);
    let record = |id: &str| match id {
        "plain" => RecordKey::new(&app, None, id),
        _ => RecordKey::new(&app, Some(&format!("order#{id}")), id),
    };
    let token: Token = "t".into();
    let open = async |id: &str, second: i64| {
        let attempt = Attempt { at: at(second), claims: Vec::new(), token: token.clone(), released_by: None };
        let stamp = Stamp::new("app", id);
        store.attempts().open(&key, stamp, &attempt, &record(id), KEPT).await.unwrap();
        stamp
    };
    open("plain", 1).await;
    let denied = open("denied", 2).await;
    open("ended", 3).await;
    store.attempts().withdraw(&key, denied, &token, &record("denied"), at(2)).await.unwrap();
    let ended = Stamp::new("app", "ended");
    store.attempts().end(&key, ended, Ending::Uncharged, &record("ended"), KEPT, at(8)).await.unwrap();
    let verified = Stamp::new("app", "alone");
    store.attempts().end(&key, verified, Ending::Verified, &record("alone"), KEPT, at(9)).await.unwrap();
    assert_eq!(proxy.seen().len(), 6, "each is one request");
    let trail = store.attempts().trail(&app, &number, at(10)).await.unwrap();
    let expected = [("plain", 1), ("denied", 2), ("ended", 3), ("alone", 9)]
        .map(|(id, second)| (record(id), at(second)));
    assert_eq!((trail.records, trail.since), (expected.into_iter().collect(), Some(at(1))));
    let late = store.attempts().trail(&app, &number, at(2_000)).await.unwrap();
    assert_eq!(late.records.len(), 0, "what has expired leads nowhere");
    // Denials without end take no more room than this.
    for n in 0..100 {
        let id = n.to_string();
        let stamp = open(&id, 20 + n).await;
        store.attempts().withdraw(&key, stamp, &token, &record(&id), at(20 + n)).await.unwrap();
    }
    let trail = store.attempts().trail(&app, &number, at(200)).await.unwrap();
    assert!(trail.records.contains_key(&record("99")), "the last one is known");
    assert!(trail.records.len() <= 3 + 8, "{}", trail.records.len());
}

#[tokio::test]
async fn a_gate_notes_what_it_serves_once() {
    let table = TestTable::new().await;
    let hashed = NumberPrivacy::Hashed(HashKey::new([1; 16]).unwrap());
    let note = async |apps: &[&str], privacy: &NumberPrivacy| {
        let proxy = Proxy::to(table.endpoint());
        let store = table.store_through(&proxy.endpoint(), Duration::from_secs(60));
        let apps: Vec<AppKey> = apps.iter().map(|key| app(key)).collect();
        store.note_served(&apps, privacy).await.unwrap();
        proxy.seen().iter().filter(|seen| seen.operation == "UpdateItem").count()
    };
    assert_eq!(note(&["one", "two"], &NumberPrivacy::Plain).await, 1);
    assert_eq!(note(&["two"], &NumberPrivacy::Plain).await, 0, "it is known");
    assert_eq!(note(&["three"], &NumberPrivacy::Plain).await, 1);
    assert_eq!(note(&["three"], &hashed).await, 1, "numbers are stored in another way");
    assert_eq!(note(&[], &NumberPrivacy::Plain).await, 0, "it serves nobody");
    let store = table.store_through(table.endpoint(), Duration::from_secs(60));
    let served = store.served().await.unwrap();
    assert_eq!(served.apps, ["one", "three", "two"].map(app).into());
    assert_eq!(served.numbers, Some(hashed.mark()));
}
