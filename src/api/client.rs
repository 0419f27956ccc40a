//! The HTTP edge of the client: the only file of it with sockets, time and waiting.

use std::cell::Cell;
use std::io::{self, Read};
use std::time::Duration;

use super::authentication::Scheme;
use super::base_url::BaseUrl;
use super::call::Call;
use super::error::ApiError;
use super::read::AnswerError;
use super::refusal::Refusal;
use super::report::{Report, ReportBy, Reported};
use super::retry::{pause, retry_after};
use super::start::Start;
use super::started::Started;
use super::status::{State, StatusBy};
use crate::clock;

/// How long a connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How long an answer may take, unless the caller says otherwise.
const PATIENCE: Duration = Duration::from_secs(15);

/// The most that is read of an answer; the longest samples have less than one kilobyte.
const LONGEST_ANSWER: u64 = 256 * 1024;

/// A client of the API for one application. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    base: BaseUrl,
    scheme: Scheme,
    /// For questions, on connections that are kept.
    asking: ureq::Agent,
    /// For what must not be repeated, each on a connection of its own: one that was kept may have been closed
    /// by the other side, and then nobody would know whether the request arrived.
    acting: ureq::Agent,
}

/// What came back, whatever it is.
struct Received {
    http_status: u16,
    body: Vec<u8>,
    retry_after: Option<Duration>,
}

impl Client {
    /// A client that waits up to 15 seconds for each answer.
    #[must_use]
    pub fn new(base: BaseUrl, scheme: Scheme) -> Self {
        Self::with_patience(base, scheme, PATIENCE)
    }

    /// A client that waits so long for each answer.
    #[must_use]
    pub fn with_patience(base: BaseUrl, scheme: Scheme, patience: Duration) -> Self {
        let agent = |idle| -> ureq::Agent {
            ureq::Agent::config_builder()
                .https_only(base.is_https())
                .http_status_as_error(false)
                .max_redirects(0)
                .max_idle_connections(idle)
                .timeout_connect(Some(CONNECT_PATIENCE.min(patience)))
                .timeout_global(Some(patience))
                .user_agent(concat!("sinch-gate/", env!("CARGO_PKG_VERSION")))
                .build()
                .into()
        };
        let (asking, acting) = (agent(8), agent(0));
        Self { base, scheme, asking, acting }
    }

    /// Starts a verification, once. Never repeat it by yourself: see [`ApiError::is_in_doubt`].
    ///
    /// # Errors
    /// Where it cannot be sent, is refused, or its answer is lost.
    pub async fn start(&self, start: &Start) -> Result<Started, ApiError> {
        self.act(Call::start(start)?, Started::read).await
    }

    /// Reports a code, once. An answer does not mean that it was right: read its status.
    ///
    /// # Errors
    /// Where it cannot be sent, is refused, or its answer is lost.
    pub async fn report(&self, by: &ReportBy, report: &Report) -> Result<Reported, ApiError> {
        self.act(Call::report(by, report)?, Reported::read).await
    }

    /// Asks for the status, up to four times where a failure may pass, each time newly signed.
    ///
    /// # Errors
    /// Where it cannot be sent, is refused, no answer comes, or one that is about another verification.
    pub async fn status(&self, by: &StatusBy) -> Result<State, ApiError> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.status_once(by).await {
                Ok(state) => return Ok(state),
                Err(error) => match pause(&error, tried, fastrand::f64()) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
            }
        }
    }

    /// Asks for the status once, for callers that ask again in their own time.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub async fn status_once(&self, by: &StatusBy) -> Result<State, ApiError> {
        let state = self.act(Call::status(by)?, State::read).await?;
        match by.contradiction(&state) {
            Some(member) => Err(ApiError::Contradiction { member }),
            None => Ok(state),
        }
    }

    /// Sends a call once and reads what comes back.
    async fn act<T>(&self, call: Call, read: fn(&[u8]) -> Result<T, AnswerError>) -> Result<T, ApiError> {
        let purpose = call.purpose().clone();
        let secret = call.secret().map(str::to_owned);
        let client = self.clone();
        let sent = tokio::task::spawn_blocking(move || client.send(&call)).await;
        let lost = |error: tokio::task::JoinError| ApiError::Lost {
            purpose: purpose.clone(),
            cause: error.to_string(),
        };
        let received = sent.map_err(lost)??;
        if received.http_status != 200 {
            let mut refusal = Refusal::read(received.http_status, &received.body, secret.as_deref());
            refusal.retry_after = received.retry_after;
            return Err(ApiError::Refused { purpose, refusal });
        }
        read(&received.body).map_err(|error| ApiError::Unreadable { purpose, error })
    }

    /// Signs and sends a call, and blocks until its answer is there.
    fn send(&self, call: &Call) -> Result<Received, ApiError> {
        let now = clock::now();
        let begun = Cell::new(false);
        let failed = |error: &ureq::Error| self.failed(call, error, begun.get());
        let mut request = ureq::http::Request::builder()
            .method(call.method())
            .uri(format!("{}{}", self.base, call.path()))
            .header("accept", "application/json");
        for (name, value) in self.scheme.headers(call, now) {
            request = request.header(name, value);
        }
        if let Some(language) = call.language() {
            request = request.header("accept-language", language);
        }
        let response = match call.content_type() {
            None => request.body(()).map_err(ureq::Error::Http).and_then(|request| self.asking.run(request)),
            Some(content_type) => {
                let mut body = Watched { rest: call.body(), begun: &begun };
                request
                    .header("content-type", content_type)
                    .header("content-length", call.body().len())
                    .body(ureq::SendBody::from_reader(&mut body))
                    .map_err(ureq::Error::Http)
                    .and_then(|request| self.acting.run(request))
            }
        };
        let mut response = response.map_err(|error| failed(&error))?;
        let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|header| retry_after(header, now));
        let http_status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        Ok(Received { http_status, body: body.map_err(|error| failed(&error))?, retry_after })
    }

    /// What a failed call means. A body of which nothing was taken was not sent; a question changes nothing.
    fn failed(&self, call: &Call, error: &ureq::Error, begun: bool) -> ApiError {
        let cause = match error {
            ureq::Error::Timeout(_) => "no answer in time".to_owned(),
            error => error.to_string(),
        };
        let is_unsent = !call.body().is_empty() && !begun;
        if is_unsent || is_unconnected(error) {
            return ApiError::NoConnection { host: self.base.to_string(), cause };
        }
        ApiError::Lost { purpose: call.purpose().clone(), cause }
    }
}

/// Whether there was no connection at all.
fn is_unconnected(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => true,
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        _ => false,
    }
}

/// A body that notes when the first of it is taken.
struct Watched<'a> {
    rest: &'a [u8],
    begun: &'a Cell<bool>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.begun.set(true);
        self.rest.read(buffer)
    }
}
