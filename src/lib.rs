//! `sinch-gate` answers Sinch Verification callbacks: allow or deny, by policy, with a record of why.
//!
//! Read the modules in this order. The core is pure (no clock, no I/O, no async): [`phone`], [`money`],
//! [`signature`], [`event`], [`answer`], [`dimension_key`], [`policy`], [`quota`], [`attempt`], [`decision`],
//! [`record`], `figures`, [`metrics`]. Around it stand the [`store`], the [`gate`] that joins core and store,
//! and the edges: [`endpoint`], [`config`], and the command-line tool with its client of Sinch's API.
//! `wiring.rs` puts them together. `ARCHITECTURE.md` says what each refuses to know.

pub mod answer;
#[cfg(feature = "cli")]
pub mod api;
pub mod attempt;
#[cfg(feature = "cli")]
pub mod backtest;
mod bounded;
#[cfg(feature = "cli")]
pub mod cli;
pub mod clock;
pub mod config;
pub mod decision;
pub mod dimension_key;
#[cfg(feature = "cli")]
pub mod drill;
#[cfg(feature = "cli")]
pub mod embedded;
pub mod endpoint;
pub mod event;
#[cfg(feature = "cli")]
pub mod figures;
#[cfg(all(feature = "cli", any(test, fuzzing)))]
pub mod fuzz;
pub mod gate;
mod hex;
pub mod list;
pub mod meter;
pub mod metrics;
pub mod money;
pub mod phone;
pub mod policy;
pub mod privacy;
pub mod quota;
pub mod record;
#[cfg(feature = "cli")]
pub mod replay;
#[cfg(feature = "cli")]
pub mod report;
pub mod signature;
mod span;
pub mod store;
mod suggest;
#[cfg(feature = "cli")]
pub mod suggestion;
pub mod telemetry;
pub mod token;
pub mod verdict;
mod wiring;
