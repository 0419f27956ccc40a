//! The item of a quota state.
//!
//! | attribute | type | meaning |
//! |---|---|---|
//! | `v` | N | version, raised by every write |
//! | `w` | M | counters by name, which is the rule and what it counts unless that is verifications |
//! | `d` | M | different values by name |
//! | `s0` … `s15` | B | stamps of the verifications that took a share last |
//! | `expires_at` | N | epoch seconds after which nothing in it counts |
//!
//! | in a counter | type | meaning |
//! |---|---|---|
//! | `l` | N | its window in ms |
//! | `b` | N | the newest bucket |
//! | `t`, `n` | N, M | what was admitted: in all, and by bucket |
//! | `vt`, `vn` | N, M | what was verified: in all, and by bucket |
//!
//! | in different values | type | meaning |
//! |---|---|---|
//! | `l`, `b` | N | window and newest bucket, as in a counter |
//! | `m` | M | by value, its last bucket and the stamp of the verification that brought it then |
//! | `f` | M | by value, the stamp of the verification that brought it first |
//!
//! A bucket stands in `n` under its number modulo the buckets that can count at once, so that an item stays
//! small and a write can name the bucket it adds to.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::money;
use crate::quota::{ByName, Counter, Member, Ring, Stamp, State, ValueMark, Values, Window};
use crate::store::attribute::{Item, number_of};
use crate::store::form::{self, Digits, Form, bytes, map, number};

/// The attribute of a stamp's slot.
pub(super) fn slot_name(slot: usize) -> String {
    format!("s{slot}")
}

/// The name of a bucket in its ring.
pub(super) fn bucket_name(window: Window, bucket: u64) -> String {
    (bucket % (window.buckets() + 1)).to_string()
}

/// All counters as one attribute.
pub(super) fn from_counters(counters: &ByName<Counter>) -> Form<impl Serialize> {
    map(counters.iter().map(|(rule, counter)| (rule, from_counter(counter))))
}

/// All different values as one attribute.
pub(super) fn from_values(values: &ByName<Values>) -> Form<impl Serialize> {
    #[derive(Serialize)]
    struct Members<M, F> {
        l: Form<Digits<u64>>,
        b: Form<Digits<u64>>,
        m: M,
        f: F,
    }
    map(values.iter().map(|(rule, values)| {
        let (last, first) = (values.members.iter(), values.members.iter());
        let members = Members {
            l: number(values.window.as_millis()),
            b: number(values.bucket),
            m: map(last.map(|(value, member)| (value.to_string(), from_last(member.bucket, member.last)))),
            f: map(first.map(|(value, member)| (value.to_string(), from_stamp(member.first)))),
        };
        (rule, form::members(members))
    }))
}

/// A stamp as an attribute.
pub(super) fn from_stamp(stamp: Stamp) -> Form<String> {
    bytes(stamp.to_bytes())
}

/// A value's last bucket and bringer as an attribute.
pub(super) fn from_last(bucket: u64, stamp: Stamp) -> Form<String> {
    bytes([bucket.to_be_bytes(), stamp.to_bytes()].concat())
}

/// When the whole item may be forgotten, epoch seconds. While a bucket lasts nothing rewrites this, so it is
/// reckoned from the bucket and not from the last admission.
pub(super) fn expires_at(state: &State) -> u64 {
    state.runs_out_at().div_ceil(1_000)
}

/// Reads a state.
///
/// # Errors
/// What is wrong with the item, in words.
pub(super) fn to_state(item: &Item) -> Result<State, String> {
    let mut state = State { version: number_of(item, "v")?, ..State::default() };
    state.counters = read_map(item, "w", to_counter)?;
    state.values = read_map(item, "d", to_values)?;
    for (slot, stamp) in state.stamps.iter_mut().enumerate() {
        *stamp = item.get(&slot_name(slot)).and_then(to_stamp);
    }
    Ok(state)
}

fn read_map<T>(item: &Item, name: &str, read: fn(&Item) -> Result<T, String>) -> Result<ByName<T>, String> {
    let entries = map_of(item, name)?.iter().map(|(rule, value)| {
        let value = value.as_m().map_err(|_| format!("`{name}.{rule}` is not a map"))?;
        Ok((rule.clone(), read(value).map_err(|problem| format!("`{name}.{rule}`: {problem}"))?))
    });
    entries.collect()
}

fn from_counter(counter: &Counter) -> Form<impl Serialize> {
    #[derive(Serialize)]
    struct Members<A: Display, R> {
        l: Form<Digits<u64>>,
        b: Form<Digits<u64>>,
        t: Form<Digits<A>>,
        n: R,
        vt: Form<Digits<A>>,
        vn: R,
    }
    form::members(Members {
        l: number(counter.window.as_millis()),
        b: number(counter.bucket),
        t: number(counter.admitted.total.normalize()),
        n: from_ring(&counter.admitted, counter),
        vt: number(counter.verified.total.normalize()),
        vn: from_ring(&counter.verified, counter),
    })
}

/// The newest bucket is always there, to be added to; others only where they hold something.
fn from_ring<'a>(ring: &'a Ring, counter: &'a Counter) -> Form<impl Serialize + use<'a>> {
    let past = (1_u64..).zip(&ring.past).filter(|(_, amount)| !amount.is_zero());
    map(std::iter::once((0, &ring.current)).chain(past).map(|(age, amount)| {
        let bucket = counter.bucket.saturating_sub(age);
        (bucket_name(counter.window, bucket), number(amount.normalize()))
    }))
}

fn to_counter(item: &Item) -> Result<Counter, String> {
    let (window, bucket) = (window_of(item)?, number_of::<u64>(item, "b")?);
    let ring = |total: &str, name: &str| {
        let amounts = map_of(item, name)?;
        let amount_at = |age: u64| {
            let name = bucket_name(window, bucket.saturating_sub(age));
            if amounts.contains_key(&name) { number_of(amounts, &name) } else { Ok(Decimal::ZERO) }
        };
        let past = (1..=window.buckets().min(bucket)).map(amount_at).collect::<Result<_, String>>()?;
        let ring = Ring::new(amount_at(0)?, past);
        // An amount with more decimals than are added up today is read with less of them than the table
        // keeps.
        let difference = number_of::<Decimal>(item, total)?.saturating_sub(ring.total).abs();
        if difference > Decimal::new(1, money::SCALE) {
            return Err(format!("`{total}` is not the sum of `{name}`"));
        }
        Ok(ring)
    };
    Ok(Counter { window, bucket, admitted: ring("t", "n")?, verified: ring("vt", "vn")? })
}

fn to_values(item: &Item) -> Result<Values, String> {
    let (last, first) = (map_of(item, "m")?, map_of(item, "f")?);
    let members = last.iter().map(|(name, value)| {
        let unreadable = || format!("`{name}` is not a value");
        let mark = ValueMark::parse(name).ok_or_else(unreadable)?;
        let (bucket, last) = to_last(value).ok_or_else(unreadable)?;
        let first = first.get(name).and_then(to_stamp).ok_or_else(unreadable)?;
        Ok((mark, Member { bucket, last, first }))
    });
    let members = members.collect::<Result<_, String>>()?;
    Ok(Values { window: window_of(item)?, bucket: number_of(item, "b")?, members })
}

fn window_of(item: &Item) -> Result<Window, String> {
    Window::from_millis(number_of(item, "l")?).ok_or_else(|| "`l` is not a window".to_owned())
}

fn map_of<'i>(item: &'i Item, name: &str) -> Result<&'i Item, String> {
    match item.get(name) {
        Some(AttributeValue::M(map)) => Ok(map),
        _ => Err(format!("`{name}` is missing or not a map")),
    }
}

fn to_stamp(value: &AttributeValue) -> Option<Stamp> {
    value.as_b().ok()?.as_ref().try_into().ok().map(Stamp::from_bytes)
}

fn to_last(value: &AttributeValue) -> Option<(u64, Stamp)> {
    let (bucket, stamp) = value.as_b().ok()?.as_ref().split_at_checked(8)?;
    Some((u64::from_be_bytes(bucket.try_into().ok()?), Stamp::from_bytes(stamp.try_into().ok()?)))
}
