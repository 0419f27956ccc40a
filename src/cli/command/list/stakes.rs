//! What is at stake when entries are put on a list: prefixes that mean whole countries, and people who have
//! just verified.

use std::collections::BTreeSet;

use crate::phone::{Country, Coverage, NumberType, PhoneNumber, Prefix};

/// How many are named, of prefixes and of countries.
const MOST_NAMED: usize = 8;

/// A prefix with fewer digits than these behind the calling code is an operator's range and not a customer's
/// office.
const FEWEST_TO_ALLOW: usize = 4;

/// What is said of the prefixes among these entries that mean more people than a range; `None` where there is
/// no such prefix.
pub(super) fn wide<'e>(entries: impl IntoIterator<Item = &'e str>) -> Option<String> {
    let prefixes = entries.into_iter().filter_map(|entry| entry.parse::<Prefix>().ok());
    let wide: Vec<(Prefix, Coverage)> = prefixes
        .map(|prefix| (prefix.clone(), prefix.coverage()))
        .filter(|(_, coverage)| coverage.is_wide())
        .collect();
    let lines = wide.iter().take(MOST_NAMED).map(|(prefix, coverage)| in_words(prefix, coverage));
    let mut lines: Vec<String> = lines.collect();
    if let Some(more) = wide.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        lines.push(format!("and {more} more prefixes as short"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What is said of the prefixes among these entries that let a range through from which an attack can take
/// numbers at will; those that mean even more are left to [`wide`].
pub(super) fn wide_to_allow<'e>(entries: impl IntoIterator<Item = &'e str>) -> Option<String> {
    let is_range = |coverage: &Coverage| {
        !coverage.is_wide() && coverage.national_digits.is_some_and(|digits| digits < FEWEST_TO_ALLOW)
    };
    let prefixes = entries.into_iter().filter_map(|entry| entry.parse::<Prefix>().ok());
    let ranges = prefixes.map(|prefix| (prefix.coverage(), prefix)).filter(|(range, _)| is_range(range));
    listed(ranges.map(|(coverage, prefix)| {
        let countries = named(&coverage.countries);
        format!("{prefix} lets a whole range of the numbers of {countries} through, whoever asks")
    }))
}

/// What is said of the entries among these that are too short for a number: prefixes without their star.
pub(super) fn without_star<'e>(entries: impl IntoIterator<Item = &'e str>) -> Option<String> {
    listed(entries.into_iter().filter_map(|entry| {
        let prefix: Prefix = format!("{entry}*").parse().ok()?;
        let countries = prefix.coverage().countries;
        let is_number = PhoneNumber::new(entry).number_type() != NumberType::Unknown;
        (!is_number && !countries.is_empty()).then(|| {
            format!(
                "{entry} is too short for a number of {}, so it does nothing without a star; did you mean \
                 {prefix}?",
                named(&countries)
            )
        })
    }))
}

/// The first of some sentences, each on its line, and how many more there are; `None` without any.
fn listed(sentences: impl Iterator<Item = String>) -> Option<String> {
    let mut lines: Vec<String> = sentences.collect();
    let more = lines.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        lines.truncate(MOST_NAMED);
        lines.push(format!("and {more} more of this kind"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn in_words(prefix: &Prefix, coverage: &Coverage) -> String {
    let countries = named(&coverage.countries);
    match (coverage.national_digits, coverage.calling_codes.as_slice()) {
        (None, codes) => format!("{prefix} means every number of {} calling codes: {countries}", codes.len()),
        (Some(0), _) => format!("{prefix} means every number of {countries}"),
        (Some(_), _) => format!("{prefix} means a large part of the numbers of {countries}"),
    }
}

/// Countries, the first of them by name: `UZ`, or `AE, AF, AM and 20 more countries`.
fn named(countries: &BTreeSet<Country>) -> String {
    let name = |country: &Country| match country.code() {
        "001" => "global services",
        code => code,
    };
    let first: Vec<&str> = countries.iter().take(MOST_NAMED).map(name).collect();
    let more = countries.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more countries") };
    format!("{}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_allows_lets_no_operator_through_unseen() {
        assert_eq!(wide_to_allow(["+467017406*", "+4670174*", "+46701740605", "+46*"]), None);
        let range = "+4670* lets a whole range of the numbers of SE through, whoever asks";
        assert_eq!(wide_to_allow(["+4670*"]).as_deref(), Some(range));
    }

    #[test]
    fn a_forgotten_star_is_seen_where_numbers_go_on_after_it() {
        // The last one has as many digits as a number has, and is not handed out.
        assert_eq!(without_star(["+99899394*", "+46701740605", "+460000000000"]), None);
        let says = "+99899394 is too short for a number of UZ, so it does nothing without a star; did you \
                    mean +99899394*?";
        assert_eq!(without_star(["+99899394"]).as_deref(), Some(says));
        let many: Vec<String> = (10..20).map(|n| format!("+998993{n}")).collect();
        let many = without_star(many.iter().map(String::as_str)).unwrap();
        assert!(many.ends_with("\nand 2 more of this kind"), "{many}");
    }

    #[test]
    fn a_prefix_that_means_more_than_a_range_is_put_into_words() {
        assert_eq!(wide(["+99899394*", "+46701740605", "+4670*"]), None);
        assert_eq!(wide(["+46*"]).as_deref(), Some("+46* means every number of SE"));
        assert_eq!(wide(["+467*"]).as_deref(), Some("+467* means a large part of the numbers of SE"));
        let continent = wide(["+9*"]).unwrap();
        assert!(
            continent.starts_with("+9* means every number of 31 calling codes: global services, AE, AF"),
            "{continent}"
        );
        assert!(continent.ends_with("more countries"), "{continent}");
        let all: Vec<String> = (1..=9).map(|digit| format!("+{digit}*")).collect();
        let all = wide(all.iter().map(String::as_str)).unwrap();
        assert!(all.ends_with("\nand 1 more prefixes as short"), "{all}");
    }
}
