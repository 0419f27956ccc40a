//! What is left to do where a bug stopped the handling of an event: a request is answered all the same, and
//! the log keeps what may not have been recorded.

use jiff::Timestamp;

use super::notice::{UnstoredDecision, UnstoredHappening};
use super::{Gate, Outcome};
use crate::answer::Answer;
use crate::event::{Event, VerificationRequest};
use crate::record::{Decided, Subject};
use crate::signature::AppKey;
use crate::store::StoreError;
use crate::verdict::Verdict;

impl Gate {
    /// What becomes of an event whose handling panicked. Nobody knows how far that came, so the log keeps the
    /// decision or the outcome; what the table has already stays there when the log is recovered.
    #[must_use]
    pub fn after_bug(&self, app: &AppKey, event: &Event, now: Timestamp) -> Outcome {
        let heard = match event {
            Event::Request(request) => return Outcome::Answer(self.answer_after_bug(app, request, now)),
            Event::Result(result) => self.heard_of_result(app, result),
            Event::SmsDelivered(delivered) => self.heard_of_delivery(app, delivered),
            Event::Unknown { .. } => return Outcome::Unavailable,
        };
        let (subject, happening) = (&heard.0, &heard.1);
        self.meter.report(&UnstoredHappening { subject, happening, at: now, error: &stopped() });
        Outcome::Unavailable
    }

    /// The answer that this process has given already, or else the policy's `on_store_failure`.
    fn answer_after_bug(&self, app: &AppKey, request: &VerificationRequest, now: Timestamp) -> String {
        let id = request.id.as_str();
        if let Some(answer) = self.recent.get(app, id) {
            return answer;
        }
        let in_force = self.policies.current(app);
        let verdict = in_force.policy.on_store_failure();
        let answer = match verdict {
            Verdict::Allow => Answer::Allow(None),
            Verdict::Deny => Answer::Deny,
        };
        let answer = answer.to_json();
        self.recent.put(app, id, &answer);
        let decided = Decided {
            at: now,
            verdict,
            rule: None,
            on_store_failure: true,
            reason: format!("a bug stopped the rules, so on_store_failure = \"{verdict}\" decided"),
            policy: in_force.name.to_string(),
            numbering: crate::phone::METADATA_VERSION.to_owned(),
            quotas: Vec::new(),
            monitors: Vec::new(),
            notes: Vec::new(),
            price: request.price.map(|price| price.to_string()),
            custom: None,
        };
        let subject = Subject {
            method: Some(request.method.clone()),
            ..self.subject(app, &request.id, request.reference.as_ref(), Some(&request.number))
        };
        let (subject, decided) = (&subject, &decided);
        self.meter.report(&UnstoredDecision { subject, request, decided, error: &stopped() });
        answer
    }
}

fn stopped() -> StoreError {
    StoreError::Unwritable("a bug stopped the handling of the event".to_owned())
}

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::event::{Method, Status, VerificationId, VerificationResult};
    use crate::gate::sample::{now, policy, request};
    use crate::gate::{Policies, Settings};
    use crate::store::scripted;
    use crate::telemetry::lines_of;

    fn gate() -> Gate {
        let policy = policy("schema = 1\ndefault = \"allow\"\non_store_failure = \"deny\"\n");
        let policies = Policies::pinned(policy, "test", Duration::from_secs(60));
        Gate::new(scripted(Vec::new()), policies, Settings::unconfigured())
    }

    /// What becomes of an event, and what each line about it keeps.
    fn after_bug(gate: &Gate, event: &Event) -> (Outcome, Vec<Value>) {
        let mut outcome = None;
        let lines = lines_of(|| outcome = Some(gate.after_bug(&"app".parse().unwrap(), event, now())));
        let kept = lines.iter().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            serde_json::from_str(line["unstored"].as_str().unwrap()).unwrap()
        });
        (outcome.unwrap(), kept.collect())
    }

    #[test]
    fn a_request_is_answered_by_on_store_failure_and_the_log_keeps_that_once() {
        let (gate, event) = (gate(), Event::Request(request()));
        let answer = Outcome::Answer(r#"{"action":"deny"}"#.to_owned());
        let (outcome, kept) = after_bug(&gate, &event);
        assert_eq!(outcome, answer);
        assert_eq!(kept.len(), 1);
        let decided = &kept[0]["decided"];
        assert_eq!(
            (&decided["verdict"], &decided["on_store_failure"], &decided["policy"]),
            (&json!("deny"), &json!(true), &json!("test"))
        );
        assert_eq!(after_bug(&gate, &event), (answer, Vec::new()), "the same answer, already in the log");
        gate.recent.put(&"app".parse().unwrap(), "1", "given before");
        assert_eq!(after_bug(&gate, &event), (Outcome::Answer("given before".to_owned()), Vec::new()));
    }

    #[test]
    fn an_outcome_is_to_be_sent_again_and_the_log_keeps_it() {
        let result = VerificationResult {
            id: VerificationId("1".to_owned()),
            method: Method::Sms,
            number: None,
            reference: None,
            custom: None,
            status: Status::parse("FAIL"),
            reason: None,
            source: None,
            unreadable: Vec::new(),
        };
        let (outcome, kept) = after_bug(&gate(), &Event::Result(result));
        assert_eq!(outcome, Outcome::Unavailable);
        assert_eq!(kept[0]["happening"], json!({ "kind": "result", "status": "FAIL" }));
        let unknown = Event::Unknown { name: "NewEvent".to_owned() };
        assert_eq!(after_bug(&gate(), &unknown), (Outcome::Unavailable, Vec::new()));
    }
}
