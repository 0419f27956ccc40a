//! `sinch-gate verify`: why a signature fails, stage by stage.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::sign;
use crate::cli::Exit;
use crate::cli::credentials::SecretText;
use crate::cli::output::{self, Format};
use crate::signature::{
    AppKey, Finding, Headers, Keyring, SignatureError, SignedRequest, Tolerance, VerifiedBody, explain,
};
use crate::{clock, event};

/// Explain, stage by stage, whether a callback is signed rightly.
///
/// Give the callback as it arrived: method, path, headers and the body byte for byte. Where the signature
/// does not fit, known mistakes are tried, and the one that explains it is named. Exit code 0 means valid, 2
/// not.
#[derive(Debug, Args)]
#[command(after_help = r"Example:
  sinch-gate sign --path /sinch --body events/request-sms.json >headers
  sinch-gate verify --key 669E367E-6BBA-48AB-AF15-266871C28135 \
    --secret BeIukql3pTKJ8RGL5zo0DA== --path /sinch \
    --header @headers --body events/request-sms.json")]
pub(in crate::cli) struct Verify {
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
    secret: Vec<SecretText>,
    /// The HTTP method
    #[arg(long, default_value = "POST")]
    method: String,
    /// The path of the callback URL, as it stands in the Sinch dashboard
    #[arg(long, value_name = "PATH")]
    path: String,
    /// A header, 'name: value', or @FILE with one per line; repeat it for each
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// The body: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
    /// The time of arrival, RFC 3339; now if not given
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// The clock difference accepted either way, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    tolerance: u64,
    /// How late a result or a delivery may be, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    outcome_tolerance: u64,
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
    /// The known mistake under which the signature would fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspicion: Option<&'static str>,
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
        let secrets = self.secret.iter().map(SecretText::parse).collect::<anyhow::Result<Vec<_>>>()?;
        let keyring: Keyring = secrets.into_iter().map(|secret| (self.key.clone(), secret)).collect();
        let headers = read_headers(&self.headers)?;
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let request = SignedRequest {
            method: &self.method,
            path: &self.path,
            headers: Headers::new(headers),
            body: &body,
        };
        let now = self.now.unwrap_or_else(clock::now);
        let explanation = explain(&request, &keyring, self.tolerance_of(&body), now);
        let verdict = explanation.verdict();
        let stages = explanation.stages.iter().map(|stage| ReportedStage {
            stage: stage.name,
            outcome: match &stage.finding {
                Finding::Passed(_) => "ok",
                Finding::Failed(_) => "failed",
                Finding::Skipped => "skipped",
            },
            found: match &stage.finding {
                // What it usually comes from stands below, unless more is known.
                Finding::Failed(SignatureError::Mismatch) => {
                    "no secret of the application gives this signature".to_owned()
                }
                finding => finding.to_string(),
            },
        });
        let report = Report {
            valid: verdict.is_ok(),
            reason: verdict.as_ref().err().map(SignatureError::name),
            suspicion: explanation.suspicion,
            stages: stages.collect(),
        };
        match self.format {
            Format::Json => output::json(&report)?,
            Format::Table => {
                let mut table = output::table(["stage", "", "found"]);
                for stage in &report.stages {
                    table.add_row([stage.stage, stage.outcome, &stage.found]);
                }
                output::print(table);
                output::line(&format!("\n{}", conclude(&verdict, explanation.suspicion)));
            }
        }
        Ok(if report.valid { Exit::Done } else { Exit::Found })
    }
}

impl Verify {
    /// What the gate would accept of this body, were it rightly signed.
    fn tolerance_of(&self, body: &[u8]) -> Tolerance {
        let event = event::parse(&VerifiedBody::trust_without_verification(body, self.key.clone()));
        let either_way = Tolerance::either_way(Duration::from_secs(self.tolerance));
        match event.is_ok_and(|event| event.is_outcome()) {
            true => Tolerance {
                late: Duration::from_secs(self.outcome_tolerance.max(self.tolerance)),
                ..either_way
            },
            false => either_way,
        }
    }
}

/// The verdict in a sentence.
fn conclude(verdict: &Result<(), SignatureError>, suspicion: Option<&str>) -> String {
    match (verdict, suspicion) {
        (Ok(()), _) => "valid".to_owned(),
        (Err(_), Some(mistake)) => format!("not valid; this mistake would explain it: {mistake}"),
        (Err(SignatureError::Mismatch), None) => {
            "not valid: usually another secret, another path than that of \
            the callback URL, or a body that was changed on its way, be it a line end"
                .to_owned()
        }
        (Err(error), None) => format!("not valid: {}", error.name()),
    }
}

/// The headers that were given, those in files included.
fn read_headers(given: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for text in given {
        match text.strip_prefix('@') {
            None => headers.push(parse_header(text)?),
            Some(file) => {
                let lines = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
                for line in lines.lines().filter(|line| !line.trim().is_empty()) {
                    headers.push(parse_header(line).with_context(|| format!("in {file}"))?);
                }
            }
        }
    }
    Ok(headers)
}

fn parse_header(text: &str) -> anyhow::Result<(String, String)> {
    let (name, value) =
        text.split_once(':').with_context(|| format!("--header `{text}` has not the form 'name: value'"))?;
    // HTTP allows blanks around a value; they do not belong to it.
    Ok((name.trim().to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}
