//! One outcome: what an ended verification gives back to the quotas.

use std::time::Duration;

use jiff::Timestamp;

use super::Replay;
use super::key::Key;
use crate::attempt::Ending;
use crate::event::{Method, SmsDelivered, Status, VerificationId, VerificationResult};
use crate::gate::decided_before;
use crate::phone::PhoneNumber;
use crate::quota::Stamp;
use crate::signature::AppKey;
use crate::store::AttemptsKey;

/// What is heard of a verification after its request.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// Sinch's id of the verification.
    pub id: &'a VerificationId,
    /// The number, where the event names it; otherwise the request's.
    pub number: Option<&'a PhoneNumber>,
    /// The method, where the event names it.
    pub method: Option<&'a Method>,
    /// How it ended, or how it stands; `None` for a delivery.
    pub status: Option<&'a Status>,
}

impl<'a> From<&'a VerificationResult> for Outcome<'a> {
    fn from(event: &'a VerificationResult) -> Self {
        let method = Some(&event.method).filter(|method| method.is_stated());
        Self { id: &event.id, number: event.number.as_ref(), method, status: Some(&event.status) }
    }
}

impl<'a> From<&'a SmsDelivered> for Outcome<'a> {
    fn from(event: &'a SmsDelivered) -> Self {
        let method = Some(&event.method).filter(|method| method.is_stated());
        Self { id: &event.id, number: event.number.as_ref(), method, status: None }
    }
}

impl Replay {
    /// An outcome comes: gives back what it frees. A repeat changes nothing.
    pub fn outcome(&mut self, app: &AppKey, outcome: &Outcome<'_>, now: Timestamp) {
        self.begin(now);
        let stamp = Stamp::new(app.as_str(), outcome.id.as_str());
        let key_of = |number| Key::of(&AttemptsKey::new(app, &self.settings.privacy.key(number)));
        let named = outcome.number.map(key_of);
        let until = self.record_until(now);
        let known = self.verifications.hear(stamp, named, outcome.method.is_some(), until);
        let ending = outcome.status.and_then(Ending::of_status);
        if let (Some(ending), Some(number)) = (ending, named.or(known)) {
            let kept = self.memory_of_numbers();
            self.numbers.change(number, |number| number.end(stamp, ending, kept, now));
            self.release(number, stamp, now);
        }
    }

    /// Gives back what the ending of a verification frees, as far as that was not done yet.
    pub(super) fn release(&mut self, number: Key, stamp: Stamp, now: Timestamp) {
        let token = self.next_token();
        let decided_before = decided_before(self.settings.budget, now);
        let returns = self.numbers.change(number, |number| {
            let freed = number.known.freed_by(stamp, &token, decided_before);
            let returns = number.known.returns(stamp, &freed);
            number.release(&freed, &token);
            number.forget_surplus();
            returns
        });
        for (name, back) in returns {
            if let Some(key) = Key::of_text(&name) {
                self.counters.give_back(key, &back, now);
            }
        }
    }

    /// How long a number is remembered.
    pub(super) fn memory_of_numbers(&self) -> Duration {
        self.settings.retention.max(self.policy.longest_past())
    }
}
