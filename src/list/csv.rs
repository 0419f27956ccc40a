//! Comma-separated values (RFC 4180), each with the place where it stands.
//!
//! More is taken than that standard asks for: blanks around values, comments behind a `#` at the start of a
//! line or in its first value, empty lines, and both kinds of line ends. Spreadsheets put semicolons or tabs
//! between values where a comma stands in numbers. Since the first value of a line never has such a character
//! outside of quotes, the first one in the file is what separates all values.

use super::remark::Remark;

/// One line of values; a value in quotes may span several lines of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The line it begins in, from 1.
    pub(super) line: usize,
    /// The column it begins in, in characters, from 1.
    pub(super) column: usize,
    /// The value without quotes, and without the blanks around it.
    pub(super) text: String,
    /// Whether it stands in quotes, so that it is there even if it is empty.
    pub(super) is_quoted: bool,
}

impl Cell {
    /// Something about this value.
    pub(super) fn remark(&self, message: impl Into<String>) -> Remark {
        Remark::new(self.line, self.column, message)
    }
}

/// Reads rows one after the other. A row that cannot be read does not keep the next from being read.
pub(super) struct Rows<'t> {
    rest: &'t str,
    separator: char,
    line: usize,
    column: usize,
}

impl<'t> Rows<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        // Spreadsheets put a byte order mark in front.
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        // One of them says in its first line what separates the values, and its first line is not a row then.
        match rest.strip_prefix("sep=").and_then(|rest| rest.split_at_checked(1)) {
            Some((separator, rest)) if SEPARATORS.iter().any(|known| known.to_string() == separator) => {
                let separator = separator.chars().next().unwrap_or(',');
                Self { rest, separator, line: 1, column: 6 }
            }
            _ => Self { rest, separator: separator_of(rest), line: 1, column: 1 },
        }
    }

    fn peek(&self) -> Option<char> {
        // A carriage return ends a line only together with the line feed, which is seen right after it.
        if self.rest.starts_with("\r\n") { Some('\n') } else { self.rest.chars().next() }
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        let length = if self.rest.starts_with("\r\n") { 2 } else { next.len_utf8() };
        self.rest = self.rest.get(length..).unwrap_or_default();
        if next == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&is_skipped) {
            self.bump();
        }
    }

    /// Skips the blanks around a value.
    fn skip_blanks(&mut self) {
        let separator = self.separator;
        self.skip_while(|next| matches!(next, ' ' | '\t') && next != separator);
    }

    fn row(&mut self) -> Result<Row, Remark> {
        let mut cells = Vec::new();
        loop {
            self.skip_blanks();
            let (line, column) = (self.line, self.column);
            let is_first = cells.is_empty();
            let is_quoted = self.peek() == Some('"');
            let text = if is_quoted { self.quoted()? } else { self.unquoted(is_first) };
            cells.push(Cell { line, column, text, is_quoted });
            match self.bump() {
                Some(next) if next == self.separator => {}
                None | Some('\n') => return Ok(Row { cells }),
                Some(_) => {
                    return Err(Remark::new(self.line, self.column - 1, "text follows a closing quote")
                        .help("put the whole value in quotes, and write a quote within it twice"));
                }
            }
        }
    }

    fn unquoted(&mut self, is_first: bool) -> String {
        let mut text = String::new();
        while let Some(next) = self.peek().filter(|next| *next != self.separator && *next != '\n') {
            if next == '#' && is_first {
                self.skip_while(|next| next != '\n');
                break;
            }
            text.push(next);
            self.bump();
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn quoted(&mut self) -> Result<String, Remark> {
        let open = (self.line, self.column, self.rest);
        self.bump();
        let mut text = String::new();
        loop {
            // Within quotes, a line end stays the one that it is.
            if self.rest.starts_with("\r\n") {
                text.push('\r');
            }
            let Some(next) = self.bump() else { break };
            match next {
                '"' if self.peek() == Some('"') => {
                    self.bump();
                    text.push('"');
                }
                '"' => {
                    self.skip_blanks();
                    return Ok(text);
                }
                _ => text.push(next),
            }
        }
        // What follows is read as lines of their own, so that their mistakes are found too.
        (self.line, self.column, self.rest) = open;
        Err(Remark::new(self.line, self.column, "this quote is never closed")
            .help("close it, or leave it out"))
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Remark>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_while(char::is_whitespace);
        while self.peek() == Some('#') {
            self.skip_while(|next| next != '\n');
            self.skip_while(char::is_whitespace);
        }
        self.peek()?;
        let row = self.row();
        if row.is_err() {
            self.skip_while(|next| next != '\n');
        }
        Some(row)
    }
}

/// What may stand between values.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// What stands between the values of this text: the first that does so, outside of quotes and comments.
fn separator_of(text: &str) -> char {
    let (mut is_quoted, mut is_comment) = (false, false);
    let first = text.chars().find(|character| {
        match character {
            '\n' => (is_quoted, is_comment) = (false, false),
            '"' => is_quoted = !is_quoted,
            '#' => is_comment |= !is_quoted,
            _ => {}
        }
        !is_quoted && !is_comment && SEPARATORS.contains(character)
    });
    first.unwrap_or(',')
}

/// A value as it is written: in quotes where it would be read differently without them.
pub(super) fn write(value: &str) -> String {
    let is_plain = !value.is_empty() && value.trim() == value && !value.contains(['"', ',', '\n', '\r', '#']);
    if is_plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        let rows = Rows::of(text).map(|row| row.unwrap().cells);
        rows.map(|cells| cells.into_iter().map(|cell| cell.text).collect()).collect()
    }

    #[test]
    fn values_are_read_with_quotes_blanks_and_comments() {
        assert_eq!(texts("a,b\r\nc , d\n"), [["a", "b"], ["c", "d"]]);
        assert_eq!(texts("\u{feff}# first\n\n  # second\na # third, and more\n"), [["a"]]);
        assert_eq!(texts("a, \"b, \"\"c\"\"\" ,#d"), [["a", "b, \"c\"", "#d"]]);
        assert_eq!(texts("a,\"b\nc\"\nd,"), [["a", "b\nc"], ["d", ""]]);
        assert_eq!(texts(" \n#\n"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn what_separates_values_is_seen_in_the_first_line_that_has_several() {
        assert_eq!(texts("a;b, c;d\n"), [["a", "b, c", "d"]]);
        assert_eq!(texts("a\tb; c\t\"d\"\n"), [["a", "b; c", "d"]]);
        assert_eq!(texts("# x, y\na # z, too\n\"b\";\"c;d\"\n"), [vec!["a"], vec!["b", "c;d"]]);
        assert_eq!(texts("sep=;\r\na,b;c\n"), [["a,b", "c"]]);
    }

    #[test]
    fn every_value_has_its_place() {
        let rows: Vec<Row> = Rows::of("å, \"x\ny\", z\n  b").map(Result::unwrap).collect();
        let places: Vec<_> =
            rows.iter().flat_map(|row| &row.cells).map(|cell| (cell.line, cell.column)).collect();
        assert_eq!(places, [(1, 1), (1, 4), (2, 5), (3, 3)]);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_reported_and_the_next_is_read() {
        let rows: Vec<_> = Rows::of("a,\"b\" c\nd,\"e\nf\n").collect();
        let faults: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
        assert_eq!(
            faults.iter().map(|fault| (fault.line, fault.column)).collect::<Vec<_>>(),
            [(1, 7), (2, 3)]
        );
        assert_eq!(rows.last().unwrap().as_ref().unwrap().cells[0].text, "f");
    }

    #[test]
    fn what_is_written_reads_back() {
        for value in ["", "plain", " blank ", "a,b", "a \"b\"", "two\nlines", "#5", "a\r\nb", "å"] {
            assert_eq!(texts(&format!("x,{}", write(value)))[0][1], value, "{value:?}");
        }
    }
}
