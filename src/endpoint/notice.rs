//! What happens at the edge and is worth knowing to those who run it: each writes its line in the log and
//! counts.

use super::refusal::Refusal;
use crate::event::Event;
use crate::meter::Notice;
use crate::metrics::Tally;
use crate::signature::AppKey;
use crate::telemetry::quoted;

/// A callback was refused before anything was done about it.
pub(super) struct CallbackRefused<'a>(pub(super) &'a Refusal<'a>);

impl Notice for CallbackRefused<'_> {
    fn log(&self) {
        let Self(refusal) = self;
        let (status, what) = (refusal.status().as_u16(), refusal.name());
        tracing::warn!(status, what, cause = %refusal, "callback refused");
    }

    fn count(&self, tally: &mut Tally) {
        tally.refused(self.0.name());
    }
}

/// A panic was caught while an event was handled.
pub(super) struct Bug<'a> {
    pub(super) app: &'a AppKey,
    pub(super) event: &'a Event,
}

impl Notice for Bug<'_> {
    fn log(&self) {
        tracing::error!(
            app = self.app.as_str(),
            id = self.event.id().map(|id| quoted(id.as_str())).as_deref(),
            "a bug stopped the handling of an event"
        );
    }

    fn count(&self, tally: &mut Tally) {
        tally.bug();
    }
}

/// The function was invoked with something other than an HTTP request, such as the ping of a schedule.
pub(super) struct OtherInvocation;

impl Notice for OtherInvocation {
    fn log(&self) {
        tracing::debug!("invoked without an HTTP request");
    }

    fn count(&self, tally: &mut Tally) {
        tally.other_invocation();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::lines_of;

    #[test]
    fn a_refusal_is_counted_under_the_name_that_the_log_gives_it() {
        let refused = CallbackRefused(&Refusal::Method("GET"));
        let line =
            r#"{"level":"WARN","message":"callback refused","status":405,"what":"method","cause":"GET"}"#;
        assert_eq!(lines_of(|| refused.log()), [line]);
        let (mut found, mut expected) = (Tally::default(), Tally::default());
        refused.count(&mut found);
        expected.refused("method");
        assert_eq!(found, expected);
    }
}
