//! Text broken into the lines of a terminal: between words, and never within one.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// How far a line that goes on is indented beyond where it began, which sets it off from the next line.
const GOES_ON: usize = 2;

/// Stands for a space within backticks while a text is wrapped, so that a command can be copied in one piece.
const KEPT_SPACE: char = '\u{e000}';

/// The columns that a text takes; paint takes none.
pub(super) fn width_of(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// The columns of the longest word, which is how narrow a text can be wrapped.
pub(super) fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(width_of).max().unwrap_or(0)
}

/// A text in lines of at most `width` columns, but for longer words.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    lines(text, width, "")
}

/// A message in lines of at most `width` columns; a line that goes on is indented.
pub(super) fn message(text: &str, width: usize) -> String {
    let mut shown = Vec::new();
    for line in text.split('\n') {
        let begin = line.len() - line.trim_start().len();
        let (indent, rest) = line.split_at(begin);
        let further = " ".repeat(begin + GOES_ON);
        let mut broken = lines(rest, width.saturating_sub(begin), &" ".repeat(GOES_ON)).into_iter();
        shown.push(format!("{indent}{}", broken.next().unwrap_or_default()));
        shown.extend(broken.map(|line| format!("{further}{}", line.trim_start())));
    }
    shown.join("\n")
}

fn lines(text: &str, width: usize, further: &str) -> Vec<String> {
    let options = Options::new(width.max(1))
        .subsequent_indent(further)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let kept = with_commands_whole(text, width.saturating_sub(further.len()));
    textwrap::wrap(&kept, options).into_iter().map(|line| line.replace(KEPT_SPACE, " ")).collect()
}

/// What stands within backticks as one word, where it fits a line.
fn with_commands_whole(text: &str, width: usize) -> String {
    let mut parts = text.split('`').peekable();
    let mut kept = String::new();
    let mut is_within = false;
    while let Some(part) = parts.next() {
        // Without a backtick to end it, the last part is not within.
        let is_closed = parts.peek().is_some();
        if is_within && is_closed && width_of(part) + 2 <= width {
            kept.extend(part.chars().map(|c| if c == ' ' { KEPT_SPACE } else { c }));
        } else {
            kept.push_str(part);
        }
        if is_closed {
            kept.push('`');
        }
        is_within = !is_within;
    }
    kept
}

/// A text whose control characters can be seen, since a stored text must not steer the terminal. Line ends,
/// tabs and paint of ours stay.
pub(super) fn harmless(text: &str) -> String {
    shown(text, |c| steers(c) && !matches!(c, '\n' | '\t'))
}

/// The same for a cell of a table, which is one line.
pub(super) fn harmless_cell(text: &str) -> String {
    shown(text, steers)
}

/// A stored name on one line, whatever it holds: a reference that breaks it could pass for a line of ours.
pub(in crate::cli) fn one_line(text: &str) -> String {
    let shown = |c: char| if steers(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Whether a character is not seen but acted on: controls, line ends of Unicode, and what turns the direction
/// of writing (Unicode Standard Annex 9), by which a text reads as another one.
fn steers(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

fn shown(text: &str, is_odd: impl Fn(char) -> bool) -> String {
    if !text.contains(&is_odd) {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(&is_odd) {
        let (before, after) = rest.split_at(at);
        shown.push_str(before);
        let taken = match paint_at(after) {
            Some(paint) => {
                shown.push_str(paint);
                paint.len()
            }
            None => {
                let odd = after.chars().next().unwrap_or_default();
                shown.extend(odd.escape_default());
                odd.len_utf8()
            }
        };
        rest = after.get(taken..).unwrap_or_default();
    }
    shown + rest
}

/// The paint with which a text begins, where it is one of ours: a stored text must not hide itself.
fn paint_at(text: &str) -> Option<&str> {
    super::colour::CODES.into_iter().find(|code| text.starts_with(code))
}

#[cfg(test)]
mod tests {
    use super::super::colour;
    use super::*;

    #[test]
    fn no_word_is_broken_at_any_width() {
        let text = "error: no item at 2026-11-26T19:12:00Z for key block:3 of +99899394* in table\n\
                    hint: look at it with `sinch-gate policy diff`, then apply with --from 12\n  help: no-no";
        let words: Vec<_> = text.split_whitespace().collect();
        for width in 1..120 {
            let shown = message(text, width);
            assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), words, "at {width}");
            for line in shown.lines().filter(|line| line.split_whitespace().nth(1).is_some()) {
                let is_whole_command = line.contains("`sinch-gate policy diff`");
                assert!(width_of(line) <= width.max(longest_word(line) + 4) || is_whole_command, "{line}");
            }
        }
    }

    #[test]
    fn a_line_that_goes_on_is_indented_and_a_command_stays_in_one_piece() {
        assert_eq!(
            message("hint: look at it with `sinch-gate policy diff`, then apply with --from 12", 40),
            "hint: look at it with\n  `sinch-gate policy diff`, then apply\n  with --from 12"
        );
        assert_eq!(message("  help: write one of them", 16), "  help: write\n    one of them");
        assert_eq!(message("one\n\ntwo", 16), "one\n\ntwo");
    }

    #[test]
    fn paint_takes_no_room() {
        let painted = format!("{} by rule cooldown", colour::bad("deny"));
        assert_eq!(wrapped(&painted, 21), [painted]);
    }

    #[test]
    fn a_stored_name_stays_on_its_line() {
        assert_eq!(one_line("a\r\n2026\tb\x1b[31m\u{2028}å"), "a\\r\\n2026\\tb\\u{1b}[31m\\u{2028}å");
    }

    #[test]
    fn a_stored_text_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\u{7}\r\nc\td"), "a\\u{1b}[2Jb\\u{7}\\r\nc\td");
        assert_eq!(harmless("\x1b]0;title\x1b[31"), "\\u{1b}]0;title\\u{1b}[31");
        for paint in [colour::bad, colour::good, colour::odd, colour::strong, colour::kind] {
            let painted = paint("error: deny");
            assert_eq!(harmless_cell(&painted), painted);
        }
        // Text that is hidden, another line, and text that is read backwards.
        assert_eq!(harmless("\x1b[8ma\u{202e}b"), "\\u{1b}[8ma\\u{202e}b");
        assert_eq!(harmless_cell("a\nb\tc\u{2028}"), "a\\nb\\tc\\u{2028}");
        assert_eq!(one_line("a\n\u{2067}b"), "a\\n\\u{2067}b");
    }
}
