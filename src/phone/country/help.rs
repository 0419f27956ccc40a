//! What was probably meant by a text that is not the code of a country.

use super::Country;

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
        match meant {
            Some(code) => format!("did you mean `{code}`?"),
            None if upper == "EU" => "`EU` is not a country: list its members, best as a set".to_owned(),
            None => "countries are two capital letters, such as `SE`; `001` are global services".to_owned(),
        }
    }
}
