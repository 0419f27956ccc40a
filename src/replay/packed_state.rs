//! The state of a quota in some dozen bytes.

use jiff::Timestamp;

use super::live::Ends;
use super::packed::{Fields, Names, Writer};
use crate::quota::{ByName, Counter, Ring, SLOTS, State, Values};
use crate::store::FRESH;

/// How long the head is: when the state was seen, and the millisecond from which on nothing in it counts.
const HEAD: usize = 16;

/// A state, and when the gate would have seen it last: for a moment it trusts that a full quota is full yet.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    bytes: Box<[u8]>,
    /// Sets of different values, which few rules count, as they are.
    values: Option<Box<ByName<Values>>>,
}

impl Ends for Seen {
    fn is_over(&self, now: Timestamp) -> bool {
        let mut head = Fields(&self.bytes);
        let ends = head.time().and_then(|_| head.bits()).unwrap_or(0);
        ends <= u64::try_from(now.as_millisecond()).unwrap_or(0)
    }
}

impl Seen {
    /// Packs a state.
    pub(super) fn new(state: State, at: Timestamp, names: &mut Names) -> Self {
        let mut bytes = Vec::with_capacity(96);
        let mut writer = Writer(&mut bytes);
        writer.time(at);
        writer.bits(state.runs_out_at());
        writer.number(state.version);
        let stamps = || (0_u32..).zip(&state.stamps).filter_map(|(slot, stamp)| Some((slot, (*stamp)?)));
        writer.number(stamps().fold(0, |mask, (slot, _)| mask | 1 << slot));
        stamps().for_each(|(_, stamp)| writer.stamp(stamp));
        writer.size(state.counters.values().count());
        for (name, counter) in state.counters.iter() {
            writer.size(names.place_of(name));
            writer.window(counter.window);
            writer.number(counter.bucket);
            for ring in [&counter.admitted, &counter.verified] {
                writer.decimal(ring.total);
                writer.decimal(ring.current);
                writer.size(ring.past.len());
                ring.past.iter().for_each(|amount| writer.decimal(*amount));
            }
        }
        let has_values = state.values.values().next().is_some();
        Self { bytes: bytes.into(), values: has_values.then(|| Box::new(state.values)) }
    }

    /// The state.
    pub(super) fn state(&self, names: &Names) -> Option<State> {
        let mut fields = Fields(self.bytes.get(HEAD..)?);
        let mut state = State { version: fields.number()?, ..State::default() };
        let mask = fields.number()?;
        for slot in (0..SLOTS).filter(|slot| mask >> slot & 1 == 1) {
            *state.stamps.get_mut(slot)? = Some(fields.stamp()?);
        }
        for _ in 0..fields.size()? {
            let name = names.at(fields.size()?)?.to_owned();
            let (window, bucket) = (fields.window()?, fields.number()?);
            let (admitted, verified) = (ring(&mut fields)?, ring(&mut fields)?);
            state.counters.insert(name, Counter { window, bucket, admitted, verified });
        }
        if let Some(values) = &self.values {
            state.values.clone_from(values);
        }
        Some(state)
    }

    /// How much memory it takes elsewhere.
    pub(super) fn bytes(&self) -> usize {
        let of_values =
            |values: &ByName<Values>| values.values().map(|one| 48 * (1 + one.members.len())).sum();
        self.bytes.len() + self.values.as_deref().map_or(0, of_values)
    }

    /// Whether the gate would trust what it saw.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let Some(at) = Fields(&self.bytes).time() else { return false };
        let age = now.duration_since(at);
        age < FRESH && age > -FRESH
    }

    /// Notes that the gate sees it as it is.
    pub(super) fn see(&mut self, now: Timestamp) {
        let mut head = Vec::with_capacity(8);
        Writer(&mut head).time(now);
        self.bytes.iter_mut().zip(head).for_each(|(to, from)| *to = from);
    }
}

fn ring(fields: &mut Fields<'_>) -> Option<Ring> {
    let (total, current) = (fields.decimal()?, fields.decimal()?);
    let n_past = fields.size()?;
    let past = (0..n_past).map(|_| fields.decimal()).collect::<Option<_>>()?;
    Some(Ring { total, current, past })
}
