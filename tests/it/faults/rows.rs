//! The rows: what goes wrong, with which requests, and how often.

use std::fmt;
use std::time::Duration;

use crate::world::proxy::{Fate, Seen};

/// Less than a try may take.
const A_WHILE: Duration = Duration::from_millis(150);

/// The requests that something goes wrong with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Any,
    Question,
    Quota,
    Attempts,
    Record,
}

impl Kind {
    pub(super) fn is_of(self, seen: &Seen) -> bool {
        match self {
            Self::Any => true,
            Self::Question => seen.is_question(),
            Self::Quota => seen.is_quota(),
            Self::Attempts => seen.is_attempts(),
            Self::Record => seen.is_record(),
        }
    }
}

/// One row of the matrix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) fate: Fate,
    pub(super) kind: Kind,
    /// Of a hundred requests.
    pub(super) rate: u32,
}

impl Row {
    /// Whether nothing at all comes back that could be used.
    pub(super) fn is_outage(&self) -> bool {
        self.rate == 100 && self.kind == Kind::Any && !matches!(self.fate, Fate::Answered | Fate::Delayed(_))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fate = match self.fate {
            Fate::Answered => "nothing fails",
            Fate::Delayed(_) => "delayed",
            Fate::Throttled => "throttled",
            Fate::LeftUnprocessed => "left unprocessed",
            Fate::Failed => "500",
            Fate::FailedAfterwards => "500 after it took effect",
            Fate::Lost => "lost",
            Fate::Unanswered => "unanswered",
            Fate::ReplyLost => "reply lost",
            Fate::Reset => "reset",
            Fate::Truncated => "truncated",
            Fate::Corrupted => "corrupted",
            Fate::Blank => "200 without a body",
            Fate::Hollow => "200 that says {}",
            Fate::AnsweredTogether(_) | Fate::Forbidden => unreachable!("not among the rows"),
        };
        write!(f, "{fate}, {} % of {:?}", self.rate, self.kind)
    }
}

/// What may happen to any request.
const FATES: [Fate; 11] = [
    Fate::Delayed(A_WHILE),
    Fate::Throttled,
    Fate::Failed,
    Fate::FailedAfterwards,
    Fate::Lost,
    Fate::Unanswered,
    Fate::ReplyLost,
    Fate::Reset,
    Fate::Truncated,
    Fate::Corrupted,
    Fate::Blank,
];

/// The rows that run one after the other, with the `on_store_failure` of their policy.
pub(super) fn lanes(is_long: bool) -> Vec<(&'static str, Vec<Row>)> {
    let row = |fate, kind, rate| Row { fate, kind, rate };
    let of_any = |rate| FATES.map(|fate| row(fate, Kind::Any, rate)).to_vec();
    let outages = [Fate::Throttled, Fate::Unanswered, Fate::Truncated, Fate::Corrupted, Fate::Lost];
    let outages = || outages.map(|fate| row(fate, Kind::Any, 100)).to_vec();
    let kinds = [Kind::Question, Kind::Quota, Kind::Attempts, Kind::Record];
    let of_kinds = |fates: &[Fate], rates: &[u32]| -> Vec<Row> {
        let mut rows = Vec::new();
        for fate in fates {
            rows.extend(kinds.iter().flat_map(|kind| rates.iter().map(|rate| row(*fate, *kind, *rate))));
        }
        rows
    };
    let questions = || {
        let rates = [30, 100].map(|rate| row(Fate::LeftUnprocessed, Kind::Question, rate));
        [&rates[..], &[row(Fate::Hollow, Kind::Question, 50)]].concat()
    };
    let calm = vec![row(Fate::Answered, Kind::Any, 100)];
    if is_long {
        let all = of_kinds(&FATES, &[10, 30, 100]);
        return vec![
            ("deny", [calm.clone(), of_any(10), of_any(30), of_any(60), outages(), questions()].concat()),
            ("deny", all.clone()),
            ("allow", [calm, of_any(10), of_any(30), of_any(60), outages(), questions(), all].concat()),
        ];
    }
    vec![
        ("deny", [calm, of_any(30)].concat()),
        ("deny", [of_kinds(&[Fate::Corrupted, Fate::ReplyLost], &[100]), questions()].concat()),
        ("allow", [outages(), of_kinds(&[Fate::Throttled], &[100])].concat()),
    ]
}
