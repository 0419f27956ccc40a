//! The figures of a report, as every view shows them. Plain data: nothing here computes.
//!
//! Everything that came from traffic may be hostile text, and each view escapes it in its own way. Numbers
//! are masked unless the report was asked to reveal them.

mod finding;
mod note;
mod place;
mod rules;

use jiff::Timestamp;
use serde::Serialize;

pub(crate) use finding::was_stopped;
pub use finding::{Attack, Command, Evidence, Finding, Kind, Part, Place, Severity};
pub use note::{Intake, Note, NoteKind, Sampled};
pub use place::{Block, Country, Number, Series};
pub use rules::{MonitoredRule, Rule};

use crate::figures::{Figures, Group, Step};

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    /// When it was made.
    pub made_at: Timestamp,
    /// Where the traffic is from: names of files, or of the table.
    pub sources: Vec<String>,
    /// The application that was asked for; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Whether numbers stand whole, so that the report is not one to forward.
    pub reveals_numbers: bool,
    /// What span it is about.
    pub span: Span,
    /// What happened, in words.
    pub summary: Summary,
    /// What was found, what costs most first.
    pub findings: Vec<Finding>,
    /// The attacks among the findings, to be marked over time, earliest first.
    pub attacks: Vec<Attack>,
    /// The figures of the span. `requests`, `allowed`, `delivered` and `verified` never rise from one to the
    /// next.
    pub totals: Figures,
    /// The span of the same length before; absent where the traffic does not reach back that far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// The length of a step of time.
    pub step_seconds: i64,
    /// The figures of one step after another, without a gap.
    pub steps: Vec<Step>,
    /// The figures by region of the number, where most was spent unverified first.
    pub countries: Vec<Country>,
    /// The figures by method, most requests first.
    pub methods: Vec<Group>,
    /// When people ask for codes: seven days of 24 hours, Monday at 00:00 UTC first.
    pub hours: Vec<HourOfWeek>,
    /// What decided, most denials first: the rules, `default`, `on_store_failure`, and `unknown` where the
    /// traffic does not say.
    pub rules: Vec<Rule>,
    /// What rules in monitor mode would have done, most denials first.
    pub monitored: Vec<MonitoredRule>,
    /// How long people took from the request to their verification.
    pub time_to_verify: TimeToVerify,
    /// What a reader should know of the data before relying on it.
    pub notes: Vec<Note>,
    /// What was read.
    pub traffic: Intake,
}

/// A span of time: from, and before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Span {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

/// The span of the same length before.
#[derive(Clone, Debug, Serialize)]
pub struct Before {
    /// Which it is.
    #[serde(flatten)]
    pub span: Span,
    /// Its figures.
    pub totals: Figures,
}

/// What happened, for whoever reads nothing else. All parts are plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How things stand.
    pub state: State,
    /// What happened, in a sentence.
    pub what: String,
    /// Where it happened; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Since when, and whether it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// What it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// Whether the gate stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Whom the gate hurt, as far as that can be known; absent where nothing happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hurt: Option<String>,
    /// What to do: a sentence, and below it the command in `findings`.
    pub act: String,
}

/// How things stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody pumps traffic, or did in the span.
    Attacked,
    /// Nobody attacks, but something costs money or people.
    Attention,
    /// Nothing was found.
    Quiet,
    /// Nothing was found in so little traffic that this says nothing.
    TooLittle,
    /// Nothing is in the span.
    Empty,
}

/// One hour of the week, over all weeks of the span.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct HourOfWeek {
    /// 1 for Monday to 7 for Sunday, in UTC.
    pub weekday: u8,
    /// 0 to 23, in UTC.
    pub hour: u8,
    /// Verifications that were asked about.
    pub requests: u64,
    /// Those of them that were denied.
    pub denied: u64,
    /// Those of them that were verified.
    pub verified: u64,
    /// Those of them that were allowed, charged and not verified.
    pub unverified: u64,
}

/// How long people took from the request to their verification.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TimeToVerify {
    /// Verifications of which it is known.
    pub known: u64,
    /// A tenth took at most this long; absent where fewer than 20 are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenth_seconds: Option<f64>,
    /// Half took at most this long; absent where fewer than 5 are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_seconds: Option<f64>,
    /// Nine tenths took at most this long; absent where fewer than 20 are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ninth_tenth_seconds: Option<f64>,
    /// How many took how long, shortest first, without a gap.
    pub buckets: Vec<Bucket>,
}

/// How many took at least and less than some seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Bucket {
    /// At least.
    pub from_seconds: u32,
    /// Less than; absent for the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_seconds: Option<u32>,
    /// How many.
    pub count: u64,
}

impl Model {
    /// Whether nothing is in the span.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.summary.state == State::Empty
    }
}
