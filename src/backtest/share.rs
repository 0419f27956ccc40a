//! A share of a whole, and how sure one can be of it.

use std::fmt;

use serde::Serialize;

/// The quantile of the normal distribution for an interval that holds 95 % of the time.
const Z: f64 = 1.959_964;

/// A count, and the whole that it is a part of.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Share {
    /// The count.
    pub count: u64,
    /// The whole.
    pub of: u64,
}

impl std::iter::Sum for Share {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self::default(), |sum, one| Self { count: sum.count + one.count, of: sum.of + one.of })
    }
}

impl Share {
    /// The share as a number from 0 to 1; 0 of nothing.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.of == 0 { 0.0 } else { to_float(self.count) / to_float(self.of) }
    }

    /// The interval that holds the true share in 95 of 100 cases (Wilson's score interval); all from 0 to 1
    /// where nothing was seen.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (n, share) = (to_float(self.of), self.value());
        let centre = share + Z * Z / (2.0 * n);
        let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        // At the ends rounding must not leave a trace of what cannot be.
        let low = if self.count == 0 { 0.0 } else { ((centre - spread) / scale).max(0.0) };
        let high = if self.count == self.of { 1.0 } else { ((centre + spread) / scale).min(1.0) };
        (low, high)
    }
}

/// `3 of 1240 (0.24 %)`
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} ({})", self.count, self.of, percent(self.value()))
    }
}

/// A share as people write it: `0.24 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.01 {
        return "below 0.01 %".to_owned();
    }
    let decimals = if percent == 0.0 || percent >= 10.0 { 1 } else { 2 };
    format!("{percent:.decimals$} %")
}

/// A count as a number to divide; exact up to 2^53, and nobody counts further.
#[expect(clippy::cast_precision_loss, reason = "counts of verifications stay below 2^53")]
fn to_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: u64, of: u64, low: f64, high: f64) {
        let (found_low, found_high) = Share { count, of }.interval();
        assert!((found_low - low).abs() < 5e-5, "{count} of {of}: from {found_low}");
        assert!((found_high - high).abs() < 5e-5, "{count} of {of}: to {found_high}");
    }

    #[test]
    fn the_interval_is_that_of_wilson() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
        check(20, 20, 0.8389, 1.0);
        check(0, 0, 0.0, 1.0);
    }

    #[test]
    fn a_share_is_shown_as_people_write_it() {
        for (count, of, shown) in [
            (3, 1_240, "3 of 1240 (0.24 %)"),
            (0, 0, "0 of 0 (0.0 %)"),
            (823, 1_000, "823 of 1000 (82.3 %)"),
            (1, 1_000_000, "1 of 1000000 (below 0.01 %)"),
        ] {
            assert_eq!(Share { count, of }.to_string(), shown);
        }
    }
}
