//! `sinch-gate verification`: the other side of the callbacks, Sinch's API.

mod account;
mod follow;
mod options;
mod report;
mod shown;
mod start;
mod status;
mod target;

use clap::Subcommand;

use crate::api::ApiError;
use crate::cli::{Exit, output};

/// Start a verification by Sinch's API, report its code, ask for its status.
///
/// The application's key and secret sign the calls, as they sign the callbacks. The samples' key is used only
/// where the API's URL is this machine.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  sinch-gate verification start --number +46701234567 --method sms \\
    --reference try-1
  sinch-gate verification status --reference try-1")]
pub(in crate::cli) enum Verification {
    Start(start::Start),
    Report(report::Report),
    Status(status::Status),
}

impl Verification {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Start(start) => start.run().await,
            Self::Report(report) => report.run().await,
            Self::Status(status) => status.run().await,
        }
    }
}

/// Sinch's codes that answer the question, other than those that say that it could not be asked: a wrong
/// number or code, a blocked number, a denial, nothing found, a reference that is taken, no route.
const ANSWERS: [u32; 6] = [40003, 40300, 40303, 40400, 40900, 42201];

/// What a call that did not do what it was for means for the command.
///
/// # Errors
/// Where it is a failure, and no answer.
fn end(error: ApiError) -> anyhow::Result<Exit> {
    if !is_answer(&error) {
        return Err(error.into());
    }
    output::message(&error.to_string());
    Ok(Exit::Found)
}

/// Whether Sinch said no, as opposed to nothing.
fn is_answer(error: &ApiError) -> bool {
    error.refusal().and_then(|refusal| refusal.code).is_some_and(|code| ANSWERS.contains(&code))
}
