//! When a question is asked again.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::error::ApiError;

/// How often a question is asked at most.
const MOST_TRIES: u32 = 4;

/// The pause before the second try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(400);

/// The longest that Sinch may ask to wait without the caller being asked instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long to wait before the next try, after `tried` tries of a question; `None` where there is none.
/// `jitter`, from 0 to 1, spreads the tries of many that fail at once.
pub(super) fn pause(error: &ApiError, tried: u32, jitter: f64) -> Option<Duration> {
    if tried >= MOST_TRIES || !error.may_pass() {
        return None;
    }
    let doubled = FIRST_PAUSE * 2_u32.pow(tried.saturating_sub(1));
    let pause = doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
    match error.retry_after() {
        Some(asked) if asked > LONGEST_PAUSE => None,
        Some(asked) => Some(pause.max(asked)),
        None => Some(pause),
    }
}

/// Reads a `Retry-After` header: seconds, or a date.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::{Purpose, Refusal};
    use super::*;

    fn refused(http_status: u16, retry_after: Option<Duration>) -> ApiError {
        let refusal = Refusal { retry_after, ..Refusal::read(http_status, b"", None) };
        ApiError::Refused { purpose: Purpose::Status, refusal }
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = (1..=4).map(|tried| pause(&refused(503, None), tried, 1.0)).collect();
        let millis = [Some(400), Some(800), Some(1600), None];
        assert_eq!(pauses, millis.map(|millis| millis.map(Duration::from_millis)));
        assert_eq!(pause(&refused(503, None), 1, 0.0), Some(Duration::from_millis(200)));
    }

    #[test]
    fn what_will_not_pass_is_not_asked_again() {
        assert_eq!(pause(&refused(404, None), 1, 0.5), None);
    }

    #[test]
    fn a_wish_of_sinch_is_granted_or_passed_on() {
        let wish = |seconds| pause(&refused(429, Some(Duration::from_secs(seconds))), 1, 0.5);
        assert_eq!(wish(3), Some(Duration::from_secs(3)));
        assert_eq!(wish(0), Some(Duration::from_millis(300)));
        assert_eq!(wish(11), None);
    }

    #[test]
    fn a_wish_is_seconds_or_a_date() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        for (header, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Fri, 02 Jan 2026 03:04:35 GMT", Some(30)),
            ("Fri, 02 Jan 2026 03:04:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), seconds.map(Duration::from_secs), "{header}");
        }
    }
}
