//! The integration tests: one binary, one module per subject.

mod engine;
mod store_quota;
