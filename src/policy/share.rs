//! Shares as people write them.

/// Reads `0.5%` or `0.005`; `None` where it is neither, or not from 0 to 100 %.
pub(crate) fn parse_share(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%').map(str::trim_end) {
        Some(percent) => percent.parse().map(|percent: f64| percent / 100.0),
        None => text.parse(),
    };
    share.ok().filter(|share| (0.0..=1.0).contains(share))
}
