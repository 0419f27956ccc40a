//! Rules of every kind.

use proptest::prelude::*;
use sinch_gate::list::ListEntry;
use sinch_gate::privacy::{HashKey, NumberPrivacy};

use super::traffic::{NUMBERS, beginning};

/// Rules without their ids. Limits are small, so that they are met.
const RULES: &[&str] = &[
    r#"verdict = "deny"
when.number_type = ["invalid", "premium_rate"]"#,
    r#"verdict = "deny"
unless.country = ["SE", "GB", "US", "UZ"]"#,
    r#"verdict = "deny"
when.prefix = "+4670174*"
when.method = ["callout"]"#,
    r#"verdict = "deny"
when.price = { above = "0.20 EUR" }"#,
    r#"verdict = "allow"
when.custom.plan = "gold""#,
    r#"verdict = "allow"
list = "safelist""#,
    r#"verdict = "deny"
list = "blocklist""#,
    r#"verdict = "deny"
mode = "monitor"
list = "blocklist""#,
    r#"verdict = "deny"
unless.verified_within = "1h"
list = "blocklist""#,
    r#"verdict = "allow"
when.verified_within = "2h""#,
    r#"verdict = "deny"
unless.verified_within = "1d"
when.country = "GB""#,
    r#"verdict = "deny"
quota = { per = "number", limit = 1, window = "30s" }"#,
    r#"verdict = "deny"
quota = { per = ["number", "method"], limit = 1, window = "30s", release = "verified" }"#,
    r#"verdict = "deny"
quota = { per = "number", limit = 2, window = "1d" }"#,
    r#"verdict = "deny"
when.verified_within = "1d"
quota = { per = "number", limit = 2, window = "2h", release = "verified" }"#,
    r#"verdict = "deny"
unless.verified_within = "1d"
quota = { per = "country", limit = 3, window = "1h", release = "verified" }"#,
    r#"verdict = "deny"
quota = { per = "block:3", limit = 2, window = "10m", release = "verified", grow = 0.5 }"#,
    r#"verdict = "deny"
quota = { per = "block:4", limit = 3, window = "1d", release = "verified", grow = 1.5 }"#,
    r#"verdict = "deny"
mode = "monitor"
quota = { per = "country", limit = 2, window = "3h", release = "verified", grow = 0.5 }"#,
    r#"verdict = "deny"
mode = "monitor"
quota = { per = "country", limit = 2, window = "20s" }"#,
    r#"verdict = "deny"
quota = { per = "country", limit = 5, window = "3h", release = "verified", grow = 2.0 }"#,
    r#"verdict = "deny"
quota = { per = "calling_code", limit = 4, window = "5m" }"#,
    r#"verdict = "deny"
quota = { per = ["block:2", "method"], limit = 2, window = "20m", release = "verified" }"#,
    r#"verdict = "deny"
quota = { per = ["calling_code", "block:4"], limit = 3, window = "2h", distinct = "number" }"#,
    r#"verdict = "deny"
quota = { per = "method", limit = 4, window = "7s", release = "verified" }"#,
    r#"verdict = "deny"
quota = { per = "app", limit = 6, window = "15m" }"#,
    r#"verdict = "deny"
quota = { per = "all", limit = 7, window = "15m", release = "verified" }"#,
    r#"verdict = "deny"
quota = { per = "all", limit = 200, window = "1h", shards = 2, release = "verified" }"#,
    r#"verdict = "deny"
quota = { per = "custom.ip", limit = 2, window = "1h", release = "verified", grow = 1.0 }"#,
    r#"verdict = "deny"
quota = { per = "custom.ip", limit = 2, window = "1h", distinct = "number" }"#,
    r#"verdict = "deny"
mode = "monitor"
quota = { per = "country", limit = 2, window = "10m", distinct = ["method", "custom.plan"] }"#,
    r#"verdict = "deny"
quota = { per = "country", limit = "0.30 EUR", window = "1h", assume = "0.05 EUR" }"#,
    r#"verdict = "deny"
quota = { per = "country", limit = "0.25 EUR", window = "1d", release = "verified", grow = 1.0 }"#,
    r#"verdict = "deny"
quota = { per = "method", limit = "0.10 USD", window = "10m" }"#,
    r#"verdict = "deny"
sample = 0.5
quota = { per = "country", limit = 2, window = "1h" }"#,
    r#"verdict = "deny"
sample = 0.3
when.method = "sms""#,
    r#"verdict = "deny"
active = { from = 2026-10-01T09:05:00Z, until = 2026-10-01T12:00:00Z }
when.country = "US""#,
    r#"when.method = "sms"
respond.sms = { expiry = "00:03:00", codeType = "Numeric" }"#,
    r#"list = "safelist"
respond.sms.codeType = "Alpha""#,
];

/// Rules that let a number ask more often than is remembered of it.
const WIDE: &[&str] = &[
    r#"verdict = "deny"
quota = { per = "number", limit = 18, window = "1d", release = "verified" }"#,
    r#"verdict = "deny"
quota = { per = "country", limit = 40, window = "3h", release = "verified", grow = 3.0 }"#,
];

/// Some rules in any order, under any default. Quotas are most of them, since they are what may differ.
pub(super) fn any_policy() -> impl Strategy<Value = String> {
    let some = prop::sample::subsequence(RULES.to_vec(), 1..=8).prop_shuffle();
    let rules = prop_oneof![8 => some, 1 => Just(WIDE.to_vec())];
    (rules, prop::bool::weighted(0.9)).prop_map(|(rules, allows)| {
        let default = if allows { "allow" } else { "deny" };
        let rules = rules.iter().enumerate().map(|(n, rule)| format!("[[rules]]\nid = \"r{n}\"\n{rule}\n"));
        format!("schema = 1\ndefault = \"{default}\"\n{}", rules.collect::<String>())
    })
}

/// Numbers stored as they are, or as hashes: then number and attempts are counted under these, while blocks,
/// calling codes and lists know the number that came.
pub(super) fn any_privacy() -> impl Strategy<Value = NumberPrivacy> {
    let hashed = NumberPrivacy::Hashed(HashKey::new([7; 16]).unwrap());
    prop_oneof![Just(NumberPrivacy::Plain), Just(hashed)]
}

/// What stands on the lists.
pub(super) fn entries() -> Vec<ListEntry> {
    let entry = |list: &str, entry: &str, seconds: Option<i64>| ListEntry {
        list: list.to_owned(),
        entry: entry.to_owned(),
        reason: "why".to_owned(),
        author: "somebody".to_owned(),
        added_at: beginning(),
        expires_at: seconds.map(|seconds| beginning() + jiff::SignedDuration::from_secs(seconds)),
    };
    vec![
        entry("safelist", NUMBERS[0], Some(400)),
        entry("safelist", "+447*", None),
        entry("blocklist", NUMBERS[1], Some(900)),
        entry("blocklist", "+46701740*", Some(60)),
        entry("blocklist", "+99899*", None),
    ]
}
