//! The line by which a policy file says from which version it was taken.
//!
//! `policy show` writes it above the text, and `policy apply` reads it: where another version came into force
//! since, the file knows nothing of what that changed, and would take it away without a word. Versions are
//! numbered by each table for itself, so the line names the table too.

use super::stored::version_number;
use crate::cli::app::whose;
use crate::signature::AppScope;

const BEGIN: &str = "# sinch-gate policy, version ";

/// What stands before the table's name, after the application's.
const FROM: &str = ", from ";

/// From which version a file was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct BaseVersion {
    pub(super) version: u64,
    /// Whose it was, in words.
    whose: String,
    /// The table that it was taken from, in words, where the line says it.
    place: Option<String>,
}

impl BaseVersion {
    /// Whether it was a policy of these.
    pub(super) fn is_of(&self, app: &AppScope) -> bool {
        self.whose == whose(app)
    }

    /// The other table that it was taken from, where it is not this one. What DynamoDB did not say of one of
    /// the two, such as the account, is not compared.
    pub(super) fn other_place(&self, place: &str) -> Option<&str> {
        let is_more_of = |longer: &str, shorter: &str| {
            longer
                .strip_prefix(shorter)
                .is_some_and(|more| more.is_empty() || more.starts_with(", ") || more.starts_with(" in "))
        };
        let other = self.place.as_deref()?;
        (!is_more_of(other, place) && !is_more_of(place, other)).then_some(other)
    }
}

/// The line, for a version or the number of the built-in policy.
pub(super) fn line(version: u64, app: &AppScope, place: &str) -> String {
    format!("{BEGIN}{version} for {}{FROM}{place}\n", whose(app))
}

/// Parts a file into what its line says, where it has one, and the text that is to be stored.
pub(super) fn split(file: &str) -> (Option<BaseVersion>, &str) {
    let parted = || {
        let (first, rest) = file.split_once('\n')?;
        let (version, whose) = first.trim_end().strip_prefix(BEGIN)?.split_once(" for ")?;
        let (whose, place) =
            whose.split_once(FROM).map_or((whose, None), |(whose, place)| (whose, Some(place.to_owned())));
        Some((BaseVersion { version: version_number(version).ok()?, whose: whose.to_owned(), place }, rest))
    };
    parted().map_or((None, file), |(base, rest)| (Some(base), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_written_is_read_back_and_is_no_part_of_the_text() {
        let one: AppScope = "mine".parse().unwrap();
        let file = format!("{}schema = 1\n", line(3, &AppScope::All, "gate.db"));
        assert!(file.starts_with("# sinch-gate policy, version 3 for all applications, from gate.db\n"));
        let (base, text) = split(&file);
        let base = base.unwrap();
        assert_eq!((base.version, text), (3, "schema = 1\n"));
        assert!(base.is_of(&AppScope::All) && !base.is_of(&one));
        let file = line(12, &one, "gate.db").replace('\n', "\r\n") + "x";
        let (base, text) = split(&file);
        assert!(base.is_some_and(|base| base.version == 12 && base.is_of(&one)) && text == "x");
    }

    #[test]
    fn the_table_is_another_one_where_what_is_known_of_both_differs() {
        let other = |from: &str, place: &str| {
            let base = split(&line(3, &AppScope::All, from)).0.unwrap();
            base.other_place(place).map(str::to_owned)
        };
        let whole = "table gate in eu-west-1, account 123456789012";
        for (from, place) in [(whole, whole), (whole, "table gate in eu-west-1"), ("table gate", whole)] {
            assert_eq!(other(from, place), None, "{from} and {place}");
        }
        for place in ["table gate-2 in eu-west-1", "table gate in eu-west-2", "gate.db"] {
            assert_eq!(other(whole, place).as_deref(), Some(whole), "{place}");
        }
        assert!(other("gate", "gate.db").is_some());
        let before = "# sinch-gate policy, version 3 for all applications\nschema = 1\n";
        assert_eq!(split(before).0.unwrap().other_place(whole), None, "a line without a table");
    }

    #[test]
    fn other_comments_are_left_where_they_are() {
        for file in ["", "schema = 1\n", "# sinch-gate policy\n", "# sinch-gate policy, version x for y\n"] {
            assert_eq!(split(file), (None, file));
        }
    }
}
