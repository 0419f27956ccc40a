//! The conditional writes of a quota item.

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::item::{
    bucket_name, expires_at, from_counters, from_last, from_stamp, from_values, slot_name, to_state,
};
use crate::quota::{Change, Charge, Cut, Gain, GiveBack, Room, SLOTS, Stamp, State, Taken};
use crate::store::attribute::{Item, number};
use crate::store::expression::Placeholders;
use crate::store::{QuotaKey, Store, StoreError};

/// What became of a conditional write.
pub(super) enum Outcome {
    /// It took effect; this is the state after it.
    Done(State),
    /// Its condition failed; this is the state that stood in its way, `None` where there is no item.
    Stale(Option<State>),
}

/// Whether the SDK may send a request again when its reply was lost.
#[derive(Clone, Copy)]
enum Retry {
    Yes,
    No,
}

impl Store {
    /// Writes what takes shares. A repeat by the SDK finds its own stamp, or its own version, and changes nothing.
    pub(super) async fn write_take(
        &self,
        key: &QuotaKey,
        change: &Change,
        stamp: Stamp,
    ) -> Result<Outcome, StoreError> {
        match change {
            Change::Add(rooms) => self.update(key, add(rooms, stamp), Retry::Yes).await,
            Change::Replace { seen, state } => self.update(key, replace(*seen, state), Retry::Yes).await,
        }
    }

    /// Writes what gives shares back. It is sent once, since a repeat could give back twice.
    pub(super) async fn write_give_back(
        &self,
        key: &QuotaKey,
        change: &GiveBack,
    ) -> Result<Outcome, StoreError> {
        let expression = match change {
            GiveBack::Adjust { cuts, gains, stamp } => adjust(cuts, gains, *stamp),
            GiveBack::Replace { seen, state } => replace(Some(*seen), state),
        };
        self.update(key, expression, Retry::No).await
    }

    async fn update(
        &self,
        key: &QuotaKey,
        expression: Expression,
        retry: Retry,
    ) -> Result<Outcome, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .update_expression(expression.update())
            .condition_expression(expression.conditions.join(" AND "))
            .set_expression_attribute_names(expression.placeholders.names())
            .set_expression_attribute_values(expression.placeholders.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let reply = match retry {
            Retry::Yes => request.send().await,
            Retry::No => {
                let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
                request.customize().config_override(once).send().await
            }
        };
        match reply {
            Ok(reply) => {
                let state = self.read_state(key, reply.attributes.as_ref())?.unwrap_or_default();
                Ok(Outcome::Done(state))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Outcome::Stale(self.read_state(key, failed.item.as_ref())?))
                }
                _ => Err(error.into()),
            },
        }
    }

    fn read_state(&self, key: &QuotaKey, item: Option<&Item>) -> Result<Option<State>, StoreError> {
        let Some(item) = item.filter(|item| !item.is_empty()) else { return Ok(None) };
        to_state(item).map(Some).map_err(|problem| StoreError::Unreadable {
            pk: format!("{key:?}"),
            sk: "STATE".to_owned(),
            problem,
        })
    }
}

/// The parts of one conditional update.
#[derive(Default)]
struct Expression {
    placeholders: Placeholders,
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
}

impl Expression {
    fn update(&self) -> String {
        let mut update = format!("SET {}", self.sets.join(", "));
        if !self.removes.is_empty() {
            update = format!("{update} REMOVE {}", self.removes.join(", "));
        }
        update
    }

    /// Raises the version, as every write does that does not replace the state.
    fn raise_version(&mut self) {
        let version = self.placeholders.name("v");
        let one = self.placeholders.value(number(1));
        self.sets.push(format!("{version} = {version} + {one}"));
    }

    /// Adds to, or with `-` takes from, an amount.
    fn change<'a>(&mut self, path: impl IntoIterator<Item = &'a str>, sign: char, by: &str) {
        let path = self.placeholders.path(path);
        self.sets.push(format!("{path} = {path} {sign} {by}"));
    }

    fn require<'a>(
        &mut self,
        path: impl IntoIterator<Item = &'a str>,
        relation: &str,
        value: aws_sdk_dynamodb::types::AttributeValue,
    ) {
        let path = self.placeholders.path(path);
        let value = self.placeholders.value(value);
        self.conditions.push(format!("{path} {relation} {value}"));
    }
}

/// Adds to counters whose current buckets are known, while their totals leave room.
fn add(rooms: &[Room], stamp: Stamp) -> Expression {
    let mut e = Expression::default();
    e.raise_version();
    for Room { rule, bucket, window, charge } in rooms {
        let map = match charge {
            Charge::Amount { .. } => "w",
            Charge::Value { .. } => "d",
        };
        e.require([map, rule, "b"], "=", number(bucket));
        e.require([map, rule, "l"], "=", number(window.as_millis()));
        match charge {
            Charge::Amount { at_most, cost } => {
                e.require([map, rule, "t"], "<=", number(at_most.normalize()));
                let cost = e.placeholders.value(number(cost.normalize()));
                e.change([map, rule, "t"], '+', &cost);
                e.change([map, rule, "n", &bucket_name(*window, *bucket)], '+', &cost);
            }
            Charge::Value { fewer_than, value } => {
                let name = value.to_string();
                let (members, member) =
                    (e.placeholders.path([map, rule, "m"]), e.placeholders.path([map, rule, "m", &name]));
                let limit = e.placeholders.value(number(fewer_than.normalize()));
                e.conditions.push(format!("(attribute_exists({member}) OR size({members}) < {limit})"));
                let last = e.placeholders.value(from_last(*bucket, stamp));
                let first = e.placeholders.path([map, rule, "f", &name]);
                let by = e.placeholders.value(from_stamp(stamp));
                e.sets.push(format!("{member} = {last}, {first} = if_not_exists({first}, {by})"));
            }
        }
    }
    let slot = e.placeholders.name(&slot_name(stamp.slot()));
    let stamp = e.placeholders.value(from_stamp(stamp));
    e.conditions.push(format!("(attribute_not_exists({slot}) OR {slot} <> {stamp})"));
    e.sets.push(format!("{slot} = {stamp}"));
    e
}

/// Puts a whole state in the place of the version seen.
fn replace(seen: Option<u64>, state: &State) -> Expression {
    let mut e = Expression::default();
    let version = e.placeholders.name("v");
    match seen {
        None => e.conditions.push(format!("attribute_not_exists({version})")),
        Some(seen) => e.require(["v"], "=", number(seen)),
    }
    let attributes = [
        ("v", number(state.version)),
        ("w", from_counters(&state.counters)),
        ("d", from_values(&state.values)),
        ("expires_at", number(expires_at(state))),
    ];
    for (name, value) in attributes {
        let (name, value) = (e.placeholders.name(name), e.placeholders.value(value));
        e.sets.push(format!("{name} = {value}"));
    }
    for slot in 0..SLOTS {
        let name = e.placeholders.name(&slot_name(slot));
        match state.stamps.get(slot).copied().flatten() {
            Some(stamp) => {
                let stamp = e.placeholders.value(from_stamp(stamp));
                e.sets.push(format!("{name} = {stamp}"));
            }
            None => e.removes.push(name),
        }
    }
    e
}

/// Takes shares out of their buckets, and adds what was verified, while both are in the window.
fn adjust(cuts: &[Cut], gains: &[(Gain, u64)], stamp: Option<Stamp>) -> Expression {
    let mut e = Expression::default();
    e.raise_version();
    let mut rest = cuts;
    while let Some(Cut { rule, window, .. }) = rest.first() {
        // Cuts of one rule stand together, and its total may be named once.
        let (of_rule, others) =
            rest.split_at(rest.iter().position(|cut| cut.rule != *rule).unwrap_or(rest.len()));
        rest = others;
        let mut sum = rust_decimal::Decimal::ZERO;
        for cut in of_rule {
            let bucket = bucket_name(*window, cut.bucket);
            match cut.taken {
                Taken::Amount(amount) => {
                    sum += amount;
                    e.require(["w", rule, "n", &bucket], ">=", number(amount.normalize()));
                    let amount = e.placeholders.value(number(amount.normalize()));
                    e.change(["w", rule, "n", &bucket], '-', &amount);
                }
                Taken::Value { value, by } => {
                    let name = value.to_string();
                    e.require(["d", rule, "m", &name], "=", from_last(cut.bucket, by));
                    e.require(["d", rule, "f", &name], "=", from_stamp(by));
                    for map in ["m", "f"] {
                        let path = e.placeholders.path(["d", rule, map, &name]);
                        e.removes.push(path);
                    }
                }
            }
        }
        let buckets =
            || of_rule.iter().filter(|cut| matches!(cut.taken, Taken::Amount(_))).map(|cut| cut.bucket);
        if let (Some(oldest), Some(newest)) = (buckets().min(), buckets().max()) {
            e.require(["w", rule, "l"], "=", number(window.as_millis()));
            // The names of buckets come round again, so the ring must still hold these.
            e.require(["w", rule, "b"], ">=", number(newest));
            e.require(["w", rule, "b"], "<=", number(oldest + window.buckets()));
            let sum = e.placeholders.value(number(sum.normalize()));
            e.change(["w", rule, "t"], '-', &sum);
        }
    }
    for (Gain { rule, window, amount }, bucket) in gains {
        e.require(["w", rule, "l"], "=", number(window.as_millis()));
        e.require(["w", rule, "b"], "=", number(bucket));
        let amount = e.placeholders.value(number(amount.normalize()));
        e.change(["w", rule, "vt"], '+', &amount);
        e.change(["w", rule, "vn", &bucket_name(*window, *bucket)], '+', &amount);
    }
    if let Some(stamp) = stamp {
        let slot = e.placeholders.name(&slot_name(stamp.slot()));
        e.require([slot_name(stamp.slot()).as_str()], "=", from_stamp(stamp));
        e.removes.push(slot);
    }
    e
}
