//! `sinch-gate outcome`: the story behind a reference.

mod export;
mod filter;
mod reconcile;
mod recover;
mod show;
mod tail;

use clap::Subcommand;

use crate::cli::Exit;

/// Show the story behind a reference.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate outcome show signup-20260115-0001 --data gate.db")]
pub(in crate::cli) enum Outcome {
    Show(show::Show),
    Tail(tail::Tail),
    Export(export::Export),
    Recover(recover::Recover),
    Reconcile(reconcile::Reconcile),
}

impl Outcome {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Show(show) => show.run().await,
            Self::Tail(tail) => tail.run().await,
            Self::Export(export) => export.run().await,
            Self::Recover(recover) => recover.run().await,
            Self::Reconcile(reconcile) => Box::pin(reconcile.run()).await,
        }
    }
}
