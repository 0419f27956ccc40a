//! All integration tests, in one binary, since each binary links the whole library again.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests state their expectations bluntly, outside of #[test] functions too"
)]

mod agreement;
mod answer;
mod cli;
mod decision;
mod decision_model;
mod documented;
mod engine;
mod event;
mod phone;
mod policy;
mod quota;
mod quota_model;
mod readme;
mod samples;
mod signature;
mod store_quota;
mod store_record;
mod tampering;
mod tidy;
mod tool;
