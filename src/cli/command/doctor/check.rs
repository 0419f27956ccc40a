//! A check and what came of it.

use serde::Serialize;

use crate::cli::hint;

/// What came of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It is as it should be.
    Ok,
    /// It may be meant, and is worth knowing.
    Note,
    /// Something is wrong.
    Found,
    /// It cannot be found out from here.
    #[serde(rename = "not known")]
    NotKnown,
}

/// One line of the report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Check {
    /// What was checked, in a word; stable, for programs.
    pub(super) check: &'static str,
    pub(super) state: State,
    /// How it is, or what is wrong.
    pub(super) what: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Found => "found",
            Self::NotKnown => "not known",
        }
    }
}

impl Check {
    /// All is well.
    pub(super) fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self::new(check, State::Ok, &what.into())
    }

    /// It may be meant; this is what to do where it is not.
    pub(super) fn note(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(check, State::Note, &what.into()).advise(advice)
    }

    /// Something is wrong, and this is what to do, beside what the message advises.
    pub(super) fn found(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        let found = Self::new(check, State::Found, &what.into());
        let advice = found.advice.iter().cloned().chain([advice.into()]).collect::<Vec<_>>().join("; ");
        found.advise(advice)
    }

    /// It cannot be found out, for this reason.
    pub(super) fn not_known(check: &'static str, what: impl Into<String>) -> Self {
        Self::new(check, State::NotKnown, &what.into())
    }

    /// A check that ended in this message; its `hint:` lines become the advice.
    pub(super) fn new(check: &'static str, state: State, message: &str) -> Self {
        let (what, advice) = hint::split(message);
        let advice = Some(advice.join("; ")).filter(|advice| !advice.is_empty());
        Self { check, state, what: what.to_owned(), advice }
    }

    /// The same with something to do.
    pub(super) fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// What it is, and what to do, on one line.
    pub(super) fn in_words(&self) -> String {
        let text = match &self.advice {
            None => self.what.clone(),
            Some(advice) => format!("{}; {advice}", self.what),
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
