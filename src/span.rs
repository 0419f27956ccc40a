//! Spans of time as people write them: `30s`, `5m`, `3h`, `1d`.

use std::fmt;
use std::time::Duration;

/// The units, longest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads a whole number and its unit, with nothing around or between them. Any number is accepted, zero
/// included, as long as its seconds can be counted: the range of a span depends on what it is for.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (unit, seconds) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let digits = text.strip_suffix(unit)?;
    // `u64` would also read a sign.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = is_number.then(|| digits.parse().ok())??;
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// Shows a span in the longest unit that leaves a whole number; a fraction of a second is left out.
pub(crate) fn show(span: Duration) -> impl fmt::Display {
    let all_seconds = span.as_secs();
    let fits = |(_, seconds): &(char, u64)| all_seconds.is_multiple_of(*seconds);
    // Zero fits every unit, and is shown in the shortest.
    let fitting = UNITS.into_iter().find(fits).filter(|_| all_seconds > 0);
    let (unit, seconds) = fitting.unwrap_or(('s', 1));
    fmt::from_fn(move |f| write!(f, "{}{unit}", all_seconds / seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: Option<u64>) {
        assert_eq!(parse(text), seconds.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn spans_of_time_read_as_people_write_them() {
        check("30s", Some(30));
        check("5m", Some(300));
        check("3h", Some(10_800));
        check("31d", Some(2_678_400));
        check("0s", Some(0));
    }

    #[test]
    fn nothing_else_is_a_span_of_time() {
        for text in ["", "d", "5", "+5m", "-5m", "1.5h", "5 m", " 5m", "5m ", "5min", "1d12h", "5M", "٥m"] {
            check(text, None);
        }
    }

    #[test]
    fn spans_too_long_to_count_are_none() {
        check("18446744073709551615s", Some(u64::MAX));
        check("18446744073709551616s", None);
        check("999999999999999999d", None);
    }

    #[test]
    fn a_span_is_shown_as_it_is_written() {
        for text in ["0s", "30s", "90s", "5m", "90m", "3h", "36h", "1d", "31d"] {
            assert_eq!(show(parse(text).unwrap()).to_string(), text);
        }
        assert_eq!(show(Duration::from_secs(3_600)).to_string(), "1h");
        assert_eq!(show(Duration::from_millis(1_500)).to_string(), "1s");
    }
}
