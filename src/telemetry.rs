//! Logs: JSON lines on standard output for the function, on standard error for the tool.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Starts logging for the function. `level` is a level such as `info`, or directives such as
/// `info,sinch_gate=debug`; one that cannot be read counts as `info`.
pub fn start(level: &str) {
    start_on(level, std::io::stdout);
}

/// Starts logging to a writer; a second start is without effect.
pub fn start_on<W>(level: &str, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // The embedded engine reports every failed condition as a warning; for quotas they are the normal case.
    let directives = format!("{level},dynoxide=off");
    let filter = EnvFilter::try_new(&directives).unwrap_or_else(|_| EnvFilter::new("info,dynoxide=off"));
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .try_init();
}
