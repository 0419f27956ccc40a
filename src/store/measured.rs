//! Writes as DynamoDB weighs them, for those who hold them against its limits.

use serde_json::Value;

use super::attempt::{of_forget, of_open, of_release};
use super::expression::Update;
use super::quota::{of_give_back, of_take};
use super::{Expressions, RecordKey};
use crate::attempt::{Attempt, Claim};
use crate::quota::{Change, GiveBack, Stamp};
use crate::token::Token;

/// A write: its texts, and how much it writes, in bytes.
pub(crate) struct Measured {
    pub(crate) texts: Expressions,
    pub(crate) bytes: usize,
}

/// Taking shares.
pub(crate) fn take(change: &Change, stamp: Stamp) -> Measured {
    measured(of_take(change, stamp))
}

/// Giving shares back.
pub(crate) fn give_back(change: &GiveBack) -> Measured {
    measured(of_give_back(change))
}

/// Adding an attempt of a number.
pub(crate) fn open(stamp: Stamp, attempt: &Attempt, record: &RecordKey) -> Measured {
    measured(of_open(stamp, attempt, record, std::time::Duration::ZERO))
}

/// Marking attempts as released.
pub(crate) fn release(stamps: &[Stamp], token: &Token) -> Measured {
    measured(of_release(stamps, token))
}

/// Changing what an attempt claims.
pub(crate) fn amend(stamp: Stamp, token: &Token, claims: &[Claim]) -> Measured {
    measured(super::attempt::of_amend(stamp, token, claims))
}

/// Forgetting attempts.
pub(crate) fn forget(stamps: &[Stamp]) -> Measured {
    measured(of_forget(stamps))
}

fn measured(mut update: Update) -> Measured {
    let names: usize = update.placeholders.names.iter().map(String::len).sum();
    let members = std::mem::take(&mut update.placeholders.values).into_members().unwrap_or_default();
    let values = format!("{{{}}}", String::from_utf8_lossy(&members));
    let values: Value = serde_json::from_str(&values).unwrap_or_default();
    let values: usize = values.as_object().into_iter().flat_map(|values| values.values()).map(bytes_of).sum();
    Measured { texts: update.into_expressions(), bytes: names + values }
}

/// The size of a value as requests have it, such as `{"S":"text"}`, by the page "DynamoDB item sizes and
/// formats" of DynamoDB's guide. Bytes count as base64, which is a third more than they are.
fn bytes_of(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    match (kind.as_str(), value) {
        (_, Value::String(text)) => text.len(),
        ("L", Value::Array(values)) => 3 + values.iter().map(|value| 1 + bytes_of(value)).sum::<usize>(),
        ("M", Value::Object(members)) => {
            3 + members.iter().map(|(name, value)| 1 + name.len() + bytes_of(value)).sum::<usize>()
        }
        _ => 1,
    }
}
