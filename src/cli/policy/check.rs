//! `policy check`: every mistake in a policy file.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{print_problems, read};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::policy::{Compiled, Policy, Severity};

/// Find every mistake in a policy file.
///
/// They are printed as compilers do, FILE:LINE:COLUMN, with what to write instead. Exit code 2 means that there
/// are mistakes; warnings alone are none.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy check policy.toml")]
pub(in crate::cli) struct Check {
    /// The policy, TOML
    file: PathBuf,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
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
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let source = read(&self.file)?;
        let (rules, problems) = match Policy::compile(&source) {
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
