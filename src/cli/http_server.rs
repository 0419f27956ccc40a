//! What answers on a local port: the gate, or the pages of a report.
//!
//! Whatever comes, the work is bounded: the connections, the time that one may take to send a request, and
//! the requests that are handled at the same moment. Beyond that a request is answered with 503 at once,
//! rather than later than anybody waits for it.

mod callbacks;
mod connections;

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::serve::Listener;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use crate::endpoint::{BodyError, LARGEST_BODY};
use connections::{Connections, Place};

/// The most connections that are open at once. A new one takes the place of the one that has been silent for
/// the longest time.
pub(crate) const MOST_CONNECTIONS: usize = 256;

/// The most requests that are handled at once. With the connections, and those that handling them opens to
/// the embedded engine, the process stays below the 1,024 open files that a process usually may have.
pub(crate) const MOST_HANDLED: usize = 50;

/// How long a request may wait for others to be done with. A burst is short; a table that is slow is not.
const TURN: Duration = Duration::from_millis(250);

/// How long the head of a request may take, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(30);

/// How long the body of a request may take.
const BODY: Duration = Duration::from_secs(10);

/// How long half a request may hold up a stop.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A reply.
pub(crate) type Reply = Response<Full<Bytes>>;

/// What answers requests.
pub(crate) trait Answers: Send + Sync + 'static {
    /// Answers a request, whose body is here as far as it could be read.
    fn answer(&self, request: &Parts, body: Result<&[u8], BodyError>) -> impl Future<Output = Reply> + Send;

    /// Answers a request that cannot be handled, since as many are being handled as may be at once.
    fn refuse_as_busy(&self) -> Reply;
}

/// What handles requests.
struct Server<A> {
    answers: Arc<A>,
    turns: Arc<Semaphore>,
    /// Nothing is ever sent: each handling keeps a clone, so that the receiver sees when the last one is
    /// done.
    busy: mpsc::Sender<Infallible>,
}

impl<A> Clone for Server<A> {
    fn clone(&self) -> Self {
        let Self { answers, turns, busy } = self;
        Self { answers: Arc::clone(answers), turns: Arc::clone(turns), busy: busy.clone() }
    }
}

/// Serves requests on a listener until `stop` resolves and all that has begun is done.
pub(crate) async fn run(
    answers: Arc<impl Answers>,
    mut listener: impl Listener<Addr: Debug>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let (busy, mut idle) = mpsc::channel(1);
    let server = Server { answers, turns: Arc::new(Semaphore::new(MOST_HANDLED)), busy };
    let connections = Connections::new(MOST_CONNECTIONS);
    let (stopping, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepting = async {
            let place = connections.take_place().await;
            (listener.accept().await.0, place)
        };
        let (stream, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accepting => accepted,
        };
        tokio::spawn(serve(stream, server.clone(), place, stopped.clone()));
    }
    drop((listener, server, stopped));
    let _ = stopping.send(());
    // The last handling may outlive its connection, where the caller hung up.
    idle.recv().await;
    stopping.closed().await;
}

/// Serves one connection until either end closes it.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    server: Server<impl Answers>,
    place: Place,
    mut stopped: watch::Receiver<()>,
) {
    let place = Arc::new(place);
    let service = service_fn(|request| handle(server.clone(), Arc::clone(&place), request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = place.is_wanted() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let half_sent = async {
        tokio::time::sleep(LAST_WORDS).await;
        place.is_silent().await;
    };
    tokio::select! {
        _ = connection => {}
        () = half_sent => {}
    }
}

/// Resolves when the process is asked to stop: Ctrl-C, or a TERM signal. It listens from the call on, so that
/// nothing is missed before the future is polled for the first time.
#[cfg(unix)]
pub(super) fn stop_signal() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// A signal that cannot be listened for keeps its own effect, which is to end the process.
    async fn heard(signal: std::io::Result<Signal>) {
        match signal {
            Ok(mut signal) => _ = signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    }

    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        tokio::select! {
            () = heard(interrupt) => {}
            () = heard(terminate) => {}
        }
    }
}

/// Resolves when the process is asked to stop: Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn stop_signal() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Handles a request in a task of its own. This future is dropped when the caller hangs up, which must not
/// leave a callback half handled: a share taken and not recorded, or an outcome neither stored nor in the
/// log.
async fn handle(
    server: Server<impl Answers>,
    place: Arc<Place>,
    request: Request<Incoming>,
) -> Result<Reply, Infallible> {
    let handled = tokio::spawn(async move {
        let response = answer(&server, &place, request).await;
        drop(server.busy);
        response
    });
    Ok(handled.await.unwrap_or_else(|_| {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    }))
}

async fn answer(server: &Server<impl Answers>, place: &Place, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    let body = read(body).await;
    let _handling = place.handling();
    let Ok(Ok(_turn)) = timeout(TURN, server.turns.acquire()).await else {
        return server.answers.refuse_as_busy();
    };
    server.answers.answer(&parts, body.as_deref().map_err(|error| *error)).await
}

/// The whole body, or why it was not read to its end.
async fn read(body: Incoming) -> Result<Bytes, BodyError> {
    match timeout(BODY, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) | Err(_) => Err(BodyError::CutOff),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_what_is_bounded() {
        let document = include_str!("../../docs/configuration.md");
        for said in [
            format!("at most {MOST_HANDLED} requests at once"),
            format!("at most {MOST_CONNECTIONS} connections"),
            format!("head of a request may take {} seconds", HEAD.as_secs()),
            format!("a body may take {}", BODY.as_secs()),
        ] {
            assert!(document.contains(&said), "{said}");
        }
        assert_eq!((TURN.as_millis(), LAST_WORDS.as_secs()), (250, 2), "as words in the document");
    }
}
