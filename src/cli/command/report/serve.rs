//! `--serve`: the page on a local port, made anew when it is older than a minute.
//!
//! It answers GET and HEAD of `/`, changes nothing, and by itself listens on loopback only. A request must
//! name a loopback host too: otherwise a page elsewhere could have its own name point here, and read it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::cli::http_server::{self, Answers, Reply};
use crate::cli::{Exit, input, output};
use crate::endpoint::BodyError;

/// How old a page may be.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// What is sent with every answer. The page has a content security policy of its own, which allows less.
const HEADERS: [(header::HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Asks for a page that is fresh; nothing comes back where none could be made.
type Asked = oneshot::Sender<Option<Arc<str>>>;

/// What answers requests.
struct Pages {
    ask: mpsc::Sender<Asked>,
    is_for_anybody: bool,
}

/// Reads an address to serve on. `localhost` is that of this machine, whatever a resolver says.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let here = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = here.as_deref().unwrap_or(text).parse();
    address.map_err(|_| "an address has a port, such as 127.0.0.1:8081 or localhost:8081".to_owned())
}

/// Says early what can be read only once, such as standard input: every page is made from the beginning.
///
/// # Errors
/// Where one of the files is such a one.
pub(super) fn must_be_lasting(files: &[&Path]) -> anyhow::Result<()> {
    match files.iter().find(|file| !input::is_lasting(file)) {
        None => Ok(()),
        Some(file) => bail!(
            "{} can be read only once, and --serve reads again after a minute\nhint: save it to a file, and \
             give that",
            input::name(file)
        ),
    }
}

/// Serves pages that `make` makes, until the process is asked to stop.
///
/// # Errors
/// Where the address is not one of loopback and that was not asked for, or nothing can listen on it.
pub(super) async fn run(
    address: SocketAddr,
    is_for_anybody: bool,
    make: impl AsyncFn() -> anyhow::Result<Option<String>>,
) -> anyhow::Result<Exit> {
    if !address.ip().is_loopback() && !is_for_anybody {
        bail!(
            "{address} can be reached by others, and whoever reaches it reads the report\nhint: serve on \
             127.0.0.1, or give --for-anybody as well"
        );
    }
    // Made before anybody asks, so that what is wrong is said here.
    let Some(first) = make().await? else { return Ok(Exit::Found) };
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}\nhint: choose another address with --serve"))?;
    let address = listener.local_addr()?;
    let (ask, mut asked) = mpsc::channel::<Asked>(16);
    let stop = http_server::stop_signal();
    // Last, so that whoever waits for this line has read everything else.
    output::line(&format!("serving the report on http://{address}/"));
    let serving = http_server::run(Arc::new(Pages { ask, is_for_anybody }), listener, stop);
    let mut page: (Instant, Arc<str>) = (Instant::now(), first.into());
    let making = async {
        while let Some(asked) = asked.recv().await {
            if page.0.elapsed() >= FRESH_FOR {
                match make().await {
                    Ok(Some(made)) => page = (Instant::now(), made.into()),
                    Ok(None) => {}
                    Err(error) => {
                        output::message(&format!("{error:#}; the last page is shown"));
                    }
                }
            }
            // Whoever asked may have gone away.
            let _ = asked.send(Some(Arc::clone(&page.1)));
        }
    };
    tokio::join!(serving, making);
    Ok(Exit::Done)
}

impl Answers for Pages {
    async fn answer(&self, request: &Parts, _: Result<&[u8], BodyError>) -> Reply {
        with_headers(self.page(request).await)
    }

    fn refuse_as_busy(&self) -> Reply {
        with_headers(plain(StatusCode::SERVICE_UNAVAILABLE, "too many ask at once"))
    }
}

impl Pages {
    async fn page(&self, request: &Parts) -> Reply {
        let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        if !self.is_for_anybody && !host.is_some_and(is_loopback) {
            return plain(StatusCode::MISDIRECTED_REQUEST, "ask for it by a loopback address");
        }
        if request.uri.path() != "/" {
            return plain(StatusCode::NOT_FOUND, "the report is at /");
        }
        if ![Method::GET, Method::HEAD].contains(&request.method) {
            let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "the report can only be read");
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        let (asked, page) = oneshot::channel();
        let page = match self.ask.send(asked).await {
            Ok(()) => page.await.ok().flatten(),
            Err(_) => None,
        };
        let Some(page) = page else { return plain(StatusCode::SERVICE_UNAVAILABLE, "it is stopping") };
        // The server leaves the body out where only the head was asked for.
        reply(StatusCode::OK, "text/html; charset=utf-8", page.to_string())
    }
}

fn with_headers(mut reply: Reply) -> Reply {
    for (name, value) in HEADERS {
        reply.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    reply
}

fn plain(status: StatusCode, text: &str) -> Reply {
    reply(status, "text/plain; charset=utf-8", text.to_owned())
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Reply {
    let mut reply = Reply::new(body.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// Whether a `Host` names loopback, with or without a port.
fn is_loopback(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    name == "localhost" || is_address(name) || is_address(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_that_of_this_machine_by_name() {
        assert_eq!(address("localhost:8081").unwrap().to_string(), "127.0.0.1:8081");
        assert_eq!(address("[::1]:0").unwrap().to_string(), "[::1]:0");
        for wrong in ["8081", ":8081", "localhost", "127.0.0.1", "example.com:80", "localhost:99999", ""] {
            assert!(address(wrong).unwrap_err().contains("127.0.0.1:8081"), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_others_can_point_here_is_not_loopback() {
        for host in ["127.0.0.1:8081", "127.0.0.1", "localhost", "localhost:8081", "[::1]:8081", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "example.com:8081", "10.0.0.7", "127.0.0.1.example.com", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
