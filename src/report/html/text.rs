//! What stands on the page in words: texts that may be hostile, counts, shares, money and times.

use std::fmt::Write as _;

use jiff::Timestamp;
use maud::{Markup, html};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::figures::Spend;
use crate::money::Currency;
use crate::report::region;

/// The most characters of a text that may come from traffic, and of a sentence with such texts in it. The
/// JSON of the report has all of them.
const LONGEST: usize = 160;
const LONGEST_SENTENCE: usize = 600;

/// Characters that are not seen, or that change the order in which others are.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A whole text in which every character can be seen: those that cannot stand as `\u{202e}`.
#[must_use]
pub(super) fn whole(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            let _ = write!(shown, "{}", character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A text that may come from traffic, cut where it is longer than anyone reads.
#[must_use]
pub(super) fn shown(text: &str) -> String {
    cut(text, LONGEST)
}

fn cut(text: &str, longest: usize) -> String {
    let mut rest = text.chars();
    let head: String = rest.by_ref().take(longest).collect();
    let cut = rest.count();
    if cut == 0 { whole(&head) } else { format!("{}… ({cut} characters more)", whole(&head)) }
}

/// A sentence of the model. Times that stand there as RFC 3339 stand here as people write them, and what is
/// between backticks is code.
#[must_use]
pub(super) fn sentence(text: &str) -> Markup {
    let text = cut(text, LONGEST_SENTENCE).replace(" %", "\u{a0}%");
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without its fellow is one that came from traffic.
    let parts = if parts.len() % 2 == 1 { parts } else { vec![text.as_str()] };
    html! {
        @for (n, part) in parts.iter().enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (words(part)) }
        }
    }
}

fn words(text: &str) -> Markup {
    html! {
        @for (n, word) in text.split(' ').enumerate() {
            @if n > 0 { " " }
            @let bare = word.trim_end_matches([',', '.', ';', ':', ')']);
            @match bare.parse::<Timestamp>() {
                Ok(at) => { (time(at)) " UTC" (word.strip_prefix(bare).unwrap_or_default()) }
                Err(_) => { (word) }
            }
        }
    }
}

/// A sentence with codes of regions in it, before which their names come to stand.
#[must_use]
pub(super) fn with_regions(text: &str) -> Markup {
    sentence(&region::named(text))
}

/// A region of numbers by its code, with its name.
#[must_use]
pub(super) fn region(code: &str) -> Markup {
    html! { bdi.region { (region::named(&shown(code))) } }
}

/// A moment, to the minute.
#[must_use]
pub(super) fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (at.strftime("%-d %b %Y, %H:%M")) } }
}

/// A length of time in its largest whole unit, such as `8 days`.
#[must_use]
pub(super) fn length(seconds: i64) -> String {
    let units = [(604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= 2 * unit || seconds == *unit);
    let (unit, name) = unit.unwrap_or((1, "second"));
    let count = seconds / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// What a step is, as in `per hour`.
#[must_use]
pub(super) fn per(seconds: i64) -> String {
    let length = length(seconds);
    format!("per {}", length.strip_prefix("1 ").unwrap_or(&length))
}

/// A count. Five digits and more stand in groups, which narrow blanks separate.
#[must_use]
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with what it counts.
#[must_use]
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A part of a whole, from 0 to 1; 0 of nothing.
#[must_use]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A part of a whole as `82.1 %`; a dash where there is no whole.
#[must_use]
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * share(part, whole)) }
}

/// An amount with two decimals, or up to four where it is small.
#[must_use]
pub(super) fn amount(amount: Decimal, currency: Currency) -> String {
    let decimals = if amount < Decimal::ONE { 4 } else { 2 };
    let rounded = amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero).normalize();
    format!("{rounded:.*}\u{a0}{currency}", usize::try_from(rounded.scale().max(2)).unwrap_or(2))
}

/// What was spent, that of the largest amount first; a dash where it is nothing.
#[must_use]
pub(super) fn money(spend: &Spend) -> String {
    let amounts = spend.currencies().into_iter().map(|currency| amount(spend.of(currency), currency));
    let amounts: Vec<String> = amounts.collect();
    if amounts.is_empty() { "–".to_owned() } else { amounts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelt_out() {
        assert_eq!(whole("a\u{202e}b\u{0}c\nd"), "a\\u{202e}b\\u{0}c\\u{a}d");
        assert_eq!(whole("Zürich, 東京, שלום"), "Zürich, 東京, שלום");
        let long = shown(&"x".repeat(10_000));
        assert!(long.ends_with("x… (9840 characters more)") && long.len() < 200, "{long}");
    }

    #[test]
    fn times_in_a_sentence_stand_as_people_write_them() {
        let markup = sentence("from 2026-01-12T19:00:00Z, <b>and</b> on").into_string();
        let time = "<time datetime=\"2026-01-12T19:00:00Z\">12 Jan 2026, 19:00</time> UTC,";
        assert_eq!(markup, format!("from {time} &lt;b&gt;and&lt;/b&gt; on"));
        assert_eq!(sentence("use `a <b>`.").into_string(), "use <code>a &lt;b&gt;</code>.");
        assert_eq!(sentence("use a ` b").into_string(), "use a ` b");
    }

    #[test]
    fn regions_get_their_names_wherever_they_stand() {
        let said = |text: &str| with_regions(text).into_string();
        assert_eq!(said("such as UZ, SE and more"), "such as Uzbekistan (UZ), Sweden (SE) and more");
        assert_eq!(said("none, block +1"), "none, block +1");
        assert_eq!(region("UZ").into_string(), "<bdi class=\"region\">Uzbekistan (UZ)</bdi>");
        assert_eq!(region("<b>").into_string(), "<bdi class=\"region\">&lt;b&gt;</bdi>");
    }

    #[test]
    fn figures_stand_as_people_read_them() {
        assert_eq!([count(9_999), count(1_234_567)], ["9999", "1\u{202f}234\u{202f}567"]);
        assert_eq!([percent(1, 3), percent(0, 0)], ["33.3 %", "–"]);
        assert_eq!([per(3_600), per(1_800), per(604_800)], ["per hour", "per 30 minutes", "per week"]);
        assert_eq!([length(8 * 86_400), length(5_400), length(0)], ["8 days", "90 minutes", "0 seconds"]);
        let euros = |text: &str| amount(text.parse().unwrap(), "EUR".parse().unwrap());
        assert_eq!(
            ["309.685", "0.0453", "1250", "0.93"].map(euros),
            ["309.69\u{a0}EUR", "0.0453\u{a0}EUR", "1250.00\u{a0}EUR", "0.93\u{a0}EUR"]
        );
    }
}
