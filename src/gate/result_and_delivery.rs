//! Results and deliveries: each is added to its record, once, and may free shares of quotas.

use jiff::Timestamp;

use super::notice::{Contradiction, Ended, Failure, Recorded, UnstoredHappening};
use super::{Gate, Outcome};
use crate::attempt::Ending;
use crate::event::{Method, SmsDelivered, VerificationResult};
use crate::privacy::{NumberKey, StoredNumber};
use crate::record::{Happening, Subject};
use crate::signature::AppKey;
use crate::store::{RecordKey, StoreError};

impl Gate {
    /// Records how a verification ended, or how it stands.
    pub(super) async fn result(&self, app: &AppKey, event: &VerificationResult, now: Timestamp) -> Outcome {
        let (subject, happening) = self.heard_of_result(app, event);
        self.record_happening(subject, happening, now).await
    }

    /// Records whether an SMS arrived.
    pub(super) async fn deliver(&self, app: &AppKey, event: &SmsDelivered, now: Timestamp) -> Outcome {
        let (subject, happening) = self.heard_of_delivery(app, event);
        self.record_happening(subject, happening, now).await
    }

    /// What a result says, and of which verification.
    pub(super) fn heard_of_result(&self, app: &AppKey, event: &VerificationResult) -> (Subject, Happening) {
        let subject = Subject {
            method: stated(&event.method),
            ..self.subject(app, &event.id, event.reference.as_ref(), event.number.as_ref())
        };
        (subject, event.into())
    }

    /// What a delivery says, and of which verification.
    pub(super) fn heard_of_delivery(&self, app: &AppKey, event: &SmsDelivered) -> (Subject, Happening) {
        let subject = Subject {
            method: stated(&event.method),
            ..self.subject(app, &event.id, event.reference.as_ref(), event.number.as_ref())
        };
        (subject, event.into())
    }

    async fn record_happening(&self, subject: Subject, happening: Happening, now: Timestamp) -> Outcome {
        let written = async {
            let (written, ()) =
                tokio::join!(self.take_in(&subject, &happening, now), self.refresh_policies(now));
            written
        };
        let (subject, happening) = (&subject, &happening);
        match self.within(self.deadline(), written, Failure::Unanswered).await {
            Ok(()) => {
                self.meter.report(&Recorded { subject, happening });
                Outcome::Empty
            }
            Err(error) => {
                self.meter.report(&UnstoredHappening { subject, happening, at: now, error: &error });
                Outcome::Unavailable
            }
        }
    }

    /// Adds a happening to its record, and gives back to the quotas what an ending frees: beside it, where
    /// the event names the number, else after it, since the record may know the number.
    ///
    /// It may be repeated: a repeat changes nothing.
    ///
    /// # Errors
    /// Where the store fails before all was taken in.
    pub async fn take_in(
        &self,
        subject: &Subject,
        happening: &Happening,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = RecordKey::new(&subject.app, subject.reference.as_deref(), &subject.id);
        let recorded = async {
            let retention = self.settings.retention;
            let added = self.store.records().add(&key, subject, happening, retention, now).await?;
            if let Happening::Result { status, .. } = happening
                && added.is_new
            {
                self.meter.report(&Ended { status });
            }
            if !added.contradiction.is_empty() {
                self.meter.report(&Contradiction { subject, statuses: &added.contradiction });
            }
            Ok(added.number)
        };
        let Some(ending) = Ending::of(happening) else { return recorded.await.map(drop) };
        let end = |number: NumberKey| {
            let key = &key;
            async move { self.close(subject, key, &number, ending, now).await }
        };
        if let Some(number) = subject.number.as_ref().and_then(StoredNumber::key) {
            let (recorded, ended) = tokio::join!(recorded, end(number));
            return recorded.and(ended);
        }
        match recorded.await?.as_ref().and_then(StoredNumber::key) {
            Some(number) => end(number).await,
            None => Ok(()),
        }
    }
}

/// A method, where the event said one.
fn stated(method: &Method) -> Option<Method> {
    Some(method.clone()).filter(Method::is_stated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_kept_where_the_event_said_one() {
        assert_eq!(stated(&Method::Sms), Some(Method::Sms));
        assert_eq!(stated(&Method::parse("")), None);
    }
}
