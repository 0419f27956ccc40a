//! What was probably meant by a text that is not the code of a country.

use super::Country;

/// The names of countries in English, each behind its code. Some have more than one.
const NAMES: &str = include_str!("names.txt");

/// What people write for countries, and the ISO 3166-1 code that they mean. The first are reserved or taken
/// from languages and car plates; the others are three-letter codes.
const OTHER_COUNTRY_NAMES: [(&str, &str); 24] = [
    ("EL", "GR"),
    ("EN", "GB"),
    ("JA", "JP"),
    ("KO", "KR"),
    ("UK", "GB"),
    ("ARE", "AE"),
    ("AUS", "AU"),
    ("AUT", "AT"),
    ("BRA", "BR"),
    ("CAN", "CA"),
    ("CHE", "CH"),
    ("CHN", "CN"),
    ("DEU", "DE"),
    ("DNK", "DK"),
    ("ESP", "ES"),
    ("FIN", "FI"),
    ("FRA", "FR"),
    ("GBR", "GB"),
    ("IND", "IN"),
    ("ITA", "IT"),
    ("NLD", "NL"),
    ("POL", "PL"),
    ("SWE", "SE"),
    ("USA", "US"),
];

impl Country {
    /// What to write in place of a text that is not a country.
    pub(crate) fn help(written: &str) -> String {
        let upper = written.trim().to_uppercase();
        let meant = OTHER_COUNTRY_NAMES.iter().find(|(other, _)| *other == upper).map(|(_, code)| *code);
        let meant = meant.or_else(|| Self::all().map(Self::code).find(|code| *code == upper));
        let meant = meant.or_else(|| Self::of_name(written.trim()));
        match meant {
            Some(code) => format!("did you mean `{code}`?"),
            None if upper == "EU" => "`EU` is not a country: list its members, best as a set".to_owned(),
            None => "countries are two capital letters, such as `SE`; `001` are global services".to_owned(),
        }
    }

    /// The code of the country with this name, in capitals or not.
    fn of_name(written: &str) -> Option<&'static str> {
        let written = written.to_lowercase();
        let mut names = NAMES.lines().filter_map(|line| line.split_once(' '));
        names.find(|(_, name)| name.to_lowercase() == written).map(|(code, _)| code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_and_every_name_a_country() {
        let codes = NAMES.lines().map(|line| line.split_once(' ').unwrap().0);
        codes.clone().for_each(|code| assert!(code.parse::<Country>().is_ok(), "{code}"));
        let unnamed =
            Country::all().map(Country::code).filter(|code| codes.clone().all(|named| named != *code));
        assert_eq!(unnamed.collect::<Vec<_>>(), ["001"]);
    }

    #[test]
    fn a_name_leads_to_its_code() {
        for (written, code) in [("Uzbekistan", "UZ"), ("sweden", "SE"), ("ÅLAND ISLANDS", "AX"), ("UK", "GB")]
        {
            assert_eq!(Country::help(written), format!("did you mean `{code}`?"), "{written}");
        }
        for written in ["", "X", "ZZ", "Atlantis and Mu", "Q1"] {
            assert!(Country::help(written).starts_with("countries are two"), "{written}");
        }
    }
}
