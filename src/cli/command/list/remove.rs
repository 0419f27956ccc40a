//! `sinch-gate list remove`: numbers and prefixes, taken off a list.

use clap::Args;

use crate::cli::Exit;
use crate::cli::confirm::Confirm;
use crate::cli::output;
use crate::cli::place::Place;
use crate::list::parse_entry;
use crate::store::Store;

/// Take numbers or prefixes off a list.
///
/// Several are only taken off after asking, or with --yes. Exit code 2 means that one of them was not on it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate list remove blocklist '+99899394*' --data gate.db")]
pub(in crate::cli) struct Remove {
    /// The list, as rules name it
    #[arg(value_parser = super::list_name)]
    list: String,
    /// Numbers and prefixes, as they were added
    #[arg(required = true)]
    entries: Vec<String>,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    place: Place,
}

impl Remove {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let entries = self.entries.iter().map(|entry| parse_entry(entry)).collect::<Result<Vec<_>, _>>()?;
        self.place.with_existing_store(async |store| self.remove(store, &entries).await).await
    }

    async fn remove(&self, store: &Store, entries: &[String]) -> anyhow::Result<Exit> {
        let list = &self.list;
        super::must_exist(store, list).await?;
        if entries.len() > 1 {
            self.confirm.ask(&format!(
                "{} entries will be taken off {list}: {}",
                entries.len(),
                entries.join(", ")
            ))?;
        }
        let mut exit = Exit::Done;
        for entry in entries {
            if store.lists().remove(list, entry).await? {
                output::message(&format!("{entry} is off {list}"));
            } else {
                output::message(&format!(
                    "{entry} was not on {list}; `sinch-gate list show {list}` shows what is"
                ));
                exit = Exit::Found;
            }
        }
        Ok(exit)
    }
}
