//! What the tool prints: data to standard output, messages to standard error.

use std::io::Write as _;

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

/// A line of data. A reader that has gone away, such as `head`, is no error.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
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

/// A count with its noun: `1 rule`, `2 rules`.
pub(super) fn count(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
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

/// Prints a table, as wide as the terminal where there is one. Elsewhere a row stays one line, for `grep`. Only the
/// last column is wrapped, since the others hold names and times, which must stay whole.
pub(super) fn print(mut table: Table) {
    if let Some((width, _)) = terminal_size::terminal_size_of(std::io::stdout()) {
        table.set_width(width.0);
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
    line(&table.trim_fmt());
}
