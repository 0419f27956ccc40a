//! `sinch-gate verification report`: the code that a phone received.

use std::convert::Infallible;
use std::io::IsTerminal as _;

use anyhow::Context as _;
use clap::Args;

use super::account::Account;
use super::target::Target;
use super::{end, is_answer, shown};
use crate::api::{ApiError, Client, Code, Report as Reporting, ReportBy, Reported, State, StatusBy};
use crate::cli::output::{self, Format};
use crate::cli::{Exit, hint};
use crate::event::{Method, Status};

/// Report the code that a phone received, or the number that called it.
///
/// Without --code, the code is the first line of standard input, so that it need not stand in the shell's
/// history. By --reference, Sinch is asked first which verification it is. Exit code 2 means that the
/// verification did not succeed.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  echo 0042 | sinch-gate verification report --reference try-2")]
pub(in crate::cli) struct Report {
    #[command(flatten)]
    target: Target,
    /// The code, or for a flash call the whole number that called
    #[arg(long, value_name = "CODE", allow_hyphen_values = true, value_parser = code)]
    code: Option<Code>,
    #[command(flatten)]
    account: Account,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Report {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let by = self.target.status_by()?;
        let (client, _) = self.account.client()?;
        let code = match self.code.clone() {
            Some(code) => code,
            None => read_code()?,
        };
        let (report_by, method) = match self.target.report_by() {
            Some(known) => known,
            None => match client.status(&by).await {
                Ok(state) if state.is_final() => return self.finished(&state),
                Ok(state) => (ReportBy::Id(state.id.context("Sinch does not say its id")?), state.method),
                Err(error) => return end(error),
            },
        };
        let report = Reporting::new(&method, code).with_context(|| {
            format!("the method {method} has no report: nothing is typed, so there is no code")
        })?;
        match client.report(&report_by, &report).await {
            Ok(reported) => self.tell(reported),
            Err(error) if is_refused_code(&error) => self.explain(&client, &report_by, &method, error).await,
            Err(error) => end(error),
        }
    }

    /// What came of a report that was taken.
    fn tell(&self, reported: Reported) -> anyhow::Result<Exit> {
        let is_over = !matches!(reported.status, Status::Pending | Status::Successful);
        let state = State::from(reported);
        shown::state(&state, self.format)?;
        if is_over {
            output::message("it has ended, and takes no other code\nhint: start a new verification");
        }
        Ok(shown::exit(&state.status))
    }

    /// Why a report was not taken: the code was wrong, or the verification had ended before.
    async fn explain(
        &self,
        client: &Client,
        by: &ReportBy,
        method: &Method,
        error: ApiError,
    ) -> anyhow::Result<Exit> {
        let by = match by {
            ReportBy::Id(id) => StatusBy::Id(id.clone()),
            ReportBy::Number(number) => StatusBy::Number { method: method.clone(), number: number.clone() },
        };
        match client.status(&by).await {
            Ok(state) if state.is_final() => self.finished(&state),
            Ok(state) => {
                shown::state(&state, self.format)?;
                let open = "the verification is still open, so another code may be right";
                output::message(&hint::and(&error.to_string(), open));
                Ok(Exit::Found)
            }
            Err(_) => end(error),
        }
    }

    /// A verification that was over before.
    fn finished(&self, state: &State) -> anyhow::Result<Exit> {
        shown::state(state, self.format)?;
        output::message("nothing was reported: it had ended before, and takes no code any more");
        Ok(Exit::Found)
    }
}

/// Whether the code, or what it is for, was not accepted.
fn is_refused_code(error: &ApiError) -> bool {
    is_answer(error) && error.refusal().is_some_and(|refusal| matches!(refusal.http_status, 400 | 404))
}

/// The first line of standard input.
fn read_code() -> anyhow::Result<Code> {
    if std::io::stdin().is_terminal() {
        output::message("the code that the phone received:");
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the code from standard input")?;
    Ok(Code::new(line.trim()))
}

/// Any text, which is checked where it is sent: clap would repeat one that it cannot read.
#[expect(clippy::unnecessary_wraps, reason = "the form that clap wants")]
fn code(text: &str) -> Result<Code, Infallible> {
    Ok(Code::new(text))
}
