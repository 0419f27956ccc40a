//! What is at stake when entries are put on a list: prefixes that mean whole countries, and people who have
//! just verified.

use std::collections::BTreeSet;

use crate::phone::{Country, Coverage, Prefix};

/// How many are named, of prefixes and of countries.
const MOST_NAMED: usize = 8;

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
