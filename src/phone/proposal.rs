//! What was probably meant by a text that is neither a number in E.164 nor a prefix. It is proposed in every
//! refusal, and never taken without being asked for: the gate corrects nothing.

mod range;
mod spelling;

use std::fmt;

use super::table::all_plans;
use super::{Country, NumberType, PhoneNumber, Prefix};
use range::Range;
use spelling::{Odd, Spelling};

/// What to write in place of a text that is neither a number nor a prefix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proposal {
    /// This number or prefix.
    Meant(String),
    /// The same, and what in the text cannot be seen: the character and its place, from 1.
    Unseen {
        /// The character.
        character: char,
        /// Its place, counted in characters.
        position: usize,
        /// The number or prefix that is left without it, where one is.
        meant: Option<String>,
    },
    /// A number as it is dialled within a country, which must be named.
    WhichCountry {
        /// The same number as it would be in a country, for an example.
        example: Option<(Country, String)>,
    },
    /// Prefixes and numbers that are the same as this range of numbers.
    Prefixes(Vec<String>),
    /// A range of numbers that takes more prefixes than anybody wants to write.
    LongRange {
        /// How many it takes.
        needed: usize,
        /// The shortest prefix that has all of it, and more.
        around: String,
    },
    /// A spreadsheet has rounded it.
    Rounded,
    /// It is a line with several values in it.
    Columns,
    /// It is a prefix with a mistake, which is this.
    Mistake(String),
}

/// More prefixes than these are not listed.
const MOST_PREFIXES: usize = 10;

/// What was probably meant; `None` where nothing comes to mind. A number as it is dialled within a country is
/// only understood where the country is given.
#[must_use]
pub fn propose(text: &str, country: Option<Country>) -> Option<Proposal> {
    if text.contains([';', '\t', ',']) {
        return Some(Proposal::Columns);
    }
    if text.contains(['E', 'e']) && text.parse::<f64>().is_ok() {
        return Some(Proposal::Rounded);
    }
    if let Some(range) = Range::read(text) {
        let prefixes = range.prefixes();
        return Some(if prefixes.len() <= MOST_PREFIXES {
            Proposal::Prefixes(prefixes)
        } else {
            Proposal::LongRange { needed: prefixes.len(), around: range.around() }
        });
    }
    let spelling = Spelling::of(text);
    let meant = spelling.international().filter(|meant| is_likely(meant)).or_else(|| {
        country.filter(|_| spelling.is_national()).and_then(|country| in_country(&spelling.digits, country))
    });
    match (spelling.odd, meant) {
        (Some(Odd { character, position }), meant) => Some(Proposal::Unseen { character, position, meant }),
        (None, Some(meant)) => Some(Proposal::Meant(meant)),
        (None, None) if spelling.is_national() && !text.ends_with('*') => {
            Some(Proposal::WhichCountry { example: example(&spelling.digits) })
        }
        (None, None) if text.ends_with('*') => {
            text.parse::<Prefix>().err().map(|error| Proposal::Mistake(error.to_string()))
        }
        (None, None) => spelling.international().filter(|_| spelling.has_plus).map(Proposal::Meant),
    }
}

/// A number as it is dialled within a country, in E.164; `None` where that has no such number.
#[must_use]
pub fn in_country(national: &str, country: Country) -> Option<String> {
    in_any_country(national)
        .find(|number| number.country() == Some(country))
        .map(|number| number.as_str().to_owned())
}

/// The numbers that may be dialled so, in whatever country that is.
fn in_any_country(national: &str) -> impl Iterator<Item = PhoneNumber> {
    let without_zero = national.strip_prefix('0');
    let forms = without_zero.into_iter().chain([national]);
    let numbers = forms
        .flat_map(|digits| all_plans().map(move |(code, _)| PhoneNumber::new(&format!("+{code}{digits}"))));
    numbers.filter(|number| number.digits().is_some() && number.number_type() != NumberType::Unknown)
}

/// Whether it is a prefix, or a number that some country hands out.
fn is_likely(text: &str) -> bool {
    text.parse::<Prefix>().is_ok()
        || !matches!(PhoneNumber::new(text).number_type(), NumberType::Unknown | NumberType::Invalid)
}

/// The number in a country that has such numbers: one where many who read this are, or else any.
fn example(national: &str) -> Option<(Country, String)> {
    let known = ["SE", "GB", "DE", "US"].into_iter().filter_map(|code| code.parse().ok());
    // One look at all plans, whatever the number of countries.
    let numbers: Vec<PhoneNumber> = in_any_country(national).collect();
    known.chain(Country::all()).find_map(|country| {
        let number = numbers.iter().find(|number| number.country() == Some(country))?;
        Some((country, number.as_str().to_owned()))
    })
}

/// A note about a number that some write in two ways; `None` for all others.
#[must_use]
pub fn other_way(entry: &str) -> Option<String> {
    let rest = entry.strip_prefix("+521")?;
    let is_old = if entry.ends_with('*') { rest.len() > 3 } else { rest.len() == 10 };
    is_old.then(|| {
        format!(
            "{entry} has the 1 that Mexican mobile numbers had after +52 until 2019; the same phone is also \
             +52{rest}, which is another entry here"
        )
    })
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meant(meant) => write!(f, "did you mean `{meant}`?"),
            Self::Unseen { character, position, meant } => {
                let code = u32::from(*character);
                write!(f, "the character U+{code:04X} at position {position} does not belong there")?;
                meant.iter().try_for_each(|meant| write!(f, "; did you mean `{meant}`?"))
            }
            Self::WhichCountry { example } => {
                f.write_str(
                    "write the calling code, such as +46, in place of the first 0, or give --country",
                )?;
                example
                    .iter()
                    .try_for_each(|(country, number)| write!(f, " (with --country {country} it is {number})"))
            }
            Self::Prefixes(prefixes) => {
                write!(f, "write a range as prefixes: `{}`", prefixes.join("`, `"))
            }
            Self::LongRange { needed, around } => {
                write!(
                    f,
                    "write a range as prefixes; this one takes {needed}, and `{around}` has all of it and \
                     more"
                )
            }
            Self::Rounded => f.write_str(
                "a spreadsheet has rounded this number: format the column as text, and export again",
            ),
            Self::Columns => f.write_str("this has several values; write one number or prefix"),
            Self::Mistake(mistake) => f.write_str(mistake),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(
            propose(text, None).map(|proposal| proposal.to_string()).as_deref(),
            Some(expected),
            "{text:?}"
        );
    }

    #[test]
    fn common_ways_to_write_a_number_are_understood() {
        for text in [
            "0046701740605",
            "46701740605",
            "+46 70-174 06 05",
            "+46 70 174 06 05",
            "+46 (70) 174.06.05",
            "+46 (0)70 174 06 05",
            "tel:+46701740605",
            "\u{ff0b}46701740605",
            "+४६701740605",
        ] {
            check(text, "did you mean `+46701740605`?");
        }
        check("99899394*", "did you mean `+99899394*`?");
        check("4670*", "did you mean `+4670*`?");
        assert_eq!(propose("elephant", None), None);
        assert_eq!(propose("", None), None);
    }

    #[test]
    fn a_number_as_it_is_dialled_within_a_country_needs_the_country() {
        let country = "write the calling code, such as +46, in place of the first 0, or give --country";
        check("0701740605", &format!("{country} (with --country SE it is +46701740605)"));
        let se = Some("SE".parse().unwrap());
        assert_eq!(propose("070-174 06 05", se), Some(Proposal::Meant("+46701740605".to_owned())));
        assert_eq!(in_country("2015550123", "US".parse().unwrap()).as_deref(), Some("+12015550123"));
        assert_eq!(in_country("0612345678", "IT".parse().unwrap()).as_deref(), Some("+390612345678"));
        assert_eq!(in_country("1", "SE".parse().unwrap()), None);
    }

    #[test]
    fn a_character_that_cannot_be_seen_is_named_with_its_place() {
        let ends = "does not belong there; did you mean `+46701740605`?";
        check("\u{202a}+46701740605\u{202c}", &format!("the character U+202A at position 1 {ends}"));
        check("+46\u{a0}701740605", &format!("the character U+00A0 at position 4 {ends}"));
        check("+46701740605 ", &format!("the character U+0020 at position 13 {ends}"));
        check("+4670\u{200b}", "the character U+200B at position 6 does not belong there");
    }

    #[test]
    fn a_range_is_written_as_prefixes() {
        check("+46701740600-699", "write a range as prefixes: `+467017406*`");
        check("+46701740600 - +46701740799", "write a range as prefixes: `+467017406*`, `+467017407*`");
        check(
            "+46701740608\u{2013}611",
            "write a range as prefixes: `+46701740608`, `+46701740609`, `+46701740610`, `+46701740611`",
        );
        check(
            "+46701740601-46701748998",
            "write a range as prefixes; this one takes 55, and `+4670174*` has all of it and more",
        );
    }

    #[test]
    fn the_traces_of_spreadsheets_are_known() {
        check(
            "4.67E+10",
            "a spreadsheet has rounded this number: format the column as text, and export again",
        );
        check("+4670*;pumping", "this has several values; write one number or prefix");
    }

    #[test]
    fn a_prefix_is_shown_what_it_lacks() {
        check("*", "a prefix begins with `+` and the calling code, as `+99899394*` does");
        check(
            "+467*0*",
            "'*' at position 5 is not a digit: a prefix is written without blanks or signs, as `+99899394*`",
        );
        check("+46 70*", "did you mean `+4670*`?");
    }

    #[test]
    fn the_old_way_to_write_mexican_mobile_numbers_is_noted() {
        let note = other_way("+5215512345678").unwrap();
        assert!(note.contains("the same phone is also +525512345678"), "{note}");
        assert!(other_way("+521551234*").is_some());
        for entry in ["+525512345678", "+52*", "+521*", "+46701740605"] {
            assert_eq!(other_way(entry), None, "{entry}");
        }
    }
}
