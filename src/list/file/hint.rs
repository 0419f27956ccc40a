//! What was probably meant by a text that is neither a number nor a prefix.

use crate::list::parse_entry;
use crate::phone::Prefix;

/// What was probably meant by a text that is not an entry.
pub(super) fn hint(text: &str) -> Option<String> {
    if text.contains([';', '\t']) {
        return Some("separate the columns with commas".to_owned());
    }
    if text.contains(['E', 'e']) && text.parse::<f64>().is_ok() {
        return Some(
            "a spreadsheet has rounded this number: format the column as text, and export again".to_owned(),
        );
    }
    let kept: String =
        text.chars().filter(|character| !matches!(character, ' ' | '-' | '(' | ')' | '.' | '/')).collect();
    let international = kept.strip_prefix("00").map(|digits| format!("+{digits}")).unwrap_or(kept);
    let candidates = [international.clone(), format!("+{international}")];
    if let Some(meant) = candidates.iter().find(|candidate| parse_entry(candidate).is_ok()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    if text.ends_with('*') {
        return text.parse::<Prefix>().err().map(|error| error.to_string());
    }
    international
        .starts_with('0')
        .then(|| "write the calling code, such as +46, in the place of the first 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(hint(text).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn common_ways_to_write_a_number_are_understood() {
        for text in ["0046701740605", "46701740605", "+46 70-174 06 05", "+46 (70) 174.06.05"] {
            check(text, "did you mean `+46701740605`?");
        }
        check("4670*", "did you mean `+4670*`?");
        check("0701740605", "write the calling code, such as +46, in the place of the first 0");
        assert_eq!(hint("elephant"), None);
    }

    #[test]
    fn the_traces_of_spreadsheets_are_known() {
        let rounded = "a spreadsheet has rounded this number: format the column as text, and export again";
        check("4.67E+10", rounded);
        check("+4670*;pumping", "separate the columns with commas");
        check("+4670*\tpumping", "separate the columns with commas");
    }

    #[test]
    fn a_prefix_is_told_what_it_lacks() {
        check("*", "a prefix begins with `+` and the calling code, as `+99899394*` does");
        check(
            "+467*0*",
            "'*' at position 5 is not a digit: a prefix is written without blanks or signs, as `+99899394*`",
        );
    }
}
