//! Logs and metrics: JSON lines on standard output for the function, on standard error for the tool.

use std::borrow::Cow;
use std::io::Write;

use tracing::Subscriber;
pub use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging for the function.
pub fn start(level: LevelFilter) {
    start_on(level, std::io::stdout);
}

/// Starts logging to a writer; a second start has no effect.
pub fn start_on<W>(level: LevelFilter, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let _ = subscriber(level, writer).try_init();
}

/// What makes JSON lines of what is logged.
fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(filter(level));
    tracing_subscriber::registry().with(lines)
}

/// The lines that some code writes to the log, without their time and where they come from.
#[cfg(test)]
pub(crate) fn lines_of(code: impl FnOnce()) -> Vec<String> {
    let written = tempfile::NamedTempFile::new().unwrap();
    let writer = std::sync::Mutex::new(written.reopen().unwrap());
    tracing::subscriber::with_default(subscriber(LevelFilter::TRACE, writer), code);
    let lines = std::fs::read_to_string(written.path()).unwrap();
    let stripped = |line: &str| {
        let (_, line) = line.split_once("\"level\"").unwrap();
        let (line, _) = line.rsplit_once(",\"target\"").unwrap();
        format!("{{\"level\"{line}}}")
    };
    lines.lines().map(stripped).collect()
}

/// How much of a text that others choose is written to the log, in characters.
const LONGEST_QUOTE: usize = 128;

/// A text that others choose, such as a reference, as it is written to the log: in full, unless it is long.
pub(crate) fn quoted(text: &str) -> Cow<'_, str> {
    cut(text, LONGEST_QUOTE)
}

/// A text as it is written to the log where at most `longest` characters of it can be of use.
pub(crate) fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest).and_then(|(end, _)| text.get(..end)) {
        None => Cow::Borrowed(text),
        Some(start) => Cow::Owned(format!("{start}… ({} bytes)", text.len())),
    }
}

/// Writes whole lines to a stream such as standard output, beside the log. What cannot be written is lost,
/// since there is nobody to report it to.
pub fn lines_to<W: Write>(stream: impl Fn() -> W) -> impl Fn(&str) {
    move |lines| {
        let _ = stream().write_all(lines.as_bytes());
    }
}

/// The level is for the gate's own lines. The libraries below it log requests with their bodies at the finer
/// levels, so nothing but their warnings is ever shown.
fn filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("sinch_gate", level)
        // The embedded engine reports every failed condition as a warning; for quotas they are the normal
        // case.
        .with_target("dynoxide", LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn what_others_choose_is_quoted_to_a_bound() {
        let exact = "é".repeat(LONGEST_QUOTE);
        assert_eq!(quoted(&exact), exact);
        for n_more in [1, 300_000] {
            let long = exact.clone() + &"x".repeat(n_more);
            assert_eq!(quoted(&long), format!("{exact}… ({} bytes)", 256 + n_more));
        }
    }

    #[test]
    fn no_level_lets_the_libraries_log_bodies() {
        for level in [LevelFilter::ERROR, LevelFilter::INFO, LevelFilter::TRACE] {
            let filter = filter(level);
            assert!(!filter.would_enable("aws_smithy_runtime::client", &Level::INFO), "{level}");
            assert!(!filter.would_enable("dynoxide::server", &Level::ERROR), "{level}");
        }
        assert!(filter(LevelFilter::DEBUG).would_enable("sinch_gate::gate", &Level::DEBUG));
        assert!(!filter(LevelFilter::ERROR).would_enable("hyper", &Level::WARN));
    }
}
