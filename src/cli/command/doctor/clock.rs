//! This machine's clock beside that of whoever answered.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::check::Check;

/// The difference in seconds from which on a clock is wrong.
const MOST: i64 = 60;

/// What `Date` headers and the time a reply needs can differ by, in seconds, with the best of clocks.
const NOISE: i64 = 2;

/// Another clock, read at a moment of this one's.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// Whose clock it is.
    pub(super) whose: String,
    /// The `Date` header.
    pub(super) date: String,
    /// When it arrived, by this machine's clock.
    pub(super) read_at: Timestamp,
}

impl Reading {
    /// By how many seconds this machine's clock is ahead; `None` where the header is not a date.
    pub(super) fn ahead(&self) -> Option<i64> {
        let theirs = rfc2822::DateTimeParser::new().parse_timestamp(&self.date).ok()?;
        Some(self.read_at.as_second() - theirs.as_second())
    }

    /// Whether the difference is one that a signature may fail for.
    pub(super) fn is_wrong(&self) -> bool {
        self.ahead().is_some_and(|ahead| ahead.abs() > MOST)
    }
}

/// Compares the clocks.
pub(super) fn check(reading: Option<&Reading>) -> Check {
    let Some((whose, ahead)) = reading.and_then(|reading| Some((&reading.whose, reading.ahead()?))) else {
        return Check::not_known("clock", "nobody else's clock could be read");
    };
    let distance = ahead.abs();
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let what = format!("this machine is {distance} s {side} {whose}");
    match distance {
        0..=NOISE => Check::ok("clock", format!("this machine agrees with {whose}")),
        _ if distance <= MOST => Check::ok("clock", what),
        _ => Check::found(
            "clock",
            what,
            "set the clock that is wrong, by NTP; signatures and windows rest on it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[track_caller]
    fn check_at(read_at: &str, state: State, what: &str) {
        let date = "Mon, 02 Mar 2026 10:15:30 GMT".to_owned();
        let reading = Reading { whose: "example.com".to_owned(), date, read_at: read_at.parse().unwrap() };
        let check = check(Some(&reading));
        assert_eq!((check.state, check.what.as_str()), (state, what));
    }

    #[test]
    fn a_minute_is_accepted_either_way() {
        check_at("2026-03-02T10:15:31Z", State::Ok, "this machine agrees with example.com");
        check_at("2026-03-02T10:16:30Z", State::Ok, "this machine is 60 s ahead of example.com");
        check_at("2026-03-02T10:16:31Z", State::Found, "this machine is 61 s ahead of example.com");
        check_at("2026-03-02T10:14:29Z", State::Found, "this machine is 61 s behind example.com");
    }

    #[test]
    fn a_header_that_is_no_date_tells_nothing() {
        let reading = Reading {
            whose: "example.com".to_owned(),
            date: "soon".to_owned(),
            read_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(check(Some(&reading)).state, State::NotKnown);
        assert_eq!(check(None).state, State::NotKnown);
    }
}
