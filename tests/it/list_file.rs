//! Lists as files, with anything that people may write into them.

use jiff::Timestamp;
use proptest::prelude::*;
use sinch_gate::list::{Defaults, FILE_COLUMNS, ListEntry, file_line, read_file};

const NOW: i64 = 1_790_000_000;

fn entry() -> impl Strategy<Value = ListEntry> {
    let at = |from: i64, to: i64| (from..to).prop_map(|second| Timestamp::from_second(second).unwrap());
    let expires_at = prop::option::of(at(NOW + 1, NOW + 1_000_000));
    ("\\+[1-9][0-9]{3,6}\\*?", any::<String>(), "[ \"#,a\r\n]{0,6}", at(NOW - 1_000_000, NOW), expires_at)
        .prop_map(|(entry, reason, author, added_at, expires_at)| ListEntry {
            list: "blocklist".to_owned(),
            entry,
            reason,
            author,
            added_at,
            expires_at,
        })
}

fn defaults(reason: Option<&str>) -> Defaults<'_> {
    Defaults { list: "blocklist", reason, author: "another", expires_at: None, country: None }
}

proptest! {
    #[test]
    fn a_list_reads_back_as_it_was_written(
        entries in prop::collection::btree_map("[0-9]{4}", entry(), 0..8),
    ) {
        // Each entry once, as on a list.
        let named = |(digits, entry): (String, ListEntry)| ListEntry {
            entry: format!("+46{digits}{}", &entry.entry[1..]),
            ..entry
        };
        let entries: Vec<ListEntry> = entries.into_iter().map(named).collect();
        let lines = std::iter::once(FILE_COLUMNS.to_owned()).chain(entries.iter().map(file_line));
        let text: String = lines.map(|line| line + "\n").collect();
        let defaults = defaults(None);
        let file = read_file(&text, &defaults, Timestamp::from_second(NOW).unwrap());
        prop_assert_eq!(file.mistakes, []);
        prop_assert_eq!(file.entries, entries);
    }

    #[test]
    fn no_text_keeps_a_file_from_being_read(text in "[+0-9*,\"#\r\n a-z]{0,80}") {
        let defaults = defaults(Some(""));
        let n_lines = text.lines().count();
        let file = read_file(&text, &defaults, Timestamp::from_second(NOW).unwrap());
        let places = file.mistakes.iter().chain(&file.notes).map(|remark| remark.line);
        for line in places {
            prop_assert!((1..=n_lines).contains(&line), "{} of {}", line, n_lines);
        }
    }
}
