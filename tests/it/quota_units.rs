//! How many write units a quota's item costs, by DynamoDB's rules for the size of an item.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;
use sinch_gate::quota::{Demand, Gain, Measure, Return, Stamp, Window};
use sinch_gate::store::QuotaKey;

use crate::engine::TestTable;

/// The size of a value. A number takes a byte for two digits and one more; maps three bytes and one an entry.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::N(number) => {
            let digits = number.trim_matches('0').bytes().filter(u8::is_ascii_digit).count();
            digits.div_ceil(2) + 1
        }
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
            store.take(&key, &demands, Stamp::new("app", &format!("{n}-{more}")), now).await.unwrap();
        }
        if grow {
            let gain = |demand: &Demand| Gain {
                rule: demand.rule.clone(),
                window: demand.window,
                amount: 12.into(),
            };
            let back = Return { verified: demands.iter().map(gain).collect(), ..Return::default() };
            store.give_back(&key, &back, now).await.unwrap();
        }
    }
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let reply =
        table.client().get_item().table_name(table.name()).key("pk", text(pk)).key("sk", text("STATE"));
    let item = reply.send().await.unwrap().item.unwrap();
    let bytes: usize = item.iter().map(|(name, value)| name.len() + size(value)).sum();
    println!("{n_windows} {cost} {grow}: {bytes}");
    bytes.div_ceil(1_024)
}

#[tokio::test]
async fn an_item_of_a_busy_key_costs_as_many_units_as_the_readme_says() {
    for n in 1..9 {
        for (cost, grow) in [("1", false), ("0.0453", false), ("1", true)] {
            units(n, cost, grow).await;
        }
    }
}
