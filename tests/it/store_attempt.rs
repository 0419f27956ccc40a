//! What is remembered of one number, through the store.

use std::time::Duration;

use jiff::Timestamp;
use sinch_gate::attempt::{Attempts, Ending};
use sinch_gate::phone::PhoneNumber;
use sinch_gate::privacy::NumberPrivacy;
use sinch_gate::quota::Stamp;
use sinch_gate::store::{AttemptsKey, RecordKey};

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
