//! The numbering plans as tables, made by `build.rs`, and the walk through them.
//!
//! A state is a number. States below `BRANCHES.len()` have one next state per digit; the others have the
//! same next state for every digit and are kept in `CHAINS`. `ANSWERS` says what a number is that ends in a
//! state.

use super::{Country, NumberType};

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
        let end = national.bytes().try_fold(self.start, next);
        let answer = end.and_then(|state| ANSWERS.get(usize::from(state)).copied()).unwrap_or_default();
        // The writer of these numbers is `answer` in `src/phone/generate/plan.rs`.
        let country = (answer >> 4).checked_sub(1).and_then(Country::from_index);
        let number_type = NumberType::ALL.get(usize::from(answer & 0xf)).copied();
        (country, number_type.unwrap_or(NumberType::Unknown))
    }
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
