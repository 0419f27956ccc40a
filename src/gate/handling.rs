//! One handling of one request: what all its steps share.

use jiff::Timestamp;

use super::Gate;
use super::deadlines::Deadlines;
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
            deadlines: Deadlines::within(self.settings.budget),
            now,
        }
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
