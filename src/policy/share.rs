//! Shares as people write them.

/// Reads `0.5%`; `None` where it is something else, or not from 0 to 100 %. The sign is needed, since whoever
/// forgets it in `0.5%` would get half of all.
pub(crate) fn parse_share(text: &str) -> Option<f64> {
    let percent: f64 = text.strip_suffix('%')?.trim_end().parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}
