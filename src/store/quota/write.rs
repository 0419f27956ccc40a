//! The conditional writes of a quota item.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::item::{expires_at, from_counter, from_stamp, slot_name, to_state};
use crate::quota::{Change, Room, SLOTS, Share, Stamp, State, Window, Write};
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

impl Store {
    pub(super) async fn write_quota(
        &self,
        key: &QuotaKey,
        write: &Write,
        stamp: Stamp,
    ) -> Result<Outcome, StoreError> {
        match &write.change {
            Change::Add(rooms) => self.add(key, rooms, stamp).await,
            Change::Replace { seen, state } => self.replace(key, *seen, state, Retry::Yes).await,
        }
    }

    /// Adds to counters whose current buckets are known, while their totals leave room. A repeat by the SDK
    /// finds its own stamp and changes nothing.
    async fn add(&self, key: &QuotaKey, rooms: &[Room], stamp: Stamp) -> Result<Outcome, StoreError> {
        let mut p = Placeholders::default();
        let mut sets = vec![version_step(&mut p)];
        let mut conditions = Vec::new();
        for room in rooms {
            let current = CurrentBucket { rule: &room.rule, bucket: room.bucket, window: room.window };
            conditions.push(current.condition(&mut p));
            let total = p.path(["w", &room.rule, "t"]);
            let at_most = p.value(number(room.at_most.normalize()));
            conditions.push(format!("{total} <= {at_most}"));
            let cost = p.value(number(room.cost.normalize()));
            let sum = p.path(["w", &room.rule, "c"]);
            sets.push(format!("{total} = {total} + {cost}, {sum} = {sum} + {cost}"));
        }
        let slot = p.name(&slot_name(stamp.slot()));
        let stamp = p.value(from_stamp(stamp));
        conditions.push(format!("(attribute_not_exists({slot}) OR {slot} <> {stamp})"));
        sets.push(format!("{slot} = {stamp}"));
        self.update(key, &format!("SET {}", sets.join(", ")), &conditions.join(" AND "), &p, Retry::Yes).await
    }

    /// Takes shares out of buckets that are still the current ones. With a stamp, only if that is still
    /// there, and removes it: then a repeat changes nothing. Without one the request is sent only once.
    pub(super) async fn subtract(
        &self,
        key: &QuotaKey,
        shares: &[Share],
        stamp: Option<Stamp>,
    ) -> Result<Outcome, StoreError> {
        let mut p = Placeholders::default();
        let mut sets = vec![version_step(&mut p)];
        let mut conditions = Vec::new();
        for share in shares {
            let current = CurrentBucket { rule: &share.rule, bucket: share.bucket, window: share.window };
            conditions.push(current.condition(&mut p));
            let cost = p.value(number(share.cost.normalize()));
            let (total, sum) = (p.path(["w", &share.rule, "t"]), p.path(["w", &share.rule, "c"]));
            conditions.push(format!("{sum} >= {cost}"));
            sets.push(format!("{total} = {total} - {cost}, {sum} = {sum} - {cost}"));
        }
        let mut update = format!("SET {}", sets.join(", "));
        if let Some(stamp) = stamp {
            let slot = p.name(&slot_name(stamp.slot()));
            let stamp = p.value(from_stamp(stamp));
            conditions.push(format!("{slot} = {stamp}"));
            update = format!("{update} REMOVE {slot}");
        }
        self.update(key, &update, &conditions.join(" AND "), &p, Retry::No).await
    }

    /// Puts a whole state in the place of the version seen.
    pub(super) async fn replace(
        &self,
        key: &QuotaKey,
        seen: Option<u64>,
        state: &State,
        retry: Retry,
    ) -> Result<Outcome, StoreError> {
        let mut p = Placeholders::default();
        let version = p.name("v");
        let condition = match seen {
            None => format!("attribute_not_exists({version})"),
            Some(seen) => format!("{version} = {}", p.value(number(seen))),
        };
        let counters = state.counters.iter().map(|(rule, counter)| (rule.clone(), from_counter(counter)));
        let counters = AttributeValue::M(counters.collect::<HashMap<_, _>>());
        let mut sets = vec![
            format!("{version} = {}", p.value(number(state.version))),
            format!("{} = {}", p.name("w"), p.value(counters)),
            format!("{} = {}", p.name("expires_at"), p.value(number(expires_at(state)))),
        ];
        let mut removes = Vec::new();
        for slot in 0..SLOTS {
            match state.stamps.get(slot).copied().flatten() {
                Some(stamp) => {
                    sets.push(format!("{} = {}", p.name(&slot_name(slot)), p.value(from_stamp(stamp))));
                }
                None => removes.push(p.name(&slot_name(slot))),
            }
        }
        let mut update = format!("SET {}", sets.join(", "));
        if !removes.is_empty() {
            update = format!("{update} REMOVE {}", removes.join(", "));
        }
        self.update(key, &update, &condition, &p, retry).await
    }

    async fn update(
        &self,
        key: &QuotaKey,
        update: &str,
        condition: &str,
        placeholders: &Placeholders,
        retry: Retry,
    ) -> Result<Outcome, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(placeholders.names())
            .set_expression_attribute_values(placeholders.values())
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

/// Whether the SDK may send a request again when its reply was lost.
#[derive(Clone, Copy)]
pub(super) enum Retry {
    Yes,
    No,
}

fn version_step(p: &mut Placeholders) -> String {
    let version = p.name("v");
    let one = p.value(number(1));
    format!("{version} = {version} + {one}")
}

/// The condition that a counter's newest bucket is the one expected.
struct CurrentBucket<'a> {
    rule: &'a str,
    bucket: u64,
    window: Window,
}

impl CurrentBucket<'_> {
    fn condition(&self, p: &mut Placeholders) -> String {
        let (bucket, length) = (p.path(["w", self.rule, "b"]), p.path(["w", self.rule, "l"]));
        let (bucket_is, length_is) = (p.value(number(self.bucket)), p.value(number(self.window.as_millis())));
        format!("{bucket} = {bucket_is} AND {length} = {length_is}")
    }
}
