//! `sinch-gate` answers Sinch Verification callbacks: allow or deny, by policy, with a record of why.

pub mod event;
pub mod money;
pub mod phone;
pub mod policy;
pub mod quota;
pub mod signature;
pub mod store;
