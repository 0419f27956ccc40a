//! How fast Sinch is asked.

use std::time::{Duration, Instant};

/// The pause where Sinch asks for fewer questions and does not say how long to wait.
const PAUSE: Duration = Duration::from_secs(5);

/// The longest pause that is waited for; where Sinch wants a longer one, the run ends.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The slowest that a run gets, in time between two questions.
const SLOWEST: Duration = Duration::from_secs(10);

/// The distance between questions.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    pub(super) fn per_second(rate: u32) -> Self {
        Self { interval: Duration::from_secs(1) / rate.max(1), next: None }
    }

    /// How long to wait before a question that is asked as soon as it may be. Lost time is not caught up
    /// with.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = at.checked_add(self.interval);
        at.saturating_duration_since(now)
    }

    /// Halves the rate for the rest of the run, after a pause such as Sinch asks for. Gives how long that is;
    /// none where Sinch wants a longer one than a run should wait.
    pub(super) fn slow_down(&mut self, wish: Option<Duration>, now: Instant) -> Option<Duration> {
        self.interval = (self.interval * 2).min(SLOWEST);
        let pause = wish.unwrap_or(PAUSE).max(self.interval);
        self.next = now.checked_add(pause);
        (pause <= LONGEST_PAUSE).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn questions_keep_their_distance_and_lost_time_is_not_caught_up_with() {
        let mut pace = Pace::per_second(5);
        let begun = Instant::now();
        assert_eq!(pace.wait(begun), millis(0));
        assert_eq!(pace.wait(begun + millis(50)), millis(150));
        assert_eq!(pace.wait(begun + millis(5_000)), millis(0));
        assert_eq!(pace.wait(begun + millis(5_000)), millis(200));
    }

    #[test]
    fn a_wish_for_fewer_questions_is_granted_for_the_rest_of_the_run() {
        let mut pace = Pace::per_second(5);
        let begun = Instant::now();
        pace.wait(begun);
        assert_eq!(pace.slow_down(Some(millis(2_000)), begun), Some(millis(2_000)));
        assert_eq!(pace.wait(begun), millis(2_000));
        assert_eq!(pace.wait(begun + millis(2_000)), millis(400));
        assert_eq!(pace.slow_down(Some(millis(0)), begun), Some(millis(800)));
        assert_eq!(pace.slow_down(None, begun), Some(PAUSE));
        assert_eq!(pace.slow_down(Some(millis(61_000)), begun), None);
    }
}
