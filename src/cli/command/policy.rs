//! `sinch-gate policy`: write a policy, check it, put it in force, and look back at what was.

mod apply;
mod at_stake;
mod backtest;
mod base_version;
mod changes;
mod check;
mod counters;
mod diff;
mod drill;
mod explain;
mod given_lists;
mod history;
mod init;
mod lists;
mod put_in_force;
mod recorded;
mod rollback;
mod schema;
mod show;
mod stored;
mod suggest;
mod toml_text;
mod traffic_tests;

use std::path::Path;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::cli::{Exit, app, output};
use crate::policy::{Checked, Policy as Rules, Problem};
use crate::signature::AppScope;

pub(super) use toml_text::rule_text;

/// Write a policy, check it, put it in force, and look back.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate policy init policy.toml")]
pub(in crate::cli) enum Policy {
    Init(init::Init),
    Schema(schema::Schema),
    Check(check::Check),
    Explain(explain::Explain),
    Backtest(backtest::Backtest),
    Drill(drill::Drill),
    Suggest(suggest::Suggest),
    Apply(apply::Apply),
    Show(show::Show),
    History(history::History),
    Diff(diff::Diff),
    Rollback(rollback::Rollback),
}

/// Whose policy it is.
#[derive(Clone, Debug, Args)]
struct For {
    /// Only for this application; for all that have none of their own if not given
    #[arg(long, value_name = "KEY", default_value = "*", value_parser = app::scope())]
    app: AppScope,
}

impl Policy {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Init(init) => init.run(),
            Self::Schema(schema) => schema.run(),
            Self::Check(check) => check.run(),
            Self::Explain(explain) => explain.run().await,
            Self::Backtest(backtest) => Box::pin(backtest.run()).await,
            Self::Drill(drill) => drill.run(),
            Self::Suggest(suggest) => Box::pin(suggest.run()).await,
            Self::Apply(apply) => apply.run().await,
            Self::Show(show) => show.run().await,
            Self::History(history) => history.run().await,
            Self::Diff(diff) => diff.run().await,
            Self::Rollback(rollback) => rollback.run().await,
        }
    }
}

/// Compiles a policy file; prints what is wrong with it and gives `None` where it has mistakes.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn compile_file(file: &Path) -> anyhow::Result<Option<Rules>> {
    Ok(compile(file, &read(file)?).map(|compiled| compiled.policy))
}

/// Compiles the text of a policy on the way to something else, so that what is wrong with it is a message.
fn compile(file: &Path, source: &str) -> Option<Checked> {
    match Rules::check(source) {
        Ok(compiled) => {
            print_problems(file, &compiled.warnings, output::message);
            Some(compiled)
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
