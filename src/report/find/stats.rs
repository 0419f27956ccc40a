//! Statistics that a few odd values do not move.

use jiff::Timestamp;

use crate::report::verification::Moment;

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

/// The median of the distances from the median, in terms of a standard deviation.
pub(super) fn spread(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    Some(1.4826 * median(&distances)?)
}

/// The shortest span that holds nine in ten of some moments; `None` of nothing.
pub(super) fn densest(mut moments: Vec<Moment>) -> Option<(Timestamp, Timestamp)> {
    moments.sort_unstable();
    let held = (moments.len() * 9).div_ceil(10).max(1);
    let shortest = moments.windows(held).filter_map(|window| Some((*window.first()?, *window.last()?)));
    let (from, to) = shortest.min_by_key(|(from, to)| to.since(*from))?;
    Some((from.time(), to.time()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_value_moves_neither_median_nor_spread() {
        let usual = [9.0, 10.0, 11.0, 10.0, 9.0, 11.0, 10.0];
        let odd = [9.0, 10.0, 11.0, 10.0, 9.0, 11.0, 4_000.0];
        assert_eq!((median(&usual), median(&odd)), (Some(10.0), Some(10.0)));
        assert_eq!(spread(&odd), Some(1.4826));
        assert_eq!((median(&[]), spread(&[])), (None, None));
    }

    #[test]
    fn the_densest_span_leaves_stragglers_out() {
        let mut moments: Vec<Moment> = (0..99).map(|n| Moment(1_000_000 + 1_000 * n)).collect();
        moments.push(Moment(0));
        let (from, to) = densest(moments).unwrap();
        assert_eq!((from.as_millisecond(), to.as_millisecond()), (1_000_000, 1_089_000));
    }
}
