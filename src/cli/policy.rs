//! `sinch-gate policy`: check a policy, or put it in force.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};

use super::Exit;
use super::output::{self, Format};
use super::place::{Place, TIMEOUT};
use crate::clock;
use crate::policy::{Compiled, Policy as Rules, Problem, Severity};
use crate::store::NewVersion;

/// Check a policy, or put it in force.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate policy check policy.toml")]
pub(super) enum Policy {
    Check(Check),
    Apply(Apply),
}

/// Find every mistake in a policy file.
///
/// They are printed as compilers do, FILE:LINE:COLUMN, with what to write instead. Exit code 2 means that there
/// are mistakes; warnings alone are none.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy check policy.toml")]
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
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate policy apply policy.toml -m "stop the attack on +998" \
    --data gate.db"#)]
pub(super) struct Apply {
    /// The policy, TOML
    file: PathBuf,
    /// Why, for those who read the history
    #[arg(short, long, value_name = "TEXT")]
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
            Format::Table => print_problems(&self.file, &problems, output::line),
        }
        let n_mistakes = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        let mut parts: Vec<String> =
            rules.map(|n_rules| output::count(n_rules, "rule")).into_iter().collect();
        parts.push(if n_mistakes == 0 {
            "no mistakes".to_owned()
        } else {
            output::count(n_mistakes, "mistake")
        });
        if problems.len() > n_mistakes {
            parts.push(output::count(problems.len() - n_mistakes, "warning"));
        }
        output::message(&format!("{}: {}", self.file.display(), parts.join(", ")));
        Ok(if rules.is_some() { Exit::Done } else { Exit::Found })
    }
}

impl Apply {
    async fn run(self) -> anyhow::Result<Exit> {
        let source = read(&self.file)?;
        if compile(&self.file, &source).is_none() {
            output::message("nothing was changed; mend the mistakes and apply again");
            return Ok(Exit::Found);
        }
        let opened = self.place.open(TIMEOUT).await?;
        let stored = opened.store.load_policies(std::slice::from_ref(&self.app)).await?;
        if let Some(problem) = stored.unreadable.get(&self.app) {
            bail!("the policy in force cannot be replaced: {problem}");
        }
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

/// Compiles a policy file; prints what is wrong with it and gives `None` where it has mistakes.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn compile_file(file: &Path) -> anyhow::Result<Option<Rules>> {
    Ok(compile(file, &read(file)?))
}

/// Compiles the text of a policy file on the way to something else, so that what is wrong with it is a message.
fn compile(file: &Path, source: &str) -> Option<Rules> {
    match Rules::compile(source) {
        Ok(Compiled { policy, warnings }) => {
            print_problems(file, &warnings, output::message);
            Some(policy)
        }
        Err(problems) => {
            print_problems(file, &problems, output::message);
            None
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Prints problems as compilers do, which editors can follow.
fn print_problems<'p>(file: &Path, problems: impl IntoIterator<Item = &'p Problem>, print: fn(&str)) {
    for problem in problems {
        print(&problem.in_file(&file.display().to_string()).to_string());
    }
}
