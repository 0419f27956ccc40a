//! The numbers that a country's numbering plan has, to draw from: made-up people need numbers that could be
//! somebody's.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::table::{Plan, all_plans, answer};
use super::{CallingCode, Country, NumberType, PhoneNumber};

/// The plans that have numbers of each country, found once.
static PLANS: LazyLock<BTreeMap<Country, Vec<(CallingCode, Plan)>>> = LazyLock::new(|| {
    let mut plans: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (code, plan) in all_plans() {
        for country in plan.countries_behind("") {
            plans.entry(country).or_default().push((code, plan));
        }
    }
    plans
});

/// The valid mobile numbers of a country, those included that may be mobile as well as fixed.
#[derive(Debug)]
pub struct MobileNumbers {
    code: CallingCode,
    start: u16,
    /// How many of them begin with the digits that lead to a state.
    counts: HashMap<u16, f64>,
}

impl MobileNumbers {
    /// Those of a country; `None` where its plan has none.
    #[must_use]
    pub fn of(country: Country) -> Option<Self> {
        let plans = PLANS.get(&country)?.iter().filter_map(|&(code, plan)| {
            let start = plan.walk("")?;
            let mut counts = HashMap::new();
            let count = count(start, country, &mut counts);
            (count > 0.0).then_some((count, Self { code, start, counts }))
        });
        plans.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, numbers)| numbers)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.count_behind(self.start)
    }

    /// The number at this place among them all, from 0 for the first to 1 for the last, in the order of their
    /// digits.
    #[must_use]
    pub fn at(&self, place: f64) -> PhoneNumber {
        let mut digits = format!("+{}", self.code);
        let mut left = place.clamp(0.0, 1.0) * self.count();
        let mut state = self.start;
        loop {
            // A number that is the beginning of others comes before them.
            let behind: Vec<(char, u16, f64)> = ('0'..='9')
                .zip(Plan::after(state))
                .map(|(digit, next)| (digit, next, self.count_behind(next)))
                .filter(|(_, _, count)| *count > 0.0)
                .collect();
            let is_one = self.count_behind(state) > behind.iter().map(|(_, _, count)| count).sum::<f64>();
            left -= f64::from(u8::from(is_one));
            if is_one && left < 0.0 {
                break;
            }
            let mut chosen = None;
            for (digit, next, count) in behind {
                chosen = Some((digit, next));
                if left < count {
                    break;
                }
                left -= count;
            }
            let Some((digit, next)) = chosen else { break };
            digits.push(digit);
            state = next;
        }
        PhoneNumber::new(&digits)
    }

    fn count_behind(&self, state: u16) -> f64 {
        self.counts.get(&state).copied().unwrap_or_default()
    }
}

/// How many mobile numbers of a country begin with the digits that lead to a state.
fn count(state: u16, country: Country, counts: &mut HashMap<u16, f64>) -> f64 {
    if let Some(known) = counts.get(&state) {
        return *known;
    }
    let (of, number_type) = answer(state);
    let is_mobile = matches!(number_type, NumberType::Mobile | NumberType::FixedLineOrMobile);
    let mut sum = f64::from(u8::from(is_mobile && of == Some(country)));
    // A state that leads to itself says the same of everything that follows, and never that it is valid.
    let next: Vec<u16> = Plan::after(state).filter(|next| *next != state).collect();
    for next in next {
        sum += count(next, country, counts);
    }
    counts.insert(state, sum);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(country: &str) -> MobileNumbers {
        MobileNumbers::of(country.parse().unwrap()).unwrap()
    }

    #[test]
    fn every_number_that_is_drawn_is_a_mobile_number_of_the_country() {
        for country in ["SE", "DE", "US", "GB", "UZ", "MM", "KZ", "JM", "IS", "MD", "ID"] {
            let numbers = numbers(country);
            for step in 0..=200 {
                let number = numbers.at(f64::from(step) / 200.0);
                assert_eq!(number.country().map(Country::code), Some(country), "{}", number.as_str());
                let number_type = number.number_type();
                let is_mobile = matches!(number_type, NumberType::Mobile | NumberType::FixedLineOrMobile);
                assert!(is_mobile, "{} is {number_type}", number.as_str());
            }
        }
    }

    #[test]
    fn all_places_are_different_numbers_in_the_order_of_their_digits() {
        let numbers = numbers("SE");
        let drawn: Vec<String> =
            (0..1_000).map(|step| numbers.at(f64::from(step) / 1_000.0).as_str().to_owned()).collect();
        assert!(drawn.is_sorted());
        assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn the_count_is_that_of_the_plan() {
        // +46 70, 72, 73, 76 and 79 with seven digits each, and what else libphonenumber counts as mobile.
        assert!((4e7..9e7).contains(&numbers("SE").count()), "{}", numbers("SE").count());
        assert!((1e5..1e7).contains(&numbers("IS").count()), "{}", numbers("IS").count());
    }
}
