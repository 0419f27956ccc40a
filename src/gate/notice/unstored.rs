//! A decision or a happening is left in the log alone, whole, so that it can be recorded later.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::VerificationRequest;
use crate::meter::Notice;
use crate::metrics::Tally;
use crate::record::{Decided, Happening, Subject};
use crate::store::StoreError;
use crate::telemetry::quoted;

/// A decision was not recorded.
pub(in crate::gate) struct UnstoredDecision<'a> {
    pub(in crate::gate) subject: &'a Subject,
    pub(in crate::gate) request: &'a VerificationRequest,
    pub(in crate::gate) decided: &'a Decided,
    pub(in crate::gate) error: &'a StoreError,
}

/// A result or a delivery was not recorded. Sinch may not send it again, so the line is the last copy there
/// is.
pub(in crate::gate) struct UnstoredHappening<'a> {
    pub(in crate::gate) subject: &'a Subject,
    pub(in crate::gate) happening: &'a Happening,
    pub(in crate::gate) at: Timestamp,
    pub(in crate::gate) error: &'a StoreError,
}

impl Notice for UnstoredDecision<'_> {
    fn log(&self) {
        // `custom` is free text of the customer's, so it stays out of the log.
        let reason = self.decided.reason_without_prefix().into_owned();
        let decided = Decided { custom: None, reason, ..self.decided.clone() };
        let number = Some(self.subject.logged_number(&self.request.number));
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
            cause = error.name(), %error, id = &*quoted(&self.subject.id), unstored = json,
            "not stored; this line holds all that is needed to record it later"
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::SmsResult;
    use crate::gate::sample::{decided, now, request, subject};
    use crate::telemetry::lines_of;

    /// What the line of a notice holds of the unstored; it is counted too.
    #[track_caller]
    fn unstored(notice: &impl Notice) -> Value {
        let (mut found, mut expected) = (Tally::default(), Tally::default());
        notice.count(&mut found);
        expected.unstored();
        assert_eq!(found, expected);
        let lines = lines_of(|| notice.log());
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(
            (&line["level"], &line["cause"], &line["id"]),
            (&json!("ERROR"), &json!("timeout"), &json!("1"))
        );
        serde_json::from_str(line["unstored"].as_str().unwrap()).unwrap()
    }

    #[test]
    fn a_line_holds_all_of_the_unstored_but_the_whole_number_and_free_text() {
        let (subject, request, error) = (subject(), request(), &StoreError::Timeout);
        let decided = decided("deny", &json!({ "rule": "cap", "custom": "free text" }));
        let line =
            unstored(&UnstoredDecision { subject: &subject, request: &request, decided: &decided, error });
        let of = json!({ "app": "app", "id": "1", "reference": "order-1", "country": "SE" });
        let mut masked = of.clone();
        masked["number"] = json!("+4670*****05");
        assert_eq!((&line["subject"], &line["at"]), (&masked, &json!(now())));
        assert_eq!((&line["decided"]["rule"], line["decided"].get("custom")), (&json!("cap"), None));

        let happening = Happening::Delivery { result: SmsResult::Successful };
        let line =
            unstored(&UnstoredHappening { subject: &subject, happening: &happening, at: now(), error });
        let delivery = json!({ "kind": "delivery", "result": "Successful" });
        assert_eq!(line, json!({ "subject": of, "happening": delivery, "at": now() }));
    }
}
