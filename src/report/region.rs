//! Names of regions for people: English, those of Unicode CLDR.

/// A line for each region that has phone numbers: its code, and its name.
const NAMES: &str = include_str!("region_names.txt");

/// What may stand around a code in a sentence.
const AROUND: [char; 6] = [',', '.', ';', ':', '(', ')'];

/// The name of a region; `None` for what is not its code.
fn name(code: &str) -> Option<&'static str> {
    let of_code = |line: &'static str| line.split_once(' ').filter(|(of, _)| *of == code);
    NAMES.lines().find_map(of_code).map(|(_, name)| name)
}

/// A sentence in which a name stands before each code of a region, as in `Uzbekistan (UZ)`.
pub(crate) fn named(sentence: &str) -> String {
    let named = |word: &str| {
        let code = word.trim_matches(AROUND);
        match name(code) {
            Some(name) => word.replace(code, &format!("{name} ({code})")),
            None => word.to_owned(),
        }
    };
    sentence.split(' ').map(named).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Country;

    #[test]
    fn every_region_with_numbers_has_a_name() {
        for country in Country::all().filter(|country| country.code() != "001") {
            assert!(name(country.code()).is_some_and(|name| name.len() > 2), "{country}");
        }
    }

    #[test]
    fn names_stand_before_codes_and_nowhere_else() {
        let said = "+9989* in UZ, and made-up ones in MM; NO more";
        let expected =
            "+9989* in Uzbekistan (UZ), and made-up ones in Myanmar (Burma) (MM); Norway (NO) more";
        assert_eq!(named(said), expected);
        assert_eq!(named("no country, uz, USD"), "no country, uz, USD");
    }
}
