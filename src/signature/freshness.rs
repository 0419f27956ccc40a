//! The age of a signature.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::SignatureError;

/// How long before the receiver's clock a request was signed; below zero for one ahead of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Age(pub(super) SignedDuration);

impl Age {
    /// Reads the time that an `x-timestamp` header states. Sinch sends ISO 8601 in UTC with a `Z`, so other
    /// zones are refused along with other forms.
    pub(super) fn of(timestamp: &str, now: Timestamp) -> Result<Self, SignatureError> {
        let malformed = SignatureError::MalformedTimestamp {
            problem: "it is not an ISO 8601 time in UTC, such as `2014-09-24T10:59:41.1234567Z`",
        };
        match timestamp.parse::<Timestamp>() {
            Ok(signed) if timestamp.ends_with('Z') => Ok(Self(now.duration_since(signed))),
            _ => Err(malformed),
        }
    }

    /// Checks that the age is at most `tolerance`, to either side.
    pub(super) fn check(self, tolerance: Duration) -> Result<(), SignatureError> {
        let distance = self.0.unsigned_abs();
        if distance <= tolerance {
            Ok(())
        } else if self.0.is_negative() {
            Err(SignatureError::Early { ahead: distance, tolerance })
        } else {
            Err(SignatureError::Stale { age: distance, tolerance })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Duration = Duration::from_secs(300);

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
    fn refuses_anything_but_iso_8601_in_utc() {
        let refused = [
            "",
            "Z",
            "1772446530",
            "2026-03-02T10:15:30",
            "2026-03-02T10:15:30+00:00",
            "2026-03-02T12:15:30+02:00",
            "x-timestamp:2026-03-02T10:15:30Z",
            "2026-13-02T10:15:30Z",
            "99999-03-02T10:15:30Z",
            "Mon, 02 Mar 2026 10:15:30 GMT",
        ];
        for timestamp in refused {
            check(
                timestamp,
                "2026-03-02T10:15:30Z",
                Err("x-timestamp header is not usable: it is not an ISO 8601 time in UTC, \
                     such as `2014-09-24T10:59:41.1234567Z`"),
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
