//! How requests go out: HTTP/1.1, on connections that are kept.
//!
//! It stands in the place of the SDK's own HTTP client, which also speaks HTTP/2, and so makes a function a
//! tenth larger. DynamoDB speaks HTTP/1.1, where a connection carries one request at a time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use rustls::ClientConfig;
use tower_service::Service as _;

/// How long a connection is kept that nothing is asked on.
const KEPT: Duration = Duration::from_secs(90);

/// What sends requests.
#[derive(Clone)]
pub(super) struct Http(Arc<Shared>);

struct Shared {
    connector: HttpsConnector<TcpConnector>,
    /// How long to wait for a connection.
    patience: Duration,
    /// Connections on which nothing is asked at the moment, the last used one last.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    /// Where it leads: scheme, host and port.
    to: Uri,
    connection: Connection,
    since: Instant,
}

/// A connection.
type Connection = SendRequest<Full<Bytes>>;

impl Http {
    /// Connections that are secured like this where their address asks for it, and each made in this time.
    pub(super) fn new(tls: ClientConfig, patience: Duration) -> Self {
        let mut tcp = TcpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let connector = HttpsConnector::from((tcp, tls));
        Self(Arc::new(Shared { connector, patience, idle: Mutex::default() }))
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("patience", &self.0.patience).finish_non_exhaustive()
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let shared = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { shared.send(request).await })
    }
}

impl Shared {
    /// Sends a request and reads the reply. Whoever no longer waits for it drops the connection with it.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (mut head, body) = request.into_parts();
        let body = body.bytes().map(Bytes::copy_from_slice);
        let body = body.ok_or_else(|| ConnectorError::user("a body that is not in memory".into()))?;
        let to = std::mem::take(&mut head.uri);
        head.headers.insert(HOST, host(&to)?);
        head.uri = to.path_and_query().map_or_else(Uri::default, |path| Uri::from(path.clone()));
        let mut request = Request::from_parts(head, Full::new(body));
        loop {
            let (mut connection, is_kept) = match self.kept(&to).await {
                Some(connection) => (connection, true),
                None => (self.connect(&to).await?, false),
            };
            match connection.try_send_request(request).await {
                Ok(reply) => return self.received(reply, to, connection).await,
                Err(mut failure) => match failure.take_message().filter(|_| is_kept) {
                    // The other side had closed it, and has seen nothing of the request.
                    Some(unsent) => request = unsent,
                    None => return Err(failed(failure.into_error())),
                },
            }
        }
    }

    /// Reads a reply to its end, after which the connection can be used again.
    async fn received(
        &self,
        reply: Response<Incoming>,
        to: Uri,
        connection: Connection,
    ) -> Result<HttpResponse, ConnectorError> {
        let (head, body) = reply.into_parts();
        let body = body.collect().await.map_err(failed)?.to_bytes();
        if !is_out_of_order(head.status.as_u16()) {
            self.keep(Idle { to, connection, since: Instant::now() });
        }
        HttpResponse::try_from(Response::from_parts(head, body.into()))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }

    fn keep(&self, used: Idle) {
        let mut idle = self.idle();
        idle.retain(|other| !other.connection.is_closed() && used.since.duration_since(other.since) < KEPT);
        idle.push(used);
    }

    /// A connection to the same place that was kept.
    async fn kept(&self, to: &Uri) -> Option<Connection> {
        loop {
            let mut found = {
                let mut idle = self.idle();
                let place = idle.iter().rposition(|idle| lead_to_the_same(&idle.to, to))?;
                idle.remove(place)
            };
            if found.since.elapsed() < KEPT && found.connection.ready().await.is_ok() {
                return Some(found.connection);
            }
        }
    }

    async fn connect(&self, to: &Uri) -> Result<Connection, ConnectorError> {
        let connecting = async {
            let stream = self.connector.clone().call(to.clone()).await.map_err(ConnectorError::io)?;
            http1::handshake(stream).await.map_err(failed)
        };
        let connected = tokio::time::timeout(self.patience, connecting).await;
        let (connection, work) = connected.map_err(|late| ConnectorError::timeout(late.into()))??;
        // Its failure is seen by whoever asks something on it.
        tokio::spawn(async move { _ = work.await });
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lead_to_the_same(one: &Uri, other: &Uri) -> bool {
    one.scheme() == other.scheme() && one.authority() == other.authority()
}

/// The name of the host, with its port unless that is the usual one.
fn host(to: &Uri) -> Result<HeaderValue, ConnectorError> {
    let host = to.host().unwrap_or_default();
    let usual = if to.scheme_str() == Some("http") { 80 } else { 443 };
    let written = match to.port_u16().filter(|port| *port != usual) {
        Some(port) => HeaderValue::try_from(format!("{host}:{port}")),
        None => HeaderValue::try_from(host),
    };
    written.map_err(|error| ConnectorError::user(error.into()))
}

/// Whether a reply says that whoever gave it is in trouble, so that the next one should be asked of another.
fn is_out_of_order(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504)
}

fn failed(error: hyper::Error) -> ConnectorError {
    if error.is_user() {
        ConnectorError::user(error.into())
    } else if error.is_parse() {
        ConnectorError::other(error.into(), None)
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests;
