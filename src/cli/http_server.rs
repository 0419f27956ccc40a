//! The gate on a local port.

use std::convert::Infallible;
use std::error::Error as _;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::serve::{Listener, serve};
use http_body_util::LengthLimitError;
use tokio::sync::mpsc;

use crate::clock;
use crate::endpoint::{BodyError, Callback, Endpoint, LARGEST_BODY, Reply};
use crate::signature::Headers;

/// What handles requests.
#[derive(Clone)]
struct Server {
    endpoint: Arc<Endpoint>,
    /// Nothing is ever sent: each handling keeps a clone, so that the receiver sees when the last one is
    /// done.
    busy: mpsc::Sender<Infallible>,
}

/// Serves callbacks on a listener until `stop` resolves and all that has begun is done.
///
/// # Errors
/// Where the listener fails.
pub(crate) async fn run(
    endpoint: Arc<Endpoint>,
    listener: impl Listener<Addr: Debug>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (busy, mut idle) = mpsc::channel(1);
    let router = Router::new().fallback(handle).with_state(Server { endpoint, busy });
    serve(listener, router).with_graceful_shutdown(stop).await?;
    // A handling outlives its connection where the caller hung up.
    idle.recv().await;
    Ok(())
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
async fn handle(State(server): State<Server>, request: Request) -> Response {
    let handled = tokio::spawn(async move {
        let reply = answer(&server.endpoint, request).await;
        drop(server.busy);
        reply
    });
    handled.await.map_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response(), to_response)
}

async fn answer(endpoint: &Endpoint, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.map_err(|error| body_error(&error));
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let callback = Callback {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        stage: None,
        headers: Headers::new(headers),
        body: body.as_deref().map_err(|error| *error),
    };
    endpoint.handle(callback, clock::now()).await
}

/// Why a body was not read to its end.
fn body_error(error: &axum::Error) -> BodyError {
    let is_limit = error.source().is_some_and(<dyn std::error::Error>::is::<LengthLimitError>);
    if is_limit { BodyError::TooLarge } else { BodyError::CutOff }
}

fn to_response(reply: Reply) -> Response {
    let content_type = HeaderValue::from_static(reply.content_type());
    let mut response = (reply.status, Body::from(reply.body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
