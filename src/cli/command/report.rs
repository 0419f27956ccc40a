//! `sinch-gate report`: what traffic says, as a picture to forward.

mod making;
mod page_file;
mod serve;
mod terminal;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{ArgGroup, Args};

use super::policy;
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::cli::traffic::Which;
use crate::clock;
use crate::report::{Model, html};

/// Say whether somebody attacks, where, since when, what it costs and what to do.
///
/// Traffic is what `outcome export` writes, or the folder of a DynamoDB export to S3 (DynamoDB JSON), plain
/// or compressed with gzip or Zstandard; without --traffic, the records of the table. The first lines say
/// what was found; below stand the figures, beside those of the span before. A finding names what it rests
/// on and the command to act. Numbers are masked unless --reveal is given, since a report is made to be
/// forwarded.
///
/// Rules are only compared where the traffic says which one decided: `outcome export --stories`, an export of
/// DynamoDB, and the table do.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate report --from 7d --data gate.db")]
// Unlike a backtest, which takes the lists of a table beside traffic of files.
#[command(group(ArgGroup::new("source").args(["traffic", "data", "table"])))]
pub(in crate::cli) struct Report {
    #[command(flatten)]
    which: Which,
    /// The policy that was in force, for files of traffic, which do not say it, and for the table of a gate
    /// that has its policy from a file; the stored one of a table if not given
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// From how many verifications on a sample is read; 1250000 of files and 300000 of a table if not given
    #[arg(long, value_name = "N")]
    sample_beyond: Option<u64>,
    /// Show numbers whole
    #[arg(long)]
    reveal: bool,
    /// Write a page to this file, in the place of a page that is there; it needs no network and can be
    /// forwarded
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Serve the page on this address, fresh every minute, until it is interrupted
    #[arg(long, value_name = "ADDRESS", value_parser = serve::address)]
    #[arg(conflicts_with_all = ["html", "format"])]
    serve: Option<SocketAddr>,
    /// Serve it on an address that others can reach, too: whoever reaches it reads the report
    #[arg(long, requires = "serve")]
    for_anybody: bool,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Report {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        // What is wrong with the span is said before anything is read.
        self.which.asked(clock::now())?;
        if let Some(file) = &self.html {
            page_file::must_be_free(file, &self.files())?;
        }
        if let Some(address) = self.serve {
            serve::must_be_lasting(&self.files())?;
            let make = async || Ok(self.make().await?.map(|model| html::page(&model)));
            return serve::run(address, self.for_anybody, make).await;
        }
        let Some(model) = self.make().await? else { return Ok(Exit::Found) };
        if let Some(file) = &self.html {
            let page = html::page(&model);
            std::fs::write(file, page).with_context(|| format!("cannot write {}", file.display()))?;
        }
        self.show(&model)?;
        Ok(Exit::Done)
    }

    /// The files and folders that it reads.
    fn files(&self) -> Vec<&Path> {
        let traffic = self.which.traffic.iter().map(PathBuf::as_path);
        traffic.chain(self.policy.as_deref()).chain(self.place.file()).collect()
    }

    fn show(&self, model: &Model) -> anyhow::Result<()> {
        match self.format {
            Format::Json => output::json(model)?,
            Format::Table => terminal::print(model),
        }
        Ok(())
    }
}
