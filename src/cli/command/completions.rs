//! `sinch-gate completions`: what a shell needs to complete the tool's commands.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::{Cli, Exit, output};

/// Print the completions for a shell.
///
/// Where they belong depends on the shell; bash reads ~/.local/share/bash-completion/completions/sinch-gate.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate completions bash > sinch-gate.bash")]
pub(in crate::cli) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "sinch-gate", &mut script);
        output::raw(String::from_utf8(script)?.trim_end());
        Ok(Exit::Done)
    }
}
