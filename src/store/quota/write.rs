//! The conditional writes of a quota item.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::QuotaItems;
use super::item::{
    bucket_name, expires_at, from_counters, from_last, from_stamp, from_values, slot_name, to_state,
};
use crate::quota::{Adjustment, Change, Charge, GiveBack, Room, SLOTS, Stamp, State, ValueMark};
use crate::store::attribute::{EXPIRY, Item};
use crate::store::expression::{Expressions, Update};
use crate::store::form::number;
use crate::store::{QuotaKey, StoreError, Written};

impl QuotaItems<'_> {
    /// Writes what takes shares. A repeat by the SDK finds its own stamp, or its own version, and changes
    /// nothing.
    pub(super) async fn write_take(
        self,
        key: &QuotaKey,
        change: &Change,
        stamp: Stamp,
    ) -> Result<Written<Option<State>>, StoreError> {
        let item = key.item();
        let request = self.table.update(&item, of_take(change, stamp));
        match change {
            Change::Add(_) => request.returning_item().send().await?.read(|item| read_state(key, &item)),
            // What stands there then is what was written, and need not come back.
            Change::Replace { state, .. } => match request.send().await? {
                Written::Done(_) => Ok(Written::Done(Some(state.as_ref().clone()))),
                Written::Refused(item) => read_state(key, &item).map(Written::Refused),
            },
        }
    }
}

/// The state in an item; `None` where there is no item.
pub(super) fn read_state(key: &QuotaKey, item: &Item) -> Result<Option<State>, StoreError> {
    if item.is_empty() {
        return Ok(None);
    }
    to_state(item).map(Some).map_err(|problem| StoreError::unreadable(&key.item(), problem))
}

/// The texts of the write that takes shares.
#[must_use]
pub fn expressions_of_take(change: &Change, stamp: Stamp) -> Expressions {
    of_take(change, stamp).into_expressions()
}

/// The texts of the write that gives shares back.
#[must_use]
pub fn expressions_of_give_back(change: &GiveBack) -> Expressions {
    of_give_back(change).into_expressions()
}

pub(in crate::store) fn of_take(change: &Change, stamp: Stamp) -> Update {
    match change {
        Change::Add(rooms) => add(rooms, stamp),
        Change::Replace { seen, state } => replace(*seen, state),
    }
}

pub(in crate::store) fn of_give_back(change: &GiveBack) -> Update {
    match change {
        GiveBack::Adjust { counters, values, stamp } => adjust(counters, values, *stamp),
        GiveBack::Replace { seen, state } => replace(Some(*seen), state),
    }
}

/// An update that raises the version, as every write does that does not replace the state.
fn raise_version() -> Update {
    let mut update = Update::default();
    let one = update.placeholders.value(number(1));
    update.change(["v"], '+', &one);
    update
}

/// Adds to counters whose current buckets are known, while their totals leave room.
fn add(rooms: &[Room], stamp: Stamp) -> Update {
    let mut update = raise_version();
    for Room { rule, bucket, window, charge } in rooms {
        let map = match charge {
            Charge::Amount { .. } => "w",
            Charge::Value { .. } => "d",
        };
        update.require([map, rule, "b"], "=", number(bucket));
        update.require([map, rule, "l"], "=", number(window.as_millis()));
        match charge {
            Charge::Amount { at_most, cost } => {
                update.require([map, rule, "t"], "<=", number(at_most.normalize()));
                let cost = update.placeholders.value(number(cost.normalize()));
                update.change([map, rule, "t"], '+', &cost);
                update.change([map, rule, "n", &bucket_name(*window, *bucket)], '+', &cost);
            }
            Charge::Value { fewer_than, value } => {
                add_value(&mut update, rule, *value, *fewer_than, (*bucket, stamp));
            }
        }
    }
    let slot = update.placeholders.name(&slot_name(stamp.slot()));
    let stamp = update.placeholders.value(from_stamp(stamp));
    update.conditions.push(format!("(attribute_not_exists({slot}) OR {slot} <> {stamp})"));
    update.sets.push(format!("{slot} = {stamp}"));
    update
}

/// Notes that a value came in a bucket, by a verification, while there is room for it or it is there.
fn add_value(
    update: &mut Update,
    rule: &str,
    value: ValueMark,
    fewer_than: Decimal,
    (bucket, stamp): (u64, Stamp),
) {
    let name = value.to_string();
    let members = update.placeholders.path(["d", rule, "m"]);
    let member = update.placeholders.path(["d", rule, "m", &name]);
    let limit = update.placeholders.value(number(fewer_than.normalize()));
    update.conditions.push(format!("(attribute_exists({member}) OR size({members}) < {limit})"));
    let last = update.placeholders.value(from_last(bucket, stamp));
    let first = update.placeholders.path(["d", rule, "f", &name]);
    let by = update.placeholders.value(from_stamp(stamp));
    update.sets.push(format!("{member} = {last}, {first} = if_not_exists({first}, {by})"));
}

/// Puts a whole state in the place of the version seen.
fn replace(seen: Option<u64>, state: &State) -> Update {
    let mut update = Update::default();
    let version = update.placeholders.name("v");
    match seen {
        None => update.conditions.push(format!("attribute_not_exists({version})")),
        Some(seen) => update.require(["v"], "=", number(seen)),
    }
    update.set("v", number(state.version));
    update.set("w", from_counters(&state.counters));
    update.set("d", from_values(&state.values));
    update.set(EXPIRY, number(expires_at(state)));
    for slot in 0..SLOTS {
        match state.stamps.get(slot).copied().flatten() {
            Some(stamp) => update.set(&slot_name(slot), from_stamp(stamp)),
            // Where there was no item, there is nothing to remove.
            None if seen.is_none() => {}
            None => update.remove(&slot_name(slot)),
        }
    }
    update
}

/// Takes shares out of their buckets, and adds what was verified, while both are in the window.
fn adjust(
    counters: &BTreeMap<String, Adjustment>,
    values: &BTreeMap<(String, ValueMark), (u64, Stamp)>,
    stamp: Option<Stamp>,
) -> Update {
    let mut update = raise_version();
    for (rule, adjustment) in counters {
        adjust_counter(&mut update, rule, adjustment);
    }
    for ((rule, value), (bucket, by)) in values {
        let name = value.to_string();
        update.require(["d", rule, "m", &name], "=", from_last(*bucket, *by));
        update.require(["d", rule, "f", &name], "=", from_stamp(*by));
        for map in ["m", "f"] {
            let path = update.placeholders.path(["d", rule, map, &name]);
            update.removes.push(path);
        }
    }
    if let Some(stamp) = stamp {
        let slot = slot_name(stamp.slot());
        update.require([slot.as_str()], "=", from_stamp(stamp));
        update.set(&slot, from_stamp(stamp.given_back()));
    }
    update
}

/// Takes shares out of the buckets of one counter, and adds what was verified to its newest one.
fn adjust_counter(update: &mut Update, rule: &str, adjustment: &Adjustment) {
    let Adjustment { window, cuts, gain } = adjustment;
    update.require(["w", rule, "l"], "=", number(window.as_millis()));
    match (gain, cuts.first_key_value(), cuts.last_key_value()) {
        (Some((newest, _)), _, _) => update.require(["w", rule, "b"], "=", number(newest)),
        // The names of buckets come round again, so the ring must still hold these.
        (None, Some((oldest, _)), Some((newest, _))) => {
            let bucket = update.placeholders.path(["w", rule, "b"]);
            let (from, to) = (number(newest), number(oldest.saturating_add(window.buckets())));
            let (from, to) = (update.placeholders.value(from), update.placeholders.value(to));
            update.conditions.push(format!("{bucket} BETWEEN {from} AND {to}"));
        }
        _ => {}
    }
    for (bucket, amount) in cuts {
        let bucket = bucket_name(*window, *bucket);
        let amount = update.placeholders.value(number(amount.normalize()));
        let path = update.placeholders.path(["w", rule, "n", &bucket]);
        update.conditions.push(format!("{path} >= {amount}"));
        update.change(["w", rule, "n", &bucket], '-', &amount);
    }
    if !cuts.is_empty() {
        let sum = cuts.values().fold(Decimal::ZERO, |sum, amount| sum.saturating_add(*amount));
        let sum = update.placeholders.value(number(sum.normalize()));
        update.change(["w", rule, "t"], '-', &sum);
    }
    if let Some((bucket, amount)) = gain {
        let amount = update.placeholders.value(number(amount.normalize()));
        update.change(["w", rule, "vt"], '+', &amount);
        update.change(["w", rule, "vn", &bucket_name(*window, *bucket)], '+', &amount);
    }
}
