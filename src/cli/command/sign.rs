//! `sinch-gate sign`: the headers of a signed callback.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use crate::cli::Exit;
use crate::cli::credentials::Credentials;
use crate::cli::http_client::{CONTENT_TYPE, signed_path};
use crate::cli::output::{self, Format};
use crate::clock;
use crate::signature::{StringToSign, sign};

/// Compute the headers of a signed callback.
///
/// They are printed one per line, as `curl --header @FILE` and `sinch-gate verify --header @FILE` read them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate sign --path /sinch --body events/request-sms.json")]
pub(in crate::cli) struct Sign {
    #[command(flatten)]
    credentials: Credentials,
    /// The HTTP method
    #[arg(long, default_value = "POST")]
    method: String,
    /// The path of the callback URL
    #[arg(long, value_parser = signed_path)]
    path: String,
    /// The value of the content-type header
    #[arg(long, value_name = "TYPE", default_value = CONTENT_TYPE)]
    content_type: String,
    /// The value of the x-timestamp header, signed as it stands; now if not given
    #[arg(long, value_name = "TIME")]
    timestamp: Option<String>,
    /// The body: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Signed<'a> {
    authorization: &'a str,
    #[serde(rename = "content-type")]
    content_type: &'a str,
    #[serde(rename = "x-timestamp")]
    x_timestamp: &'a str,
    string_to_sign: String,
}

impl Sign {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let (key, secret) = self.credentials.parse()?;
        let body = read_body(&self.body)?;
        let timestamp = self.timestamp.unwrap_or_else(|| format!("{:.7}", clock::now()));
        let text = StringToSign::new(&self.method, &body, &self.content_type, &timestamp, &self.path);
        let authorization = sign(&text, &key, &secret);
        match self.format {
            Format::Json => output::json(&Signed {
                authorization: &authorization,
                content_type: &self.content_type,
                x_timestamp: &timestamp,
                string_to_sign: text.to_string(),
            })?,
            Format::Table => {
                output::line(&format!("authorization: {authorization}"));
                output::line(&format!("content-type: {}", self.content_type));
                output::line(&format!("x-timestamp: {timestamp}"));
            }
        }
        Ok(Exit::Done)
    }
}

/// Reads a body byte for byte, from a file or from standard input.
pub(super) fn read_body(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut body = Vec::new();
        std::io::stdin().lock().read_to_end(&mut body).context("cannot read standard input")?;
        return Ok(body);
    }
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
