//! What the tool prints: data to standard output, messages to standard error.

pub(super) mod colour;
mod reader;
mod table;
mod wrap;

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;

pub(super) use reader::rest;
use table::Table;
pub(super) use wrap::one_line;

/// The form of data on standard output: `table` for people, `json` for programs, one object per line.
// The variants have no documentation of their own, since clap would give each a paragraph in every help.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Table,
    Json,
}

/// The columns of a page where there is no terminal.
const PAGE: usize = 80;

/// Whether a line could not be printed, since whoever read the data has gone away.
static HAS_LOST_ITS_READER: AtomicBool = AtomicBool::new(false);

/// A line of data for people, which may be painted (see `colour`).
pub(super) fn line(text: &str) {
    note(writeln!(anstream::stdout().lock(), "{}", wrap::harmless(text)));
}

/// A line of data for people that reads as a sentence, and is wrapped like one.
pub(super) fn prose(text: &str) {
    let shown = for_people(text, width());
    note(writeln!(anstream::stdout().lock(), "{shown}"));
}

/// A sentence of a page that is read and not searched, which is wrapped without a terminal too.
pub(super) fn paragraph(text: &str) {
    let shown = for_people(text, Some(width().unwrap_or(PAGE)));
    note(writeln!(anstream::stdout().lock(), "{shown}"));
}

/// A line of data for programs, as it is.
pub(super) fn raw(text: &str) {
    note(writeln!(std::io::stdout().lock(), "{text}"));
}

/// A reader that has gone away, such as `head`, is not an error.
fn note(written: std::io::Result<()>) {
    if written.is_err() {
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

/// A message: one line or several, wrapped where it is read on a terminal.
pub(super) fn message(text: &str) {
    let shown = for_people(text, width_of_messages());
    let _ = writeln!(anstream::stderr().lock(), "{shown}");
}

/// A value as one line of JSON.
///
/// # Errors
/// Where it has no JSON form.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    raw(&serde_json::to_string(value)?);
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

/// A table with headings.
pub(super) fn table<'a>(headings: impl IntoIterator<Item = &'a str>) -> Table {
    Table::new(Some(headings.into_iter().map(str::to_owned).collect()))
}

/// A table without headings, to hold text under text.
pub(super) fn columns() -> Table {
    Table::new(None)
}

/// Prints a table, as wide as the terminal where there is one. Elsewhere a row stays one line, for `grep`.
#[expect(clippy::needless_pass_by_value, reason = "a table that was printed is done with")]
pub(super) fn print(table: Table) {
    line(&table.render(width()));
}

/// Prints a table of a page that is read and not searched, which is wrapped without a terminal too.
#[expect(clippy::needless_pass_by_value, reason = "a table that was printed is done with")]
pub(super) fn print_on_page(table: Table) {
    line(&table.render(Some(width().unwrap_or(PAGE))));
}

/// The columns of the terminal on standard output, where there is one.
fn width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).and_then(known)
}

/// The columns of the terminal on standard error, where there is one.
fn width_of_messages() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stderr()).and_then(known)
}

/// A terminal that does not know its width says 0.
fn known((width, _): (terminal_size::Width, terminal_size::Height)) -> Option<usize> {
    (width.0 > 0).then_some(usize::from(width.0))
}

/// A message or text with its kind painted, wrapped where there is a terminal.
fn for_people(text: &str, width: Option<usize>) -> String {
    let harmless = wrap::harmless(text);
    let painted: Vec<_> = harmless.split('\n').map(colour::kind).collect();
    let painted = painted.join("\n");
    width.map_or(painted.clone(), |width| wrap::message(&painted, width))
}

#[cfg(test)]
mod tests {
    use super::*;

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
