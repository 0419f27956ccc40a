//! A request is decided, or answered as before.

use std::time::Duration;

use jiff::Timestamp;

use crate::event::VerificationRequest;
use crate::gate::InForce;
use crate::meter::Notice;
use crate::metrics::{Ground, Tally};
use crate::record::{Decided, Subject};
use crate::signature::AppKey;

/// A request was decided and is answered.
pub(in crate::gate) struct Decision<'a> {
    pub(in crate::gate) subject: &'a Subject,
    pub(in crate::gate) request: &'a VerificationRequest,
    pub(in crate::gate) decided: &'a Decided,
    pub(in crate::gate) ground: &'a Ground,
    /// Whether it is the verification's first decision. A repeated one is counted as answered only.
    pub(in crate::gate) is_first: bool,
    pub(in crate::gate) elapsed: Duration,
    /// The policy in force once it was decided.
    pub(in crate::gate) in_force: &'a InForce,
    pub(in crate::gate) now: Timestamp,
}

impl Notice for Decision<'_> {
    fn log(&self) {
        let Self { subject, decided, .. } = self;
        tracing::info!(
            app = subject.app,
            id = subject.id,
            reference = subject.reference,
            method = subject.method,
            number = %self.request.number.masked(),
            country = subject.country,
            verdict = %decided.verdict,
            rule = decided.rule,
            reason = decided.reason,
            policy = decided.policy,
            quotas = standing(decided),
            monitors = decided.monitors.len(),
            notes = decided.notes.join("; "),
            elapsed_ms = self.elapsed.as_millis(),
            "decided"
        );
    }

    fn count(&self, tally: &mut Tally) {
        let Self { request, in_force, .. } = self;
        if self.is_first {
            tally.decided(self.decided.verdict, self.ground, request.number.country(), request.price);
        }
        tally.answered(self.elapsed);
        tally.policy(&in_force.app, in_force.version, in_force.age(self.now));
    }
}

/// Where the quotas stood: `cooldown 1 of 1, per-number 2 of 5`.
fn standing(decided: &Decided) -> String {
    decided.quotas.iter().map(|quota| format!("{} {quota}", quota.rule)).collect::<Vec<_>>().join(", ")
}

/// A request came again soon, and was answered from memory.
pub(in crate::gate) struct Repeated<'a> {
    pub(in crate::gate) app: &'a AppKey,
    pub(in crate::gate) request: &'a VerificationRequest,
}

impl Notice for Repeated<'_> {
    fn log(&self) {
        tracing::info!(
            app = self.app.as_str(),
            id = self.request.id.as_str(),
            "repeated request, answered as before"
        );
    }
}
