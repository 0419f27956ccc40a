//! The age of a signature.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::SignatureError;

/// How far from the receiver's clock a request may have been signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tolerance {
    /// How long before it.
    pub late: Duration,
    /// How far ahead of it.
    pub early: Duration,
}

impl Tolerance {
    /// The same to either side, as for a difference of clocks.
    #[must_use]
    pub fn either_way(difference: Duration) -> Self {
        Self { late: difference, early: difference }
    }
}

/// How long before the receiver's clock a request was signed; below zero for one ahead of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Age(pub(super) SignedDuration);

impl Age {
    /// Reads the time that an `x-timestamp` header states: ISO 8601 with any offset from UTC. Sinch sends a
    /// `Z`; the text is signed as it stands, so another way to write the same time proves just as much.
    pub(super) fn of(timestamp: &str, now: Timestamp) -> Result<Self, SignatureError> {
        match timestamp.parse::<Timestamp>() {
            Ok(signed) => Ok(Self(now.duration_since(signed))),
            Err(_) => Err(SignatureError::MalformedTimestamp {
                problem: "it is not an ISO 8601 time with its offset from UTC, such as \
                    `2014-09-24T10:59:41.1234567Z`",
            }),
        }
    }

    /// Checks that the age is within `tolerance`.
    pub(super) fn check(self, tolerance: Tolerance) -> Result<(), SignatureError> {
        let distance = self.0.unsigned_abs();
        let Tolerance { late, early } = tolerance;
        match self.0.is_negative() {
            true if distance > early => Err(SignatureError::Early { ahead: distance, tolerance: early }),
            false if distance > late => Err(SignatureError::Stale { age: distance, tolerance: late }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Tolerance =
        Tolerance { late: Duration::from_secs(300), early: Duration::from_secs(300) };

    #[track_caller]
    fn check(timestamp: &str, now: &str, expected: Result<(), &str>) {
        let result = Age::of(timestamp, now.parse().unwrap()).and_then(|age| age.check(TOLERANCE));
        assert_eq!(result.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn accepts_the_tolerance_itself_and_nothing_beyond_it() {
        check("2026-03-02T10:15:30Z", "2026-03-02T10:15:30Z", Ok(()));
        check("2026-03-02T10:15:30Z", "2026-03-02T10:20:30Z", Ok(()));
        check("2026-03-02T10:15:30Z", "2026-03-02T10:10:30Z", Ok(()));
        check(
            "2026-03-02T10:15:30Z",
            "2026-03-02T10:20:30.000000001Z",
            Err("signed 300.0 s ago, 300 s are accepted: a replay, a long delay, or a wrong clock here"),
        );
        check(
            "2026-03-02T10:15:30Z",
            "2026-03-02T10:10:29Z",
            Err("signed 301.0 s in the future, 300 s are accepted: a wrong clock here"),
        );
    }

    #[test]
    fn reads_the_seven_fraction_digits_that_sinch_sends() {
        check("2026-03-02T10:15:30.1234567Z", "2026-03-02T10:20:30.1234567Z", Ok(()));
    }

    #[test]
    fn each_side_has_a_tolerance_of_its_own() {
        let day = Duration::from_secs(86_400);
        let check = |tolerance, seconds| Age(SignedDuration::from_secs(seconds)).check(tolerance).is_ok();
        let late = Tolerance { late: day, ..TOLERANCE };
        assert!(check(late, 86_400) && !check(late, 86_401) && check(late, -300) && !check(late, -301));
        let early = Tolerance { early: day, ..TOLERANCE };
        assert!(check(early, 300) && !check(early, 301) && check(early, -86_400) && !check(early, -86_401));
    }

    #[test]
    fn reads_the_same_time_with_any_offset() {
        for timestamp in [
            "2026-03-02T10:15:30Z",
            "2026-03-02T10:15:30z",
            "2026-03-02T10:15:30+00:00",
            "2026-03-02T10:15:30-00:00",
            "2026-03-02T10:15:30+0000",
            "2026-03-02T12:15:30+02:00",
            "2026-03-02T12:15:30.000+0200",
            "2026-03-02T12:15:30+02",
            "2026-03-01T22:45:30-11:30",
        ] {
            check(timestamp, "2026-03-02T10:20:30Z", Ok(()));
            check(
                timestamp,
                "2026-03-02T10:20:31Z",
                Err("signed 301.0 s ago, 300 s are accepted: a replay, a long delay, or a wrong clock here"),
            );
        }
    }

    #[test]
    fn refuses_anything_but_iso_8601_with_an_offset() {
        let refused = [
            "",
            "Z",
            "1772446530",
            "2026-03-02T10:15:30",
            "2026-03-02T10:15:30+26:00",
            "2026-03-02T10:15:30+2:00",
            "2026-03-02T10:15:30 GMT",
            "x-timestamp:2026-03-02T10:15:30Z",
            "2026-13-02T10:15:30Z",
            "99999-03-02T10:15:30Z",
            "Mon, 02 Mar 2026 10:15:30 GMT",
        ];
        for timestamp in refused {
            check(
                timestamp,
                "2026-03-02T10:15:30Z",
                Err("x-timestamp header is not usable: it is not an ISO 8601 time with its offset from \
                     UTC, such as `2014-09-24T10:59:41.1234567Z`"),
            );
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let far = ["-009999-01-02T01:59:59Z", "9999-12-30T22:00:00Z"];
        for (timestamp, now) in [(far[0], far[1]), (far[1], far[0])] {
            assert!(Age::of(timestamp, now.parse().unwrap()).unwrap().check(TOLERANCE).is_err());
        }
    }
}
