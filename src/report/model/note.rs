//! What a reader should know of the data.

use std::collections::BTreeMap;

use serde::Serialize;

/// Something to know before relying on the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// What it is, in a sentence.
    pub text: String,
    /// What to do about it; absent where there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a note is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Nothing is in the span.
    NothingInSpan,
    /// Only a part was read, or kept.
    Sampled,
    /// Some lines could not be read.
    BrokenLines,
    /// Some events are of a kind that is not known.
    UnknownEvents,
    /// Some members of events have values that are not understood.
    NotUnderstood,
    /// Some numbers are masked, so that many numbers look like one.
    MaskedNumbers,
    /// Outcomes came without a request.
    WithoutRequest,
    /// The traffic does not say which rule decided.
    RulesUnknown,
    /// Verifications came without a price.
    WithoutPrice,
    /// Requests lie far from all others in time, and are left out.
    FarInTime,
    /// Results may still come.
    StillOpen,
    /// There is too little traffic to compare with.
    TooShort,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Intake {
    /// Lines of files, or records of a table.
    pub lines: u64,
    /// Lines or records that could not be read.
    pub broken: u64,
    /// The first of them, with what is wrong.
    pub first_broken: Vec<String>,
    /// Events of a kind that is not known, by name.
    pub unknown_events: BTreeMap<String, u64>,
    /// Members of events whose values are not understood, by name.
    pub not_understood: BTreeMap<String, u64>,
    /// Verifications whose number is masked.
    pub masked: u64,
    /// Outcomes of verifications whose request was not seen.
    pub without_request: u64,
    /// Requests that are left out, since they lie far from all others in time.
    pub far_in_time: u64,
    /// What was read in place of all of it; absent where all of it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Sampled>,
}

/// What was read in place of all of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Sampled {
    /// Every count stands for `scale` times what was read.
    pub scale: u64,
    /// How many verifications were read.
    pub read: u64,
}
