//! Moments as people write them: a time, a day, or how long ago.

use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::span;

/// A moment on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    At(Timestamp),
    /// So long before the command runs.
    Ago(Duration),
    /// The latest time of this clock, in UTC.
    Clock(Time),
    /// The beginning of the day that lies a number of days before today, in UTC.
    DaysBefore(i64),
}

/// The units of spans as people say them, and the letter that stands for each.
const UNITS: [(&[&str], char); 4] = [
    (&["s", "sec", "secs", "second", "seconds"], 's'),
    (&["m", "min", "mins", "minute", "minutes"], 'm'),
    (&["h", "hour", "hours"], 'h'),
    (&["d", "day", "days"], 'd'),
];

/// Reads a span of time, such as `10s`.
///
/// # Errors
/// Where it is none.
pub(super) fn lasting(text: &str) -> anyhow::Result<Duration> {
    span::parse(text).context("write a span of time, such as 10s or 5m")
}

impl Moment {
    /// Reads a time, a day, a time of the day, `yesterday`, or how long ago, such as `6h` or `10 minutes`.
    /// What names no zone is in UTC.
    ///
    /// # Errors
    /// Where it is none of them.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let words = text.trim().to_lowercase();
        match words.as_str() {
            "now" => return Ok(Self::Ago(Duration::ZERO)),
            "today" => return Ok(Self::DaysBefore(0)),
            "yesterday" => return Ok(Self::DaysBefore(1)),
            _ => {}
        }
        let ago = ago(words.strip_suffix(" ago").unwrap_or(&words));
        if let Some(moment) = ago.map(Self::Ago).or_else(|| Self::named(text.trim())) {
            return Ok(moment);
        }
        bail!(
            "write a time such as 2026-01-15T09:30:00Z or 18:00 (UTC), a day such as 2026-01-15 or \
             yesterday, or how long ago, such as 6h"
        )
    }

    /// A time by its name: with a zone, in UTC without, a day, or a time of the day.
    fn named(text: &str) -> Option<Self> {
        let in_utc = |at: DateTime| TimeZone::UTC.to_timestamp(at).ok();
        // A text with a time of day would also be read as its day.
        if let Ok(day) = text.parse::<Date>()
            && text.chars().all(|character| character.is_ascii_digit() || character == '-')
        {
            return in_utc(day.at(0, 0, 0, 0)).map(Self::At);
        }
        if let Ok(at) = text.parse() {
            return Some(Self::At(at));
        }
        if let Ok(at) = text.parse::<DateTime>() {
            return in_utc(at).map(Self::At);
        }
        let time = text.strip_suffix(['Z', 'z']).unwrap_or(text);
        time.parse().ok().filter(|_| time.contains(':')).map(Self::Clock)
    }

    /// The time that is meant.
    pub(super) fn before(self, now: Timestamp) -> Timestamp {
        let today = TimeZone::UTC.to_datetime(now).date();
        let in_utc = |at: DateTime| TimeZone::UTC.to_timestamp(at).unwrap_or(now);
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
            Self::Clock(time) => {
                let at = in_utc(today.to_datetime(time));
                if at > now { at.checked_sub(SignedDuration::from_hours(24)).unwrap_or(at) } else { at }
            }
            Self::DaysBefore(days) => {
                let midnight = in_utc(today.at(0, 0, 0, 0));
                midnight.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(midnight)
            }
        }
    }
}

/// How long ago, as people say it: `6h`, `10 minutes`.
fn ago(words: &str) -> Option<Duration> {
    if let Some(span) = span::parse(words) {
        return Some(span);
    }
    let digits = words.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = words.strip_prefix(digits)?.trim_start();
    let (_, letter) = UNITS.into_iter().find(|(names, _)| names.contains(&unit))?;
    span::parse(&format!("{digits}{letter}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_a_day_or_how_long_ago() {
        let now: Timestamp = "2026-01-15T09:30:00Z".parse().unwrap();
        for (text, time) in [
            ("2026-01-14T08:00:00+01:00", "2026-01-14T07:00:00Z"),
            ("2026-01-14", "2026-01-14T00:00:00Z"),
            ("6h", "2026-01-15T03:30:00Z"),
            ("0s", "2026-01-15T09:30:00Z"),
            ("now", "2026-01-15T09:30:00Z"),
            ("10 minutes", "2026-01-15T09:20:00Z"),
            ("10min", "2026-01-15T09:20:00Z"),
            ("1 hour ago", "2026-01-15T08:30:00Z"),
            ("2 Days", "2026-01-13T09:30:00Z"),
            ("09:00", "2026-01-15T09:00:00Z"),
            ("09:30", "2026-01-15T09:30:00Z"),
            ("18:00", "2026-01-14T18:00:00Z"),
            ("18:00:30Z", "2026-01-14T18:00:30Z"),
            ("today", "2026-01-15T00:00:00Z"),
            ("Yesterday", "2026-01-14T00:00:00Z"),
            ("2026-01-14T08:00:00", "2026-01-14T08:00:00Z"),
            ("2026-01-14T08:00", "2026-01-14T08:00:00Z"),
            ("2026-01-14 08:00", "2026-01-14T08:00:00Z"),
            ("2026-01-14T08", "2026-01-14T08:00:00Z"),
            ("2026-01-14T08:00Z", "2026-01-14T08:00:00Z"),
            ("2026-01-14 08:00+01:00", "2026-01-14T07:00:00Z"),
        ] {
            assert_eq!(Moment::parse(text).unwrap().before(now).to_string(), time, "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-01-14T25:00",
            "2026-01-14T25",
            "2026-01-14T",
            "2026-01-14T8",
            "25:00",
            "-6h",
            "10 weeks",
            "ago",
            "6",
            "9",
        ] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
    }
}
