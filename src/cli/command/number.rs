//! `sinch-gate number`: what the gate sees in a number.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::phone::PhoneNumber;

/// Show what the gate sees in numbers: country, calling code, type.
///
/// Numbers are arguments, or lines on standard input. The type is unknown for a number that its country does
/// not hand out, and invalid for text that is not E.164; exit code 2 means that one of them is invalid.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate number +46701740605 +18765550123")]
pub(in crate::cli) struct Number {
    /// The numbers; without any, they are read from standard input
    numbers: Vec<String>,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Seen {
    number: String,
    country: Option<String>,
    calling_code: Option<String>,
    number_type: String,
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
                .collect::<Result<Vec<_>, _>>()
                .context("cannot read standard input")?
        } else {
            self.numbers
        };
        let seen: Vec<Seen> =
            numbers.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).map(see).collect();
        match self.format {
            Format::Json => seen.iter().try_for_each(output::json)?,
            Format::Table if seen.is_empty() => output::message("no numbers were given"),
            Format::Table => {
                let mut table = output::table(["number", "country", "calling code", "type"]);
                for Seen { number, country, calling_code, number_type } in &seen {
                    let dash = || "-".to_owned();
                    table.add_row([
                        number.clone(),
                        country.clone().unwrap_or_else(dash),
                        calling_code.as_ref().map_or_else(dash, |code| format!("+{code}")),
                        number_type.clone(),
                    ]);
                }
                output::print(table);
            }
        }
        let invalid = seen.iter().any(|seen| seen.number_type == "invalid");
        Ok(if invalid { Exit::Found } else { Exit::Done })
    }
}

fn see(text: &str) -> Seen {
    let number = PhoneNumber::new(text);
    Seen {
        number: text.to_owned(),
        country: number.country().map(|country| country.to_string()),
        calling_code: number.calling_code().map(|code| code.to_string()),
        number_type: number.number_type().to_string(),
    }
}
