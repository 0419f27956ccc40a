//! What the gate says in the log: one line per decision, and the whole story of what could not be stored.
//!
//! A line never holds a body, a signature, a secret or a whole number.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::event::VerificationRequest;
use crate::record::{Decided, Happening, Subject};
use crate::store::StoreError;

/// A decision or a happening that the store did not take, whole, so that it can be recorded later.
#[derive(Serialize)]
struct Unstored<'a> {
    subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided: Option<Decided>,
    #[serde(skip_serializing_if = "Option::is_none")]
    happening: Option<&'a Happening>,
    at: Timestamp,
}

/// One line for a decision.
pub(super) fn decision(
    subject: &Subject,
    request: &VerificationRequest,
    decided: &Decided,
    elapsed: Duration,
) {
    tracing::info!(
        app = subject.app,
        id = subject.id,
        reference = subject.reference,
        method = subject.method,
        number = %request.number.masked(),
        country = subject.country,
        verdict = %decided.verdict,
        rule = decided.rule,
        reason = decided.reason,
        policy = decided.policy,
        quotas = standing(decided),
        monitors = decided.monitors.len(),
        notes = decided.notes.join("; "),
        elapsed_ms = elapsed.as_millis(),
        "decided"
    );
}

/// Where the quotas stood: `cooldown 1 of 1, per-number 2 of 5`.
fn standing(decided: &Decided) -> String {
    decided.quotas.iter().map(|quota| format!("{} {quota}", quota.rule)).collect::<Vec<_>>().join(", ")
}

/// Everything needed to record a decision later.
pub(super) fn unstored_decision(
    subject: &Subject,
    request: &VerificationRequest,
    decided: &Decided,
    error: &StoreError,
) {
    // `custom` is free text of the customer's, so it stays out of the log.
    let decided = Decided { custom: None, ..decided.clone() };
    let at = decided.at;
    let subject = Subject { number: Some(request.number.masked().to_string()), ..subject.clone() };
    unstored(&Unstored { subject, decided: Some(decided), happening: None, at }, error);
}

/// Everything needed to record a delivery or a result later.
pub(super) fn unstored_happening(
    subject: &Subject,
    happening: &Happening,
    at: Timestamp,
    error: &StoreError,
) {
    // Its record finds the number, if it has it, under the same reference.
    let subject = Subject { number: None, ..subject.clone() };
    unstored(&Unstored { subject, decided: None, happening: Some(happening), at }, error);
}

fn unstored(unstored: &Unstored<'_>, error: &StoreError) {
    let json = serde_json::to_string(unstored).unwrap_or_default();
    tracing::error!(cause = error.name(), %error, unstored = json, "not stored; this line holds all that is needed to record it later");
}
