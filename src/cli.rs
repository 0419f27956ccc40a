//! The command-line tool `sinch-gate`: the same gate without AWS, and the operator's side of it.
//!
//! Data goes to standard output, messages to standard error. Exit codes: 0 done, 1 failed, 2 denied, invalid
//! or something found.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as plain text in a terminal")]

mod app;
mod app_filter;
mod applications;
mod asked_lists;
mod author;
mod bars;
mod built_in;
pub(crate) mod command;
mod confirm;
mod country;
mod credentials;
mod dialled_in;
mod hint;
mod http_client;
pub(crate) mod http_server;
mod input;
mod local_time;
mod moment;
mod new_file;
mod number_meant;
mod output;
mod place;
mod progress;
mod sample;
mod share;
mod shell;
mod stored_form;
pub(crate) mod traffic;
mod verified_lately;

use std::process::ExitCode;

use clap::builder::ArgPredicate;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, CommandFactory as _, FromArgMatches as _, Parser};

use command::Command;

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
    let matches = with_json(Cli::command()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
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
            output::message(&format!("error: {}", hint::chained(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Lets every command that takes `--format json` take `--json` as well, since other tools do.
fn with_json(command: clap::Command) -> clap::Command {
    let command = command.mut_subcommands(with_json);
    if command.get_arguments().all(|argument| argument.get_id() != "format") {
        return command;
    }
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).hide(true).conflicts_with("format");
    let is_given = ArgPredicate::Equals("true".into());
    command.arg(json).mut_arg("format", |format| format.default_value_if("json", is_given, "json"))
}

/// Prints what was asked for, help or version, or what is wrong with the arguments. Clap's own exit code for
/// the latter means "denied, invalid or something found" here.
fn stop_at_arguments(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        output::message(error.render().ansi().to_string().trim_end());
        // Who gave no command sees the whole help.
        if error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            let words = std::env::args_os().skip(1).filter_map(|word| word.into_string().ok());
            output::message(&example(&Cli::command(), words));
        }
        return ExitCode::FAILURE;
    }
    // Help is wrapped by clap. A reader that has gone away is not an error.
    let _ = error.print();
    ExitCode::SUCCESS
}

/// The example of the command that these words name, as far as they name one.
fn example(cli: &clap::Command, words: impl Iterator<Item = String>) -> String {
    let mut command = cli;
    for word in words {
        match command.find_subcommand(&word) {
            Some(named) => command = named,
            None => break,
        }
    }
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let example = help.split_once("Example:").map(|(_, example)| example.trim_end().to_owned());
    format!("\nExample:{}", example.unwrap_or_default())
}
