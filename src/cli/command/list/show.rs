//! `sinch-gate list show`: what is on a list.

use clap::Args;

use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::clock;
use crate::list::ListEntry;
use crate::store::Store;

/// Show a list.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list show blocklist --data gate.db --format json")]
pub(in crate::cli) struct Show {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let mut is_begun = false;
        let take = |entries: &[ListEntry]| {
            match self.format {
                Format::Json => entries.iter().try_for_each(output::json)?,
                Format::Table => print(entries, is_begun),
            }
            is_begun = true;
            Ok(())
        };
        let each_page = async |store: &Store| super::each_page(store, &self.list, clock::now(), take).await;
        let n_entries = self.place.with_existing_store(each_page).await?;
        if n_entries == 0 {
            output::message(&format!("nothing is on {}", self.list));
        }
        Ok(Exit::Done)
    }
}

/// Prints a page; only the first has headings.
fn print(entries: &[ListEntry], is_begun: bool) {
    let headings = ["entry", "until", "reason (author, since)"];
    let mut table = if is_begun { output::columns() } else { output::table(headings) };
    for entry in entries {
        let until = entry.expires_at.map_or_else(|| "for good".to_owned(), output::time);
        let reason = format!("{} ({}, {})", entry.reason, entry.author, output::time(entry.added_at));
        table.add_row([&entry.entry, &until, &reason]);
    }
    output::print(table);
}
