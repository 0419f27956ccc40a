//! Reading quotas.

use std::num::NonZeroU64;

use rust_decimal::Decimal;

use super::options::{KEYS, QuotaOptions};
use super::{Limit, Quota};
use crate::money::Money;
use crate::policy::dimension::dimensions;
use crate::policy::limits::HIGHEST_LIMIT;
use crate::policy::problem::{ProblemReport, error, missing, warning};
use crate::policy::set::Sets;
use crate::policy::toml_value::{Fields, Node, money, shown, text, whole_number};
use crate::quota::Window;
use crate::span;

/// What every quota says, and how.
const REQUIRED: [(&str, &str); 3] = [
    ("per", "write what to count by, such as per = \"number\""),
    ("limit", "write the most to admit in the window, such as limit = 5"),
    ("window", "write a span of time, such as window = \"1d\""),
];

/// Reads a quota.
pub(in crate::policy) fn read<'t, 'i>(
    node: &'t Node<'i>,
    sets: &Sets<'t, 'i>,
    report: &mut ProblemReport,
) -> Option<Quota> {
    let fields = Fields::of(node, "`quota`", KEYS, report)?;
    for (key, help) in REQUIRED {
        if fields.lacks(key) {
            report.push(missing(&fields.at, format!("`quota` has no `{key}`")).help(help));
        }
    }
    let per = fields.get("per").and_then(|node| dimensions(node, "`per`", report));
    let limit = fields.get("limit").and_then(|node| sets.single(node, "`limit`", report));
    let limit = limit.and_then(|node| limit_of(node, report));
    let window = fields.get("window").and_then(|node| window(node, report));
    let assume = assumed(&fields, sets, limit, report);
    let options = QuotaOptions::read(&fields, per.as_ref(), limit, report);
    Some(Quota { per: per?, limit: limit?, window: window?, assume, options })
}

/// What a verification without a usable price counts as.
fn assumed<'t, 'i>(
    fields: &Fields<'t, 'i>,
    sets: &Sets<'t, 'i>,
    limit: Option<Limit>,
    report: &mut ProblemReport,
) -> Decimal {
    if let Some(Limit::Money(limit)) = limit
        && fields.lacks("assume")
        && !fields.has("distinct")
    {
        let message =
            "a limit of money without `assume` limits nothing where events have no price in its currency";
        let help =
            format!("say what such a verification counts as, such as assume = \"0.10 {}\"", limit.currency);
        report.push(warning(&fields.place_of("limit"), message).help(help));
    }
    let assumed = fields.get("assume").and_then(|node| sets.single(node, "`assume`", report));
    match (assumed, limit) {
        (Some(node), Some(limit)) => assume(node, limit, report),
        _ => Decimal::ZERO,
    }
}

fn limit_of(node: &Node<'_>, report: &mut ProblemReport) -> Option<Limit> {
    let (limit, amount) = if let Some(written) = node.get_ref().as_str() {
        let money: Money = match written.parse() {
            Ok(money) => money,
            Err(wrong) => {
                let message =
                    format!("`limit` is a whole number, or money in quotes, not `{}`", shown(written));
                report.push(error(&node.span(), message).help(wrong.to_string()));
                return None;
            }
        };
        (Some(Limit::Money(money)), money.amount)
    } else {
        let count = whole_number(node, "`limit`", report)?;
        (NonZeroU64::new(count).map(Limit::Count), Decimal::from(count))
    };
    if amount.is_zero() {
        let message = "`limit` is 0, so nothing is ever admitted";
        let help = "to admit nothing, leave the quota out: the rule then always denies";
        report.push(error(&node.span(), message).help(help));
    } else if amount > Decimal::from(HIGHEST_LIMIT) {
        report.push(error(&node.span(), format!("`limit` is at most {HIGHEST_LIMIT}, not {amount}")));
    }
    limit
}

fn assume(node: &Node<'_>, limit: Limit, report: &mut ProblemReport) -> Decimal {
    let Some(assumed) = money(node, "`assume`", report) else { return Decimal::ZERO };
    let complaint = match limit {
        Limit::Count(_) => {
            Some(("`assume` is for a limit of money; verifications need no price to be counted", "remove it"))
        }
        Limit::Money(limit) if limit.currency != assumed.currency => Some((
            "`assume` and `limit` are in different currencies",
            "write both in the currency of your Sinch account",
        )),
        Limit::Money(limit) if assumed.amount > limit.amount => Some((
            "`assume` is above `limit`, so no verification without a price is ever admitted",
            "lower it, or raise the limit",
        )),
        Limit::Money(_) => None,
    };
    if let Some((message, help)) = complaint {
        report.push(error(&node.span(), message).help(help));
    }
    assumed.amount
}

fn window(node: &Node<'_>, report: &mut ProblemReport) -> Option<Window> {
    let written = text(node, "`window`", report)?;
    let window = span::parse(written).and_then(Window::new);
    if window.is_none() {
        let message = format!("`{}` is not a window", shown(written));
        let help = "a window is a whole number of `s`, `m`, `h` or `d`, from \"1s\" to \"31d\"";
        report.push(error(&node.span(), message).help(help));
    }
    window
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::policy::sample::one_rule;

    #[test]
    fn a_shard_that_admits_less_than_a_hundred_is_warned_of() {
        let n_warnings = |limit: u32| {
            let quota = format!("quota = {{ per = \"all\", limit = {limit}, window = \"1d\", shards = 4 }}");
            Policy::check(&one_rule(&quota)).unwrap_or_else(|problems| panic!("{problems}")).warnings.len()
        };
        assert_eq!((n_warnings(400), n_warnings(399)), (0, 1));
    }

    #[test]
    fn what_is_assumed_may_be_the_whole_limit_and_no_more() {
        let problems = |assumed: &str| {
            let quota = format!(
                "quota = {{ per = \"all\", limit = \"1.00 EUR\", window = \"1d\", assume = \"{assumed}\" }}"
            );
            Policy::compile(&one_rule(&quota)).map_or_else(|problems| problems.to_string(), |_| String::new())
        };
        assert_eq!(problems("1.00 EUR"), "");
        assert!(problems("1.01 EUR").contains("`assume` is above `limit`"));
        assert!(problems("1.00 USD").contains("different currencies"));
    }
}
