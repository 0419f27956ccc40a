//! Colour, which only ever adds to words: every text reads the same without it.
//!
//! Texts are painted here whatever becomes of them. The streams of the tool take the paint off again where it
//! is not wanted: in pipes, with `NO_COLOR`, on `TERM=dumb`.

use anstyle::{AnsiColor, Style};

use crate::verdict::Verdict;

// Of the sixteen colours that every terminal has, these are legible on a dark ground and on a light one.
// Yellow and cyan fade on white, blue on black.
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const MAGENTA: Style = AnsiColor::Magenta.on_default();
const BOLD: Style = Style::new().bold();

/// All that these write into a text, and clap into its messages.
pub(super) const CODES: [&str; 7] =
    ["\x1b[31m", "\x1b[32m", "\x1b[35m", "\x1b[1m", "\x1b[0m", "\x1b[4m", "\x1b[33m"];

/// What is refused, wrong or gone.
pub(in crate::cli) fn bad(text: &str) -> String {
    paint(RED, text)
}

/// What is allowed, right or new.
pub(in crate::cli) fn good(text: &str) -> String {
    paint(GREEN, text)
}

/// What deserves a second look.
pub(in crate::cli) fn odd(text: &str) -> String {
    paint(MAGENTA, text)
}

/// What leads the eye, such as the names of the commands to go on with.
pub(in crate::cli) fn strong(text: &str) -> String {
    paint(BOLD, text)
}

/// `allow` or `deny`, in the colour that it has everywhere.
pub(in crate::cli) fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Allow => good(verdict.name()),
        Verdict::Deny => bad(verdict.name()),
    }
}

fn paint(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// A line of message with the word painted that says what kind of message it is. The word stands first, or
/// after the place in a file as compilers write it: `policy.toml:3:5: error: …`.
pub(super) fn kind(line: &str) -> String {
    let begin = line.len() - line.trim_start().len();
    let mut at = begin;
    for part in line.get(begin..).unwrap_or_default().split_inclusive(": ") {
        let word = part.trim_end().trim_end_matches(':');
        let style = match word {
            "error" => RED.bold(),
            "warning" => MAGENTA.bold(),
            "note" | "hint" | "help" => BOLD,
            _ if word.contains(' ') => break,
            _ => {
                at += part.len();
                continue;
            }
        };
        let (Some(before), Some(after)) = (line.get(..at), line.get(at + word.len()..)) else { break };
        if after.starts_with(':') {
            return format!("{before}{}{after}", paint(style, word));
        }
        break;
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn the_kind_of_a_message_is_painted_where_it_leads() {
        for (line, word) in [
            ("error: nothing changed", "error"),
            ("hint: give --yes", "hint"),
            ("policy.toml:3:5: error: UK is not a country", "error"),
            ("  help: write GB", "help"),
            ("list.csv:2:1: warning: the line is empty", "warning"),
        ] {
            let painted = kind(line);
            assert_eq!(plain(&painted), line);
            assert!(painted.contains(&format!("m{word}\x1b")), "{painted:?}");
        }
    }

    #[test]
    fn a_message_that_leads_with_another_word_stays_plain() {
        for line in ["nothing changed, error: none", "the error: it is odd", "errors: 3", "error", "", "  "] {
            assert_eq!(kind(line), line);
        }
    }

    #[test]
    fn paint_adds_to_words_and_changes_none() {
        assert_eq!(plain(&verdict(Verdict::Deny)), "deny");
        assert_eq!(plain(&verdict(Verdict::Allow)), "allow");
        assert_ne!(verdict(Verdict::Allow), "allow");
        assert_eq!(bad(""), "");
    }
}
