//! One handling of one request: what all its steps share.

use jiff::Timestamp;
use tokio::time::Instant;

use super::Gate;
use crate::event::{Reference, VerificationRequest};
use crate::policy::Facts;
use crate::privacy::NumberKey;
use crate::quota::Stamp;
use crate::record::Subject;
use crate::signature::AppKey;
use crate::store::{AttemptsKey, RecordKey};
use crate::token::Token;

/// One handling of one request. Copies of the request are handled apart, maybe at the same time and
/// elsewhere; they have the stamp and the keys in common.
pub(super) struct Handling<'a> {
    pub(super) gate: &'a Gate,
    pub(super) request: &'a VerificationRequest,
    pub(super) subject: Subject,
    pub(super) record_key: RecordKey,
    pub(super) attempts_key: AttemptsKey,
    /// The number as quotas are kept by it.
    number_key: NumberKey,
    /// Marks the verification in quotas and among the attempts of its number.
    pub(super) stamp: Stamp,
    /// Marks this handling, so that a retried write knows its own work.
    pub(super) token: Token,
    pub(super) deadlines: Deadlines,
    pub(super) now: Timestamp,
}

/// The deadlines of a handling's steps. A step that the table does not answer in time leaves the rest of the
/// budget to those that follow; the last one is when the answer must be on its way.
#[derive(Clone, Copy)]
pub(super) struct Deadlines {
    pub(super) ask: Instant,
    pub(super) take: Instant,
    pub(super) settle: Instant,
}

impl Gate {
    /// Begins to handle a request.
    pub(super) fn handling<'a>(
        &'a self,
        app: &AppKey,
        request: &'a VerificationRequest,
        now: Timestamp,
    ) -> Handling<'a> {
        let reference = request.reference.as_ref();
        let number_key = self.settings.privacy.key(&request.number);
        let (begin, budget) = (Instant::now(), self.settings.budget);
        Handling {
            gate: self,
            request,
            subject: Subject {
                method: Some(request.method.clone()),
                ..self.subject(app, &request.id, reference, Some(&request.number))
            },
            record_key: RecordKey::new(app, reference.map(Reference::as_str), request.id.as_str()),
            attempts_key: AttemptsKey::new(app, &number_key),
            number_key,
            stamp: Stamp::new(app.as_str(), request.id.as_str()),
            token: Token::new(fastrand::u128(..)),
            deadlines: Deadlines {
                ask: begin + budget / 2,
                take: begin + budget * 3 / 4,
                settle: begin + budget,
            },
            now,
        }
    }
}

impl Deadlines {
    /// Those of another turn: each step may wait as long as the one after it before. A table that is slow to
    /// answer the first question must not leave the second one without time.
    pub(super) fn of_another_turn(self) -> Self {
        Self { ask: self.take, take: self.settle, settle: self.settle }
    }
}

impl Handling<'_> {
    /// What the policy may look at.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            app: self.subject.app.as_str(),
            request: self.request,
            stored_number: self.number_key.as_str(),
            now: self.now,
        }
    }
}
