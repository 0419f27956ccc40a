//! Amounts by bucket, and their running sum.

use rust_decimal::Decimal;

/// Amounts in the buckets of a window.
///
/// While a bucket lasts, an addition changes two numbers; the others move when it turns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    /// The sum of `current` and `past`.
    pub total: Decimal,
    /// In the newest bucket.
    pub current: Decimal,
    /// In the buckets before it, the newest of them first.
    pub past: Vec<Decimal>,
}

impl Ring {
    /// A ring of these amounts, without the zeros at its far end.
    #[must_use]
    pub fn new(current: Decimal, mut past: Vec<Decimal>) -> Self {
        while past.last().is_some_and(Decimal::is_zero) {
            past.pop();
        }
        let total = past.iter().fold(current, |sum, amount| sum.saturating_add(*amount));
        Self { total, current, past }
    }

    /// The ring after `turns` more buckets have begun, of which `kept` before the newest still count.
    pub(super) fn turned(&self, turns: u64, kept: u64) -> Self {
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        let (current, mut past) = if turns == 0 {
            (self.current, self.past.clone())
        } else {
            let gap = usize::try_from(turns - 1).unwrap_or(usize::MAX).min(kept);
            let mut past = vec![Decimal::ZERO; gap];
            past.push(self.current);
            past.extend(&self.past);
            (Decimal::ZERO, past)
        };
        past.truncate(kept);
        Self::new(current, past)
    }

    /// The ring cut into other buckets: `age_of` says where the amount of an age goes. What would be older
    /// than `kept` buckets is dropped.
    pub(super) fn recut(&self, kept: u64, age_of: impl Fn(u64) -> u64) -> Self {
        let (mut current, mut past) = (self.current, Vec::new());
        for (age, amount) in (1_u64..).zip(&self.past) {
            let age = age_of(age);
            if age > kept {
                continue;
            }
            match age.checked_sub(1).and_then(|index| usize::try_from(index).ok()) {
                None => current = current.saturating_add(*amount),
                Some(index) => {
                    if past.len() <= index {
                        past.resize(index + 1, Decimal::ZERO);
                    }
                    if let Some(slot) = past.get_mut(index) {
                        *slot = slot.saturating_add(*amount);
                    }
                }
            }
        }
        Self::new(current, past)
    }

    /// The amount in the bucket of an age, the newest being 0.
    pub(super) fn at_age(&self, age: u64) -> Decimal {
        match age.checked_sub(1) {
            None => self.current,
            Some(index) => {
                let found = usize::try_from(index).ok().and_then(|index| self.past.get(index));
                found.copied().unwrap_or_default()
            }
        }
    }

    /// The age of the oldest bucket with an amount.
    pub(super) fn oldest_age(&self) -> u64 {
        u64::try_from(self.past.len()).unwrap_or(u64::MAX)
    }

    /// Adds to the newest bucket.
    pub(super) fn add(&mut self, amount: Decimal) {
        self.total = self.total.saturating_add(amount);
        self.current = self.current.saturating_add(amount);
    }

    /// Takes an amount out of the bucket of an age, at most what it holds.
    pub(super) fn subtract(&mut self, age: u64, amount: Decimal) {
        let counted = match age.checked_sub(1) {
            None => Some(&mut self.current),
            Some(index) => usize::try_from(index).ok().and_then(|index| self.past.get_mut(index)),
        };
        if let Some(counted) = counted {
            let freed = amount.min(*counted);
            *counted -= freed;
            self.total -= freed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(amounts: [u32; 3]) -> Ring {
        let [current, past @ ..] = amounts.map(Decimal::from);
        Ring::new(current, past.to_vec())
    }

    #[test]
    fn what_is_older_than_the_buckets_that_are_kept_is_dropped() {
        assert_eq!(ring([1, 2, 3]).recut(2, |age| age), ring([1, 2, 3]));
        assert_eq!(ring([1, 2, 3]).recut(1, |age| age), ring([1, 2, 0]));
        assert_eq!(ring([1, 2, 3]).recut(2, |age| 2 * age), ring([1, 0, 2]));
        assert_eq!(ring([1, 2, 3]).recut(2, |_| 0), ring([6, 0, 0]));
        assert_eq!(ring([1, 2, 3]).turned(1, 2), ring([0, 1, 2]));
        assert_eq!(ring([1, 2, 3]).turned(2, 2), ring([0, 0, 1]));
        assert_eq!(ring([1, 2, 3]).turned(0, 1), ring([1, 2, 0]));
    }

    #[test]
    fn no_more_is_taken_out_than_there_is_and_the_total_follows() {
        let mut some = ring([5, 2, 3]);
        some.subtract(0, 2.into());
        some.subtract(1, 9.into());
        some.subtract(7, 1.into());
        assert_eq!(some, Ring { total: 6.into(), current: 3.into(), past: vec![0.into(), 3.into()] });
        assert_eq!((some.at_age(0), some.at_age(2), some.at_age(3)), (3.into(), 3.into(), 0.into()));
        assert_eq!(some.oldest_age(), 2);
        some.add(1.into());
        assert_eq!((some.total, some.current), (7.into(), 4.into()));
    }
}
