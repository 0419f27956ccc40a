//! Quotas through the store, under concurrency.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sinch_gate::quota::{Demand, Measure, Return, Stamp, Window};
use sinch_gate::store::{Held, QuotaKey, Store, Take};

use crate::world::engine::TestTable;

fn demand(rule: &str, limit: u32, window: Duration) -> Demand {
    Demand {
        rule: rule.to_owned(),
        window: Window::new(window).unwrap(),
        limit: Decimal::from(limit),
        measure: Measure::Amount { cost: Decimal::ONE, grow: None },
        enforced: true,
    }
}

fn day(limit: u32) -> Demand {
    demand("per-number", limit, Duration::from_secs(86_400))
}

fn key(value: &str) -> QuotaKey {
    QuotaKey::named(format!("QUOTA#app#number#{value}"))
}

/// All that a verification holds.
fn all_of(held: &Held, id: &str) -> Return {
    Return { shares: held.shares.clone(), verified: Vec::new(), stamp: Some(Stamp::new("app", id)) }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
}

async fn take(store: &Store, id: &str, demands: &[Demand], now: Timestamp) -> Take {
    store.quotas().take(&key("+46701740605"), demands, Stamp::new("app", id), now).await.unwrap()
}

fn shares_of(take: Take) -> Held {
    match take {
        Take::Held(held) => held,
        Take::Refused(readings) => panic!("refused: {readings:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_takes_under_a_limit_of_ten_hold_exactly_ten() {
    let table = TestTable::new().await;
    let containers: Vec<Arc<Store>> = (0..8).map(|_| Arc::new(table.store())).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..1_000 {
        let store = Arc::clone(&containers[n % containers.len()]);
        tasks.spawn(async move { take(&store, &format!("id-{n}"), &[day(10)], at(0)).await });
    }
    let takes = tasks.join_all().await;
    assert_eq!(takes.iter().filter(|take| matches!(take, Take::Held(_))).count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_copies_of_one_verification_take_one_share() {
    let table = TestTable::new().await;
    let store = Arc::new(table.store());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { shares_of(take(&store, "same", &[day(1)], at(0)).await) });
    }
    let held = tasks.join_all().await;
    assert_eq!(held.iter().filter(|held| !held.shares.is_empty()).count(), 1);
}

#[tokio::test]
async fn a_share_that_was_given_back_can_be_taken_again() {
    let table = TestTable::new().await;
    let store = table.store();
    let held = shares_of(take(&store, "first", &[day(1)], at(0)).await);
    assert!(matches!(take(&store, "second", &[day(1)], at(1)).await, Take::Refused(_)));
    let number = key("+46701740605");
    store.quotas().give_back(&number, &all_of(&held, "first"), at(2)).await.unwrap();
    // A second give-back finds nothing to give back.
    store.quotas().give_back(&number, &all_of(&held, "first"), at(3)).await.unwrap();
    shares_of(take(&store, "third", &[day(1)], at(4)).await);
    assert!(matches!(take(&store, "fourth", &[day(1)], at(5)).await, Take::Refused(_)));
}

#[tokio::test]
async fn several_windows_on_one_key_are_one_item_and_refuse_together() {
    let table = TestTable::new().await;
    let store = table.store();
    let demands = [demand("cooldown", 1, Duration::from_secs(30)), day(2)];
    shares_of(take(&store, "a", &demands, at(0)).await);
    let Take::Refused(readings) = take(&store, "b", &demands, at(1_000)).await else {
        panic!("the cooldown holds")
    };
    assert!(readings[0].over && !readings[1].over);
    // 30 seconds and at most one bucket of 1.5 seconds later there is room again.
    let later = readings[0].retry_at.unwrap();
    assert!(later > at(30_000) && later <= at(31_500), "{later}");
    shares_of(take(&store, "b", &demands, later).await);
    let Take::Refused(readings) = take(&store, "c", &demands, at(120_000)).await else {
        panic!("the day holds")
    };
    assert!(!readings[0].over && readings[1].over);
}

#[tokio::test]
async fn a_container_that_never_saw_a_key_reads_its_state_from_the_failed_write() {
    let table = TestTable::new().await;
    shares_of(take(&table.store(), "a", &[day(2)], at(0)).await);
    let held = shares_of(take(&table.store(), "b", &[day(2)], at(1)).await);
    assert_eq!(held.readings[0].total, Decimal::TWO);
    assert!(matches!(take(&table.store(), "c", &[day(2)], at(2)).await, Take::Refused(_)));
}

#[tokio::test]
async fn money_is_added_up_exactly_and_given_back_exactly() {
    let table = TestTable::new().await;
    let store = table.store();
    let amount = |text: &str| text.parse::<Decimal>().unwrap();
    let costing = |cost: &str| {
        let measure = Measure::Amount { cost: amount(cost), grow: None };
        [Demand { limit: amount("0.1000"), measure, ..day(1) }]
    };
    let first = shares_of(take(&store, "a", &costing("0.0453"), at(0)).await);
    shares_of(take(&store, "b", &costing("0.0127"), at(1)).await);
    // 0.0453 + 0.0127 + 0.0421 = 0.1001, a hair above the limit; 0.0420 fits to the last digit.
    let Take::Refused(readings) = take(&store, "c", &costing("0.0421"), at(2)).await else {
        panic!("over by 0.0001")
    };
    assert_eq!(readings[0].total, amount("0.0580"));
    let held = shares_of(take(&store, "c", &costing("0.0420"), at(3)).await);
    assert_eq!(held.readings[0].total, amount("0.1"));
    store.quotas().give_back(&key("+46701740605"), &all_of(&first, "a"), at(4)).await.unwrap();
    let held = shares_of(take(&table.store(), "d", &costing("0.0453"), at(5)).await);
    assert_eq!(held.readings[0].total, amount("0.1"));
}
