//! Line by line, from values to entries.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Defaults, ListFile};
use crate::list::csv::Cell;
use crate::list::remark::Remark;
use crate::list::{LONGEST_TEXT, ListEntry, parse_lifetime, read_entry, whole_seconds};
use crate::phone::{NumberType, PhoneNumber, other_way, propose};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Entry,
    Reason,
    Until,
    For,
    /// Without names: a time or a lifetime, whichever stands there.
    UntilOrFor,
    Author,
    Since,
    /// Of a name that means nothing here.
    Unknown,
}

const NAMED: [(&str, Column); 6] = [
    ("entry", Column::Entry),
    ("reason", Column::Reason),
    ("expires_at", Column::Until),
    ("for", Column::For),
    ("added_by", Column::Author),
    ("added_at", Column::Since),
];

/// Other names of the same columns, as people write them.
const ALSO_NAMED: [(&str, Column); 3] =
    [("until", Column::Until), ("author", Column::Author), ("since", Column::Since)];

const UNNAMED: [Column; 3] = [Column::Entry, Column::Reason, Column::UntilOrFor];

/// What was read so far.
pub(super) struct EntryReader<'a> {
    file: ListFile,
    columns: Vec<Column>,
    /// Where each entry stood last: its place among the entries, and its line.
    lines: HashMap<String, (usize, usize)>,
    /// The first entry without reason, and how many there are.
    without_reason: Option<(Remark, usize)>,
    defaults: &'a Defaults<'a>,
    now: Timestamp,
}

impl<'a> EntryReader<'a> {
    pub(super) fn new(defaults: &'a Defaults<'a>, now: Timestamp) -> Self {
        Self {
            file: ListFile::default(),
            columns: UNNAMED.to_vec(),
            lines: HashMap::new(),
            without_reason: None,
            defaults,
            // As precise as the table, so that what is read back is the same.
            now: whole_seconds(now),
        }
    }

    /// Something is wrong with a line as a whole.
    pub(super) fn mistake(&mut self, mistake: Remark) {
        self.file.mistakes.push(mistake);
    }

    /// Reads the first line, where it names the columns.
    pub(super) fn names(&mut self, cells: &[Cell]) {
        let known = || NAMED.map(|(name, _)| format!("`{name}`")).join(", ");
        self.columns = Vec::new();
        self.file.has_names = true;
        for cell in cells {
            let named =
                NAMED.into_iter().chain(ALSO_NAMED).find(|(name, _)| cell.text.eq_ignore_ascii_case(name));
            let column = named.map_or(Column::Unknown, |(_, column)| column);
            if column == Column::Unknown {
                let message = format!("there is no column `{}`", cell.text);
                let help = format!("the columns are {}; a line without names begins with an entry", known());
                self.mistake(cell.remark(message).help(help));
            } else if self.columns.contains(&column) {
                let message = format!("the column `{}` is named twice", cell.text);
                self.mistake(cell.remark(message).help("leave one of them out"));
            }
            self.columns.push(column);
        }
        if let Some(cell) = cells.first().filter(|_| !self.columns.contains(&Column::Entry)) {
            let mistake = cell.remark("no column is named `entry`");
            self.mistake(mistake.help("name the column that holds the numbers and prefixes"));
        }
    }

    /// Reads the line of one entry.
    pub(super) fn row(&mut self, cells: &[Cell]) {
        if let Some(cell) = cells.get(self.columns.len()) {
            let mistake = cell.remark("there are more values than columns");
            let help = "put a text that has commas in double quotes, and name the columns in the first \
                line if there are more than entry, reason and how long";
            self.mistake(mistake.help(help));
            return;
        }
        let columns = self.columns.clone();
        let of = |column: Column| {
            let at = columns.iter().position(|known| *known == column)?;
            cells.get(at).filter(|cell| cell.is_quoted || !cell.text.is_empty())
        };
        let Some(cell) = of(Column::Entry) else {
            if let Some(first) = cells.first().filter(|_| columns.contains(&Column::Entry)) {
                let mistake = first.remark("this line has no entry");
                self.mistake(mistake.help("write a number or a prefix, or leave the line out"));
            }
            return;
        };
        let n_mistakes = self.file.mistakes.len();
        let entry = self.entry(cell);
        let reason = self.reason(of(Column::Reason), cell);
        let until = of(Column::UntilOrFor);
        let is_lifetime = until.is_some_and(|cell| parse_lifetime(&cell.text).is_ok());
        let expires_at = self.expiry(
            of(Column::Until).or(until.filter(|_| !is_lifetime)),
            of(Column::For).or(until.filter(|_| is_lifetime)),
        );
        let since = of(Column::Since).and_then(|cell| self.time(cell));
        self.must_fit(of(Column::Reason), "reason");
        self.must_fit(of(Column::Author), "author");
        if self.file.mistakes.len() > n_mistakes {
            return;
        }
        if expires_at.is_some_and(|at| at <= self.now) {
            let note = cell.remark(format!("{entry} has expired already, and is left out"));
            self.file.notes.push(note);
            return;
        }
        let author = of(Column::Author).map_or(self.defaults.author, |cell| &cell.text).to_owned();
        let list = self.defaults.list.to_owned();
        let added_at = since.unwrap_or(self.now);
        self.take(cell, ListEntry { list, entry, reason, author, added_at, expires_at });
    }

    /// Of lines with the same entry the last counts, as if they had been added one after the other.
    fn take(&mut self, cell: &Cell, entry: ListEntry) {
        if PhoneNumber::new(&entry.entry).number_type() == NumberType::Unknown {
            let note = cell.remark(format!("no country hands out {}", entry.entry));
            self.file.notes.push(note.help("if it is a prefix, end it with a star"));
        }
        if let Some(note) = other_way(&entry.entry) {
            self.file.notes.push(cell.remark(note));
        }
        let next = (self.file.entries.len(), cell.line);
        match self.lines.insert(entry.entry.clone(), next) {
            None => self.file.entries.push(entry),
            Some((place, line)) => {
                let message = format!("{} stands in line {line} too; this line counts", entry.entry);
                self.file.notes.push(cell.remark(message));
                self.lines.insert(entry.entry.clone(), (place, cell.line));
                if let Some(former) = self.file.entries.get_mut(place) {
                    *former = entry;
                }
            }
        }
    }

    fn entry(&mut self, cell: &Cell) -> String {
        let country = self.defaults.country;
        match read_entry(&cell.text, country) {
            Ok(entry) => entry,
            Err(error) => {
                let mistake = cell.remark(error.to_string());
                let help = propose(&cell.text, country).map(|proposal| proposal.to_string());
                self.mistake(Remark { help, ..mistake });
                String::new()
            }
        }
    }

    fn reason(&mut self, reason: Option<&Cell>, entry: &Cell) -> String {
        let given = reason.map(|cell| cell.text.as_str()).or(self.defaults.reason);
        if given.is_none() {
            let first = || (entry.remark("this entry has no reason"), 0);
            self.without_reason.get_or_insert_with(first).1 += 1;
        }
        given.unwrap_or_default().to_owned()
    }

    fn must_fit(&mut self, cell: Option<&Cell>, what: &str) {
        if let Some(cell) = cell.filter(|cell| cell.text.len() > LONGEST_TEXT) {
            let message = format!("this {what} is {} bytes long", cell.text.len());
            let help = format!("an entry holds {LONGEST_TEXT} at most; a few words are easier to read");
            self.mistake(cell.remark(message).help(help));
        }
    }

    fn expiry(&mut self, until: Option<&Cell>, lifetime: Option<&Cell>) -> Option<Timestamp> {
        match (until, lifetime) {
            (None, None) => self.defaults.expires_at.map(whole_seconds),
            (Some(until), None) => self.time(until),
            (None, Some(cell)) => {
                let end = parse_lifetime(&cell.text).map(|lifetime| self.now.checked_add(lifetime));
                match end {
                    Ok(end) => end.ok(),
                    Err(error) => {
                        self.mistake(cell.remark(error.to_string()));
                        None
                    }
                }
            }
            (Some(_), Some(cell)) => {
                let mistake = cell.remark("both an end and a lifetime say how long");
                self.mistake(mistake.help("leave one of them empty"));
                None
            }
        }
    }

    fn time(&mut self, cell: &Cell) -> Option<Timestamp> {
        let midnight = || format!("{}T00:00:00Z", cell.text).parse().ok();
        let time = cell.text.parse().ok().or_else(midnight);
        if time.is_none() {
            let mistake = cell.remark(format!("`{}` is not a time", cell.text));
            let help = "write it as 2026-02-01T00:00:00Z or 2026-02-01, or how long as 30m, 6h or 7d";
            self.mistake(mistake.help(help));
        }
        time.map(whole_seconds)
    }

    /// All that was read.
    pub(super) fn finish(mut self) -> ListFile {
        if let Some((mut first, n)) = self.without_reason.take() {
            if n > 1 {
                first.message = format!("this entry and {} more have no reason", n - 1);
            }
            self.mistake(first.help("give --reason for all that have none, or add a column"));
            self.file.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        }
        self.file
    }
}
