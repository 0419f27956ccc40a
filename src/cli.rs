//! The command-line tool `sinch-gate`: the same gate without AWS, and the operator's side of it.
//!
//! Data goes to standard output, messages to standard error. Exit codes: 0 done, 1 failed, 2 denied, invalid
//! or something found.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as plain text in a terminal")]

mod completions;
mod confirm;
mod credentials;
mod demo;
mod doctor;
mod erase;
mod http_client;
mod http_server;
mod input;
mod list;
mod local_table;
mod man;
mod moment;
mod number;
mod outcome;
mod output;
mod place;
mod policy;
mod progress;
mod send;
mod serve;
mod sign;
mod status;
mod verification;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 denied, invalid or something found.

Example:
  sinch-gate demo";

/// Decides Sinch Verification callbacks by policy, locally or on a DynamoDB table.
#[derive(Debug, Parser)]
#[command(name = "sinch-gate", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

// Each command's help is the documentation of its type.
#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    LocalTable(local_table::LocalTable),
    Doctor(doctor::Doctor),
    Send(send::Send),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Number(number::Number),
    #[command(subcommand)]
    Verification(verification::Verification),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    List(list::List),
    #[command(subcommand)]
    Outcome(outcome::Outcome),
    Status(status::Status),
    Erase(erase::Erase),
    Completions(completions::Completions),
    Man(man::Man),
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    /// It did what it was asked.
    Done,
    /// It found something denied, invalid or wrong.
    Found,
}

/// Runs the tool with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return stop_at_arguments(&error),
    };
    let run = || -> anyhow::Result<Exit> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(cli.command.run())
    };
    match run() {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(2),
        Err(error) => {
            output::message(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints what was asked for, help or version, or what is wrong with the arguments. Clap's own exit code for the
/// latter means "denied, invalid or something found" here.
fn stop_at_arguments(error: &clap::Error) -> ExitCode {
    // A reader that has gone away is no error.
    let _ = error.print();
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Command {
    async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Demo(demo) => demo.run().await,
            Self::Serve(serve) => serve.run().await,
            Self::LocalTable(local_table) => local_table.run().await,
            Self::Doctor(doctor) => doctor.run().await,
            Self::Send(send) => send.run().await,
            Self::Sign(sign) => sign.run(),
            Self::Verify(verify) => verify.run(),
            Self::Number(number) => number.run(),
            Self::Verification(verification) => verification.run().await,
            Self::Policy(policy) => policy.run().await,
            Self::List(list) => list.run().await,
            Self::Outcome(outcome) => outcome.run().await,
            Self::Status(status) => status.run().await,
            Self::Erase(erase) => erase.run().await,
            Self::Completions(completions) => completions.run(),
            Self::Man(man) => man.run(),
        }
    }
}
