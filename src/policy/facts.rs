//! What a policy is asked about.

use jiff::Timestamp;

use crate::event::VerificationRequest;

/// All that a policy may look at.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The application key.
    pub app: &'a str,
    /// What is asked.
    pub request: &'a VerificationRequest,
    /// The number as it is stored (`NUMBER_PRIVACY`), since keys of quotas are stored too.
    pub stored_number: &'a str,
    /// When it is asked.
    pub now: Timestamp,
}

/// Without the stored number, which may be a whole one.
impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Facts({}, {}, {:?}, {})", self.app, self.request.id, self.request.number, self.now)
    }
}
