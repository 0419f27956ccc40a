//! When policies are loaded again, and which of several loads is the latest. No I/O, and no clock.

use jiff::{SignedDuration, Timestamp};

/// How soon a load that failed is tried again.
const RETRY: SignedDuration = SignedDuration::from_secs(1);

/// The same where none has succeeded yet: the decision after a start that failed should not be made without
/// asking.
const FIRST_RETRY: SignedDuration = SignedDuration::from_millis(250);

#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// When the next load is due; `None` until the first.
    due: Option<Timestamp>,
    /// How many loads have begun.
    begun: u64,
    /// The last one that was taken up, as counted by `begun`.
    taken_up: u64,
}

/// A load that has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load(u64);

impl Schedule {
    /// Whether a load is due. One that is further ahead than any load is ever put off was reckoned by a clock
    /// that has been set back since.
    pub(super) fn is_due(&self, ttl: SignedDuration, now: Timestamp) -> bool {
        // A second more, since the clocks of concurrent callbacks may be a little apart.
        let longest = ttl.max(RETRY).saturating_add(SignedDuration::from_secs(1));
        self.due.is_none_or(|due| now >= due || due.duration_since(now) > longest)
    }

    /// Begins a load where one is due. Should it fail or be given up, the next one is soon.
    pub(super) fn begin(&mut self, ttl: SignedDuration, now: Timestamp) -> Option<Load> {
        if !self.is_due(ttl, now) {
            return None;
        }
        self.put_off(if self.taken_up == 0 { FIRST_RETRY } else { RETRY }, now);
        self.begun += 1;
        Some(Load(self.begun))
    }

    /// Puts the next load off, since one has succeeded.
    pub(super) fn put_off(&mut self, by: SignedDuration, now: Timestamp) {
        self.due = now.checked_add(by).ok();
    }

    /// Whether what a load found may be taken up: not where a later one was faster.
    pub(super) fn take_up(&mut self, load: Load) -> bool {
        let is_latest = load.0 >= self.taken_up;
        if is_latest {
            self.taken_up = load.0;
        }
        is_latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::sample::now;

    const TTL: SignedDuration = SignedDuration::from_secs(15);

    fn after(millis: i64) -> Timestamp {
        now() + SignedDuration::from_millis(millis)
    }

    #[test]
    fn a_load_is_due_after_the_ttl_sooner_after_a_failure_or_a_clock_set_back() {
        let mut schedule = Schedule::default();
        assert!(schedule.is_due(TTL, now()), "the first");
        assert!(schedule.begin(TTL, now()).is_some());
        // It failed, and none has succeeded yet.
        assert!(schedule.begin(TTL, after(249)).is_none());
        let load = schedule.begin(TTL, after(250)).unwrap();
        schedule.put_off(TTL, after(250));
        assert!(schedule.take_up(load));
        assert!(schedule.begin(TTL, after(15_249)).is_none());
        assert!(schedule.begin(TTL, after(15_250)).is_some());
        // That one failed too.
        assert!(schedule.begin(TTL, after(16_249)).is_none());
        assert!(schedule.begin(TTL, after(16_250)).is_some());
        // An hour back nobody knows when it is due; a second back may be another thread's clock.
        assert!(schedule.is_due(TTL, after(16_250 - 3_600_000)));
        assert!(!schedule.is_due(TTL, after(16_250 - 1_000)));
    }
}
