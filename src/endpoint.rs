//! The HTTP edge: one callback in, one reply out. The only place with status codes.
//!
//! | what arrives | reply |
//! |---|---|
//! | another path, another method, a body over 64 KiB | 404, 405, 413; nothing is parsed |
//! | no valid signature | 401; no JSON is read before this |
//! | signed, but no event can be read from it | 400 |
//! | a request event | 200 with the answer, whatever happens inside |
//! | any other event | empty 200, or 503 where it could not be stored |
//!
//! Outside, a refusal is a fixed phrase; its cause is in the log.

mod lambda;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use lambda_http::http::{HeaderMap, Method, StatusCode};

use crate::answer::Answer;
use crate::event::{self, Event, VerificationId};
use crate::gate::{Gate, Response};
use crate::meter::Meter;
use crate::metrics::Tally;
use crate::signature::{self, AppKey, Headers, Keyring, SignedRequest};
use crate::verdict::Verdict;

/// The largest body that is read. Sinch's largest event is some 5 KB: `custom` may have 4,096 characters.
pub const LARGEST_BODY: usize = 64 * 1024;

/// How callbacks are recognised.
#[derive(Clone, Debug)]
pub struct Recognition {
    /// The applications and their secrets.
    pub keyring: Keyring,
    /// The path that Sinch signs.
    pub signed_path: SignedPath,
    /// The clock difference that is accepted either way (`SIGNATURE_TOLERANCE`).
    pub tolerance: Duration,
}

/// The path that Sinch signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedPath {
    /// The path as received.
    Received,
    /// This one, at which callbacks arrive (`CALLBACK_PATH`): any other path gets 404.
    Served(String),
    /// This one, which something in front of the gate rewrites (`CALLBACK_URL`): the path as received may be
    /// any other, and only the signature tells.
    Rewritten(String),
}

impl SignedPath {
    /// The path, where it is configured.
    #[must_use]
    pub fn configured(&self) -> Option<&str> {
        match self {
            Self::Received => None,
            Self::Served(path) | Self::Rewritten(path) => Some(path),
        }
    }

    /// Whether a callback that arrived at this path can be meant for the gate. Gateways put a stage in front
    /// of a path or take a base path away, so one may be the end of the other.
    fn may_arrive_at(&self, received: &str) -> bool {
        let Self::Served(path) = self else { return true };
        let (received, path) = (received.trim_end_matches('/'), path.trim_end_matches('/'));
        received.ends_with(path) || path.ends_with(received)
    }
}

/// One callback as it arrived, by whatever front door.
#[derive(Clone, Copy, Debug)]
pub struct Callback<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The path as the sender called it.
    pub path: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, decoded from whatever the front door wrapped it in, and otherwise byte for byte.
    pub body: &'a [u8],
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body: JSON with a 200, a fixed phrase with anything else.
    pub body: String,
}

impl Reply {
    /// The media type of the body.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        if self.status.is_success() { "application/json" } else { "text/plain" }
    }
}

/// The callback URL.
#[derive(Debug)]
pub struct Endpoint {
    gate: Gate,
    recognition: Recognition,
    meter: Meter,
}

impl Endpoint {
    /// An endpoint in front of a gate.
    #[must_use]
    pub fn new(gate: Gate, recognition: Recognition) -> Self {
        Self { gate, recognition, meter: Meter::off() }
    }

    /// The endpoint with what happens in it, and in everything below it, measured.
    #[must_use]
    pub fn measured(self, meter: Meter) -> Self {
        Self { gate: self.gate.measured(&meter), meter, ..self }
    }

    /// The gate behind it.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Handles one callback.
    pub async fn handle(&self, callback: Callback<'_>, now: Timestamp) -> Reply {
        let reply = match self.admit(callback, now) {
            Ok((app, event)) => self.respond(&app, &event, now).await,
            Err(refusal) => refusal,
        };
        self.meter.flush(now);
        reply
    }

    /// Everything that needs no store: is it ours, is it Sinch's, is it an event?
    fn admit(&self, callback: Callback<'_>, now: Timestamp) -> Result<(AppKey, Event), Reply> {
        let Callback { method, path, headers, body } = callback;
        if !self.recognition.signed_path.may_arrive_at(path) {
            return Err(self.refuse(StatusCode::NOT_FOUND, "path", path));
        }
        if method != Method::POST {
            return Err(self.refuse(StatusCode::METHOD_NOT_ALLOWED, "method", method));
        }
        if body.len() > LARGEST_BODY {
            return Err(self.refuse(StatusCode::PAYLOAD_TOO_LARGE, "body", format!("{} bytes", body.len())));
        }
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let request = SignedRequest {
            method: method.as_str(),
            path: self.recognition.signed_path.configured().unwrap_or(path),
            headers: Headers::new(headers),
            body,
        };
        let verified =
            signature::verify(&request, &self.recognition.keyring, self.recognition.tolerance, now)
                .map_err(|error| self.refuse(StatusCode::UNAUTHORIZED, error.name(), &error))?;
        let event = event::parse(&verified)
            .map_err(|error| self.refuse(StatusCode::BAD_REQUEST, error.name(), error))?;
        Ok((verified.key().clone(), event))
    }

    fn refuse(&self, status: StatusCode, what: &'static str, cause: impl std::fmt::Display) -> Reply {
        tracing::warn!(status = status.as_u16(), what, %cause, "callback refused");
        self.meter.count(|tally| tally.refused(what));
        phrase(status)
    }

    async fn respond(&self, app: &AppKey, event: &Event, now: Timestamp) -> Reply {
        // A bug must not reject a verification: whatever panics below, a request event gets its answer.
        let handled = AssertUnwindSafe(self.gate.handle(app, event, now)).catch_unwind().await;
        match handled {
            Ok(Response::Answer(json)) => Reply { status: StatusCode::OK, body: json },
            Ok(Response::Empty) => Reply { status: StatusCode::OK, body: String::new() },
            Ok(Response::Unavailable) => phrase(StatusCode::SERVICE_UNAVAILABLE),
            Err(_) => {
                tracing::error!(
                    app = app.as_str(),
                    id = event.id().map(VerificationId::as_str),
                    "a bug stopped the handling of an event"
                );
                self.meter.count(Tally::bug);
                match event {
                    Event::Request(_) => {
                        let answer = match self.gate.verdict_without_store(app) {
                            Verdict::Allow => Answer::Allow(None),
                            Verdict::Deny => Answer::Deny,
                        };
                        Reply { status: StatusCode::OK, body: answer.to_json() }
                    }
                    _ => phrase(StatusCode::SERVICE_UNAVAILABLE),
                }
            }
        }
    }
}

fn phrase(status: StatusCode) -> Reply {
    Reply { status, body: status.canonical_reason().unwrap_or("error").to_lowercase() }
}
