//! `--country`: where numbers are dialled that are written without a calling code.

use anyhow::anyhow;
use clap::Args;

use crate::phone::Country;

/// The country of numbers without a calling code.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct DialledIn {
    /// The country of numbers that are written as they are dialled there, such as SE
    #[arg(long, value_name = "CODE", value_parser = read)]
    pub(super) country: Option<Country>,
}

fn read(text: &str) -> anyhow::Result<Country> {
    text.parse().map_err(|_| anyhow!("`{text}` is not a country; {}", Country::help(text)))
}
