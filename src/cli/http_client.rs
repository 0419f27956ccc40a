//! Posting signed callbacks, as Sinch does.

use std::time::Duration;

use anyhow::{anyhow, bail};
use jiff::Timestamp;

use crate::signature::{AppKey, AppSecret, StringToSign, sign};

/// What Sinch sends as content type.
pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// How long a reply may take: far longer than any gate needs.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A callback, signed.
#[derive(Clone, Debug)]
pub(super) struct SignedCallback {
    pub(super) authorization: String,
    pub(super) timestamp: String,
    pub(super) body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) body: String,
    /// The sender's clock, as its `Date` header has it.
    pub(super) date: Option<String>,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
}

/// A client that keeps its connection, follows no redirect and takes every status for a reply.
pub(super) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into()
}

impl SignedCallback {
    /// Signs a body for the path of a callback URL.
    pub(super) fn new(key: &AppKey, secret: &AppSecret, path: &str, body: Vec<u8>, now: Timestamp) -> Self {
        let timestamp = format!("{now:.7}");
        let text = StringToSign::new("POST", &body, CONTENT_TYPE, &timestamp, path);
        let authorization = sign(&text, key, secret);
        Self { authorization, timestamp, body }
    }

    /// Posts it and waits for the reply.
    ///
    /// # Errors
    /// Where none comes in time.
    pub(super) async fn post(self, url: &str) -> anyhow::Result<Received> {
        let target = url.to_owned();
        tokio::task::spawn_blocking(move || self.post_by(&agent(), &target)).await?.map_err(|error| {
            let cause = match error {
                ureq::Error::Io(error) => error.to_string(),
                ureq::Error::Timeout(_) => format!("nothing came within {} s", PATIENCE.as_secs()),
                error => error.to_string(),
            };
            anyhow!(
                "no reply from {url}: {cause}\n\
                hint: check that a gate listens there; `sinch-gate serve` starts one"
            )
        })
    }

    /// Posts it by a client of the caller's, and blocks until the reply is there.
    ///
    /// # Errors
    /// Where none comes in time.
    pub(super) fn post_by(&self, agent: &ureq::Agent, url: &str) -> Result<Received, ureq::Error> {
        let mut response = agent
            .post(url)
            .header("content-type", CONTENT_TYPE)
            .header("x-timestamp", &self.timestamp)
            .header("authorization", &self.authorization)
            .send(&self.body[..])?;
        let header = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let (date, location) = (header("date"), header("location"));
        let status = response.status().as_u16();
        // A stranger's page may be in any encoding, which must not pass for a failure of the connection.
        let body = String::from_utf8_lossy(&response.body_mut().read_to_vec()?).into_owned();
        Ok(Received { status, body, date, location })
    }
}

/// The path that is signed for a callback URL.
///
/// # Errors
/// Where it is not an HTTP URL.
pub(super) fn path_of(url: &str) -> anyhow::Result<&str> {
    let Some(after_scheme) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        bail!("`{url}` is not a URL\nhint: give one such as http://127.0.0.1:8080/");
    };
    let path = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/");
    Ok(path.split(['?', '#']).next().unwrap_or("/"))
}

/// A path to sign: Sinch signs that of the callback URL, from its slash on and without a query.
///
/// # Errors
/// Where it can be none.
pub(super) fn signed_path(text: &str) -> anyhow::Result<String> {
    if !text.starts_with('/') {
        bail!("a path begins with a slash, as /sinch/verification does");
    }
    if text.contains(['?', '#']) {
        bail!("query and fragment are not signed\nhint: give the path alone");
    }
    Ok(text.to_owned())
}
