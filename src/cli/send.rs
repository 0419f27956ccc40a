//! `sinch-gate send`: sign an event and post it, as Sinch does.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::credentials::Credentials;
use super::http_client::{SignedCallback, path_of};
use super::output::{self, Format};
use super::{Exit, sign};
use crate::clock;

/// Sign an event and post it to a callback URL.
///
/// The event is a JSON file such as those in `events/`, or `-` for standard input. Exit code 2 means that
/// the gate denied, or refused the callback.
///
/// Example:
///   sinch-gate send events/request-sms.json --url http://127.0.0.1:8080/
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Send {
    /// The event: a JSON file, or - for standard input
    event: PathBuf,
    /// The callback URL
    #[arg(long, value_name = "URL")]
    url: String,
    /// Sign this path instead of the URL's, for a gate behind something that rewrites paths
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Give the event a new id and reference, so that it is a new verification
    #[arg(long)]
    new: bool,
    #[command(flatten)]
    credentials: Credentials,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Reply<'a> {
    status: u16,
    body: &'a str,
}

impl Send {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let mut body = sign::read_body(&self.event)?;
        if self.new {
            body = renewed(&body)?;
        }
        let path = match &self.path {
            Some(path) => path.as_str(),
            None => path_of(&self.url)?,
        };
        let Credentials { key, secret } = &self.credentials;
        let received = SignedCallback::new(key, secret, path, body, clock::now()).post(&self.url).await?;
        match self.format {
            Format::Json => output::json(&Reply { status: received.status, body: &received.body })?,
            Format::Table => output::line(format!("{} {}", received.status, received.body).trim_end()),
        }
        let denied = received.status != 200 || received.body.contains(r#""action":"deny""#);
        Ok(if denied { Exit::Found } else { Exit::Done })
    }
}

/// The same event about another verification.
fn renewed(body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut event: Value =
        serde_json::from_slice(body).context("the event is no JSON, so --new cannot change it")?;
    let event_object =
        event.as_object_mut().context("the event is no JSON object, so --new cannot change it")?;
    let token = format!("{:016x}", fastrand::u64(..));
    event_object.insert("id".to_owned(), Value::String(format!("id-{token}")));
    if event_object.contains_key("reference") {
        event_object.insert("reference".to_owned(), Value::String(format!("ref-{token}")));
    }
    Ok(serde_json::to_vec(&event)?)
}
