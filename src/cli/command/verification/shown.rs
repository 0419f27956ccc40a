//! How a verification is shown.

use serde::Serialize;

use crate::api::{Started, State};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::event::{Method, Status};

/// A verification as JSON; what Sinch does not say is left out.
#[derive(Default, Serialize)]
pub(super) struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    pub(super) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_seconds: Option<u32>,
}

/// A verification that has started, as JSON.
#[derive(Serialize)]
struct StartedShown<'a> {
    reference: &'a str,
    id: &'a str,
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cli_filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
}

impl Shown {
    pub(super) fn of(state: &State) -> Self {
        let text = |value: Option<&String>| value.map(|value| plain(value));
        Self {
            reference: state.reference.as_ref().map(|reference| plain(reference.as_str())),
            id: state.id.as_ref().map(|id| plain(id.as_str())),
            method: plain(&state.method.to_string()),
            number: state.number.as_ref().map(|number| plain(number.as_str())),
            country: text(state.country.as_ref()),
            status: plain(&state.status.to_string()),
            reason: text(state.reason.as_ref()),
            source: text(state.source.as_ref()),
            at: state.at.map(|at| at.to_string()),
            call_result: text(state.call_result.as_ref()),
            price: state.cost.verification.map(|price| price.to_string()),
            call_price: state.cost.termination.map(|price| price.to_string()),
            call_seconds: state.cost.billable_seconds,
        }
    }

    /// The lines of a table: what it is, and the value.
    fn lines(self) -> Vec<(&'static str, String)> {
        let lines = [
            ("reference", self.reference),
            ("id", self.id),
            ("method", Some(self.method)),
            ("number", self.number),
            ("country", self.country),
            ("status", Some(self.status)),
            ("reason", self.reason),
            ("source", self.source),
            ("at", self.at),
            ("call", self.call_result),
            ("price", self.price),
            ("price of the call", self.call_price),
            ("seconds of the call", self.call_seconds.map(|seconds| seconds.to_string())),
        ];
        lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Prints what Sinch knows of a verification.
pub(super) fn state(state: &State, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => output::json(&Shown::of(state))?,
        Format::Table => columns(Shown::of(state).lines()),
    }
    unreadable(&state.unreadable);
    Ok(())
}

/// Prints that a verification has started.
pub(super) fn started(started: &Started, reference: &str, format: Format) -> anyhow::Result<()> {
    let sms = started.sms.as_ref();
    let flash_call = started.flash_call.as_ref();
    let seconds = sms.and_then(|sms| sms.interception_timeout);
    let shown = StartedShown {
        reference,
        id: started.id.as_str(),
        method: started.method.to_string(),
        template: sms.and_then(|sms| sms.template.as_deref()),
        code_type: started.code_type.as_deref(),
        cli_filter: flash_call.and_then(|call| call.cli_filter.as_deref()),
        target_uri: started.target_uri.as_deref(),
        seconds: flash_call.and_then(|call| call.report_timeout).or(seconds),
    };
    match format {
        Format::Json => output::json(&shown)?,
        Format::Table => {
            let lines = [
                ("reference", Some(shown.reference.to_owned())),
                ("id", Some(plain(shown.id))),
                ("method", Some(plain(&shown.method))),
                ("text", shown.template.map(plain)),
                ("kind of code", shown.code_type.map(plain)),
                ("called by", shown.cli_filter.map(plain)),
                ("to open on the phone", shown.target_uri.map(plain)),
                ("waits for", shown.seconds.map(|seconds| format!("{seconds} s"))),
            ];
            columns(lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect());
        }
    }
    unreadable(&started.unreadable);
    Ok(())
}

fn columns(lines: Vec<(&'static str, String)>) {
    let mut table = output::columns();
    for (name, value) in lines {
        table.add_row([name, &value]);
    }
    output::print(table);
}

/// Says which parts of an answer could not be used.
pub(super) fn unreadable(members: &[&str]) {
    if !members.is_empty() {
        output::message(&format!(
            "the answer holds something other than Sinch describes in {}",
            members.join(", ")
        ));
    }
}

/// What a status means for the exit code.
pub(super) fn exit(status: &Status) -> Exit {
    match status {
        Status::Pending | Status::Successful => Exit::Done,
        Status::Fail | Status::Denied | Status::Aborted | Status::Error | Status::Other(_) => Exit::Found,
    }
}

/// How the phone's part is done.
pub(super) fn next_step(method: &Method, reference: &str) -> String {
    match method {
        Method::Seamless => "open the address on the phone, over its mobile data".to_owned(),
        Method::FlashCall => {
            format!(
                "report the whole number that called by `sinch-gate verification report --reference \
                 {reference}`"
            )
        }
        _ => format!("report the code by `sinch-gate verification report --reference {reference}`"),
    }
}

/// Text of others without what would move a terminal's cursor.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
