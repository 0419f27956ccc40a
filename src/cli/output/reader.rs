//! Whether somebody still reads standard output, for commands that go on until nobody does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::HAS_LOST_ITS_READER;

/// Waits, but not on where the reader of standard output goes away meanwhile, as `head` does: without a line
/// to write, nobody would notice.
pub(in crate::cli) async fn rest(span: Duration) {
    tokio::select! {
        () = tokio::time::sleep(span) => {}
        () = reader_has_gone() => HAS_LOST_ITS_READER.store(true, Ordering::Relaxed),
    }
}

#[cfg(unix)]
async fn reader_has_gone() {
    use std::os::fd::AsFd as _;

    use tokio::io::{Interest, Ready};
    use tokio::net::unix::pipe::Sender;

    // What cannot be waited for, such as a file, has no reader that could go away.
    if let Ok(stdout) = std::io::stdout().as_fd().try_clone_to_owned()
        && let Ok(pipe) = Sender::from_owned_fd_unchecked(stdout)
        && pipe.ready(Interest::ERROR).await.is_ok_and(Ready::is_error)
    {
        return;
    }
    std::future::pending::<()>().await;
}

#[cfg(not(unix))]
async fn reader_has_gone() {
    std::future::pending::<()>().await;
}
