//! Logs and metrics: JSON lines on standard output for the function, on standard error for the tool.

use std::io::Write;

use tracing::level_filters::LevelFilter;
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
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(filter(level));
    let _ = tracing_subscriber::registry().with(lines).try_init();
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
    fn no_level_lets_the_libraries_tell_bodies() {
        for level in [LevelFilter::ERROR, LevelFilter::INFO, LevelFilter::TRACE] {
            let filter = filter(level);
            assert!(!filter.would_enable("aws_smithy_runtime::client", &Level::INFO), "{level}");
            assert!(!filter.would_enable("dynoxide::server", &Level::ERROR), "{level}");
        }
        assert!(filter(LevelFilter::DEBUG).would_enable("sinch_gate::gate", &Level::DEBUG));
        assert!(!filter(LevelFilter::ERROR).would_enable("hyper", &Level::WARN));
    }
}
