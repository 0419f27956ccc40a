//! One line of the function's log.

use jiff::Timestamp;
use serde::Deserialize;

use crate::record::{Decided, Happening, Subject};

/// What a line means for the records.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Nothing.
    Other,
    /// It holds what the table did not take.
    Unstored(Box<Unstored>),
    /// It should hold that, and does not, for this reason.
    Bad(String),
}

/// What the table did not take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unstored {
    pub(crate) subject: Subject,
    pub(crate) at: Timestamp,
    pub(crate) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    Decided(Decided),
    Happening(Happening),
}

/// The line, as far as it matters here.
#[derive(Deserialize)]
struct Logged {
    unstored: Option<String>,
}

#[derive(Deserialize)]
struct Written {
    subject: Subject,
    decided: Option<Decided>,
    happening: Option<Happening>,
    at: Timestamp,
}

/// Reads a line. Whatever stands in front of its JSON, such as the time and the stream of a CloudWatch
/// export, is passed over.
pub(crate) fn read(line: &str) -> Line {
    if !line.contains("unstored") {
        return Line::Other;
    }
    let json = line.find('{').and_then(|at| line.get(at..)).unwrap_or_default();
    // What follows the JSON may be the rest of an export's row.
    let logged = serde_json::Deserializer::from_str(json).into_iter::<Logged>().next();
    match logged {
        Some(Ok(Logged { unstored: Some(unstored) })) => written(&unstored),
        // Some other line that only names the word.
        Some(Ok(Logged { unstored: None })) => Line::Other,
        None | Some(Err(_)) => Line::Bad("this line is cut off, or is not JSON".to_owned()),
    }
}

fn written(unstored: &str) -> Line {
    let Written { subject, decided, happening, at } = match serde_json::from_str(unstored) {
        Ok(written) => written,
        // The text of the error may quote what it stumbled over, so only its place is shown.
        Err(error) => {
            return Line::Bad(format!("`unstored` cannot be read, from column {} on", error.column()));
        }
    };
    let what = match (decided, happening) {
        (Some(decided), None) => What::Decided(decided),
        (None, Some(happening)) => What::Happening(happening),
        _ => return Line::Bad("`unstored` holds neither a decision nor an outcome".to_owned()),
    };
    Line::Unstored(Box::new(Unstored { subject, at, what }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"level":"ERROR","message":"not stored","unstored":"{\"subject\":{\"app\":\"a\",\"id\":\"1\"},\"happening\":{\"kind\":\"delivery\",\"result\":\"Successful\"},\"at\":\"2026-01-15T09:30:00Z\"}"}"#;

    #[test]
    fn a_line_is_found_behind_what_an_export_puts_in_front() {
        let plain = read(LINE);
        assert!(matches!(&plain, Line::Unstored(unstored) if unstored.subject.id == "1"), "{plain:?}");
        for prefix in ["2026-01-15T09:30:00.123Z ", "2026-01-15T09:30:00 2026/01/15/[$LATEST]abc "] {
            assert_eq!(read(&format!("{prefix}{LINE}\r")), plain, "{prefix}");
        }
    }

    #[test]
    fn other_lines_mean_nothing() {
        for line in ["", "START RequestId: 1", r#"{"message":"decided"}"#, r#"{"message":"unstored"}"#] {
            assert_eq!(read(line), Line::Other, "{line}");
        }
    }

    #[track_caller]
    fn check_bad(line: &str, why: &str) {
        assert_eq!(read(line), Line::Bad(why.to_owned()));
    }

    #[test]
    fn a_line_that_is_damaged_is_told_from_one_that_means_nothing() {
        check_bad(&LINE[..LINE.len() - 10], "this line is cut off, or is not JSON");
        check_bad(r#"{"unstored":"{\"at\":1"}"#, "`unstored` cannot be read, from column 7 on");
        check_bad(
            r#"{"unstored":"{\"subject\":{\"app\":\"a\",\"id\":\"1\"},\"at\":\"2026-01-15T09:30:00Z\"}"}"#,
            "`unstored` holds neither a decision nor an outcome",
        );
    }
}
