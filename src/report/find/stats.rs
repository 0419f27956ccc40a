//! Statistics that a few odd values do not move.

/// The median; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The value below which this share of all values is; `None` of nothing.
pub(super) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place within a list"
    )]
    let place = (last as f64 * share).round() as usize;
    sorted.get(place).copied()
}

/// A count as a number to weigh; exact up to 2^53, and nobody counts further.
#[expect(clippy::cast_precision_loss, reason = "counts of verifications stay below 2^53")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_value_does_not_move_the_median() {
        let usual = [9.0, 10.0, 11.0, 10.0, 9.0, 11.0, 10.0];
        let odd = [9.0, 10.0, 11.0, 10.0, 9.0, 11.0, 4_000.0];
        assert_eq!((median(&usual), median(&odd)), (Some(10.0), Some(10.0)));
        assert_eq!(median(&[]), None);
    }
}
