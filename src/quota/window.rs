//! The span of time in which a limit holds, and its buckets.

use std::time::Duration;

use jiff::Timestamp;

/// How many buckets a window is cut into, where they do not become shorter than [`SHORTEST_BUCKET_MS`].
const BUCKETS: u64 = 20;

/// Shorter buckets would turn, and so cost a second write, more often than they make admission smoother.
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

    /// The most buckets before the current one that any window counts.
    pub(super) const MOST_PAST_BUCKETS: u64 = BUCKETS;

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

    /// The length of one bucket.
    #[must_use]
    pub(super) fn bucket_ms(self) -> u64 {
        self.millis.div_ceil(BUCKETS).max(SHORTEST_BUCKET_MS)
    }

    /// How many buckets before the current one still count, so that together with the part of the current
    /// one that has gone by they cover the window and never less.
    #[must_use]
    pub(super) fn past_buckets(self) -> u64 {
        self.millis.div_ceil(self.bucket_ms())
    }

    /// The bucket a moment falls into. Moments before 1970 are the first bucket.
    #[must_use]
    pub(super) fn bucket_at(self, moment: Timestamp) -> u64 {
        u64::try_from(moment.as_millisecond()).unwrap_or(0) / self.bucket_ms()
    }
}
