//! A decision or a happening is left in the log alone, whole, so that it can be recorded later.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::VerificationRequest;
use crate::meter::Notice;
use crate::metrics::Tally;
use crate::record::{Decided, Happening, Subject};
use crate::store::StoreError;

/// A decision was not recorded.
pub(in crate::gate) struct UnstoredDecision<'a> {
    pub(in crate::gate) subject: &'a Subject,
    pub(in crate::gate) request: &'a VerificationRequest,
    pub(in crate::gate) decided: &'a Decided,
    pub(in crate::gate) error: &'a StoreError,
}

/// A result or a delivery was not recorded. Sinch may not send it again, so the line is the last copy there is.
pub(in crate::gate) struct UnstoredHappening<'a> {
    pub(in crate::gate) subject: &'a Subject,
    pub(in crate::gate) happening: &'a Happening,
    pub(in crate::gate) at: Timestamp,
    pub(in crate::gate) error: &'a StoreError,
}

impl Notice for UnstoredDecision<'_> {
    fn log(&self) {
        // `custom` is free text of the customer's, so it stays out of the log.
        let decided = Decided { custom: None, ..self.decided.clone() };
        let number = Some(self.request.number.masked().to_string());
        let subject = Subject { number, ..self.subject.clone() };
        let at = decided.at;
        Unstored { subject, decided: Some(decided), happening: None, at }.log(self.error);
    }

    fn count(&self, tally: &mut Tally) {
        tally.unstored();
    }
}

impl Notice for UnstoredHappening<'_> {
    fn log(&self) {
        // Its record finds the number, if it has it, under the same reference.
        let subject = Subject { number: None, ..self.subject.clone() };
        Unstored { subject, decided: None, happening: Some(self.happening), at: self.at }.log(self.error);
    }

    fn count(&self, tally: &mut Tally) {
        tally.unstored();
    }
}

/// All that is needed to record it later, as `outcome recover` reads it.
#[derive(Serialize)]
struct Unstored<'a> {
    subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided: Option<Decided>,
    #[serde(skip_serializing_if = "Option::is_none")]
    happening: Option<&'a Happening>,
    at: Timestamp,
}

impl Unstored<'_> {
    fn log(&self, error: &StoreError) {
        let json = serde_json::to_string(self).unwrap_or_default();
        tracing::error!(
            cause = error.name(), %error, id = self.subject.id, unstored = json,
            "not stored; this line holds all that is needed to record it later"
        );
    }
}
