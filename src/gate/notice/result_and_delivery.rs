//! A result or a delivery is recorded, ends a verification, or contradicts what Sinch said.

use crate::event::Status;
use crate::meter::Notice;
use crate::metrics::Tally;
use crate::record::{Happening, Subject};

/// A result or a delivery was recorded, maybe not for the first time.
pub(in crate::gate) struct Recorded<'a> {
    pub(in crate::gate) subject: &'a Subject,
    pub(in crate::gate) happening: &'a Happening,
}

impl Notice for Recorded<'_> {
    fn log(&self) {
        let Self { subject, happening } = self;
        tracing::info!(app = subject.app.as_str(), id = subject.id, ?happening, "recorded");
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
            id = self.subject.id,
            reference = self.subject.reference,
            statuses = Status::join(self.statuses, ", "),
            "a result contradicts what Sinch said when it was asked"
        );
    }
}
