//! The command-line tool `sinch-gate`: the same gate without AWS, and the operator's side of it.
//!
//! Data goes to standard output, messages to standard error. Exit codes: 0 done, 1 failed, 2 denied, invalid
//! or something found.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as plain text in a terminal")]

mod credentials;
mod demo;
mod http_client;
mod http_server;
mod list;
mod local_table;
mod number;
mod outcome;
mod output;
mod place;
mod policy;
mod send;
mod serve;
mod sign;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Decides Sinch Verification callbacks by policy, locally or on a DynamoDB table.
#[derive(Debug, Parser)]
#[command(name = "sinch-gate", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show everything at once: sample callbacks posted, decided, recorded, explained
    Demo(demo::Demo),
    /// Run the gate on a local port
    Serve(serve::Serve),
    /// Run the embedded engine as a DynamoDB endpoint, table made
    LocalTable(local_table::LocalTable),
    /// Sign an event and post it to a callback URL
    Send(send::Send),
    /// Compute the headers of a signed callback
    Sign(sign::Sign),
    /// Explain, stage by stage, whether a callback is signed rightly
    Verify(verify::Verify),
    /// Tell what the gate sees in numbers: country, calling code, type
    Number(number::Number),
    /// Check a policy, or put it in force
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Block or safelist numbers and prefixes
    #[command(subcommand)]
    List(list::List),
    /// Tell the story behind a reference
    #[command(subcommand)]
    Outcome(outcome::Outcome),
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
    let cli = Cli::parse();
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

impl Command {
    async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Demo(demo) => demo.run().await,
            Self::Serve(serve) => serve.run().await,
            Self::LocalTable(local_table) => local_table.run().await,
            Self::Send(send) => send.run().await,
            Self::Sign(sign) => sign.run(),
            Self::Verify(verify) => verify.run(),
            Self::Number(number) => number.run(),
            Self::Policy(policy) => policy.run().await,
            Self::List(list) => list.run().await,
            Self::Outcome(outcome) => outcome.run().await,
        }
    }
}
