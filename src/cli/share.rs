//! Shares as people write them.

use anyhow::Context as _;

/// Reads `0.5%` or `0.005`.
///
/// # Errors
/// Where it is neither, or not from 0 to 100 %.
pub(super) fn parse(text: &str) -> anyhow::Result<f64> {
    let percent = text.strip_suffix('%').map(str::trim_end);
    let share = match percent {
        Some(percent) => percent.parse().map(|percent: f64| percent / 100.0),
        None => text.parse(),
    };
    share.ok().filter(|share| (0.0..=1.0).contains(share)).context("write a share such as 0.5%, or 0.005")
}
