//! Whole lists as files: plain text with one number or prefix per line, or CSV.
//!
//! The columns are `entry`, `reason`, `expires_at` or `for`, `added_by` and `added_at`, in any order that a
//! first line of names gives; `until`, `author` and `since` are other names of the same. Without such a line
//! they are entry, reason, and how long. Only the entry must be there.

mod reader;

use jiff::Timestamp;

use self::reader::EntryReader;
use super::ListEntry;
use super::csv::{Cell, Rows, write};
use super::remark::Remark;
use crate::phone::Country;

/// What the lines of a file do not say themselves.
#[derive(Clone, Debug)]
pub struct Defaults<'a> {
    /// The list's name.
    pub list: &'a str,
    /// Why the entries are on it, where a line has no reason.
    pub reason: Option<&'a str>,
    /// Who put them there, where a line has no author.
    pub author: &'a str,
    /// When they expire, where a line does not say; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The country of numbers that are written as they are dialled there.
    pub country: Option<Country>,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFile {
    /// The entries, each once.
    pub entries: Vec<ListEntry>,
    /// What must be fixed before the file can be used.
    pub mistakes: Vec<Remark>,
    /// What its author should know.
    pub notes: Vec<Remark>,
    /// Whether its first line names the columns.
    pub has_names: bool,
}

/// Reads a file, and finds every mistake in it at once.
#[must_use]
pub fn read_file(text: &str, defaults: &Defaults<'_>, now: Timestamp) -> ListFile {
    let mut reader = EntryReader::new(defaults, now);
    for (index, row) in Rows::of(text).enumerate() {
        match row {
            Err(mistake) => reader.mistake(mistake),
            Ok(row) if index == 0 && is_names(&row.cells) => reader.names(&row.cells),
            Ok(row) => reader.row(&row.cells),
        }
    }
    reader.finish()
}

/// The first line of a list as such a file, with every column, so that it reads back as it was.
pub const FILE_COLUMNS: &str = "entry,reason,expires_at,added_by,added_at";

/// The line of an entry below it.
#[must_use]
pub fn file_line(entry: &ListEntry) -> String {
    let until = entry.expires_at.map(|at| at.to_string()).unwrap_or_default();
    let since = entry.added_at.to_string();
    let (reason, author) = (write(&entry.reason), write(&entry.author));
    format!("{},{reason},{until},{author},{since}", entry.entry)
}

/// No entry begins with a letter, and every name of a column does.
fn is_names(cells: &[Cell]) -> bool {
    cells.first().is_some_and(|cell| cell.text.starts_with(|first: char| first.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-15T09:30:00Z";

    fn read(text: &str) -> ListFile {
        let defaults = Defaults {
            list: "blocklist",
            reason: Some("pumping"),
            author: "ops",
            expires_at: None,
            country: None,
        };
        read_file(text, &defaults, NOW.parse().unwrap())
    }

    fn shown(remarks: &[Remark]) -> Vec<String> {
        let show = |remark: &Remark| {
            let help = remark.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}:{}: {}{help}", remark.line, remark.column, remark.message)
        };
        remarks.iter().map(show).collect()
    }

    #[track_caller]
    fn check_mistake(text: &str, mistake: &str) {
        assert_eq!(shown(&read(text).mistakes), [mistake], "{text}");
    }

    #[test]
    fn plain_text_and_csv_say_the_same() {
        let plain = read("# seen tonight\n+99899394*\n\n+46701740605 # a tester\n");
        assert_eq!((plain.mistakes.as_slice(), plain.notes.as_slice()), (&[][..], &[][..]));
        for named in
            ["entry\n+99899394*\n+46701740605\n", "Reason,Entry\r\n,+99899394*\r\npumping,+46701740605\r\n"]
        {
            assert_eq!(read(named), ListFile { has_names: true, ..plain.clone() });
        }
        let entry = &plain.entries[0];
        assert_eq!(
            (entry.entry.as_str(), entry.reason.as_str(), entry.author.as_str()),
            ("+99899394*", "pumping", "ops")
        );
    }

    #[test]
    fn a_third_column_tells_how_long_in_either_way() {
        let file = read("+4670*,a,6h\n+4671*,b,2026-01-15T15:30:00Z\n+4672*,c,\n+4673*,d,2026-12-01\n");
        assert_eq!(file.mistakes, []);
        let until: Vec<_> = file.entries.iter().map(|entry| entry.expires_at).collect();
        let end = Some("2026-01-15T15:30:00Z".parse().unwrap());
        assert_eq!(until, [end, end, None, Some("2026-12-01T00:00:00Z".parse().unwrap())]);
    }

    #[test]
    fn every_mistake_is_reported_with_its_place_and_what_to_do() {
        check_mistake(
            "0046701740605",
            "1:1: `0046701740605` is neither a number in E.164, such as +46701740605, nor a prefix with a \
            star, such as +99899394* (did you mean `+46701740605`?)",
        );
        check_mistake(
            "+4670*,a,b,c",
            "1:12: there are more values than columns (put a text that has commas in double quotes, and \
            name the columns in the first line if there are more than entry, reason and how long)",
        );
        check_mistake(
            "+4670*,a,soon",
            "1:10: `soon` is not a time (write it as 2026-02-01T00:00:00Z or 2026-02-01, or how long \
            as 30m, 6h or 7d)",
        );
        check_mistake(
            "entry,until,for\n+4670*,2027-01-01T00:00:00Z,6h",
            "2:29: both an end and a lifetime say how long (leave one of them empty)",
        );
        check_mistake(
            "entry,why\n+4670*,a",
            "1:7: there is no column `why` (the columns are `entry`, `reason`, `expires_at`, `for`, \
            `added_by`, `added_at`; a line without names begins with an entry)",
        );
        check_mistake(
            "reason\na",
            "1:1: no column is named `entry` (name the column that holds the numbers and prefixes)",
        );
        check_mistake(
            "entry,reason\n,a",
            "2:1: this line has no entry (write a number or a prefix, or leave the line out)",
        );
        check_mistake(
            "entry,reason,reason\n",
            "1:14: the column `reason` is named twice (leave one of them out)",
        );
    }

    #[test]
    fn mistakes_are_found_all_at_once() {
        let file = read("+4670*\n0701\n+4671*,a,soon\n\"x\n");
        assert_eq!(file.mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(file.entries.len(), 1);
    }

    #[test]
    fn a_text_that_no_entry_can_hold_is_a_mistake() {
        let of_length = |n_bytes: usize| read(&format!("entry,reason\n+4670*,{}\n", "x".repeat(n_bytes)));
        assert_eq!(of_length(40_000).mistakes, []);
        let expected = "2:8: this reason is 40001 bytes long (an entry holds 40000 at most; a few words are \
            easier to read)";
        assert_eq!(shown(&of_length(40_001).mistakes), [expected]);
    }

    #[test]
    fn what_a_spreadsheet_of_europe_exports_is_read() {
        let file = read("\u{feff}entry;reason;until\r\n\"+4670*\";pumping, again;2026-12-01\r\n");
        assert_eq!(file.mistakes, []);
        assert_eq!((file.entries.len(), file.entries[0].reason.as_str()), (1, "pumping, again"));
    }

    #[test]
    fn numbers_as_they_are_dialled_within_a_country_are_read_where_it_is_given() {
        let country = Some("SE".parse().unwrap());
        let defaults =
            Defaults { list: "blocklist", reason: Some("x"), author: "ops", expires_at: None, country };
        let file = read_file("070-174 06 05\n+46701740606\n12\n", &defaults, NOW.parse().unwrap());
        let entries: Vec<_> = file.entries.iter().map(|entry| entry.entry.as_str()).collect();
        assert_eq!((entries, file.mistakes.len()), (vec!["+46701740605", "+46701740606"], 1));
    }

    #[test]
    fn a_missing_reason_is_said_once_for_all() {
        let defaults =
            Defaults { list: "blocklist", reason: None, author: "ops", expires_at: None, country: None };
        let file = read_file("+4670*\n+4671*\n+4672*,because\n", &defaults, NOW.parse().unwrap());
        let expected = "1:1: this entry and 1 more have no reason (give --reason for all that have none, \
            or add a column)";
        assert_eq!(shown(&file.mistakes), [expected]);
    }

    #[test]
    fn of_two_lines_with_one_entry_the_last_counts() {
        let file = read("+4670*,a\n+4671*,b\n+4670*,c\n+4670*,d\n");
        assert_eq!(
            shown(&file.notes),
            [
                "3:1: +4670* stands in line 1 too; this line counts",
                "4:1: +4670* stands in line 3 too; this line counts"
            ]
        );
        let entries: Vec<_> =
            file.entries.iter().map(|entry| (entry.entry.as_str(), entry.reason.as_str())).collect();
        assert_eq!(entries, [("+4670*", "d"), ("+4671*", "b")]);
    }

    #[test]
    fn what_has_expired_or_cannot_be_is_noted() {
        let file = read("+4670*,a,2026-01-15T09:30:00Z\n+4670,b\n");
        assert_eq!(
            shown(&file.notes),
            [
                "1:1: +4670* has expired already, and is left out",
                "2:1: no country hands out +4670 (if it is a prefix, end it with a star)"
            ]
        );
        assert_eq!(file.entries.len(), 1);
    }

    #[test]
    fn a_list_that_is_written_reads_back_the_same() {
        let text = "entry,reason,until,author,since\n\
            +4670*,\"a, \"\"b\"\"\nc #1\",2026-02-01T00:00:00Z, night shift ,2026-01-01T00:00:00Z\n\
            +46701740605,\"\",,,\n";
        let file = read(text);
        let lines = std::iter::once(FILE_COLUMNS.to_owned()).chain(file.entries.iter().map(file_line));
        let written: String = lines.map(|line| line + "\n").collect();
        assert_eq!(read(&written), file);
        assert_eq!(file.entries[0].author, "night shift");
    }
}
