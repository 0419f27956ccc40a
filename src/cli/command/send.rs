//! `sinch-gate send`: sign an event and post it, as Sinch does.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::sign;
use crate::cli::Exit;
use crate::cli::credentials::Credentials;
use crate::cli::http_client::{Received, SignedCallback, path_of, signed_path};
use crate::cli::output::{self, Format};
use crate::clock;
use crate::verdict::Verdict;

/// Sign an event and post it to a callback URL.
///
/// The event is a JSON file such as those in `events/`, or - for standard input. Exit code 2 means that the
/// gate denied, or refused the callback.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate send events/request-sms.json --url http://127.0.0.1:8080/")]
pub(in crate::cli) struct Send {
    /// The event: a JSON file, or - for standard input
    event: PathBuf,
    /// The callback URL; by default where `sinch-gate serve` listens
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080/")]
    url: String,
    /// Sign this path instead of the URL's, for a gate behind something that rewrites paths
    #[arg(long, value_name = "PATH", value_parser = signed_path)]
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
        let (key, secret) = self.credentials.parse()?;
        let mut body = sign::read_body(&self.event)?;
        if self.new {
            body = renewed(&body)?;
        }
        let name = name_of(&body);
        let path = match &self.path {
            Some(path) => path.as_str(),
            None => path_of(&self.url)?,
        };
        let received = SignedCallback::new(&key, &secret, path, body, clock::now()).post(&self.url).await?;
        match self.format {
            Format::Json => output::json(&Reply { status: received.status, body: &received.body })?,
            Format::Table => output::line(format!("{} {}", received.status, received.body).trim_end()),
        }
        let denied = is_denied(&received);
        if received.status != 200 {
            output::message("the gate refused it\nhint: look for the cause in its log");
        } else if let Some(name) = name.filter(|_| denied || self.new) {
            output::message(&format!(
                "`sinch-gate outcome show {name}`, with the gate's table, shows its story"
            ));
        }
        Ok(if denied || received.status != 200 { Exit::Found } else { Exit::Done })
    }
}

/// The name under which the verification is recorded: its reference, or its id where it has none.
fn name_of(body: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let text = |member| event.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("reference").or_else(|| text("id")).map(str::to_owned)
}

fn is_denied(received: &Received) -> bool {
    let answer: Option<Value> = serde_json::from_str(&received.body).ok();
    let action = answer.as_ref().and_then(|answer| answer.get("action")).and_then(Value::as_str);
    action == Some(Verdict::Deny.name())
}

/// The same event about another verification.
fn renewed(body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut event: Value =
        serde_json::from_slice(body).context("the event is not JSON, so --new cannot change it")?;
    let event_object =
        event.as_object_mut().context("the event is not a JSON object, so --new cannot change it")?;
    let token = format!("{:016x}", fastrand::u64(..));
    event_object.insert("id".to_owned(), Value::String(format!("id-{token}")));
    if event_object.contains_key("reference") {
        event_object.insert("reference".to_owned(), Value::String(format!("ref-{token}")));
    }
    Ok(serde_json::to_vec(&event)?)
}
