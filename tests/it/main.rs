//! The integration tests: one binary, one module per subject.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests may state their expectations as bluntly as the tests do"
)]

mod phone;
