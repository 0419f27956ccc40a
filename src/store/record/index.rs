//! The index by hour, which finds records by the time at which they were first heard of.
//!
//! A record is in it by two attributes: `hour`, which is its partition, and `at`, its place in there. Which
//! partition a record belongs to is decided here.

#[cfg(feature = "cli")]
mod by_id;
#[cfg(feature = "cli")]
mod stories;
#[cfg(feature = "cli")]
mod whole;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

#[cfg(feature = "cli")]
pub use stories::{Indexed, Stories};

/// How many partitions of the index share one hour. DynamoDB takes 1,000 writes a second for one key, and
/// where the index cannot follow, it refuses writes to the table. Readers ask for each of them, so there
/// should not be many. `status` reads some of them as a sample, for which each must have an equal part of the
/// records; the number must never shrink while records are kept that were written before.
pub const HOUR_SHARDS: u8 = 32;

/// The index partition of a record: its hour, and one of [`HOUR_SHARDS`] shards by its id.
pub(super) fn hour_of(now: Timestamp, verification_id: &str) -> String {
    let shard = Sha256::digest(verification_id).first().copied().unwrap_or(0) % HOUR_SHARDS;
    format!("{}#{shard}", name_of_hour(now))
}

/// The hour of a time, as the index names it: `2026-01-15T09`.
fn name_of_hour(at: Timestamp) -> String {
    at.to_string().chars().take("2026-01-15T09".len()).collect()
}

/// A time as the index has it, cut to milliseconds.
pub(super) fn in_index(at: Timestamp) -> String {
    format!("{at:.3}")
}
