//! `sinch-gate` answers Sinch Verification callbacks: allow or deny, by policy, with a record of why.

pub mod answer;
pub mod event;
pub mod money;
pub mod phone;
pub mod policy;
pub mod signature;
