//! Whether a rule in force asks a list, before anything is put on it.

use anyhow::bail;
use clap::Args;

use crate::cli::app::whose;
use crate::cli::asked_lists::AskedLists;
use crate::cli::output;
use crate::cli::place::Place;

/// Leave to put entries where they do nothing yet: on a list that no rule asks, or in a new file.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Anyway {
    /// Do it although no rule in force asks the list, or there is no such file yet
    #[arg(long)]
    anyway: bool,
}

impl Anyway {
    /// Makes sure that the file of a table exists, or shall be made.
    ///
    /// # Errors
    /// Where it does not: no gate reads it, so entries in it would do nothing.
    pub(super) fn may_make_file(self, place: &Place) -> anyhow::Result<()> {
        if let Some(file) = place.missing_file().filter(|_| !self.anyway) {
            bail!(
                "nothing was written: there is no file {0}, so no gate reads it\n\
                 hint: give the file that the gate has; `sinch-gate serve --data {0}` would make this one, \
                 and so would --anyway",
                file.display()
            );
        }
        Ok(())
    }

    /// Whether entries on a list do anything, or shall be written all the same. Says what is wrong where they
    /// shall not.
    pub(super) fn may_write(self, asked: &AskedLists, list: &str) -> bool {
        if !asked.askers(list).is_empty() {
            return true;
        }
        if let Some(app) = asked.unknown().first() {
            output::message(&format!(
                "the policy for {} cannot be read, so it is not known whether a rule asks the list {list}\n\
                 hint: `sinch-gate doctor` says what is wrong with the policy",
                whose(app)
            ));
            return true;
        }
        if !self.anyway {
            output::message(&refusal(asked, list));
        }
        self.anyway
    }
}

/// Why nothing is written, and what was probably meant.
fn refusal(asked: &AskedLists, list: &str) -> String {
    let meant = asked.near(list).map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    let names: Vec<&str> = asked.names().collect();
    let known = if names.is_empty() {
        "no rule asks any list".to_owned()
    } else {
        format!("rules ask {}", names.join(", "))
    };
    let why = asked.decides_for_nobody(list).map(|why| format!("\nnote: {why}")).unwrap_or_default();
    let built_in = asked.built_in().map(|built_in| format!("\nnote: {built_in}")).unwrap_or_default();
    format!(
        "error: nothing was written: no rule in force asks the list {list}, so an entry on it does nothing\n\
         hint: {meant}{known}; to go on all the same, give --anyway{why}{built_in}"
    )
}
