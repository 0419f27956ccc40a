//! The HTTP edge: one callback in, one reply out. The only place with status codes.
//!
//! | what arrives | reply |
//! |---|---|
//! | another path, another method, a body over 64 KiB | 404, 405, 413; nothing is parsed |
//! | no valid signature | 401; no JSON is read before this |
//! | no whole body, or signed and no event can be read from it | 400 |
//! | a request event | 200 with the answer, whatever happens inside |
//! | any other event | empty 200, or 503 where it could not be stored |
//!
//! Outside, a refusal is a fixed phrase; its cause is in the log.

mod lambda;
mod notice;
mod path;
mod refusal;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use lambda_http::http::StatusCode;

pub use lambda::{Invocation, LambdaReply};
pub use path::SignedPath;
pub use refusal::BodyError;

use crate::event::{self, Event};
use crate::gate::{Gate, Outcome};
use crate::meter::Meter;
use crate::signature::{self, AppKey, Headers, Keyring, SignedRequest, Tolerance};
use notice::{Bug, CallbackRefused};
use refusal::Refusal;

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
    /// How late a result or a delivery may be, where that is more (`OUTCOME_TOLERANCE`).
    pub outcome_tolerance: Duration,
}

impl Recognition {
    /// How far from our clock Sinch may have signed what has to be fresh: a question, and whatever is not
    /// known.
    fn of_questions(&self) -> Tolerance {
        Tolerance::either_way(self.tolerance)
    }

    /// The same of outcomes. A sender that got no answer sends them again as they were signed; they are true
    /// for as long as anybody wants to know, and what is taken in twice changes nothing.
    fn of_outcomes(&self) -> Tolerance {
        Tolerance { late: self.outcome_tolerance.max(self.tolerance), early: self.tolerance }
    }
}

/// One callback as it arrived, by whatever front door.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path as the sender called it, as far as the front door says.
    pub path: &'a str,
    /// The stage of the API that it came through, which may stand in front of the path.
    pub stage: Option<&'a str>,
    /// The headers that matter.
    pub headers: Headers<'a>,
    /// The body, decoded from whatever the front door wrapped it in, and otherwise byte for byte.
    pub body: Result<&'a [u8], BodyError>,
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
    /// The media type of the body. That of an answer has no parameters, as Sinch documents it.
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
            Err(refusal) => self.refuse(&refusal),
        };
        self.meter.flush(now);
        reply
    }

    /// The reply to a callback that is one too many for the process.
    #[cfg(feature = "cli")]
    pub(crate) fn refuse_as_busy(&self, now: Timestamp) -> Reply {
        let reply = self.refuse(&Refusal::Busy);
        self.meter.flush(now);
        reply
    }

    fn refuse(&self, refusal: &Refusal<'_>) -> Reply {
        self.meter.report(&CallbackRefused(refusal));
        phrase(refusal.status())
    }

    /// Everything that needs no store: is it ours, is it Sinch's, is it an event?
    fn admit<'a>(&self, callback: Callback<'a>, now: Timestamp) -> Result<(AppKey, Event), Refusal<'a>> {
        let Callback { method, path, stage, headers, body } = callback;
        let Recognition { keyring, signed_path, .. } = &self.recognition;
        if !signed_path.may_arrive_at(path, stage) {
            return Err(Refusal::Path(path));
        }
        if method != "POST" {
            return Err(Refusal::Method(method));
        }
        let body = body.map_err(Refusal::Body)?;
        if body.len() > LARGEST_BODY {
            return Err(Refusal::Body(BodyError::TooLarge));
        }
        let path = signed_path.configured().unwrap_or(path);
        let request = SignedRequest { method, path, headers, body };
        let widest = self.recognition.of_outcomes();
        let verified = signature::verify(&request, keyring, widest, now).map_err(Refusal::Signature)?;
        let event = event::parse(&verified);
        // How late it may be depends on what it is; nothing but its kind is looked at before this.
        if !event.as_ref().is_ok_and(Event::is_outcome) {
            verified.check_age(self.recognition.of_questions()).map_err(Refusal::Signature)?;
        }
        let event = event.map_err(Refusal::Event)?;
        Ok((verified.key().clone(), event))
    }

    async fn respond(&self, app: &AppKey, event: &Event, now: Timestamp) -> Reply {
        // A bug must not reject a verification: whatever panics below, a request event gets its answer.
        let handled = AssertUnwindSafe(self.gate.handle(app, event, now)).catch_unwind().await;
        let outcome = handled.unwrap_or_else(|_| {
            self.meter.report(&Bug { app, event });
            self.gate.after_bug(app, event, now)
        });
        match outcome {
            Outcome::Answer(json) => Reply { status: StatusCode::OK, body: json },
            Outcome::Empty => Reply { status: StatusCode::OK, body: String::new() },
            Outcome::Unavailable => phrase(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

fn phrase(status: StatusCode) -> Reply {
    Reply { status, body: status.canonical_reason().unwrap_or("error").to_lowercase() }
}
