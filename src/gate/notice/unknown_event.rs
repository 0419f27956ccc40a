//! An event of an unknown kind arrives.

use crate::meter::Notice;
use crate::metrics::Tally;
use crate::signature::AppKey;
use crate::telemetry::quoted;

/// Sinch sent an event of a kind that this version does not know.
pub(in crate::gate) struct UnknownEvent<'a> {
    pub(in crate::gate) app: &'a AppKey,
    pub(in crate::gate) name: &'a str,
}

impl Notice for UnknownEvent<'_> {
    fn log(&self) {
        tracing::warn!(
            app = self.app.as_str(),
            event = &*quoted(self.name),
            "event of an unknown kind, answered and not stored"
        );
    }

    fn count(&self, tally: &mut Tally) {
        tally.unknown_event();
    }
}
