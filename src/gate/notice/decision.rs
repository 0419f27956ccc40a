//! A request is decided, or answered as before.

use std::time::Duration;

use jiff::Timestamp;

use crate::event::VerificationRequest;
use crate::gate::InForce;
use crate::meter::Notice;
use crate::metrics::{Ground, Tally};
use crate::record::{Decided, Region, Subject};
use crate::signature::AppKey;
use crate::telemetry::{cut, quoted};

/// How much of a reason is written to the log, in characters: more than any has but for what it quotes of the
/// event.
const LONGEST_REASON: usize = 1024;

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
            app = subject.app.as_str(),
            id = &*quoted(&subject.id),
            reference = subject.reference.as_deref().map(quoted).as_deref(),
            method = subject.method.as_ref().map(|method| quoted(method.as_str())).as_deref(),
            number = subject.logged_number(&self.request.number).as_str(),
            country = subject.country.as_ref().map(Region::as_str),
            verdict = %decided.verdict,
            rule = decided.rule,
            reason = &*cut(&decided.reason_without_prefix(), LONGEST_REASON),
            policy = decided.policy,
            quotas = standing(decided),
            monitors = decided.monitors.len(),
            notes = decided.notes.join("; "),
            elapsed_ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
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
            id = &*quoted(self.request.id.as_str()),
            "repeated request, answered as before"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::gate::sample::{POLICY, decided, now, policy, request, subject};
    use crate::signature::AppScope;
    use crate::telemetry::lines_of;

    fn in_force() -> InForce {
        InForce {
            policy: Arc::new(policy(POLICY)),
            name: "v2".into(),
            lengths: Arc::default(),
            version: 2,
            app: AppScope::All,
            confirmed: None,
        }
    }

    /// What a decision logs, and what it counts.
    fn reported(decided: &Decided, ground: &Ground, is_first: bool) -> (Vec<String>, Tally) {
        let (subject, request, in_force) = (subject(), request(), in_force());
        let decision = Decision {
            subject: &subject,
            request: &request,
            decided,
            ground,
            is_first,
            elapsed: Duration::from_millis(12),
            in_force: &in_force,
            now: now(),
        };
        let mut tally = Tally::default();
        decision.count(&mut tally);
        (lines_of(|| decision.log()), tally)
    }

    #[test]
    fn a_decision_is_one_line_without_a_whole_number() {
        let decided = decided(
            "deny",
            &json!({
                "rule": "cap",
                "quotas": [{ "rule": "cap", "total": "9", "limit": "9" }, { "rule": "spend", "total": "24.95",
                    "limit": "25", "currency": "EUR" }],
                "monitors": [{ "rule": "watch", "verdict": "deny" }],
                "notes": ["this", "that"],
                "custom": "free text",
            }),
        );
        let (lines, _) = reported(&decided, &Ground::Default, true);
        let expected = concat!(
            r#"{"level":"INFO","message":"decided","app":"app","id":"1","reference":"order-1","#,
            r#""number":"+4670*****05","country":"SE","verdict":"deny","rule":"cap","reason":"why","#,
            r#""policy":"v1","quotas":"cap 9 of 9, spend 24.95 of 25 EUR","monitors":1,"#,
            r#""notes":"this; that","elapsed_ms":12}"#,
        );
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn a_decision_counts_once_per_verification_and_each_answer_counts() {
        let decided = decided("allow", &json!({}));
        for is_first in [true, false] {
            let mut expected = Tally::default();
            if is_first {
                let country = request().number.country();
                expected.decided(decided.verdict, &Ground::StoreFailure, country, None);
            }
            expected.answered(Duration::from_millis(12));
            expected.policy(&AppScope::All, 2, Duration::ZERO);
            assert_eq!(reported(&decided, &Ground::StoreFailure, is_first).1, expected);
        }
    }
}
