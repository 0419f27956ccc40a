//! A naive table for the writes of the quota arithmetic. The store renders what each write would ask of
//! DynamoDB, and that is checked.

use rust_decimal::Decimal;
use sinch_gate::quota::{Adjustment, Change, Charge, GiveBack, Member, Room, SLOTS, Stamp, State};

use super::quota_expression;

/// The state after a write that takes shares, where its condition holds.
pub(crate) fn change(state: Option<&State>, change: &Change, stamp: Stamp) -> Option<State> {
    quota_expression::check_take(change, stamp);
    match change {
        Change::Replace { seen, state: next } => {
            (state.map(|state| state.version) == *seen).then(|| (**next).clone())
        }
        Change::Add(rooms) => {
            let mut next = state?.clone();
            let slot = stamp.slot() % SLOTS;
            if next.stamps[slot] == Some(stamp) || !rooms.iter().all(|room| has_room(&next, room)) {
                return None;
            }
            next.version += 1;
            next.stamps[slot] = Some(stamp);
            rooms.iter().for_each(|room| charge(&mut next, room, stamp));
            Some(next)
        }
    }
}

fn has_room(state: &State, room: &Room) -> bool {
    let at = (room.bucket, room.window);
    match &room.charge {
        Charge::Amount { at_most, .. } => state.counters.get(&room.rule).is_some_and(|counter| {
            (counter.bucket, counter.window) == at && counter.admitted.total <= *at_most
        }),
        Charge::Value { fewer_than, value } => state.values.get(&room.rule).is_some_and(|values| {
            let has_place = Decimal::from(values.members.len()) < *fewer_than;
            (values.bucket, values.window) == at && (values.members.contains_key(value) || has_place)
        }),
    }
}

fn charge(state: &mut State, room: &Room, stamp: Stamp) {
    match &room.charge {
        Charge::Amount { cost, .. } => {
            let ring = &mut state.counters.get_mut(&room.rule).unwrap().admitted;
            ring.total += cost;
            ring.current += cost;
        }
        Charge::Value { value, .. } => {
            let members = &mut state.values.get_mut(&room.rule).unwrap().members;
            let first = members.get(value).map_or(stamp, |member| member.first);
            members.insert(*value, Member { bucket: room.bucket, last: stamp, first });
        }
    }
}

/// The state after a write that gives back, where its condition holds.
pub(crate) fn adjust(state: &State, change: &GiveBack) -> Option<State> {
    quota_expression::check_give_back(change);
    let (counters, values, stamp) = match change {
        GiveBack::Replace { seen, state: next } => {
            return (state.version == *seen).then(|| (**next).clone());
        }
        GiveBack::Adjust { counters, values, stamp } => (counters, values, stamp),
    };
    let mut next = state.clone();
    next.version += 1;
    for (rule, Adjustment { window, cuts, gain }) in counters {
        let counter = next.counters.get_mut(rule).filter(|counter| counter.window == *window)?;
        for (bucket, amount) in cuts {
            let age = usize::try_from(counter.bucket.checked_sub(*bucket)?).unwrap();
            let held = match age {
                0 => &mut counter.admitted.current,
                age => counter.admitted.past.get_mut(age - 1)?,
            };
            *held = held.checked_sub(*amount).filter(|left| !left.is_sign_negative())?;
            counter.admitted.total -= amount;
        }
        if let Some((bucket, amount)) = gain {
            if counter.bucket != *bucket {
                return None;
            }
            counter.verified.total += amount;
            counter.verified.current += amount;
        }
    }
    for ((rule, value), (bucket, by)) in values {
        let member = next.values.get_mut(rule)?.members.remove(value)?;
        if member != (Member { bucket: *bucket, last: *by, first: *by }) {
            return None;
        }
    }
    if let Some(stamp) = stamp {
        let slot = &mut next.stamps[stamp.slot() % SLOTS];
        if *slot != Some(*stamp) {
            return None;
        }
        *slot = Some(stamp.given_back());
    }
    Some(next)
}

/// The state after a write whose condition must hold for the state that it came from.
pub(crate) fn changed(state: Option<State>, by: Change, stamp: Stamp) -> State {
    change(state.as_ref(), &by, stamp).expect("the condition must hold for the state it came from")
}

/// The state after a give-back whose condition must hold for the state that it came from.
pub(crate) fn adjusted(state: State, by: GiveBack) -> State {
    adjust(&state, &by).expect("the condition must hold for the state it came from")
}
