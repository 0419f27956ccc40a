//! What the table counts in the end, and what is open by those who asked.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::worker::Verification;
use crate::world::engine::TestTable;
use crate::world::sinch::KEY;

/// By item and rule: what is counted, and what is open.
pub(super) type Counts = BTreeMap<(String, &'static str), (u32, u32)>;

/// What a verification costs.
const PRICE: Decimal = Decimal::from_parts(453, 0, 0, false, 4);

/// The windows of all rules, in milliseconds, and their buckets.
const WINDOW: i64 = 3_600_000;
const BUCKETS: i64 = 20;

/// Compares for each item and rule, at the end of the last span. What is older than a window counts nowhere.
pub(super) async fn compare(table: &TestTable, verifications: &[Verification], end: Timestamp) -> Counts {
    let mut open: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for known in verifications {
        let block = &known.number[..known.number.len() - 3];
        let is_recent = known.at > end - SignedDuration::from_millis(WINDOW);
        let (is_open, is_counted) = (is_recent && known.is_open, is_recent && known.is_of_stranger);
        for (key, rule, counts) in [
            (format!("number#{}", known.number), "number", is_recent),
            (format!("block:3#{block}"), "block", is_open),
            (format!("block:3#{block}"), "new", is_open && known.is_of_stranger),
            ("country#SE".to_owned(), "country", is_open && known.is_of_stranger),
            ("country#SE".to_owned(), "spend", is_counted),
        ] {
            *open.entry((key, rule)).or_default() += u32::from(counts);
        }
    }
    let mut counts = Counts::new();
    for ((key, rule), open) in open {
        let counted = counted(table, &key, rule, end).await;
        let price = if rule == "spend" { PRICE } else { Decimal::ONE };
        counts.insert((key, rule), (u32::try_from(counted / price).unwrap(), open));
    }
    counts
}

/// What a rule counts for a key in the window that ends now, from the buckets as they are stored: each under
/// its number modulo one more than those that can count.
async fn counted(table: &TestTable, key: &str, rule: &str, now: Timestamp) -> Decimal {
    let text = |text: String| AttributeValue::S(text);
    let getting = table.client().get_item().table_name(table.name());
    let getting = getting.key("pk", text(format!("QUOTA#{KEY}#{key}"))).key("sk", text("STATE".to_owned()));
    let item = getting.send().await.unwrap().item.unwrap_or_default();
    let counter = item.get("w").and_then(|counters| {
        let counters = counters.as_m().unwrap();
        let name = counters.keys().find(|name| *name == rule || name.starts_with(&format!("{rule}#")))?;
        Some(counters[name].as_m().unwrap().clone())
    });
    let Some(counter) = counter else { return Decimal::ZERO };
    let newest: i64 = counter["b"].as_n().unwrap().parse().unwrap();
    let oldest = now.as_millisecond() / (WINDOW / BUCKETS) - BUCKETS;
    let amounts = counter["n"].as_m().unwrap().iter().filter(|(name, _)| {
        let name: i64 = name.parse().unwrap();
        newest - (newest - name).rem_euclid(BUCKETS + 1) >= oldest
    });
    amounts.map(|(_, amount)| amount.as_n().unwrap().parse::<Decimal>().unwrap()).sum()
}

/// How many shares are counted that nobody holds. None is ever missing: nothing is freed twice.
pub(super) fn too_many(counts: &Counts) -> usize {
    let mut too_many = 0;
    for ((key, rule), (counted, open)) in counts {
        assert!(counted >= open, "{rule} of {key} counts {counted}, but {open} are open");
        if counted > open {
            println!("{rule} of {key} counts {counted}, but {open} are open");
        }
        too_many += counted - open;
    }
    too_many as usize
}
