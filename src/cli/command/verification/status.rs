//! `sinch-gate verification status`: what Sinch knows of a verification.

use clap::Args;

use super::account::Account;
use super::target::Target;
use super::{end, shown};
use crate::cli::Exit;
use crate::cli::output::Format;

/// Ask Sinch how a verification stands.
///
/// Exit code 2 means that it did not succeed, or that Sinch does not know it. A finished status may get its
/// price later.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate verification status --reference try-2")]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    account: Account,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Status {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let by = self.target.status_by()?;
        let (client, _) = self.account.client()?;
        match client.status(&by).await {
            Ok(state) => {
                shown::state(&state, self.format)?;
                Ok(shown::exit(&state.status))
            }
            Err(error) => end(error),
        }
    }
}
