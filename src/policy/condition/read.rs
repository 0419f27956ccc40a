//! Reading `when` and `unless`.

use std::time::Duration;

use rust_decimal::Decimal;

use super::{Condition, Conditions, PriceRange};
use crate::event::Method;
use crate::money::Money;
use crate::phone::{CallingCode, Country, NumberType, Prefix};
use crate::policy::name::CustomKey;
use crate::policy::node::{Fields, Node, money, shown, table, text, wrong_kind};
use crate::policy::problem::{Report, error};
use crate::policy::set::Sets;
use crate::policy::standing::Standing;
use crate::policy::suggest::{did_you_mean, nearest};
use crate::span;

const KEYS: &[&str] =
    &["calling_code", "country", "custom", "method", "number_type", "prefix", "price", "verified_within"];

/// The methods that policies can name: those whose events Sinch describes.
const METHODS: [(&str, Method); 5] = [
    ("sms", Method::Sms),
    ("flashcall", Method::FlashCall),
    ("callout", Method::Callout),
    ("seamless", Method::Seamless),
    ("whatsapp", Method::WhatsApp),
];

/// Names that people use for methods, and what the events call them.
const OTHER_METHOD_NAMES: [(&str, &str); 6] = [
    ("call", "callout"),
    ("data", "seamless"),
    ("flash", "flashcall"),
    ("phonecall", "callout"),
    ("phone_call", "callout"),
    ("voice", "callout"),
];

/// What people write for countries, and the ISO 3166-1 code that they mean. The first are reserved or taken
/// from languages and car plates; the others are three-letter codes.
const OTHER_COUNTRY_NAMES: [(&str, &str); 24] = [
    ("EL", "GR"),
    ("EN", "GB"),
    ("JA", "JP"),
    ("KO", "KR"),
    ("UK", "GB"),
    ("ARE", "AE"),
    ("AUS", "AU"),
    ("AUT", "AT"),
    ("BRA", "BR"),
    ("CAN", "CA"),
    ("CHE", "CH"),
    ("CHN", "CN"),
    ("DEU", "DE"),
    ("DNK", "DK"),
    ("ESP", "ES"),
    ("FIN", "FI"),
    ("FRA", "FR"),
    ("GBR", "GB"),
    ("IND", "IN"),
    ("ITA", "IT"),
    ("NLD", "NL"),
    ("POL", "PL"),
    ("SWE", "SE"),
    ("USA", "US"),
];

/// Reads the conditions under `when` or `unless`, in an order that asks for what every event has first.
pub(in crate::policy) fn read<'t, 'i>(
    node: &'t Node<'i>,
    key: &str,
    sets: &Sets<'t, 'i>,
    report: &mut Report,
) -> Conditions {
    let place = format!("`{key}`");
    let Some(fields) = Fields::of(node, &place, KEYS, report) else { return Conditions::default() };
    if fields.is_empty() {
        let message = format!("`{key}` has no condition");
        report.push(error(&fields.at, message).help("to have none, leave it out"));
    }
    let mut conditions = Vec::new();
    if let Some(node) = fields.get("country") {
        conditions.push(Condition::Country(values(node, "country", country, sets, report)));
    }
    if let Some(node) = fields.get("calling_code") {
        conditions.push(Condition::CallingCode(values(node, "calling_code", calling_code, sets, report)));
    }
    if let Some(node) = fields.get("prefix") {
        conditions.push(Condition::Prefix(values(node, "prefix", prefix, sets, report)));
    }
    if let Some(node) = fields.get("number_type") {
        conditions.push(Condition::NumberType(values(node, "number_type", number_type, sets, report)));
    }
    if let Some(node) = fields.get("method") {
        conditions.push(Condition::Method(values(node, "method", method, sets, report)));
    }
    conditions.extend(fields.get("price").and_then(|node| price(node, report)).map(Condition::Price));
    if let Some(node) = fields.get("custom") {
        conditions.extend(custom(node, sets, report));
    }
    let verified_within = fields.get("verified_within").and_then(|node| memory(node, report));
    Conditions { of_event: conditions, verified_within }
}

/// How far back to look for a verification of the number.
fn memory(node: &Node<'_>, report: &mut Report) -> Option<Duration> {
    let written = text(node, "`verified_within`", report)?;
    let memory = span::parse(written).filter(|span| !span.is_zero() && *span <= Standing::LONGEST);
    if memory.is_none() {
        let message = format!("`{}` is no time to look back", shown(written));
        let help = "write a whole number of `s`, `m`, `h` or `d`, from \"1s\" to \"366d\"";
        report.push(error(&node.span(), message).help(help));
    }
    memory
}

/// The values of one condition, sets included.
fn values<'t, 'i, T>(
    node: &'t Node<'i>,
    key: &str,
    read: fn(&Node<'i>, &mut Report) -> Option<T>,
    sets: &Sets<'t, 'i>,
    report: &mut Report,
) -> Vec<T> {
    if node.get_ref().as_array().is_some_and(|array| array.is_empty()) {
        let message = format!("`{key}` lists nothing, so it could never match");
        report.push(error(&node.span(), message).help("list at least one value, or remove the condition"));
    }
    sets.expand(node, report).into_iter().filter_map(|value| read(value, report)).collect()
}

fn country(node: &Node<'_>, report: &mut Report) -> Option<Country> {
    let written = text(node, "a country", report)?;
    let found = written.parse().ok();
    if found.is_none() {
        let message = format!("`{}` is no ISO 3166-1 country code", shown(written));
        report.push(error(&node.span(), message).help(country_help(written)));
    }
    found
}

/// What to write in the place of a text that is no country.
pub(crate) fn country_help(written: &str) -> String {
    let upper = written.trim().to_uppercase();
    let meant = OTHER_COUNTRY_NAMES.iter().find(|(other, _)| *other == upper).map(|(_, code)| *code);
    let meant = meant.or_else(|| Country::all().map(Country::code).find(|code| *code == upper));
    match meant {
        Some(code) => format!("did you mean `{code}`?"),
        None if upper == "EU" => "`EU` is no country: list its members, best as a set".to_owned(),
        None => "countries are two capital letters, such as `SE`; `001` are global services".to_owned(),
    }
}

fn calling_code(node: &Node<'_>, report: &mut Report) -> Option<CallingCode> {
    let value = node.get_ref();
    let written = match (value.as_integer(), value.as_str()) {
        (Some(integer), _) => integer.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => {
            report.push(wrong_kind(node, "a calling code", "a whole number"));
            return None;
        }
    };
    let found = written.parse().ok();
    if found.is_none() {
        let message = format!("`{}` is no calling code in use", shown(&written));
        report.push(error(&node.span(), message).help("write the code alone, such as 46 or \"+46\""));
    }
    found
}

/// Only prefixes can stand here, so the star may be left out.
fn prefix(node: &Node<'_>, report: &mut Report) -> Option<Prefix> {
    let written = text(node, "a prefix", report)?;
    match Prefix::with_optional_star(written) {
        Ok(prefix) => Some(prefix),
        Err(wrong) => {
            report.push(error(&node.span(), "this is no prefix of numbers").help(wrong.to_string()));
            None
        }
    }
}

fn number_type(node: &Node<'_>, report: &mut Report) -> Option<NumberType> {
    let written = text(node, "a number type", report)?;
    let found = written.parse().ok();
    if found.is_none() {
        let help = did_you_mean(written, NumberType::ALL.iter().map(|number_type| number_type.name()));
        let message = format!("unknown number type `{}`", shown(written));
        report.push(error(&node.span(), message).maybe_help(help));
    }
    found
}

fn method(node: &Node<'_>, report: &mut Report) -> Option<Method> {
    let written = text(node, "a method", report)?;
    let found = METHODS.into_iter().find(|(name, _)| *name == written).map(|(_, method)| method);
    if found.is_none() {
        let lower = written.to_lowercase();
        let meant = OTHER_METHOD_NAMES.iter().find(|(other, _)| *other == lower).map(|(_, name)| *name);
        let help = match meant.or_else(|| nearest(written, METHODS.iter().map(|(name, _)| *name))) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "methods are `sms`, `flashcall`, `callout`, `seamless` and `whatsapp`".to_owned(),
        };
        report.push(error(&node.span(), format!("unknown method `{}`", shown(written))).help(help));
    }
    found
}

fn price(node: &Node<'_>, report: &mut Report) -> Option<PriceRange> {
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

fn custom<'t, 'i>(node: &'t Node<'i>, sets: &Sets<'t, 'i>, report: &mut Report) -> Vec<Condition> {
    let Some(members) = table(node, "`custom`", report) else { return Vec::new() };
    if members.is_empty() {
        report.push(error(&node.span(), "`custom` names no member"));
    }
    let mut conditions = Vec::new();
    for (key, node) in members {
        let values = values(node, key.get_ref(), custom_value, sets, report);
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

/// Members of `custom` are compared as text, so numbers and booleans may be written as they are.
fn custom_value(node: &Node<'_>, report: &mut Report) -> Option<String> {
    let value = node.get_ref();
    let written = value
        .as_str()
        .map(ToOwned::to_owned)
        .or_else(|| value.as_integer().map(ToString::to_string))
        .or_else(|| value.as_bool().map(|flag| flag.to_string()));
    if written.is_none() {
        report.push(wrong_kind(node, "a value of `custom`", "text in quotes"));
    }
    written
}
