//! The span of time in which a limit holds, and its buckets.
//!
//! Buckets are exact fractions of the window (`now × 20 / window`), not whole milliseconds, so that the
//! buckets which count cover the length of the window, and one bucket more at most.

use std::time::Duration;

use jiff::Timestamp;

use super::millis;

/// The most buckets a window is cut into.
const MOST_BUCKETS: u64 = 20;

/// Shorter buckets would turn more often, and each turn costs a second write, without making admission much
/// smoother.
const SHORTEST_BUCKET_MS: u64 = 1_000;

/// The span of time in which a limit holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Window {
    millis: u64,
}

impl Window {
    /// The shortest window a policy may ask for.
    pub const SHORTEST: Self = Self { millis: 1_000 };
    /// The longest window a policy may ask for: 31 days.
    pub const LONGEST: Self = Self { millis: 31 * 24 * 60 * 60 * 1_000 };

    /// A window of this length; `None` outside [`Self::SHORTEST`]`..=`[`Self::LONGEST`].
    #[must_use]
    pub fn new(length: Duration) -> Option<Self> {
        let window = Self { millis: u64::try_from(length.as_millis()).ok()? };
        (Self::SHORTEST..=Self::LONGEST).contains(&window).then_some(window)
    }

    /// Its length.
    #[must_use]
    pub fn length(self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// Its length in milliseconds, as it is stored.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.millis
    }

    /// A window as it was stored; `None` where no policy may ask for it.
    #[must_use]
    pub fn from_millis(millis: u64) -> Option<Self> {
        Self::new(Duration::from_millis(millis))
    }

    /// How many buckets it is cut into. That number of buckets before the current one still count: together
    /// with the elapsed part of the current one they cover the whole window.
    #[must_use]
    pub fn buckets(self) -> u64 {
        (self.millis / SHORTEST_BUCKET_MS).clamp(1, MOST_BUCKETS)
    }

    /// The bucket a moment falls into. Moments before 1970 are in the first one.
    #[must_use]
    pub fn bucket_at(self, moment: Timestamp) -> u64 {
        u64::try_from(moment.as_millisecond()).unwrap_or(0).saturating_mul(self.buckets()) / self.millis
    }

    /// The first millisecond of a bucket.
    #[must_use]
    pub(super) fn start_of(self, bucket: u64) -> u64 {
        bucket.saturating_mul(self.millis).div_ceil(self.buckets())
    }

    /// Whether a bucket of it, the newest that anything was counted in, is in progress while a newer policy
    /// asks for a shorter window. It is then not known well enough when in it something was admitted.
    #[must_use]
    pub(super) fn is_cut_short_by(self, newer: Self, bucket: u64, now: Timestamp) -> bool {
        newer < self && millis(now) < self.start_of(bucket.saturating_add(1))
    }

    /// The millisecond from which nothing counts any more that was admitted in a bucket, or before.
    #[must_use]
    pub(super) fn end_of(self, bucket: u64) -> u64 {
        self.start_of(bucket.saturating_add(self.buckets()).saturating_add(1))
    }

    /// The moment from which nothing counts any more that was admitted in a bucket; `None` beyond all dates.
    #[must_use]
    pub(super) fn leaves_at(self, bucket: u64) -> Option<Timestamp> {
        Timestamp::from_millisecond(i64::try_from(self.end_of(bucket)).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_stored_by_its_length() {
        let hour = Window::new(Duration::from_secs(3_600)).unwrap();
        assert_eq!((hour.length(), hour.as_millis()), (Duration::from_secs(3_600), 3_600_000));
        assert_eq!(Window::from_millis(3_600_000), Some(hour));
        assert_eq!((Window::from_millis(999), Window::from_millis(1_000)), (None, Some(Window::SHORTEST)));
        let buckets = |seconds| Window::new(Duration::from_secs(seconds)).unwrap().buckets();
        assert_eq!([1, 5, 20, 21, 3_600].map(buckets), [1, 5, 20, 20, 20]);
        let longest = Window::LONGEST.as_millis();
        assert_eq!(
            (Window::from_millis(longest), Window::from_millis(longest + 1)),
            (Some(Window::LONGEST), None)
        );
    }
}
