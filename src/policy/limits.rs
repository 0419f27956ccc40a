//! How large each part of a policy may be. How long a window may be stands in `quota/window.rs`, since the
//! arithmetic depends on it.

use std::time::Duration;

use rust_decimal::Decimal;

/// The longest text of a policy, in bytes: the whole policy travels in one item of the table.
pub const LONGEST_POLICY: usize = 64 * 1024;

/// The most rules. Beyond a few dozen nobody can predict a policy any more.
pub const MOST_RULES: usize = 200;

/// The most quotas with `release`. All open attempts of a number share one item, and each stores a claim per
/// releasing quota.
pub const MOST_RELEASES: usize = 20;

/// The longest name of a rule, list or set. Names stand in every item of the table that a rule or list has to
/// do with, so they are kept short.
pub const LONGEST_NAME: usize = 40;

/// The longest name of a member of `custom`. Such members are named by somebody else's code, so more is
/// accepted; but a quota's key holds the name.
pub const LONGEST_CUSTOM_KEY: usize = 64;

/// The longest time that `verified_within` may look back.
pub const LONGEST_PAST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The most dimensions that a quota counts by: more in one key count nothing twice.
pub const MOST_DIMENSIONS: usize = 4;

/// The most digits that `block` leaves out: a block of a hundred million numbers.
pub const LARGEST_BLOCK: u8 = 8;

/// The highest limit of a quota: beyond it, a limit limits nothing.
pub const HIGHEST_LIMIT: u64 = 1_000_000_000_000;

/// The most values that `distinct` counts: more do not fit in one item of the table without every write
/// getting dear.
pub const MOST_DISTINCT: u64 = 100;

/// The most values that all quotas with `distinct` count together: they may count under one key, and so in
/// one item of 400 KB.
pub const MOST_DISTINCT_TOGETHER: u64 = 3_000;

/// The most `shards`: that number of items takes 250,000 writes a second.
pub const MOST_SHARDS: u64 = 250;

/// The limit that is probably too low for a shard: below it, chance alone fills some shard far ahead of the
/// others.
pub const FEWEST_PER_SHARD: u64 = 100;

/// The highest `grow`, as a share of what was verified.
pub const MOST_GROWTH: Decimal = Decimal::ONE_HUNDRED;

/// The `grow` below which a limit starves honest traffic.
pub const LEAST_GROWTH: Decimal = Decimal::from_parts(5, 0, 0, false, 1);
