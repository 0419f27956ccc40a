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
mod api;
mod cardinality;
mod cli;
mod contention;
mod cost;
mod custom_value;
mod decision;
mod decision_model;
mod durability;
mod event;
mod explore;
mod failures;
mod function;
mod hang_up;
mod http_edge;
mod idempotence;
mod incident;
mod lambda_edge;
mod lambda_events;
mod lateness;
mod least_privilege;
mod list_file;
mod metrics;
mod operations;
mod outcome_cost;
mod phone;
mod policy;
mod policy_change;
mod policy_schema;
mod policy_test;
mod protocol;
mod quota;
mod quota_engine;
mod quota_model;
mod quota_release;
mod quota_units;
mod quota_unseen;
mod quota_window;
mod readme;
mod reconcile;
mod release;
mod samples;
mod signature;
mod starter;
mod store_attempt;
mod store_quota;
mod store_record;
mod tampering;
mod template;
mod tidy;
mod world;
