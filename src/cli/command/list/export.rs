//! `sinch-gate list export`: a whole list as CSV.

use clap::Args;

use crate::cli::Exit;
use crate::cli::output;
use crate::cli::place::Place;
use crate::clock;
use crate::list::{FILE_COLUMNS, ListEntry, file_line};
use crate::store::Store;

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
        let mut n_lines = 0;
        // The names of the columns come with the first entry, since there may be no such list.
        let mut print = |line: &str| {
            if n_lines == 0 {
                output::raw(FILE_COLUMNS);
            }
            output::raw(line);
            n_lines += 1;
        };
        let take = |entries: &[ListEntry]| {
            entries.iter().for_each(|entry| print(&file_line(entry)));
            Ok(())
        };
        let each_page = async |store: &Store| super::each_page(store, &self.list, clock::now(), take).await;
        let n_entries = self.place.with_existing_store(each_page).await?;
        if n_entries == 0 {
            output::raw(FILE_COLUMNS);
        }
        Ok(Exit::Done)
    }
}
