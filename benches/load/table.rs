//! A model of the table: states by key, and the writes that DynamoDB takes for one item.

use std::collections::HashMap;
use std::rc::Rc;

use sinch_gate::quota::{Change, Share, Stamp, State};

use crate::partition::{Capacity, WRITES_PER_SECOND};
use crate::{item, quota_table};

pub(crate) const SECOND: u64 = 1_000_000;

/// A key of a quota, or of one of its shards.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Key {
    Number(u64),
    Block(u64),
    Country { country: u64, shard: u64 },
    All { shard: u64 },
}

impl Key {
    /// As the store knows it: whether a key that a container never saw is more likely new than in use.
    pub(crate) fn is_often_new(self) -> bool {
        matches!(self, Self::Number(_) | Self::Block(_))
    }
}

/// What the table answers.
pub(crate) enum Reply {
    /// The write took effect.
    Done(Rc<State>),
    /// Its condition failed; this is what stood in its way.
    Stale(Option<Rc<State>>),
    /// The item has no capacity left at the moment.
    Throttled,
}

#[derive(Default)]
pub(crate) struct Table {
    items: HashMap<Key, Item>,
    /// The most writes that were asked of one item in one second.
    pub(crate) hottest: u64,
    /// Writes that were made or whose condition failed: both are charged.
    pub(crate) charged: u64,
    pub(crate) throttled: u64,
}

struct Item {
    state: Option<Rc<State>>,
    capacity: Capacity,
    last: u64,
    /// Writes asked of it in the second of the last one.
    asked: u64,
}

impl Table {
    /// Takes shares, if the condition of the change holds.
    pub(crate) fn write(&mut self, key: Key, change: &Change, stamp: Stamp, at: u64) -> Reply {
        let Some(item) = self.charge(key, at) else { return Reply::Throttled };
        match quota_table::change(item.state.as_deref(), change, stamp) {
            None => Reply::Stale(item.state.clone()),
            Some(next) => {
                let next = Rc::new(next);
                item.state = Some(Rc::clone(&next));
                Reply::Done(next)
            }
        }
    }

    /// Gives shares back.
    pub(crate) fn give_back(&mut self, key: Key, shares: &[Share], stamp: Stamp, at: u64) -> Reply {
        let Some(item) = self.charge(key, at) else { return Reply::Throttled };
        let Some(state) = &item.state else { return Reply::Stale(None) };
        let next = Rc::new(item::give_back(state, shares, stamp));
        item.state = Some(Rc::clone(&next));
        Reply::Done(next)
    }

    /// The item, if it has capacity for one more write.
    fn charge(&mut self, key: Key, at: u64) -> Option<&mut Item> {
        let capacity = Capacity::of(WRITES_PER_SECOND, at);
        let item = self.items.entry(key).or_insert(Item { state: None, capacity, last: at, asked: 0 });
        item.asked = if item.last / SECOND == at / SECOND { item.asked + 1 } else { 1 };
        self.hottest = self.hottest.max(item.asked);
        item.last = at;
        if !item.capacity.take(at) {
            self.throttled += 1;
            return None;
        }
        self.charged += 1;
        Some(item)
    }
}
