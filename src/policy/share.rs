//! Shares as people write them.

/// Reads `0.5%`; `None` where it is something else, or not from 0 to 100 %. The sign is needed, since whoever
/// forgets it in `0.5%` would get half of all.
pub(crate) fn parse_share(text: &str) -> Option<f64> {
    let percent: f64 = text.strip_suffix('%')?.trim_end().parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_a_sign_and_is_at_most_all() {
        for (text, share) in [("50%", 0.5), ("0.5 %", 0.005), ("0%", 0.0), ("100%", 1.0)] {
            assert_eq!(parse_share(text), Some(share), "{text}");
        }
        for text in ["0.5", "-1%", "100.1%", "%", "half", "NaN%"] {
            assert_eq!(parse_share(text), None, "{text}");
        }
    }
}
