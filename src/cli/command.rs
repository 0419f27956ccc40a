//! The commands of the tool, one file each; what several of them need stands beside this folder.

mod completions;
mod demo;
mod doctor;
mod erase;
mod list;
mod local_table;
mod man;
mod number;
pub(crate) mod outcome;
mod policy;
mod report;
mod send;
mod serve;
mod sign;
mod status;
mod verification;
mod verify;

use clap::Subcommand;

use super::Exit;

/// One command; its help is the documentation of its type.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    LocalTable(local_table::LocalTable),
    Doctor(doctor::Doctor),
    Send(send::Send),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Number(number::Number),
    #[command(subcommand)]
    Verification(verification::Verification),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    List(list::List),
    #[command(subcommand)]
    Outcome(outcome::Outcome),
    Status(status::Status),
    Report(report::Report),
    Erase(erase::Erase),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Demo(demo) => demo.run().await,
            Self::Serve(serve) => serve.run().await,
            Self::LocalTable(local_table) => local_table.run().await,
            Self::Doctor(doctor) => doctor.run().await,
            Self::Send(send) => send.run().await,
            Self::Sign(sign) => sign.run(),
            Self::Verify(verify) => verify.run(),
            Self::Number(number) => number.run(),
            Self::Verification(verification) => verification.run().await,
            Self::Policy(policy) => policy.run().await,
            Self::List(list) => list.run().await,
            Self::Outcome(outcome) => outcome.run().await,
            Self::Status(status) => status.run().await,
            Self::Report(report) => Box::pin(report.run()).await,
            Self::Erase(erase) => erase.run().await,
            Self::Completions(completions) => completions.run(),
            Self::Man(man) => man.run(),
        }
    }
}
