//! Progress of long work, on standard error and only where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

/// A bar for work of a known length. It vanishes when it is dropped, so that what is said at the end stands
/// alone.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Work on `total` things, such as `entries`.
    pub(super) fn of(total: usize, things: &'static str) -> Self {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} {msg}, {eta} left");
        Self(ProgressBar::new(total).with_style(or_plain(style)).with_message(things))
    }

    /// Work whose length nobody knows beforehand.
    pub(super) fn unknown(things: &'static str) -> Self {
        let style = ProgressStyle::with_template("{spinner} {human_pos} {msg} {prefix}");
        let bar = ProgressBar::no_length().with_style(or_plain(style)).with_message(things);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Work on a number of bytes.
    pub(super) fn of_bytes(total: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {eta} left");
        Self(ProgressBar::new(total).with_style(or_plain(style)))
    }

    /// Work on a span of time.
    pub(super) fn of_span(from: Timestamp, to: Timestamp) -> Self {
        let seconds = u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0);
        let style = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left");
        Self(ProgressBar::new(seconds).with_style(or_plain(style)))
    }

    /// The span is done up to this time after its beginning.
    pub(super) fn reach(&self, since: SignedDuration) {
        self.0.set_position(u64::try_from(since.as_secs()).unwrap_or(0));
    }

    /// `n` more bytes are done.
    pub(super) fn add_bytes(&self, n: u64) {
        self.0.inc(n);
    }

    /// `n` more are done.
    pub(super) fn add(&self, n: usize) {
        self.0.inc(u64::try_from(n).unwrap_or(u64::MAX));
    }

    /// Prints something without the bar in its way.
    pub(super) fn pause(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }

    /// Where the work is, for work of unknown length.
    pub(super) fn at(&self, place: String) {
        self.0.set_prefix(place);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A template is checked by the tests below; were it wrong, the bar would only look different.
fn or_plain(style: Result<ProgressStyle, impl std::error::Error>) -> ProgressStyle {
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
