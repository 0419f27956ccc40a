//! Moments as people write them: a time, a day, or how long ago.

use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::span;

/// A moment on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    At(Timestamp),
    /// So long before the command runs.
    Ago(Duration),
}

/// Reads a span of time, such as `10s`.
///
/// # Errors
/// Where it is none.
pub(super) fn lasting(text: &str) -> anyhow::Result<Duration> {
    span::parse(text).context("write a span of time, such as 10s or 5m")
}

impl Moment {
    /// Reads `2026-01-15T09:30:00Z`, `2026-01-15` for the beginning of that day in UTC, or `6h` for six hours
    /// ago.
    ///
    /// # Errors
    /// Where it is none of them.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        if let Some(ago) = span::parse(text) {
            return Ok(Self::Ago(ago));
        }
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        match format!("{text}T00:00:00Z").parse() {
            Ok(midnight) => Ok(Self::At(midnight)),
            Err(_) => bail!(
                "write a time such as 2026-01-15T09:30:00Z, a day such as 2026-01-15, or how long ago, such \
                 as 6h"
            ),
        }
    }

    /// The time that is meant.
    pub(super) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
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
        ] {
            assert_eq!(Moment::parse(text).unwrap().before(now).to_string(), time, "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-01-14T08:00:00", "-6h"] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
    }
}
