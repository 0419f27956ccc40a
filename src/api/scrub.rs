//! What a server says, fit to be shown.

use crate::phone::PhoneNumber;

/// The most characters that are shown of what a server says.
const LONGEST: usize = 200;

/// From this number of digits in a row on, they may be a code or a number.
const TELLING: usize = 4;

/// A server's words on one line, without `secret` and with long runs of digits masked: its messages repeat
/// the numbers that they are about.
pub(super) fn scrubbed(words: &str, secret: Option<&str>) -> String {
    let without = match secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => words.replace(secret, "…"),
        None => words.to_owned(),
    };
    let mut shown = String::new();
    let mut rest = without.as_str();
    while let Some(next) = rest.chars().next() {
        let plus = usize::from(next == '+');
        let digits = rest.bytes().skip(plus).take_while(u8::is_ascii_digit).count();
        let taken = if digits > 0 { plus + digits } else { next.len_utf8() };
        let (run, tail) = rest.split_at(taken);
        rest = tail;
        if digits < TELLING {
            shown.push_str(if next.is_control() { " " } else { run });
        } else if plus == 1 {
            shown.push_str(&PhoneNumber::new(run).masked().to_string());
        } else {
            shown.push_str(&"*".repeat(digits));
        }
    }
    let mut line: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_codes_are_hidden() {
        for (words, shown) in [
            ("Number +46701234567 is invalid.  Too long.", "Number +4670*****67 is invalid. Too long."),
            ("Number +4813 is invalid.", "Number +**** is invalid."),
            ("0046701234567 and 12", "************* and 12"),
            ("wrong code sEcret!", "wrong code …!"),
            ("a\u{1b}[31m\nb + c", "a [31m b + c"),
            ("+", "+"),
            ("Försök igen om 5 s", "Försök igen om 5 s"),
        ] {
            assert_eq!(scrubbed(words, Some("sEcret")), shown);
        }
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(scrubbed(&"å".repeat(500), None), format!("{}…", "å".repeat(200)));
    }
}
