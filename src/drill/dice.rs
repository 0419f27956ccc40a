//! Chance that a seed decides, so that the same drill gives the same figures everywhere.

use fastrand::Rng;
use jiff::SignedDuration;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// A source of chance.
#[derive(Clone, Debug)]
pub(super) struct Dice(Rng);

impl Dice {
    /// Dice for what has a name: other names get other throws, whatever else is played.
    pub(super) fn named(seed: u64, name: &str) -> Self {
        // FNV-1a, whose result is the same on every machine and in every version.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(Rng::with_seed(seed ^ hash))
    }

    /// Dice of its own for somebody, whose throws do not depend on what becomes of others.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// From 0 to less than 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.f64()
    }

    /// Whether something happens that happens in this share of cases.
    pub(super) fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A place among this many.
    pub(super) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.0.usize(..n) }
    }

    /// One of these.
    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// These in another order.
    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        self.0.shuffle(all);
    }

    /// A time between these, in seconds.
    pub(super) fn seconds(&mut self, from: f64, to: f64) -> SignedDuration {
        seconds(from + self.unit() * (to - from))
    }

    /// A time of the day as people sign up: most in the evening, few at night.
    pub(super) fn time_of_day(&mut self) -> SignedDuration {
        for _ in 0..64 {
            let share = self.unit();
            let turn = (share - 0.8) * std::f64::consts::TAU;
            if self.happens(f64::midpoint(1.0, 0.85 * turn.cos())) {
                return seconds(share * DAY);
            }
        }
        seconds(0.8 * DAY)
    }

    /// A whole number that is this on average.
    pub(super) fn about(&mut self, mean: f64) -> usize {
        whole(mean.floor()) + usize::from(self.happens(mean.fract()))
    }
}

/// This many seconds.
pub(super) fn seconds(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// A count, rounded.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(super) fn whole(count: f64) -> usize {
    count.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_name_decide_every_throw() {
        let throws = |seed, name| {
            let mut dice = Dice::named(seed, name);
            [dice.unit(), dice.unit(), dice.fork().unit()]
        };
        assert_eq!(throws(1, "a"), throws(1, "a"));
        assert_ne!(throws(1, "a"), throws(2, "a"));
        assert_ne!(throws(1, "a"), throws(1, "b"));
    }

    #[test]
    fn people_sign_up_in_the_evening_rather_than_at_night() {
        let mut dice = Dice::named(1, "day");
        let hours: Vec<i64> = (0..10_000).map(|_| dice.time_of_day().as_hours()).collect();
        let between = |from, to| hours.iter().filter(|hour| (from..to).contains(*hour)).count();
        assert!(between(17, 21) > 5 * between(5, 9), "{} {}", between(17, 21), between(5, 9));
        assert!(hours.iter().all(|hour| (0..24).contains(hour)));
    }

    #[test]
    fn a_mean_is_kept_on_average() {
        let mut dice = Dice::named(1, "mean");
        let sum: usize = (0..10_000).map(|_| dice.about(0.3)).sum();
        assert!((2_800..3_200).contains(&sum), "{sum}");
        assert_eq!(dice.about(4.0), 4);
    }
}
