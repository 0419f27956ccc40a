//! Reading what a quota may say besides its limit: `release`, `grow`, `distinct`, `ip6_prefix`, `shards`.

use std::num::NonZeroU8;

use rust_decimal::Decimal;

use super::Limit;
use crate::policy::dimension::{Dimension, Per, dimensions};
use crate::policy::ip_address::Ip6Prefix;
use crate::policy::limits::{FEWEST_PER_SHARD, LEAST_GROWTH, MOST_DISTINCT, MOST_GROWTH, MOST_SHARDS};
use crate::policy::problem::{ProblemReport, error, warning};
use crate::policy::toml_value::{Fields, Node, choice, whole_number, wrong_kind};

/// The keys of a quota: those that every one has, and the options.
pub(super) const KEYS: &[&str] =
    &["assume", "distinct", "grow", "ip6_prefix", "limit", "per", "release", "shards", "window"];

/// What a quota may say besides its limit.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct QuotaOptions {
    /// `release = "verified"`: a verification that ends verified gives its share back, together with those of
    /// the number's earlier attempts, and one that costs nothing gives back its own. So only what is
    /// unverified counts.
    pub release: bool,
    /// `grow`: lifts the limit to this share of what was verified in the window, where that is more.
    pub grow: Option<Decimal>,
    /// `distinct`: counts different values of these dimensions, in place of verifications.
    pub distinct: Option<Per>,
    /// `ip6_prefix`: an IPv6 address in `custom` counts with its network of this size, 64 bits if left out.
    pub ip6_prefix: Ip6Prefix,
    /// `shards`: splits each key's counter, and the limit with it, for keys that one item cannot serve.
    pub shards: Option<NonZeroU8>,
}

impl QuotaOptions {
    /// Whether a quota that looks at more verifications is full whenever an equal one that looks at fewer is.
    /// A limit that grows is higher where more is looked at, and a value that is new to the one may count in
    /// the other already.
    pub(in crate::policy) fn fill_with_more(&self) -> bool {
        let Self { grow, distinct, release: _, ip6_prefix: _, shards: _ } = self;
        grow.is_none() && distinct.is_none()
    }

    /// Reads the options of a quota.
    pub(super) fn read(
        fields: &Fields<'_, '_>,
        per: Option<&Per>,
        limit: Option<Limit>,
        report: &mut ProblemReport,
    ) -> Self {
        let release =
            fields.get("release").map(|node| choice(node, "`release`", &[("verified", ())], report));
        let grow = fields.get("grow").and_then(|node| grow(node, report));
        let distinct = fields.get("distinct").and_then(|node| dimensions(node, "`distinct`", report));
        let shards = fields.get("shards").and_then(|node| shards(node, limit, report));
        if let (Some(distinct), Some(node)) = (&distinct, fields.get("distinct")) {
            check_distinct(distinct, node, per, limit, report);
        }
        check_combination(fields, report);
        let ip6_prefix =
            fields.get("ip6_prefix").and_then(|node| ip6_prefix(node, report)).unwrap_or_default();
        if let (Some(node), Some(per)) = (fields.get("ip6_prefix"), per) {
            check_ip6_prefix(node, per, distinct.as_ref(), report);
        }
        Self { release: release.is_some(), grow, distinct, ip6_prefix, shards }
    }
}

/// Which options go together.
fn check_combination(fields: &Fields<'_, '_>, report: &mut ProblemReport) {
    if fields.has("distinct") {
        for key in ["release", "grow", "shards"] {
            if let Some(node) = fields.get(key) {
                let message = format!("`{key}` does not go with `distinct`");
                let help =
                    "several verifications share one value, so none of them can give it back or split it";
                report.push(error(&node.span(), message).help(help));
            }
        }
    } else if let Some(node) = fields.get("grow").filter(|_| !fields.has("release")) {
        let message = "`grow` needs `release = \"verified\"`";
        let help = "without it verified attempts fill the quota as well, and the limit lags behind them";
        report.push(error(&node.span(), message).help(help));
    }
}

fn check_ip6_prefix(node: &Node<'_>, per: &Per, distinct: Option<&Per>, report: &mut ProblemReport) {
    if !per.has_custom() && !distinct.is_some_and(Per::has_custom) {
        let message = "`ip6_prefix` is for addresses, and this quota counts no `custom.<key>`";
        let help = "count by the member of `custom` that holds the address, or remove it";
        report.push(error(&node.span(), message).help(help));
    }
}

fn grow(node: &Node<'_>, report: &mut ProblemReport) -> Option<Decimal> {
    let value = node.get_ref();
    let written = match (value.as_float(), value.as_integer()) {
        (Some(float), _) => float.as_str().replace('_', ""),
        (None, Some(integer)) => integer.to_string(),
        (None, None) => {
            report.push(wrong_kind(node, "`grow`", "a number"));
            return None;
        }
    };
    let grow = written.parse().ok().filter(|grow| *grow > Decimal::ZERO && *grow <= MOST_GROWTH);
    match grow {
        None => {
            let message = format!("`grow` is a number above 0 and at most {MOST_GROWTH}");
            let help = "grow = 1.5 lifts the limit to 150 % of what was verified in the window";
            report.push(error(&node.span(), message).help(help));
        }
        Some(grow) if grow < LEAST_GROWTH => {
            let message = format!("a `grow` of {grow} starves honest traffic");
            let help = "honest people leave up to one attempt unverified for every two that verify; once \
                they meet the limit, those denied cannot verify, which lowers it further: use 0.5 or more";
            report.push(warning(&node.span(), message).help(help));
        }
        Some(_) => {}
    }
    grow
}

fn ip6_prefix(node: &Node<'_>, report: &mut ProblemReport) -> Option<Ip6Prefix> {
    let written = whole_number(node, "`ip6_prefix`", report)?;
    let prefix = Ip6Prefix::new(written);
    if prefix.is_none() {
        let message = format!("`ip6_prefix` is 1 to {} bits, not {written}", Ip6Prefix::LONGEST);
        let help = "leave it out to count by 64, the network of one subscriber";
        report.push(error(&node.span(), message).help(help));
    }
    prefix
}

fn shards(node: &Node<'_>, limit: Option<Limit>, report: &mut ProblemReport) -> Option<NonZeroU8> {
    let written = whole_number(node, "`shards`", report)?;
    let shards = u8::try_from(written).ok().filter(|_| (2..=MOST_SHARDS).contains(&written));
    let Some(shards) = shards.and_then(NonZeroU8::new) else {
        let message = format!("`shards` is 2 to {MOST_SHARDS}, not {written}");
        let help = "leave it out unless one key takes more than a thousand verifications a second";
        report.push(error(&node.span(), message).help(help));
        return None;
    };
    if let Some(Limit::Count(count)) = limit {
        let each = count.get() / written;
        if each == 0 {
            let message =
                format!("a limit of {count} in {shards} shards leaves some of them nothing to admit");
            report.push(error(&node.span(), message).help("use fewer shards, or none"));
        } else if each < FEWEST_PER_SHARD {
            let message = format!("{shards} shards admit {each} each, and refuse well before {count} in all");
            let help = "verifications fall on shards by chance; use fewer shards, or none";
            report.push(warning(&node.span(), message).help(help));
        }
    }
    Some(shards)
}

fn check_distinct(
    distinct: &Per,
    node: &Node<'_>,
    per: Option<&Per>,
    limit: Option<Limit>,
    report: &mut ProblemReport,
) {
    if distinct.has(&Dimension::All) {
        let message = "`distinct` counts different values, and `all` is always the same";
        report.push(error(&node.span(), message).help("write what differs, such as distinct = \"country\""));
    }
    if let Some(per) = per.filter(|per| distinct.iter().all(|dimension| per.has(dimension))) {
        let message = format!("`per` is `{per}`, so each key has only one `{distinct}`");
        report.push(error(&node.span(), message).help("count different values of something else"));
    }
    match limit {
        Some(Limit::Money(_)) => {
            let message = "`distinct` counts values, so its `limit` is not money";
            report.push(error(&node.span(), message).help("write a whole number, such as limit = 3"));
        }
        Some(Limit::Count(count)) if count.get() > MOST_DISTINCT => {
            let message = format!("`distinct` counts at most {MOST_DISTINCT} different values, not {count}");
            let help = "the values stand in one item of the table, which grows with them";
            report.push(error(&node.span(), message).help(help));
        }
        _ => {}
    }
}
