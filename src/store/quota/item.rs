//! The item of a quota state.
//!
//! | attribute | type | meaning |
//! |---|---|---|
//! | `v` | N | version, raised by every write |
//! | `w` | M | counters by rule: `l` window in ms, `b` newest bucket, `t` total, `c` newest bucket's sum, `p` the sums before it as text, newest first |
//! | `s0` … `s15` | B | stamps of the verifications that took a share last |
//! | `expires_at` | N | epoch seconds after which nothing in it counts |

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use rust_decimal::Decimal;

use crate::quota::{Counter, Stamp, State, Window};
use crate::store::attribute::{Item, number, number_of, text, text_of};

/// The attribute of a stamp's slot.
pub(super) fn slot_name(slot: usize) -> String {
    format!("s{slot}")
}

/// One counter as an attribute.
pub(super) fn from_counter(counter: &Counter) -> AttributeValue {
    let past: Vec<String> = counter.past.iter().map(|amount| amount.normalize().to_string()).collect();
    AttributeValue::M(HashMap::from([
        ("l".to_owned(), number(counter.window.as_millis())),
        ("b".to_owned(), number(counter.bucket)),
        ("t".to_owned(), number(counter.total.normalize())),
        ("c".to_owned(), number(counter.current.normalize())),
        ("p".to_owned(), text(past.join(","))),
    ]))
}

/// A stamp as an attribute.
pub(super) fn from_stamp(stamp: Stamp) -> AttributeValue {
    AttributeValue::B(Blob::new(stamp.to_bytes()))
}

/// When the whole item may be forgotten, epoch seconds. While a bucket lasts nothing rewrites this, so it is
/// reckoned from the bucket and not from the last admission.
pub(super) fn expires_at(state: &State) -> u64 {
    state.counters.values().map(Counter::runs_out_at).max().unwrap_or(0).div_ceil(1_000)
}

/// Reads a state.
///
/// # Errors
/// What is wrong with the item, in words.
pub(super) fn to_state(item: &Item) -> Result<State, String> {
    let Some(AttributeValue::M(counters)) = item.get("w") else {
        return Err("`w` is missing or no map".to_owned());
    };
    let mut state = State { version: number_of(item, "v")?, ..State::default() };
    for (rule, counter) in counters {
        let counter = counter.as_m().map_err(|_| format!("`w.{rule}` is no map"))?;
        state
            .counters
            .insert(rule.clone(), to_counter(counter).map_err(|problem| format!("`w.{rule}`: {problem}"))?);
    }
    for (slot, stamp) in state.stamps.iter_mut().enumerate() {
        if let Some(AttributeValue::B(blob)) = item.get(&slot_name(slot)) {
            *stamp = blob.as_ref().try_into().ok().map(Stamp::from_bytes);
        }
    }
    Ok(state)
}

fn to_counter(item: &Item) -> Result<Counter, String> {
    let past = text_of(item, "p")?;
    let past = past
        .split(',')
        .filter(|amount| !amount.is_empty())
        .map(str::parse::<Decimal>)
        .collect::<Result<_, _>>()
        .map_err(|_| "`p` is no list of numbers".to_owned())?;
    let window = Window::from_millis(number_of(item, "l")?).ok_or("`l` is no window")?;
    Ok(Counter {
        window,
        bucket: number_of(item, "b")?,
        total: number_of(item, "t")?,
        current: number_of(item, "c")?,
        past,
    })
}
