//! One rule's counter: what was admitted under it, and what of that was verified.

use std::borrow::Cow;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Demand, Reading, Ring, Window, millis};

/// What one rule has admitted for one key, bucket by bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The rule's window.
    pub window: Window,
    /// The newest bucket, numbered from 1970 on.
    pub bucket: u64,
    /// What was admitted and not given back.
    pub admitted: Ring,
    /// What ended verified, by the time of its end; only limits that grow look at it.
    pub verified: Ring,
}

impl Counter {
    /// An empty counter.
    #[must_use]
    pub fn new(window: Window, now: Timestamp) -> Self {
        let bucket = window.bucket_at(now);
        Self { window, bucket, admitted: Ring::default(), verified: Ring::default() }
    }

    /// The counter as it stands at `now` under a window: buckets that have left the window are dropped. A
    /// clock behind the counter's leaves it as it is. It is copied only where that changes it.
    #[must_use]
    pub(super) fn rolled_to(&self, window: Window, now: Timestamp) -> Cow<'_, Self> {
        if self.window == window && window.bucket_at(now) <= self.bucket {
            return Cow::Borrowed(self);
        }
        let fitted =
            if self.window == window { Cow::Borrowed(self) } else { Cow::Owned(self.recut(window, now)) };
        let bucket = fitted.bucket.max(window.bucket_at(now));
        let turned = |ring: &Ring| ring.turned(bucket - fitted.bucket, window.buckets());
        let (admitted, verified) = (turned(&fitted.admitted), turned(&fitted.verified));
        Cow::Owned(Self { window, bucket, admitted, verified })
    }

    /// The counter cut into the buckets of another window, since a newer policy changed it. Each amount
    /// moves to the latest moment it can have been counted at, so that it never leaves the window early. That
    /// moment is never in the future, since time would then run ahead, and older amounts would leave early.
    fn recut(&self, window: Window, now: Timestamp) -> Self {
        let now = millis(now).max(self.window.start_of(self.bucket));
        // The bucket of the new window that holds the last millisecond of one of the old.
        let bucket_of = |bucket: u64| {
            let last = self.window.start_of(bucket.saturating_add(1)).saturating_sub(1).min(now);
            last.saturating_mul(window.buckets()) / window.as_millis()
        };
        let newest = bucket_of(self.bucket);
        let recut = |ring: &Ring| {
            ring.recut(window.buckets(), |age| {
                newest.saturating_sub(bucket_of(self.bucket.saturating_sub(age)))
            })
        };
        Self { window, bucket: newest, admitted: recut(&self.admitted), verified: recut(&self.verified) }
    }

    /// Whether something in it would move on with time under a shorter window, until that is written down.
    #[must_use]
    pub(super) fn moves_under(&self, newer: Window, now: Timestamp) -> bool {
        let is_empty = self.admitted.current.is_zero() && self.verified.current.is_zero();
        !is_empty && self.window.is_cut_short_by(newer, self.bucket, now)
    }

    /// The limit as it stands: `grow` lifts it to that share of what was verified in the window.
    #[must_use]
    pub(super) fn limit(&self, limit: Decimal, grow: Option<Decimal>) -> Decimal {
        grow.map_or(limit, |grow| limit.max(grow.saturating_mul(self.verified.total)))
    }

    /// Where the counter stands for a demand of `cost` that it has not been charged with.
    #[must_use]
    pub(super) fn reading(&self, demand: &Demand, cost: Decimal, grow: Option<Decimal>) -> Reading {
        let total = self.admitted.total;
        let limit = self.limit(demand.limit, grow);
        let over = total.saturating_add(cost) > limit;
        Reading {
            rule: demand.rule_id().to_owned(),
            total: if over { total } else { total.saturating_add(cost) },
            limit,
            over,
            retry_at: if over { self.fits_at(cost, limit) } else { None },
        }
    }

    /// When enough buckets will have left the window for the cost to fit; `None` if it exceeds the limit
    /// alone.
    fn fits_at(&self, cost: Decimal, limit: Decimal) -> Option<Timestamp> {
        if cost > limit {
            return None;
        }
        let mut total = self.admitted.total;
        for age in (0..=self.admitted.oldest_age()).rev() {
            total -= self.admitted.at_age(age);
            if total.saturating_add(cost) <= limit {
                return self.window.leaves_at(self.bucket.saturating_sub(age));
            }
        }
        None
    }

    /// The buckets that a share of `cost` leaves when it is given back. Only the earliest bucket that it can
    /// be in is known, so the earliest amounts leave first, and what others admitted never counts shorter
    /// than it should. Empty where that bucket has left the window.
    pub(super) fn earliest_from(&self, bucket: u64, cost: Decimal) -> Vec<(u64, Decimal)> {
        let Some(age) = self.bucket.checked_sub(bucket).filter(|age| *age <= self.window.buckets()) else {
            return Vec::new();
        };
        let mut left = cost;
        let mut parts = Vec::new();
        for age in (0..=age).rev() {
            let part = left.min(self.admitted.at_age(age));
            if part > Decimal::ZERO {
                parts.push((self.bucket - age, part));
                left -= part;
            }
        }
        parts
    }

    /// Takes an amount out of a bucket; nothing where that has left the ring.
    pub(super) fn subtract(&mut self, bucket: u64, amount: Decimal) {
        if let Some(age) = self.bucket.checked_sub(bucket) {
            self.admitted.subtract(age, amount);
        }
    }

    /// Roughly how much memory its rings take.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Decimal>() * (self.admitted.past.capacity() + self.verified.past.capacity())
    }

    /// The millisecond from which on nothing in it counts any more.
    #[must_use]
    pub(crate) fn runs_out_at(&self) -> u64 {
        self.window.end_of(self.bucket)
    }
}
