//! The callback URL: the way there, how long it takes, and what is at its end.
//!
//! The probes are signed events of a kind that no gate knows, so nothing is decided, counted or stored.

use std::io::ErrorKind;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use serde_json::json;

use super::check::Check;
use super::clock::Reading;
use super::reply::{self, FORGED, Hints, PROBE};
use crate::cli::http_client::{PATIENCE, Received, SignedCallback, agent};
use crate::clock;
use crate::signature::{AppKey, AppSecret};

/// How often the probe is sent; the first opens the connection and is not timed.
const PROBES: usize = 6;

const CONNECTION: &str = "connection";
const LATENCY: &str = "latency";

/// Where to probe, and as whom.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) url: String,
    /// The path of the URL, which is signed.
    pub(super) path: String,
    pub(super) key: AppKey,
    pub(super) secret: AppSecret,
}

/// What came of probing.
pub(super) struct Probed {
    connection: Check,
    replies: Option<Replies>,
    /// The clock at the URL's end.
    pub(super) reading: Option<Reading>,
}

struct Replies {
    median: Option<Duration>,
    probe: Received,
    forged: Result<Received, String>,
}

impl Target {
    /// Sends the probes.
    ///
    /// # Errors
    /// Where the process cannot.
    pub(super) async fn probe(self) -> anyhow::Result<Probed> {
        Ok(tokio::task::spawn_blocking(move || self.probe_blocking()).await?)
    }

    fn probe_blocking(&self) -> Probed {
        let nothing = |connection| Probed { connection, replies: None, reading: None };
        let authority = authority(&self.url);
        let is_plain = self.url.starts_with("http://");
        if is_plain && !is_loopback(authority) {
            return nothing(Check::found(
                CONNECTION,
                "the URL is http, so that anybody on the way could read numbers; nothing was sent",
                "use https, as every front door of the template does",
            ));
        }
        let agent = agent();
        let probe = match self.callback().post_by(&agent, &self.url) {
            Ok(probe) => probe,
            Err(error) => return nothing(unreachable(authority, &error)),
        };
        let reading = probe.date.clone().map(|date| Reading {
            whose: authority.to_owned(),
            date,
            read_at: clock::now(),
        });
        let mut times = Vec::new();
        for _ in 1..PROBES {
            let begun = Instant::now();
            if self.callback().post_by(&agent, &self.url).is_err() {
                break;
            }
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let forged = self.forged().post_by(&agent, &self.url).map_err(|error| error.to_string());
        let how = if is_plain { "without TLS, on this machine" } else { "by TLS" };
        Probed {
            connection: Check::ok(CONNECTION, format!("{authority} answers {how}")),
            replies: Some(Replies { median: times.get(times.len() / 2).copied(), probe, forged }),
            reading,
        }
    }

    fn callback(&self) -> SignedCallback {
        let id = format!("probe-{:016x}", fastrand::u64(..));
        let body = json!({"event": "SinchGateProbe", "id": id}).to_string().into_bytes();
        SignedCallback::new(&self.key, &self.secret, &self.path, body, clock::now())
    }

    /// A callback whose body is another than the one that was signed.
    fn forged(&self) -> SignedCallback {
        let mut callback = self.callback();
        callback.body.push(b' ');
        callback
    }
}

impl Probed {
    /// The checks, in order.
    pub(super) fn checks(self, hints: Hints<'_>) -> Vec<Check> {
        let mut checks = vec![self.connection];
        let Some(Replies { median, probe, forged }) = self.replies else {
            let unknown = |name| Check::not_known(name, "there is no connection");
            checks.extend([LATENCY, PROBE, FORGED].map(unknown));
            return checks;
        };
        checks.push(match median {
            Some(median) => Check::ok(
                LATENCY,
                format!(
                    "{} ms, the median of {} requests on an open connection",
                    median.as_millis(),
                    PROBES - 1
                ),
            ),
            None => Check::not_known(LATENCY, "no further reply came"),
        });
        let has_reached = probe.status == 200 && probe.body.is_empty();
        checks.push(reply::of_probe(&probe, hints));
        checks.push(match forged {
            Ok(received) => reply::of_forged(&received, has_reached),
            Err(cause) => Check::not_known(FORGED, format!("no reply: {cause}")),
        });
        checks
    }
}

/// Why there is no reply, by the stage that failed.
fn unreachable(authority: &str, error: &ureq::Error) -> Check {
    let found = |what: String, advice: &str| Check::found(CONNECTION, what, advice);
    match error {
        ureq::Error::Timeout(_) => found(
            format!("nothing came from {authority} within {} s", PATIENCE.as_secs()),
            "check host, port and firewall; a function that hangs shows in its log",
        ),
        error if is_tls(error) => found(
            format!("TLS with {authority} failed: {}", error.to_string().trim_start_matches("io: ")),
            "the port must speak TLS, with a certificate that is valid for this host and from a public \
             authority, or Sinch will not call",
        ),
        error if is_dns(error, host(authority)) => found(
            format!("DNS knows no {}", host(authority)),
            "check the name of the host; a new custom domain takes a while",
        ),
        ureq::Error::Io(error) => found(
            format!("no connection to {authority}: {error}"),
            "is a gate listening there? `sinch-gate serve` starts one; check host, port and firewall",
        ),
        error => {
            found(format!("no reply from {authority}: {error}"), "check the URL, and what stands in front")
        }
    }
}

fn is_tls(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => true,
        // What the handshake says reaches us in this form.
        ureq::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
        _ => false,
    }
}

/// Whether the name was what failed. The system's error has no kind of its own, so it is looked up once more.
fn is_dns(error: &ureq::Error, host: &str) -> bool {
    match error {
        ureq::Error::HostNotFound => true,
        ureq::Error::Io(_) => (host, 0).to_socket_addrs().is_err(),
        _ => false,
    }
}

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// The host of an authority, without port and brackets.
fn host(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or(bracketed),
        None => authority.split(':').next().unwrap_or(authority),
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = host(authority);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_do_without_tls() {
        for (url, expected) in [
            ("http://127.0.0.1:8080/", true),
            ("http://localhost/x", true),
            ("http://[::1]:8080/", true),
            ("http://example.com/", false),
            ("http://10.0.0.1:8080", false),
            ("http://localhost@example.com/", false),
            ("http://127.0.0.1.example.com/", false),
        ] {
            assert_eq!(is_loopback(authority(url)), expected, "{url}");
        }
    }

    #[test]
    fn the_stage_that_failed_is_named() {
        let tls = std::io::Error::new(ErrorKind::InvalidData, "bad certificate");
        for (error, expected) in [
            (ureq::Error::HostNotFound, "DNS knows no 127.0.0.1"),
            (ureq::Error::Io(tls), "TLS with 127.0.0.1:1 failed: bad certificate"),
            (ureq::Error::Timeout(ureq::Timeout::Global), "within 10 s"),
            (ureq::Error::Io(ErrorKind::ConnectionRefused.into()), "no connection to 127.0.0.1:1"),
        ] {
            let check = unreachable("127.0.0.1:1", &error);
            assert!(check.what.contains(expected), "{check:?}");
        }
    }
}
