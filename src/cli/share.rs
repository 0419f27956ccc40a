//! Shares among arguments.

use anyhow::Context as _;

use crate::policy::parse_share;

/// Reads `0.5%`.
///
/// # Errors
/// Where it is something else, or not from 0 to 100 %.
pub(super) fn parse(text: &str) -> anyhow::Result<f64> {
    parse_share(text).context("write a share with its sign, from 0% to 100%, such as 0.5%")
}
