//! One rule's counter: a ring of buckets and their running total.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Demand, Reading, Window};

/// What was admitted under one rule, bucket by bucket.
///
/// Only `total` and `current` change while a bucket lasts, so that an admission is two additions; `past` is
/// rewritten when the bucket turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The rule's window.
    pub window: Window,
    /// The newest bucket, numbered from 1970 on.
    pub bucket: u64,
    /// The sum of `current` and `past`.
    pub total: Decimal,
    /// Admitted in the newest bucket.
    pub current: Decimal,
    /// Admitted in the buckets before it, the newest of them first.
    pub past: Vec<Decimal>,
}

impl Counter {
    /// An empty counter.
    #[must_use]
    pub fn new(window: Window, now: Timestamp) -> Self {
        Self {
            window,
            bucket: window.bucket_at(now),
            total: Decimal::ZERO,
            current: Decimal::ZERO,
            past: Vec::new(),
        }
    }

    /// The counter as it stands at `now` under a window: buckets that have left the window are dropped. A
    /// clock behind the counter's leaves it as it is.
    #[must_use]
    pub(super) fn rolled_to(&self, window: Window, now: Timestamp) -> Self {
        let fitted = if self.window == window { self.clone() } else { self.recut(window, now) };
        let bucket = fitted.bucket.max(window.bucket_at(now));
        let turns = bucket - fitted.bucket;
        let kept = usize::try_from(window.buckets()).unwrap_or(usize::MAX);
        let (current, mut past) = if turns == 0 {
            (fitted.current, fitted.past)
        } else {
            let gap = usize::try_from(turns - 1).unwrap_or(usize::MAX).min(kept);
            let mut past = vec![Decimal::ZERO; gap];
            past.push(fitted.current);
            past.extend(fitted.past);
            (Decimal::ZERO, past)
        };
        past.truncate(kept);
        while past.last().is_some_and(Decimal::is_zero) {
            past.pop();
        }
        let total = past.iter().fold(current, |sum, amount| sum.saturating_add(*amount));
        Self { window, bucket, total, current, past }
    }

    /// The counter cut into the buckets of another window, since a newer policy changed it. Each amount
    /// moves to the latest moment it can have been admitted at, so that it never leaves the window early. That
    /// moment is not in the future: time would run ahead, and older amounts would leave early.
    fn recut(&self, window: Window, now: Timestamp) -> Self {
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0).max(self.window.start_of(self.bucket));
        // The bucket of the new window that holds the last millisecond of one of the old.
        let bucket_of = |bucket: u64| {
            let last = self.window.start_of(bucket.saturating_add(1)).saturating_sub(1).min(now);
            last.saturating_mul(window.buckets()) / window.as_millis()
        };
        let newest = bucket_of(self.bucket);
        let mut recut =
            Self { window, bucket: newest, total: Decimal::ZERO, current: self.current, past: Vec::new() };
        for (age, amount) in (1_u64..).zip(&self.past) {
            let age = newest.saturating_sub(bucket_of(self.bucket.saturating_sub(age)));
            if age > window.buckets() {
                continue;
            }
            match age.checked_sub(1).and_then(|index| usize::try_from(index).ok()) {
                None => recut.current = recut.current.saturating_add(*amount),
                Some(index) => {
                    if recut.past.len() <= index {
                        recut.past.resize(index + 1, Decimal::ZERO);
                    }
                    if let Some(slot) = recut.past.get_mut(index) {
                        *slot = slot.saturating_add(*amount);
                    }
                }
            }
        }
        recut.total = recut.past.iter().fold(recut.current, |sum, amount| sum.saturating_add(*amount));
        recut
    }

    /// Where the counter stands for a demand it has not been charged with.
    #[must_use]
    pub(super) fn reading(&self, demand: &Demand) -> Reading {
        let over = self.total.saturating_add(demand.cost) > demand.limit;
        Reading {
            rule: demand.rule.clone(),
            total: if over { self.total } else { self.total.saturating_add(demand.cost) },
            limit: demand.limit,
            over,
            retry_at: if over { self.fits_at(demand) } else { None },
        }
    }

    /// When enough buckets will have left the window for the cost to fit; `None` if it exceeds the limit alone.
    fn fits_at(&self, demand: &Demand) -> Option<Timestamp> {
        if demand.cost > demand.limit {
            return None;
        }
        let mut total = self.total;
        let oldest_first = (1_u64..).zip(&self.past).collect::<Vec<_>>().into_iter().rev();
        for (age, amount) in oldest_first.chain([(0, &self.current)]) {
            total -= *amount;
            if total.saturating_add(demand.cost) <= demand.limit {
                let leaves = self.bucket.saturating_sub(age) + demand.window.buckets() + 1;
                let millis = i64::try_from(demand.window.start_of(leaves)).ok()?;
                return Timestamp::from_millisecond(millis).ok();
            }
        }
        None
    }

    /// The counter with a cost added to its newest bucket.
    #[must_use]
    pub(super) fn with(&self, cost: Decimal) -> Self {
        let mut charged = self.clone();
        charged.total = charged.total.saturating_add(cost);
        charged.current = charged.current.saturating_add(cost);
        charged
    }

    /// Takes an amount out of the bucket it was counted in; nothing where that has left the ring.
    pub(super) fn subtract(&mut self, bucket: u64, cost: Decimal) {
        let counted = match self.bucket.checked_sub(bucket) {
            Some(0) => Some(&mut self.current),
            Some(age) => usize::try_from(age - 1).ok().and_then(|index| self.past.get_mut(index)),
            None => None,
        };
        if let Some(counted) = counted {
            let freed = cost.min(*counted);
            *counted -= freed;
            self.total -= freed;
        }
    }

    /// Whether nothing in it counts any more.
    #[must_use]
    pub(super) fn has_run_out(&self, now: Timestamp) -> bool {
        u64::try_from(now.as_millisecond()).unwrap_or(0) >= self.runs_out_at()
    }

    /// The millisecond from which on nothing in it counts any more.
    #[must_use]
    pub(crate) fn runs_out_at(&self) -> u64 {
        self.window.start_of(self.bucket.saturating_add(self.window.buckets()).saturating_add(1))
    }
}
