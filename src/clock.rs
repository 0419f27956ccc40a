//! The one place that reads the clock.

use jiff::Timestamp;

/// The time, read once per request by the edges and passed on as an argument.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
