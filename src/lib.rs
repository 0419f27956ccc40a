//! `sinch-gate` answers Sinch Verification callbacks: allow or deny, by policy, with a record of why.

pub mod answer;
#[cfg(feature = "cli")]
pub mod embedded;
pub mod event;
pub mod money;
pub mod phone;
pub mod policy;
pub mod privacy;
pub mod quota;
pub mod record;
pub mod signature;
pub mod store;
pub mod verdict;
