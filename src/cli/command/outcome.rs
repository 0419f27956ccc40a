//! `sinch-gate outcome`: the story behind a reference.

mod background;
mod conclusion;
mod export;
mod filter;
mod find;
mod locate;
mod reconcile;
pub(crate) mod recover;
mod rules;
mod show;
mod shown;
mod story;
mod tail;

use clap::Subcommand;

use crate::cli::Exit;

/// Show the story behind a reference.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sinch-gate outcome show signup-20260115-0001 --data gate.db")]
pub(in crate::cli) enum Outcome {
    Show(show::Show),
    Find(find::Find),
    Tail(tail::Tail),
    Export(export::Export),
    Recover(recover::Recover),
    Reconcile(reconcile::Reconcile),
}

impl Outcome {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Show(show) => Box::pin(show.run()).await,
            Self::Find(find) => Box::pin(find.run()).await,
            Self::Tail(tail) => tail.run().await,
            Self::Export(export) => export.run().await,
            Self::Recover(recover) => recover.run().await,
            Self::Reconcile(reconcile) => Box::pin(reconcile.run()).await,
        }
    }
}
