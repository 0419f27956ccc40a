//! Whether a rule in force asks a list, before anything is put on it.

use clap::Args;

use crate::cli::app::whose;
use crate::cli::asked_lists::AskedLists;
use crate::cli::output;

/// Leave to put entries on a list that no rule asks.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Anyway {
    /// Do it although no rule in force asks the list, such as for a policy that is still to come
    #[arg(long)]
    anyway: bool,
}

impl Anyway {
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
