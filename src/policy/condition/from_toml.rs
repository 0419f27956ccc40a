//! Reading `when` and `unless`.

use std::time::Duration;

use rust_decimal::Decimal;

use super::value::Value;
use super::{Condition, Conditions, PriceRange, Values};
use crate::money::Money;
use crate::policy::limits::LONGEST_PAST;
use crate::policy::name::CustomKey;
use crate::policy::problem::{ProblemReport, error};
use crate::policy::set::Sets;
use crate::policy::toml_value::{Fields, Node, money, shown, table, text};
use crate::span;

const KEYS: &[&str] =
    &["calling_code", "country", "custom", "method", "number_type", "prefix", "price", "verified_within"];

/// Reads the conditions under `when` or `unless`, in an order that asks for what every event has first.
pub(in crate::policy) fn read<'t, 'i>(
    node: &'t Node<'i>,
    key: &str,
    sets: &Sets<'t, 'i>,
    report: &mut ProblemReport,
) -> Conditions {
    let place = format!("`{key}`");
    let Some(fields) = Fields::of(node, &place, KEYS, report) else { return Conditions::default() };
    if fields.is_empty() {
        let message = format!("`{key}` has no condition");
        report.push(error(&fields.at, message).help("to have none, leave it out"));
    }
    let mut conditions = Vec::new();
    let node = |key| fields.get(key);
    conditions.extend(node("country").map(|it| Condition::Country(values(it, "country", sets, report))));
    conditions.extend(
        node("calling_code").map(|it| Condition::CallingCode(values(it, "calling_code", sets, report))),
    );
    conditions.extend(node("prefix").map(|it| Condition::Prefix(values(it, "prefix", sets, report))));
    conditions
        .extend(node("number_type").map(|it| Condition::NumberType(values(it, "number_type", sets, report))));
    conditions.extend(node("method").map(|it| Condition::Method(values(it, "method", sets, report))));
    conditions.extend(node("price").and_then(|it| price(it, report)).map(Condition::Price));
    if let Some(node) = fields.get("custom") {
        conditions.extend(custom(node, sets, report));
    }
    let verified_within = fields.get("verified_within").and_then(|node| look_back(node, report));
    Conditions { of_event: conditions, verified_within }
}

/// How far back to look for a verification of the number.
fn look_back(node: &Node<'_>, report: &mut ProblemReport) -> Option<Duration> {
    let written = text(node, "`verified_within`", report)?;
    let span = span::parse(written).filter(|span| !span.is_zero() && *span <= LONGEST_PAST);
    if span.is_none() {
        let message = format!("`{}` is not a time to look back", shown(written));
        let help = "write a whole number of `s`, `m`, `h` or `d`, from \"1s\" to \"366d\"";
        report.push(error(&node.span(), message).help(help));
    }
    span
}

/// The values of one condition, sets included.
fn values<'t, 'i, T: Value>(
    node: &'t Node<'i>,
    key: &str,
    sets: &Sets<'t, 'i>,
    report: &mut ProblemReport,
) -> Values<T> {
    if node.get_ref().as_array().is_some_and(|array| array.is_empty()) {
        let message = format!("`{key}` lists nothing, so it could never match");
        report.push(error(&node.span(), message).help("list at least one value, or remove the condition"));
    }
    sets.values(node, report)
}

fn price(node: &Node<'_>, report: &mut ProblemReport) -> Option<PriceRange> {
    let fields = Fields::of(node, "`price`", &["above", "below"], report)?;
    if fields.is_empty() {
        let help = "write it as { above = \"0.10 EUR\" }, with `below` or both";
        report.push(error(&fields.at, "`price` needs `above` or `below`").help(help));
    }
    let above = fields.get("above").and_then(|node| money(node, "`above`", report));
    let below = fields.get("below").and_then(|node| money(node, "`below`", report));
    let currency = above.or(below)?.currency;
    if let (Some(above), Some(below)) = (above, below) {
        if above.currency != below.currency {
            let message = format!("`above` is in {}, `below` in {}", above.currency, below.currency);
            report
                .push(error(&fields.at, message).help("amounts of different currencies cannot be compared"));
        } else if above.amount >= below.amount {
            report.push(error(&fields.at, "no price is above `above` and below `below`"));
        }
    }
    let amount = |money: Money| -> Decimal { money.amount };
    Some(PriceRange { currency, above: above.map(amount), below: below.map(amount) })
}

fn custom<'t, 'i>(node: &'t Node<'i>, sets: &Sets<'t, 'i>, report: &mut ProblemReport) -> Vec<Condition> {
    let Some(members) = table(node, "`custom`", report) else { return Vec::new() };
    if members.is_empty() {
        report.push(error(&node.span(), "`custom` names no member"));
    }
    let mut conditions = Vec::new();
    for (key, node) in members {
        let values = values(node, key.get_ref(), sets, report);
        match key.get_ref().parse::<CustomKey>() {
            Ok(key) => conditions.push(Condition::Custom { key, values }),
            Err(wrong) => {
                let message = format!("rules cannot read the member `{}` of `custom`", shown(key.get_ref()));
                report.push(error(&key.span(), message).help(wrong.to_string()));
            }
        }
    }
    conditions
}

#[cfg(test)]
mod tests {
    use super::KEYS;
    use crate::policy::Policy;

    /// A key that is known but not read would leave its rule without the condition, so that it concerns
    /// everybody.
    #[test]
    fn every_key_that_is_known_is_read() {
        let value = |key: &str| match key {
            "calling_code" => r#"["+46"]"#,
            "country" => r#"["SE"]"#,
            "custom" => r#"{ plan = "trial" }"#,
            "method" => r#"["sms"]"#,
            "number_type" => r#"["mobile"]"#,
            "prefix" => r#"["+4670"]"#,
            "price" => r#"{ above = "0.05 EUR" }"#,
            "verified_within" => r#""90d""#,
            _ => panic!("what is a value of `{key}`?"),
        };
        for key in KEYS {
            let rule = format!("id = \"r\"\nverdict = \"deny\"\nwhen.{key} = {}", value(key));
            let source = format!("schema = 1\ndefault = \"allow\"\n[[rules]]\n{rule}\n");
            let policy = Policy::compile(&source).unwrap_or_else(|problems| panic!("{problems}")).policy;
            assert!(!policy.rules()[0].when.is_empty(), "`{key}` is known and not read");
        }
    }
}
