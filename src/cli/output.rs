//! What the tool prints: data to standard output, messages to standard error.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use jiff::Timestamp;
use serde::Serialize;

/// The form of data on standard output: `table` for people, `json` for programs, one object per line.
// The variants have no documentation of their own, since clap would give each a paragraph in every help.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Table,
    Json,
}

/// Whether a line could not be printed, since whoever read the data has gone away.
static HAS_LOST_ITS_READER: AtomicBool = AtomicBool::new(false);

/// A line of data. A reader that has gone away, such as `head`, is not an error.
pub(super) fn line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        HAS_LOST_ITS_READER.store(true, Ordering::Relaxed);
    }
}

/// Whether the data still has a reader. A command without an end of its own ends where it has none.
pub(super) fn has_reader() -> bool {
    !HAS_LOST_ITS_READER.load(Ordering::Relaxed)
}

/// A text as it is, such as a file's.
pub(super) fn text(text: &str) {
    let _ = write!(std::io::stdout().lock(), "{text}");
}

/// A line of message.
pub(super) fn message(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A value as one line of JSON.
///
/// # Errors
/// Where it has no JSON form.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string(value)?);
    Ok(())
}

/// A time for people: RFC 3339, to the second.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// A count with its noun: `1 rule`, `2 rules`, `3 entries`.
pub(super) fn count(n: usize, noun: &str) -> String {
    let is_after_consonant = |stem: &&str| !stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match noun.strip_suffix('y').filter(is_after_consonant) {
        _ if n == 1 => format!("1 {noun}"),
        Some(stem) => format!("{n} {stem}ies"),
        None => format!("{n} {noun}s"),
    }
}

/// Headings underlined, columns set off by space: easy on the eye, and nothing to strip when it is copied.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with headings.
pub(super) fn table<'a>(headings: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = columns();
    table.set_header(headings);
    table
}

/// A table without headings, to hold text under text.
pub(super) fn columns() -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// Prints a table, as wide as the terminal where there is one. Elsewhere a row stays one line, for `grep`.
pub(super) fn print(table: Table) {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    line(&render(table, terminal.map(|(width, _)| width.0)));
}

/// Only the last column is wrapped, since the others hold names and times, which must stay whole.
fn render(mut table: Table, width: Option<u16>) -> String {
    if let Some(width) = width {
        table.set_width(width);
    }
    table.discover_columns();
    let last = table.column_count().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        if index == last {
            column.set_padding((0, 0));
        } else {
            column.set_padding((0, 2)).set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-01-15T09:30:00Z";

    fn list() -> Table {
        let mut table = table(["entry", "until", "reason"]);
        table.add_row(["+99899394*", TIME, &"a reason that takes more than one line ".repeat(3)]);
        table
    }

    #[test]
    fn a_table_fits_the_terminal_and_keeps_names_and_times_whole() {
        for width in [60, 80, 140] {
            let shown = render(list(), Some(width));
            let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(width), "{widest} of {width}\n{shown}");
            assert!(shown.contains(&format!("+99899394*   {TIME}   a reason")), "{shown}");
        }
    }

    #[test]
    fn without_a_terminal_a_row_is_one_line() {
        assert_eq!(render(list(), None).lines().count(), 3);
    }

    #[test]
    fn one_thing_is_not_plural() {
        assert_eq!([0, 1, 2].map(|n| count(n, "rule")), ["0 rules", "1 rule", "2 rules"]);
        assert_eq!(
            [0, 1, 2].map(|n| count(n, "list entry")),
            ["0 list entries", "1 list entry", "2 list entries"]
        );
        assert_eq!(count(2, "day"), "2 days");
    }
}
