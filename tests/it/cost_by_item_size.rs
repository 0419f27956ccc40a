//! How many write units the items of quotas cost, by DynamoDB's rules for the size of an item.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;
use sinch_gate::policy::Policy;
use sinch_gate::quota::{Demand, Gain, Measure, Return, Stamp, Window};
use sinch_gate::store::QuotaKey;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::sinch::KEY;

/// The size of a value. A number takes a byte for two digits and one more; maps and lists three bytes and one
/// an entry.
pub(crate) fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::N(number) => {
            let digits = number.trim_matches('0').bytes().filter(u8::is_ascii_digit).count();
            digits.div_ceil(2) + 1
        }
        AttributeValue::Bool(_) => 1,
        AttributeValue::L(list) => 3 + list.iter().map(|value| size(value) + 1).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| name.len() + size(value) + 1).sum::<usize>()
        }
        other => panic!("{other:?} is not in such an item"),
    }
}

/// The units of an item after a day of a busy key.
async fn units(n_windows: usize, cost: &str, grow: bool) -> usize {
    let table = TestTable::new().await;
    let store = table.store();
    let pk = "QUOTA#669E367E-6BBA-48AB-AF15-266871C28135#country#SE";
    let key = QuotaKey::named(pk.to_owned());
    let demands: Vec<Demand> = (0..n_windows)
        .map(|n| Demand {
            rule: format!("country-day-{n}"),
            window: Window::new(Duration::from_secs(86_400)).unwrap(),
            limit: Decimal::from(1_000_000),
            measure: Measure::Amount { cost: cost.parse().unwrap(), grow: grow.then_some(Decimal::ONE) },
            enforced: true,
        })
        .collect();
    let start: Timestamp = "2026-10-01T09:00:00Z".parse().unwrap();
    for n in 0..22_i64 {
        let now = start + (n * 72).minutes();
        for more in 0..12 {
            store
                .quotas()
                .take(&key, &demands, Stamp::new("app", &format!("{n}-{more}")), now)
                .await
                .unwrap();
        }
        if grow {
            let gain = |demand: &Demand| Gain {
                rule: demand.rule.clone(),
                window: demand.window,
                amount: 12.into(),
            };
            let back = Return { verified: demands.iter().map(gain).collect(), ..Return::default() };
            store.quotas().give_back(&key, &back, now).await.unwrap();
        }
    }
    units_of(&table, pk, "STATE").await
}

async fn units_of(table: &TestTable, pk: &str, sk: &str) -> usize {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let reply = table.client().get_item().table_name(table.name()).key("pk", text(pk)).key("sk", text(sk));
    let item = reply.send().await.unwrap().item.unwrap();
    let bytes: usize = item.iter().map(|(name, value)| name.len() + size(value)).sum();
    bytes.div_ceil(1_024)
}

#[tokio::test]
async fn an_item_of_a_busy_key_costs_as_many_units_as_the_readme_says() {
    assert_eq!(units(4, "0.0453", false).await, 1);
    assert_eq!(units(5, "0.0453", false).await, 2);
    assert_eq!(units(3, "1", true).await, 1);
    assert_eq!(units(4, "1", true).await, 2);
}

#[tokio::test]
async fn the_attempts_of_a_number_cost_as_many_units_as_the_readme_says() {
    let table = TestTable::new().await;
    let start: Timestamp = "2026-10-01T09:00:00Z".parse().unwrap();
    let gate = Container::with_policy(table.store(), Policy::starter_source(), PATIENT, start).await;
    // Abroad, where most of the starter policy's quotas count it, and seldom enough for all of them.
    let number = "+4740612345";
    let mut units = Vec::new();
    for n in 0..16_i64 {
        // As long as those of Sinch are, and a reference that is longer still.
        let id = format!("019bc0d4-3a10-7c41-8e52-{n:012}");
        assert_eq!(gate.ask(&id, number, start + (n * 60).hours()).await, "allow");
        units.push(units_of(&table, &format!("QUOTA#{KEY}#number#{number}"), "ATTEMPTS").await);
    }
    assert_eq!((units[0], units[1], units[15]), (2, 2, 15));
}
