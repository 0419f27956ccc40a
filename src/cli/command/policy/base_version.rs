//! The line by which a policy file says from which version it was taken.
//!
//! `policy show` writes it above the text, and `policy apply` reads it: where another version came into force
//! since, the file knows nothing of what that changed, and would take it away without a word.

use super::stored::version_number;
use crate::cli::app::whose;
use crate::signature::AppScope;

const BEGIN: &str = "# sinch-gate policy, version ";

/// From which version a file was taken, and whose that was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Taken {
    pub(super) version: u64,
    /// In words.
    whose: String,
}

impl Taken {
    /// Whether it was a policy of these.
    pub(super) fn is_of(&self, app: &AppScope) -> bool {
        self.whose == whose(app)
    }
}

/// The line, for a version or the number of the built-in policy.
pub(super) fn line(version: u64, app: &AppScope) -> String {
    format!("{BEGIN}{version} for {}\n", whose(app))
}

/// Parts a file into what its line says, where it has one, and the text that is to be stored.
pub(super) fn split(file: &str) -> (Option<Taken>, &str) {
    let parted = || {
        let (first, rest) = file.split_once('\n')?;
        let (version, whose) = first.trim_end().strip_prefix(BEGIN)?.split_once(" for ")?;
        Some((Taken { version: version_number(version).ok()?, whose: whose.to_owned() }, rest))
    };
    parted().map_or((None, file), |(taken, rest)| (Some(taken), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_written_is_read_back_and_is_no_part_of_the_text() {
        let one: AppScope = "mine".parse().unwrap();
        let file = format!("{}schema = 1\n", line(3, &AppScope::All));
        assert!(file.starts_with("# sinch-gate policy, version 3 for all applications\n"));
        let (taken, text) = split(&file);
        let taken = taken.unwrap();
        assert_eq!((taken.version, text), (3, "schema = 1\n"));
        assert!(taken.is_of(&AppScope::All) && !taken.is_of(&one));
        let file = line(12, &one).replace('\n', "\r\n") + "x";
        let (taken, text) = split(&file);
        assert!(taken.is_some_and(|taken| taken.version == 12 && taken.is_of(&one)) && text == "x");
    }

    #[test]
    fn other_comments_are_left_where_they_are() {
        for file in ["", "schema = 1\n", "# sinch-gate policy\n", "# sinch-gate policy, version x for y\n"] {
            assert_eq!(split(file), (None, file));
        }
    }
}
