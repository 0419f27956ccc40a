//! `sinch-gate policy`: check a policy, or put it in force.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Exit;
use super::output::{self, Format};
use super::place::Place;
use crate::clock;
use crate::policy::{Compiled, Policy as Rules, Problem, Severity};
use crate::store::NewVersion;

/// How long the tool waits for the table.
const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// Find every mistake in a policy file
    Check(Check),
    /// Put a policy file in force
    Apply(Apply),
}

/// Find every mistake in a policy file.
///
/// Exit code 2 means that it has mistakes; warnings alone are none.
///
/// Example:
///   sinch-gate policy check policy.toml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Check {
    /// The policy, TOML
    file: PathBuf,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Put a policy file in force.
///
/// It is checked first, and stored as a new version. Functions that are running take it up within
/// POLICY_TTL seconds.
///
/// Example:
///   sinch-gate policy apply policy.toml -m "stop the attack on +998" --data gate.db
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Apply {
    /// The policy, TOML
    file: PathBuf,
    /// Why
    #[arg(short, long)]
    message: String,
    /// Only for this application; for all that have none of their own if not given
    #[arg(long, value_name = "KEY", default_value = "*")]
    app: String,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
}

/// Who makes a change.
#[derive(Clone, Debug, Args)]
pub(super) struct Author {
    /// Who makes the change; the name of the user if not given
    #[arg(long, value_name = "NAME", env = "SINCH_GATE_AUTHOR")]
    author: Option<String>,
}

impl Author {
    #[expect(clippy::disallowed_methods, reason = "the user's name stands only in the environment")]
    pub(super) fn name(&self) -> String {
        let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        self.author.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned())
    }
}

impl Policy {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Check(check) => check.run(),
            Self::Apply(apply) => apply.run().await,
        }
    }
}

#[derive(Serialize)]
struct ReportedProblem<'a> {
    severity: String,
    line: usize,
    column: usize,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

impl Check {
    fn run(self) -> anyhow::Result<Exit> {
        let source = read(&self.file)?;
        let (rules, problems) = match Rules::compile(&source) {
            Ok(Compiled { policy, warnings }) => (Some(policy.rules().len()), warnings),
            Err(problems) => (None, problems.iter().cloned().collect()),
        };
        match self.format {
            Format::Json => problems.iter().try_for_each(|problem| {
                output::json(&ReportedProblem {
                    severity: problem.severity.to_string(),
                    line: problem.line,
                    column: problem.column,
                    message: &problem.message,
                    help: problem.help.as_deref(),
                })
            })?,
            Format::Table => print_problems(&self.file, &problems),
        }
        Ok(match rules {
            Some(n_rules) => {
                output::message(&format!("{}: {n_rules} rules, no mistakes", self.file.display()));
                Exit::Done
            }
            None => Exit::Found,
        })
    }
}

impl Apply {
    async fn run(self) -> anyhow::Result<Exit> {
        let source = read(&self.file)?;
        match Rules::compile(&source) {
            Ok(compiled) => print_problems(&self.file, &compiled.warnings),
            Err(problems) => {
                print_problems(&self.file, &problems);
                output::message("nothing was changed; mend the mistakes and apply again");
                return Ok(Exit::Found);
            }
        }
        let opened = self.place.open(TIMEOUT).await?;
        let stored = opened.store.load_policies(std::slice::from_ref(&self.app)).await?;
        let new = NewVersion {
            app: &self.app,
            replaces: stored.active.get(&self.app).map(|active| active.version),
            source: &source,
            author: &self.author.name(),
            message: &self.message,
        };
        let version = opened.store.apply_policy(&new, clock::now()).await?;
        output::message(&format!(
            "version {version} is in force for {}",
            if self.app == "*" { "all applications" } else { &self.app }
        ));
        opened.close().await;
        Ok(Exit::Done)
    }
}

/// Compiles a policy file; prints its mistakes and gives `None` where it has any.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn compile_file(file: &Path) -> anyhow::Result<Option<Rules>> {
    match Rules::compile(&read(file)?) {
        Ok(Compiled { policy, warnings }) => {
            print_problems(file, &warnings);
            Ok(Some(policy))
        }
        Err(problems) => {
            print_problems(file, &problems);
            Ok(None)
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Prints problems as editors and compilers do; mistakes are data of `check`, so they go to standard error
/// together with warnings only where the command is about something else.
fn print_problems<'p>(file: &Path, problems: impl IntoIterator<Item = &'p Problem>) {
    for problem in problems {
        let text = problem.in_file(&file.display().to_string()).to_string();
        match problem.severity {
            Severity::Error => output::line(&text),
            Severity::Warning => output::message(&text),
        }
    }
}
