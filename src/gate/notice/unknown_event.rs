//! An event of an unknown kind arrives.

use crate::meter::Notice;
use crate::metrics::Tally;
use crate::signature::AppKey;

/// How much of the name of an unknown event is written to the log, in characters.
const LONGEST_NAME: usize = 64;

/// Sinch sent an event of a kind that this version does not know.
pub(in crate::gate) struct UnknownEvent<'a> {
    pub(in crate::gate) app: &'a AppKey,
    pub(in crate::gate) name: &'a str,
}

impl Notice for UnknownEvent<'_> {
    fn log(&self) {
        let name: String = self.name.chars().take(LONGEST_NAME).collect();
        tracing::warn!(
            app = self.app.as_str(),
            event = name,
            "event of an unknown kind, answered and not stored"
        );
    }

    fn count(&self, tally: &mut Tally) {
        tally.unknown_event();
    }
}
