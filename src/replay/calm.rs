//! The time up to which all is over, whatever a single clock says.

use jiff::Timestamp;

/// How many events pass between two looks.
const EVENTS: u32 = 256;

/// The earliest time among the events since the last look. A clock that is far ahead for a moment must not
/// end what is live.
#[derive(Clone, Debug)]
pub(crate) struct Calm {
    n_events: u32,
    earliest: Timestamp,
}

impl Default for Calm {
    fn default() -> Self {
        Self { n_events: 0, earliest: Timestamp::MAX }
    }
}

impl Calm {
    /// Notes an event; now and then gives the time up to which what is over may be forgotten.
    pub(crate) fn pass(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.n_events += 1;
        self.earliest = self.earliest.min(at);
        if self.n_events < EVENTS {
            return None;
        }
        Some(std::mem::take(self).earliest)
    }
}
