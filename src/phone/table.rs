//! The numbering plans as tables, made by `build.rs`, and the walk through them.
//!
//! A state is a number. States below `BRANCHES.len()` have one next state per digit; the others have the
//! same next state for every digit and are kept in `CHAINS`. `ANSWERS` says what a number is that ends in a
//! state.

use super::{CallingCode, Country, NumberType};

include!(concat!(env!("OUT_DIR"), "/phone_table.rs"));

/// The longest calling code, in digits.
pub(super) const LONGEST_CALLING_CODE: usize = 3;

/// The numbering plan behind a calling code.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    start: u16,
}

impl Plan {
    /// The plan of a calling code, if there is such a code.
    pub(super) fn of(calling_code: u16) -> Option<Self> {
        let found = PLANS.binary_search_by_key(&calling_code, |(code, _)| *code).ok()?;
        PLANS.get(found).map(|(_, start)| Self { start: *start })
    }

    /// Country and type of the number with these digits after the calling code.
    pub(super) fn look_up(self, national: &str) -> (Option<Country>, NumberType) {
        self.walk(national).map_or((None, NumberType::Unknown), answer)
    }

    /// The state that these digits lead to.
    pub(super) fn walk(self, national: &str) -> Option<u16> {
        national.bytes().try_fold(self.start, next)
    }

    /// The states that one more digit leads to.
    pub(super) fn after(state: u16) -> impl Iterator<Item = u16> {
        (b'0'..=b'9').filter_map(move |digit| next(state, digit))
    }

    /// The country of the numbers that end in a state, where they are valid.
    pub(super) fn country_of_valid(state: u16) -> Option<Country> {
        let (country, number_type) = answer(state);
        country.filter(|_| number_type != NumberType::Unknown)
    }
}

/// Every calling code and its plan.
pub(super) fn all_plans() -> impl Iterator<Item = (CallingCode, Plan)> {
    PLANS.iter().map(|(code, start)| (CallingCode::of_plan(*code), Plan { start: *start }))
}

/// Country and type of the numbers that end in a state.
pub(super) fn answer(state: u16) -> (Option<Country>, NumberType) {
    let answer = ANSWERS.get(usize::from(state)).copied().unwrap_or_default();
    // The writer of these numbers is `answer` in `src/phone/generate/plan.rs`.
    let country = (answer >> 4).checked_sub(1).and_then(Country::from_index);
    let number_type = NumberType::ALL.get(usize::from(answer & 0xf)).copied();
    (country, number_type.unwrap_or(NumberType::Unknown))
}

fn next(state: u16, digit: u8) -> Option<u16> {
    let state = usize::from(state);
    match BRANCHES.get(state) {
        Some(ways) => ways.get(usize::from(digit.wrapping_sub(b'0'))).copied(),
        None => CHAINS.get(state - BRANCHES.len()).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_leads_to_a_state_and_says_something_of_a_country_and_a_type() {
        assert_eq!(BRANCHES.len() + CHAINS.len(), ANSWERS.len());
        let starts = PLANS.iter().map(|(_, start)| start);
        for state in BRANCHES.as_flattened().iter().chain(&CHAINS).chain(starts) {
            assert!(usize::from(*state) < ANSWERS.len());
        }
        for answer in ANSWERS {
            assert!(usize::from(answer >> 4) <= COUNTRIES.len());
            assert!(usize::from(answer & 0xf) < NumberType::ALL.len());
        }
    }

    #[test]
    fn countries_and_calling_codes_are_sorted() {
        assert!(COUNTRIES.is_sorted());
        assert!(PLANS.is_sorted());
    }
}
