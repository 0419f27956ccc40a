//! What is wrong with a policy: where, why, and what to write instead.

use std::fmt;
use std::ops::Range;

/// How bad a problem is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// The policy can be used, but probably does not do what its author meant.
    Warning,
}

/// One mistake in a policy's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where there is something to say.
    pub help: Option<String>,
}

impl Problem {
    /// Shows the problem as compilers do, which editors can follow: `policy.toml:12:8: error: …`.
    pub fn in_file<'a>(&'a self, file: &'a str) -> impl fmt::Display + 'a {
        std::fmt::from_fn(move |f| write!(f, "{file}:{self}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.line, self.column, self.severity, self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Everything that is wrong with a policy, in the order of its text. At least one is an error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(pub(super) Vec<Problem>);

impl Problems {
    /// The topmost problem.
    #[must_use]
    pub fn first(&self) -> Option<&Problem> {
        self.0.first()
    }

    /// All of them, from top to bottom.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// How many findings of a kind are kept: nobody reads more, and text that is not a policy at all has
/// thousands.
const MOST: usize = 200;

/// A place in the text, in bytes.
pub(super) type Span = Range<usize>;

/// A problem whose place is still counted in bytes.
#[derive(Debug)]
pub(super) struct Finding {
    at: usize,
    severity: Severity,
    message: String,
    help: Option<String>,
    is_absence: bool,
}

/// Starts an error.
pub(super) fn error(at: &Span, message: impl Into<String>) -> Finding {
    Finding {
        at: at.start,
        severity: Severity::Error,
        message: message.into(),
        help: None,
        is_absence: false,
    }
}

/// Starts an error about something that should be there and is not.
pub(super) fn missing(at: &Span, message: impl Into<String>) -> Finding {
    Finding { is_absence: true, ..error(at, message) }
}

/// Starts a warning.
pub(super) fn warning(at: &Span, message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Warning, ..error(at, message) }
}

impl Finding {
    /// Adds what to do about it.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Adds what to do about it, where something is known.
    pub(super) fn maybe_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }
}

/// Collects findings while a policy is read, so that all are reported at once.
#[derive(Debug, Default)]
pub(super) struct ProblemReport {
    syntax: Vec<Finding>,
    meaning: Vec<Finding>,
}

impl ProblemReport {
    /// Adds a finding about what the text means.
    pub(super) fn push(&mut self, finding: Finding) {
        // Warnings are counted by themselves, so that no number of them hides an error.
        let count = self.meaning.iter().filter(|known| known.severity == finding.severity).count();
        if count < MOST {
            self.meaning.push(finding);
        }
    }

    /// Adds a finding about text that is not TOML.
    pub(super) fn push_syntax(&mut self, finding: Finding) {
        if self.syntax.len() < MOST {
            self.syntax.push(finding);
        }
    }

    /// Whether anything keeps the policy from being used.
    pub(super) fn has_errors(&self) -> bool {
        let is_error = |finding: &Finding| finding.severity == Severity::Error;
        !self.syntax.is_empty() || self.meaning.iter().any(is_error)
    }

    /// The problems in the order of the text.
    pub(super) fn into_problems(self, source: &str) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.syntax.iter().map(|finding| finding.locate(source)).collect();
        let broken: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        for finding in &self.meaning {
            let problem = finding.locate(source);
            // What a broken line meant to say is unknown, so nothing that depends on it is reported.
            let follows_from_syntax = !broken.is_empty()
                && (finding.is_absence
                    || problem.severity == Severity::Warning
                    || broken.contains(&problem.line));
            // A set is read wherever it is named, and is wrong only once.
            if !follows_from_syntax && !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems.sort_by_key(|problem| (problem.line, problem.column, problem.severity));
        problems
    }
}

/// A place in the text as people count it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    /// The place of a byte.
    pub(super) fn of(at: usize, source: &str) -> Self {
        let before = source.get(..at).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

impl Finding {
    fn locate(&self, source: &str) -> Problem {
        let Place { line, column } = Place::of(self.at, source);
        Problem {
            severity: self.severity,
            line,
            column,
            message: self.message.clone(),
            help: self.help.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let source = "a = 1\nå = \"ö\"  # x";
        let at = source.find('#').unwrap();
        let problem = error(&(at..at + 1), "here").locate(source);
        assert_eq!((problem.line, problem.column), (2, 10));
        assert_eq!(problem.in_file("p.toml").to_string(), "p.toml:2:10: error: here");
    }

    #[test]
    fn no_number_of_warnings_hides_an_error() {
        let mut report = ProblemReport::default();
        for at in 0..2 * MOST {
            report.push(warning(&(at..at), "odd"));
        }
        report.push(error(&(0..0), "wrong"));
        let problems = report.into_problems(&"\n".repeat(2 * MOST));
        assert_eq!(problems.len(), MOST + 1);
        assert_eq!(problems[0].severity, Severity::Error);
    }

    #[test]
    fn text_that_is_not_a_policy_at_all_has_so_many_problems_and_no_more() {
        let mut report = ProblemReport::default();
        for at in 0..2 * MOST {
            report.push_syntax(error(&(at..at), "broken"));
        }
        let problems = Problems(report.into_problems(&"\n".repeat(2 * MOST)));
        assert_eq!((problems.iter().count(), (&problems).into_iter().count()), (MOST, MOST));
        assert!(problems.to_string().starts_with("1:1: error: broken\n2:1: error: broken\n"));
    }

    #[test]
    fn nothing_that_follows_from_broken_syntax_is_reported() {
        let mut report = ProblemReport::default();
        report.push_syntax(error(&(0..1), "broken"));
        report.push(error(&(2..3), "same line"));
        report.push(missing(&(5..6), "absent"));
        report.push(error(&(5..6), "wrong"));
        let problems = report.into_problems("a b\n c d");
        let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, ["broken", "wrong"]);
    }
}
