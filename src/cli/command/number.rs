//! `sinch-gate number`: what the gate sees in a number.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use crate::cli::Exit;
use crate::cli::dialled_in::DialledIn;
use crate::cli::output::{self, Format};
use crate::phone::{Country, PhoneNumber, other_way, propose};

/// Show what the gate sees in numbers: country, calling code, type.
///
/// Numbers are arguments, or lines on standard input. The type is unknown for a number that its country does
/// not hand out, and invalid for text that is not E.164, with what was probably meant; exit code 2 means that
/// one of them is invalid.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate number +46701740605 +18765550123")]
pub(in crate::cli) struct Number {
    /// The numbers; without any, they are read from standard input
    numbers: Vec<String>,
    #[command(flatten)]
    dialled_in: DialledIn,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Seen {
    number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calling_code: Option<String>,
    number_type: String,
    /// What was probably meant by a text that is not a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<String>,
    /// What else there is to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Number {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let numbers = if self.numbers.is_empty() {
            if std::io::stdin().is_terminal() {
                output::message("reading numbers from standard input, one per line");
            }
            std::io::stdin()
                .lock()
                .lines()
                // A line ends where it is seen to end.
                .map(|line| line.map(|line| line.trim_matches([' ', '\t', '\r']).to_owned()))
                .collect::<Result<Vec<_>, _>>()
                .context("cannot read standard input")?
        } else {
            self.numbers
        };
        let seen: Vec<Seen> = numbers
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| see(text, self.dialled_in.country))
            .collect();
        match self.format {
            Format::Json => seen.iter().try_for_each(output::json)?,
            Format::Table if seen.is_empty() => output::message("no numbers were given"),
            Format::Table => {
                let mut table = output::table(["number", "country", "calling code", "type"]);
                for Seen { number, country, calling_code, number_type, .. } in &seen {
                    let dash = || "-".to_owned();
                    table.add_row([
                        number.clone(),
                        country.clone().unwrap_or_else(dash),
                        calling_code.as_ref().map_or_else(dash, |code| format!("+{code}")),
                        number_type.clone(),
                    ]);
                }
                output::print(table);
                seen.iter().for_each(Seen::say);
            }
        }
        let invalid = seen.iter().any(|seen| seen.number_type == "invalid");
        Ok(if invalid { Exit::Found } else { Exit::Done })
    }
}

impl Seen {
    fn say(&self) {
        if let Some(proposal) = &self.proposal {
            output::message(&format!("`{}` is not a number\nhint: {proposal}", self.number.escape_debug()));
        }
        if let Some(note) = &self.note {
            output::message(&format!("note: {note}"));
        }
    }
}

fn see(text: &str, country: Option<Country>) -> Seen {
    let number = PhoneNumber::new(text);
    Seen {
        number: text.to_owned(),
        country: number.country().map(|country| country.to_string()),
        calling_code: number.calling_code().map(|code| code.to_string()),
        number_type: number.number_type().to_string(),
        proposal: propose(text, country).filter(|_| number.digits().is_none()).map(|meant| meant.to_string()),
        note: other_way(text),
    }
}
