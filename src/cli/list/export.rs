//! `sinch-gate list export`: a whole list as CSV.

use clap::Args;

use crate::cli::Exit;
use crate::cli::output;
use crate::cli::place::{Place, TIMEOUT};
use crate::clock;
use crate::list::write_file;

/// Print a list as CSV, which import reads back to the same list.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list export blocklist --data gate.db > blocklist.csv")]
pub(in crate::cli) struct Export {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    #[command(flatten)]
    place: Place,
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let opened = self.place.open_existing(TIMEOUT).await?;
        let entries = super::entries(&opened.store, &self.list, clock::now()).await?;
        opened.close().await;
        write_file(&entries).for_each(|line| output::line(&line));
        Ok(Exit::Done)
    }
}
