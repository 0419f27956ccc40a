//! Attribute values: reading them with an error that names the attribute, and the way from and to JSON.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

/// An item as DynamoDB returns it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The attribute that holds when DynamoDB may delete an item.
pub(crate) const EXPIRY: &str = "expires_at";

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The text attribute `name`.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> Result<&'a str, String> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        Some(_) => Err(format!("`{name}` is not text")),
        None => Err(format!("`{name}` is missing")),
    }
}

/// The number attribute `name`, read as any type that reads its decimal text.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn number_of<N: std::str::FromStr>(item: &Item, name: &str) -> Result<N, String> {
    match item.get(name) {
        Some(AttributeValue::N(text)) => text.parse().map_err(|_| format!("`{name}` is out of range")),
        Some(_) => Err(format!("`{name}` is not a number")),
        None => Err(format!("`{name}` is missing")),
    }
}

/// When something expires that is kept for this time from now on, in epoch seconds.
pub(crate) fn expiry(now: jiff::Timestamp, kept: std::time::Duration) -> i64 {
    now.as_second().saturating_add(i64::try_from(kept.as_secs()).unwrap_or(i64::MAX))
}

/// Whether the item has expired. DynamoDB deletes expired items late, so they are never trusted to be gone.
pub(crate) fn has_expired(item: &Item, now: jiff::Timestamp) -> bool {
    number_of::<i64>(item, EXPIRY).is_ok_and(|at| at <= now.as_second())
}

/// JSON as an attribute. `null` members are left out, since an absent attribute says the same.
#[cfg(feature = "cli")]
pub(crate) fn from_json(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(flag) => AttributeValue::Bool(flag),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(from_json).collect()),
        Value::Object(members) => AttributeValue::M(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, from_json(value)))
                .collect(),
        ),
    }
}

/// An attribute as JSON. Kinds that this table never holds become `null`.
pub(crate) fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::N(text) => {
            text.parse::<serde_json::Number>().map_or_else(|_| Value::String(text.clone()), Value::Number)
        }
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::L(values) => Value::Array(values.iter().map(to_json).collect()),
        AttributeValue::M(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), to_json(value))).collect())
        }
        _ => Value::Null,
    }
}
