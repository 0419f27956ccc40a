//! `sinch-gate verify`: why a signature fails, stage by stage.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::output::{self, Format};
use super::{Exit, sign};
use crate::clock;
use crate::signature::{
    AppKey, AppSecret, Finding, Headers, Keyring, SignatureError, SignedRequest, explain,
};

/// Explain, stage by stage, whether a callback is signed rightly.
///
/// Give the callback as it arrived: method, path, headers and the body byte for byte. Exit code 0 means
/// valid, 2 not.
///
/// Example:
///   sinch-gate verify --key 669E367E-6BBA-48AB-AF15-266871C28135 --secret BeIukql3pTKJ8RGL5zo0DA== \
///     --path /sinch --header 'authorization: Application …' --header 'x-timestamp: …' \
///     --header 'content-type: application/json' --body body.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Verify {
    /// The application key
    #[arg(long, value_name = "KEY", env = "SINCH_APPLICATION_KEY")]
    key: AppKey,
    /// The application secret, base64; repeat it while two are valid
    #[arg(
        long,
        value_name = "SECRET",
        env = "SINCH_APPLICATION_SECRET",
        hide_env_values = true,
        required = true
    )]
    secret: Vec<AppSecret>,
    /// The HTTP method
    #[arg(long, default_value = "POST")]
    method: String,
    /// The path of the callback URL, as it stands in the Sinch dashboard
    #[arg(long)]
    path: String,
    /// A header, 'name: value'; repeat it for each
    #[arg(long = "header", value_name = "HEADER", value_parser = parse_header)]
    headers: Vec<(String, String)>,
    /// The body: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
    /// The time of arrival, RFC 3339; now if not given
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// The clock difference accepted either way, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    tolerance: u64,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Report<'a> {
    valid: bool,
    /// The class of the first failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    stages: Vec<ReportedStage<'a>>,
}

#[derive(Serialize)]
struct ReportedStage<'a> {
    stage: &'a str,
    outcome: &'static str,
    found: String,
}

impl Verify {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let body = sign::read_body(&self.body)?;
        let keyring: Keyring = self.secret.into_iter().map(|secret| (self.key.clone(), secret)).collect();
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let request = SignedRequest {
            method: &self.method,
            path: &self.path,
            headers: Headers::new(headers),
            body: &body,
        };
        let now = self.now.unwrap_or_else(clock::now);
        let explanation = explain(&request, &keyring, Duration::from_secs(self.tolerance), now);
        let verdict = explanation.verdict();
        let stages = explanation.stages.iter().map(|stage| ReportedStage {
            stage: stage.name,
            outcome: match &stage.finding {
                Finding::Passed(_) => "ok",
                Finding::Failed(_) => "failed",
                Finding::Skipped => "skipped",
            },
            found: stage.finding.to_string(),
        });
        let report = Report {
            valid: verdict.is_ok(),
            reason: verdict.as_ref().err().map(SignatureError::name),
            stages: stages.collect(),
        };
        match self.format {
            Format::Json => output::json(&report)?,
            Format::Table => {
                let mut table = output::table(["stage", "", "found"]);
                for stage in &report.stages {
                    table.add_row([stage.stage, stage.outcome, &stage.found]);
                }
                output::line(&table.to_string());
                output::line(match verdict {
                    Ok(()) => "valid",
                    Err(_) => "not valid",
                });
            }
        }
        Ok(if report.valid { Exit::Done } else { Exit::Found })
    }
}

fn parse_header(text: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = text.split_once(':').context("a header has the form 'name: value'")?;
    // HTTP allows blanks around a value; they are no part of it.
    Ok((name.trim().to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}
