//! Rows in columns, laid out for the terminal that is there.

use std::fmt::Display;

use super::wrap;

/// The room between two columns.
const GAP: usize = 3;

/// How far what does not fit beside the others is indented below them.
const INDENT: usize = 2;

/// The columns that a text needs to be read with ease. With less, it stands on lines of its own.
const READABLE: usize = 24;

/// Rows in columns. Only the last column holds text that may be wrapped; the others hold names and times,
/// which stay whole.
#[derive(Debug)]
pub(in crate::cli) struct Table {
    headings: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
    at_least: Vec<usize>,
}

impl Table {
    pub(super) fn new(headings: Option<Vec<String>>) -> Self {
        Self { headings, rows: Vec::new(), at_least: Vec::new() }
    }

    /// Adds a row, with one cell for each column.
    pub(in crate::cli) fn add_row(&mut self, cells: impl IntoIterator<Item = impl Display>) {
        let shown = |cell: String| wrap::harmless_cell(&cell).trim_end().to_owned();
        self.rows.push(cells.into_iter().map(|cell| shown(cell.to_string())).collect());
    }

    /// The least widths of the first columns, which keep rows aligned that are printed one at a time.
    #[allow(dead_code, reason = "for rows that are printed one at a time")]
    pub(in crate::cli) fn at_least(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.at_least = widths.into();
        self
    }

    /// The table for a terminal of this width. Without a terminal a row stays one line, for `grep`.
    pub(super) fn render(&self, width: Option<usize>) -> String {
        let widths = self.widths();
        let layout = match width {
            Some(width) => self.layout(&widths, width),
            None => vec![(0..widths.len()).collect()],
        };
        let page = Page { layout, widths, width };
        let mut lines = Vec::new();
        if let Some(headings) = &self.headings {
            page.row(headings, &mut lines);
            lines.push(String::new());
        }
        self.rows.iter().for_each(|row| page.row(row, &mut lines));
        let widest = lines.iter().map(|line| wrap::width_of(line)).max().unwrap_or(0);
        if self.headings.is_some()
            && let Some(rule) = lines.iter_mut().find(|line| line.is_empty())
        {
            *rule = "─".repeat(widest);
        }
        lines.join("\n")
    }

    fn all_rows(&self) -> impl Iterator<Item = &Vec<String>> {
        self.headings.iter().chain(&self.rows)
    }

    /// The columns that each column takes where nothing is wrapped.
    fn widths(&self) -> Vec<usize> {
        let columns = self.all_rows().map(Vec::len).max().unwrap_or(0);
        let widest = |index: usize| {
            let cells = self.all_rows().filter_map(|row| row.get(index));
            cells.map(|cell| wrap::width_of(cell)).max().unwrap_or(0)
        };
        (0..columns).map(|index| widest(index).max(self.at_least.get(index).copied().unwrap_or(0))).collect()
    }

    /// Which columns stand beside each other: as many as fit, and the others on indented lines below.
    fn layout(&self, widths: &[usize], width: usize) -> Vec<Vec<usize>> {
        let mut lines = vec![Vec::new()];
        let mut at = 0;
        for (index, &wanted) in widths.iter().enumerate() {
            let least = if index + 1 == widths.len() {
                let cells = self.all_rows().filter_map(|row| row.get(index));
                let longest_word = cells.map(|cell| wrap::longest_word(cell)).max().unwrap_or(0);
                wanted.min(READABLE.max(longest_word))
            } else {
                wanted
            };
            match lines.last_mut() {
                Some(line) if line.is_empty() || at + GAP + least <= width => {
                    at += if line.is_empty() { wanted } else { GAP + wanted };
                    line.push(index);
                }
                _ => {
                    at = INDENT + wanted;
                    lines.push(vec![index]);
                }
            }
        }
        lines
    }
}

/// Where the cells of a row go.
struct Page {
    layout: Vec<Vec<usize>>,
    widths: Vec<usize>,
    width: Option<usize>,
}

impl Page {
    fn row(&self, cells: &[String], lines: &mut Vec<String>) {
        for (place, columns) in self.layout.iter().enumerate() {
            let mut line = " ".repeat(if place == 0 { 0 } else { INDENT });
            let mut at = line.len();
            let mut further = Vec::new();
            for (position, &index) in columns.iter().enumerate() {
                if position > 0 {
                    line.push_str(&" ".repeat(GAP));
                    at += GAP;
                }
                let cell = cells.get(index).map_or("", String::as_str);
                let width = self.widths.get(index).copied().unwrap_or(0);
                if index + 1 == self.widths.len() {
                    let mut wrapped = self.last(cell, at).into_iter();
                    line.push_str(&wrapped.next().unwrap_or_default());
                    further.extend(wrapped.map(|text| format!("{}{text}", " ".repeat(at))));
                } else {
                    line.push_str(cell);
                    line.push_str(&" ".repeat(width.saturating_sub(wrap::width_of(cell))));
                }
                at += width;
            }
            // What stands below others is left out where there is nothing to say.
            if place == 0 || !line.trim().is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            lines.append(&mut further);
        }
    }

    /// The last cell in lines, where it begins at a column.
    fn last(&self, cell: &str, at: usize) -> Vec<String> {
        match self.width {
            Some(width) => wrap::wrapped(cell, width.saturating_sub(at)),
            None => vec![cell.replace('\n', " ")],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{colour, columns, table};
    use super::*;

    const TIME: &str = "2026-01-15T09:30:00Z";

    fn list(reason: &str) -> Table {
        let mut table = table(["entry", "until", "reason"]);
        table.add_row(["+99899394*", TIME, reason]);
        table.add_row(["+46701740605", "", ""]);
        table
    }

    #[test]
    fn no_word_is_broken_and_no_line_too_long_in_any_terminal() {
        let reason = "a reason that takes more than one line, since 2026-01-15T09:30:00Z; ".repeat(3);
        let list = list(&reason);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let whole = words(&list.render(None).replace('─', ""));
        for width in 23..200 {
            let shown = list.render(Some(width));
            let widest = shown.lines().map(wrap::width_of).max().unwrap();
            assert!(widest <= width, "{widest} of {width}\n{shown}");
            assert_eq!(words(&shown.replace('─', "")), whole, "{width}\n{shown}");
        }
    }

    #[test]
    fn a_last_column_that_would_be_narrow_stands_on_lines_of_its_own() {
        let list = list("pumping since tonight, seen by two");
        assert_eq!(
            list.render(Some(62)),
            format!(
                "entry          until                  reason\n{}\n\
                 +99899394*     {TIME}   pumping since tonight,\n{:38}seen by two\n+46701740605",
                "─".repeat(60),
                ""
            )
        );
        assert_eq!(
            list.render(Some(61)),
            format!(
                "entry          until\n  reason\n{}\n\
                 +99899394*     {TIME}\n  pumping since tonight, seen by two\n+46701740605",
                "─".repeat(36)
            )
        );
    }

    #[test]
    fn columns_that_do_not_fit_stand_below_each_other() {
        let list = list("pumping");
        assert_eq!(
            list.render(Some(30)),
            format!(
                "entry\n  until\n  reason\n{}\n+99899394*\n  {TIME}\n  pumping\n+46701740605",
                "─".repeat(22)
            )
        );
    }

    #[test]
    fn without_a_terminal_a_row_is_one_line() {
        let reason = "a long reason\nwith a line end ".repeat(9);
        assert_eq!(list(&reason).render(None).lines().count(), 4);
    }

    #[test]
    fn paint_does_not_move_a_column() {
        let row = |verdict: String| {
            let mut table = columns();
            table.add_row([verdict, "rule".to_owned()]);
            table.render(Some(80))
        };
        let painted = anstream::adapter::strip_str(&row(colour::bad("deny"))).to_string();
        assert_eq!(painted, row("deny".to_owned()));
    }

    #[test]
    fn rows_that_are_printed_one_at_a_time_stay_aligned() {
        let row = |rule: &str| {
            let mut table = columns().at_least([8, 6]);
            table.add_row([rule, "SE", "why"]);
            table.render(Some(80))
        };
        assert_eq!([row("short"), row("markets")], ["short      SE       why", "markets    SE       why"]);
    }

    #[test]
    fn an_empty_table_is_its_headings() {
        assert_eq!(table(["a", "b"]).render(Some(80)), "a   b\n─────");
        assert_eq!(columns().render(Some(80)), "");
    }
}
