//! A result or a delivery is recorded, ends a verification, or contradicts what Sinch said.

use crate::event::Status;
use crate::meter::Notice;
use crate::metrics::Tally;
use crate::record::{Happening, Subject};
use crate::telemetry::quoted;

/// A result or a delivery was recorded, maybe not for the first time.
pub(in crate::gate) struct Recorded<'a> {
    pub(in crate::gate) subject: &'a Subject,
    pub(in crate::gate) happening: &'a Happening,
}

impl Notice for Recorded<'_> {
    fn log(&self) {
        let Self { subject, happening } = self;
        let (app, id) = (subject.app.as_str(), &*quoted(&subject.id));
        match happening {
            Happening::Result { status, reason, source } => tracing::info!(
                app,
                id,
                kind = "result",
                status = &*quoted(status.as_str()),
                reason = reason.as_deref().map(quoted).as_deref(),
                source = source.as_deref().map(quoted).as_deref(),
                "recorded"
            ),
            Happening::Delivery { result } => {
                tracing::info!(app, id, kind = "delivery", result = &*quoted(result.as_str()), "recorded");
            }
        }
    }
}

/// A result was recorded for the first time. It is only counted, since the line that it is recorded follows.
pub(in crate::gate) struct Ended<'a> {
    pub(in crate::gate) status: &'a Status,
}

impl Notice for Ended<'_> {
    fn count(&self, tally: &mut Tally) {
        tally.ended(self.status);
    }
}

/// A result differs from what Sinch said when it was asked: somebody must look at it.
pub(in crate::gate) struct Contradiction<'a> {
    pub(in crate::gate) subject: &'a Subject,
    /// The statuses that contradict each other.
    pub(in crate::gate) statuses: &'a [Status],
}

impl Notice for Contradiction<'_> {
    fn log(&self) {
        tracing::error!(
            app = self.subject.app.as_str(),
            id = &*quoted(&self.subject.id),
            reference = self.subject.reference.as_deref().map(quoted).as_deref(),
            statuses = &*quoted(&Status::join(self.statuses, ", ")),
            "a result contradicts what Sinch said when it was asked"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SmsResult;
    use crate::gate::sample::subject;
    use crate::telemetry::lines_of;

    #[track_caller]
    fn check_recorded(happening: &Happening, rest: &str) {
        let lines = lines_of(|| Recorded { subject: &subject(), happening }.log());
        assert_eq!(
            lines,
            [format!(r#"{{"level":"INFO","message":"recorded","app":"app","id":"1",{rest}}}"#)]
        );
    }

    #[test]
    fn what_was_recorded_stands_in_fields_of_its_own() {
        let result = |reason: Option<&str>, source: Option<&str>| Happening::Result {
            status: Status::Successful,
            reason: reason.map(str::to_owned),
            source: source.map(str::to_owned),
        };
        check_recorded(&result(None, None), r#""kind":"result","status":"SUCCESSFUL""#);
        check_recorded(
            &result(Some("Invalid code"), Some("manual")),
            r#""kind":"result","status":"SUCCESSFUL","reason":"Invalid code","source":"manual""#,
        );
        let delivery = Happening::Delivery { result: SmsResult::Successful };
        check_recorded(&delivery, r#""kind":"delivery","result":"Successful""#);
    }

    #[test]
    fn a_long_text_of_an_event_is_cut_in_the_log() {
        let long = "x".repeat(5_000);
        let cut = format!("{}… (5000 bytes)", "x".repeat(128));
        let result = Happening::Result {
            status: Status::Other(long.clone()),
            reason: Some(long.clone()),
            source: Some(long),
        };
        check_recorded(
            &result,
            &format!(r#""kind":"result","status":"{cut}","reason":"{cut}","source":"{cut}""#),
        );
    }
}
