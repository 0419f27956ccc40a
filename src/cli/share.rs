//! Shares among arguments.

use anyhow::Context as _;

use crate::policy::parse_share;

/// Reads `0.5%` or `0.005`.
///
/// # Errors
/// Where it is neither, or not from 0 to 100 %.
pub(super) fn parse(text: &str) -> anyhow::Result<f64> {
    parse_share(text).context("write a share such as 0.5%, or 0.005")
}
