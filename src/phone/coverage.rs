//! What a prefix means: whose numbers begin with it.

use std::collections::BTreeSet;

use super::table::{Plan, all_plans};
use super::{CallingCode, Country, Prefix};

/// The countries whose numbers begin with a prefix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coverage {
    /// The calling codes that the prefix may stand for: one, unless it is shorter than they are.
    pub calling_codes: Vec<CallingCode>,
    /// The countries that hand out numbers which begin with it.
    pub countries: BTreeSet<Country>,
    /// How many digits it has behind the calling code; `None` where it ends before that does.
    pub national_digits: Option<usize>,
}

impl Coverage {
    /// A shorter prefix means a large part of a country.
    const FEWEST_DIGITS: usize = 2;

    /// A prefix of more countries than these is not about one of them. Four share the mobile numbers of the
    /// United Kingdom.
    const MOST_COUNTRIES: usize = 4;

    /// Whether it means more people than somebody who blocks a range has in mind.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        let is_short = self.national_digits.is_none_or(|digits| digits < Self::FEWEST_DIGITS);
        !self.calling_codes.is_empty() && (is_short || self.countries.len() > Self::MOST_COUNTRIES)
    }
}

impl Prefix {
    /// Whose numbers begin with it.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let digits = self.as_str().trim_start_matches('+');
        let mut coverage =
            Coverage { calling_codes: Vec::new(), countries: BTreeSet::new(), national_digits: None };
        for (code, plan) in all_plans() {
            let name = code.to_string();
            let national = digits.strip_prefix(&name);
            if national.is_none() && !name.starts_with(digits) {
                continue;
            }
            coverage.calling_codes.push(code);
            coverage.countries.extend(plan.countries_behind(national.unwrap_or_default()));
            coverage.national_digits = coverage.national_digits.or(national.map(str::len));
        }
        coverage
    }
}

impl Plan {
    /// The countries of the numbers that begin with these digits after the calling code.
    pub(super) fn countries_behind(self, national: &str) -> BTreeSet<Country> {
        let mut countries = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<u16> = self.walk(national).into_iter().collect();
        while let Some(state) = waiting.pop() {
            if seen.insert(state) {
                countries.extend(Self::country_of_valid(state));
                waiting.extend(Self::after(state));
            }
        }
        countries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &str, n_codes: usize, countries: &[&str], is_wide: bool) {
        let coverage = prefix.parse::<Prefix>().unwrap().coverage();
        let codes: Vec<&str> = coverage.countries.iter().map(|country| country.code()).collect();
        assert_eq!(codes, countries, "{prefix}");
        assert_eq!((coverage.calling_codes.len(), coverage.is_wide()), (n_codes, is_wide), "{prefix}");
    }

    #[test]
    fn a_prefix_means_the_countries_whose_numbers_begin_with_it() {
        check("+99899394*", 1, &["UZ"], false);
        check("+4670*", 1, &["SE"], false);
        check("+467*", 1, &["SE"], true);
        check("+46*", 1, &["SE"], true);
        check("+1876*", 1, &["JM"], false);
        check("+77*", 1, &["KZ"], true);
        check("+4477*", 1, &["GB", "GG", "JE"], false);
        check("+99912*", 0, &[], false);
    }

    #[test]
    fn a_prefix_shorter_than_a_calling_code_means_a_part_of_the_world() {
        for (prefix, n_codes, one_of_them) in [("+9*", 31, "TR"), ("+1*", 1, "JM"), ("+99*", 6, "UZ")] {
            let coverage = prefix.parse::<Prefix>().unwrap().coverage();
            assert!(coverage.is_wide(), "{prefix}");
            assert_eq!(coverage.calling_codes.len(), n_codes, "{prefix}");
            assert!(coverage.countries.len() >= 6, "{prefix}: {:?}", coverage.countries);
            assert!(coverage.countries.iter().any(|country| country.code() == one_of_them), "{prefix}");
        }
    }
}
