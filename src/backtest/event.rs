//! What traffic is made of.

use jiff::Timestamp;

use crate::event::{SmsDelivered, VerificationRequest, VerificationResult};
use crate::signature::AppKey;
use crate::verdict::Verdict;

/// One event of recorded traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficEvent {
    /// When it came.
    pub at: Timestamp,
    /// To which application.
    pub app: AppKey,
    /// What came.
    pub happens: Happens,
}

/// What came.
#[derive(Clone, Debug, PartialEq)]
pub enum Happens {
    /// A request, and what was decided about it then, where the traffic says so.
    Request(Box<VerificationRequest>, Option<Verdict>),
    /// How a verification ended, or how it stands.
    Result(Box<VerificationResult>),
    /// Whether an SMS arrived.
    Delivery(Box<SmsDelivered>),
}
