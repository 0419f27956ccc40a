//! What happens in the gate and is worth knowing to those who run it: one type for each thing, which writes
//! its line in the log and counts it.
//!
//! | file | what happens |
//! |---|---|
//! | `decision` | a request is decided, or answered as before |
//! | `happening` | a result or a delivery is recorded, ends a verification, or contradicts what Sinch said |
//! | `unstored` | a decision or a happening is left in the log alone |
//! | `failure` | an operation of the store fails |
//! | `policies` | policies come into force, or cannot |
//!
//! A line never holds a body, a signature, a secret or a whole number. What goes wrong with one verification
//! names its `id`.

mod decision;
mod failure;
mod policies;
mod result_and_delivery;
mod unknown_event;
mod unstored;

pub(super) use decision::{Decision, Repeated};
pub(super) use failure::{Failed, Failure, ItemNotRead};
pub(super) use policies::PolicyNews;
pub(super) use result_and_delivery::{Contradiction, Ended, Recorded};
pub(super) use unknown_event::UnknownEvent;
pub(super) use unstored::{UnstoredDecision, UnstoredHappening};
