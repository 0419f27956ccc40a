//! All integration tests, in one binary, since each binary links the whole library again.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests state their expectations bluntly, outside of #[test] functions too"
)]

mod answer;
mod api;
mod ask_then_take;
mod attack;
mod back_pressure;
mod cardinality;
mod cli;
mod contention;
mod cost_by_item_size;
mod cost_by_outcome;
mod cost_by_policy;
mod cost_of_abuse;
mod custom_value;
mod decision;
mod decision_model;
mod differential;
mod disk;
mod documented_commands;
mod documented_variables;
mod documents;
mod drill;
mod durability;
mod event;
mod explore;
mod failing_table;
mod faults;
mod function;
mod give_back_of_old_attempts;
mod hang_up;
mod http_edge;
mod idempotence;
mod incident;
mod lambda_edge;
mod lambda_events;
mod lateness;
mod least_privilege;
mod list_file;
mod log_text;
mod metrics;
mod package;
mod panics;
mod phone;
mod picture;
mod policy_change;
mod policy_messages;
mod policy_schema;
mod policy_test;
mod privacy;
mod quota;
mod quota_engine;
mod quota_model;
mod quota_release;
mod quota_window;
mod reconcile;
mod release;
mod replay;
mod report_page;
mod runbook;
mod sample_callbacks;
mod signature;
mod soak;
mod starter_policy;
mod store_attempt;
mod store_quota;
mod store_record;
mod support;
mod tampering;
mod template;
mod tidy;
mod world;
