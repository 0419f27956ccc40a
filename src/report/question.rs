//! What a report is asked for, and what is known besides the traffic.

use jiff::Timestamp;

use super::known::Known;
use super::model::Intake;

/// What a report is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// When it is made.
    pub made_at: Timestamp,
    /// Where the traffic is from.
    pub sources: Vec<String>,
    /// How the traffic is named again in a command, such as `--data gate.db`, with the span and the
    /// application that were asked for.
    pub place: String,
    /// Whether the traffic came through standard input, so that it must be saved before a command reads it.
    pub is_piped: bool,
    /// How the file of the policy is named in a command that tries it; absent where none was given.
    pub policy: Option<String>,
    /// How the table is named in a command that changes it, with a blank before; empty where none is known.
    pub table: String,
    /// The application that is asked for.
    pub app: Option<String>,
    /// From when on; from the first request where it is absent.
    pub from: Option<Timestamp>,
    /// Before when; to the last request where it is absent.
    pub to: Option<Timestamp>,
    /// From when on all that happened was read; unknown where it is absent.
    pub complete_from: Option<Timestamp>,
    /// Whether numbers are to stand whole.
    pub reveals_numbers: bool,
    /// What the policies in force say; absent where no policy is known.
    pub known: Option<Known>,
    /// What was read; what follows from the verifications is filled in.
    pub intake: Intake,
    /// For how many verifications each one stands that was read, where not all were.
    pub scale: u64,
}

impl Question {
    /// A question about all of some traffic, where nothing else is known.
    pub(super) fn of_all() -> Self {
        Self {
            made_at: Timestamp::MIN,
            sources: Vec::new(),
            place: String::new(),
            is_piped: false,
            policy: None,
            table: String::new(),
            app: None,
            from: None,
            to: None,
            complete_from: None,
            reveals_numbers: false,
            known: None,
            intake: Intake::default(),
            scale: 1,
        }
    }

    /// What to add to a command that changes a table, where none is known.
    pub(super) fn table_wanted(&self) -> &'static str {
        if self.table.is_empty() {
            " (for the table of your gate, add --data FILE or --table NAME)"
        } else {
            ""
        }
    }

    /// A list whose numbers are denied.
    pub(super) fn deny_list(&self) -> &str {
        let list = self.known.as_ref().and_then(|known| known.deny_lists.first());
        list.map_or("blocklist", String::as_str)
    }
}
