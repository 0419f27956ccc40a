//! Posting signed callbacks, as Sinch does.

use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::signature::{AppKey, AppSecret, StringToSign, sign};

/// What Sinch sends as content type.
pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// A callback, signed.
#[derive(Clone, Debug)]
pub(super) struct SignedCallback {
    pub(super) authorization: String,
    pub(super) timestamp: String,
    pub(super) body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) body: String,
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
    /// Where no reply comes within ten seconds.
    pub(super) async fn post(self, url: &str) -> anyhow::Result<Received> {
        let target = url.to_owned();
        tokio::task::spawn_blocking(move || self.post_blocking(&target))
            .await?
            .with_context(|| format!("no reply from {url}; is a gate listening there?"))
    }

    fn post_blocking(self, url: &str) -> anyhow::Result<Received> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        let mut response = agent
            .post(url)
            .header("content-type", CONTENT_TYPE)
            .header("x-timestamp", &self.timestamp)
            .header("authorization", &self.authorization)
            .send(&self.body[..])?;
        Ok(Received { status: response.status().as_u16(), body: response.body_mut().read_to_string()? })
    }
}

/// The path that is signed for a callback URL.
///
/// # Errors
/// Where it is no HTTP URL.
pub(super) fn path_of(url: &str) -> anyhow::Result<&str> {
    let Some(after_scheme) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        bail!("`{url}` is no URL; give one such as http://127.0.0.1:8080/");
    };
    let path = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/");
    Ok(path.split(['?', '#']).next().unwrap_or("/"))
}
