//! A country, as an argument.

use anyhow::bail;

use crate::phone::Country;

/// Reads an ISO 3166-1 code, in capitals or not.
///
/// # Errors
/// Where it is not one.
pub(super) fn parse(code: &str) -> anyhow::Result<Country> {
    match code.to_uppercase().parse() {
        Ok(country) => Ok(country),
        Err(_) => bail!("no ISO 3166-1 country code; {}", Country::help(code)),
    }
}
