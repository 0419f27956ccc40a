//! `policy check`: every mistake in a policy file.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::traffic_tests::failures;
use super::{print_problems, read};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::policy::{Policy, Problem, Severity};

/// Find every mistake in a policy file.
///
/// They are printed as compilers do, FILE:LINE:COLUMN, with what to write instead. Where there are none, the
/// tests beside the policy are run, also those over recorded traffic. Exit code 2 means mistakes or tests
/// that fail; warnings alone are none. A line of JSON is a problem: `severity`, `line`, `column`, `message`,
/// and `help` where there is some.
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
        let compiled = Policy::check(&source);
        let mut problems: Vec<Problem> = match &compiled {
            Ok(compiled) => compiled.warnings.clone(),
            Err(problems) => problems.iter().cloned().collect(),
        };
        let compiled = compiled.ok();
        let n_mistakes = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        let n_warnings = problems.len() - n_mistakes;
        let failed = compiled.as_ref().map(|compiled| failures(&self.file, compiled)).unwrap_or_default();
        let n_failures = failed.len();
        problems.extend(failed);
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
            Format::Table => print_problems(&self.file, &problems, output::prose),
        }
        let mut parts: Vec<String> = Vec::new();
        if let Some(compiled) = &compiled {
            parts.push(output::count(compiled.policy.rules().len(), "rule"));
        }
        parts.push(match n_mistakes {
            0 => "no mistakes".to_owned(),
            n => output::count(n, "mistake"),
        });
        if n_warnings > 0 {
            parts.push(output::count(n_warnings, "warning"));
        }
        match (compiled.map_or(0, |compiled| compiled.tests.len()), n_failures) {
            (0, _) => {}
            (n_tests, 0) => parts.push(format!("{} passed", output::count(n_tests, "test"))),
            (n_tests, failed) => parts.push(format!("{failed} of {} failed", output::count(n_tests, "test"))),
        }
        output::message(&format!("{}: {}", self.file.display(), parts.join(", ")));
        Ok(if n_mistakes + n_failures == 0 { Exit::Done } else { Exit::Found })
    }
}
