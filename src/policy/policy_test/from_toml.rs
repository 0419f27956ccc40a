//! Reading `[[tests]]`, and whether they speak of the policy beside them.

use std::time::Duration;

use serde_json::Value;
use toml::de::{DeInteger, DeValue};

use super::{ExpectedBy, PolicyTest, Tests, over_traffic};
use crate::event::{Custom, Method, VerificationId, VerificationRequest};
use crate::phone::PhoneNumber;
use crate::policy::VERDICTS;
use crate::policy::condition::Value as _;
use crate::policy::name::{ListName, RuleId};
use crate::policy::problem::{Place, ProblemReport, error, missing};
use crate::policy::rule::{Question, Rule, moment};
use crate::policy::toml_value::{Fields, Node, choice, elements, money, shown, text, wrong_kind};
use crate::span;
use crate::suggest::did_you_mean;

const KEYS: &[&str] = &[
    "app",
    "at",
    "backtest",
    "custom",
    "expect",
    "listed",
    "method",
    "name",
    "number",
    "price",
    "quotas_used",
    "rule",
    "verified",
];

/// What every test says, and how.
const REQUIRED: [(&str, &str); 2] = [
    ("number", "write the number to verify: number = \"+46701740605\""),
    ("expect", "write the verdict that must come: expect = \"deny\""),
];

/// How a test names the policy's `default`.
const DEFAULT: &str = "default";

/// Reads one `[[tests]]`, and adds it to the others. `rules` are those of the policy, where all could be
/// read. Gives `None` where it cannot be read.
pub(in crate::policy) fn read(
    node: &Node<'_>,
    rules: Option<&[Rule]>,
    source: &str,
    tests: &mut Tests,
    report: &mut ProblemReport,
) -> Option<()> {
    let fields = Fields::of(node, "a test", KEYS, report)?;
    match fields.get("backtest") {
        Some(backtest) => {
            let place = Place::of(fields.at.start, source);
            for key in KEYS.iter().filter(|key| !["backtest", "name"].contains(key) && fields.has(key)) {
                let message = format!("`{key}` is about one event, and `backtest` about recorded traffic");
                report.push(error(&fields.place_of(key), message).help("write two tests"));
            }
            let name = fields.get("name").and_then(|node| text(node, "`name`", report));
            tests.over_traffic.push(over_traffic::read(backtest, place, name, report)?);
        }
        None => tests.of_events.push(of_event(&fields, rules, source, report)?),
    }
    Some(())
}

fn of_event(
    fields: &Fields<'_, '_>,
    rules: Option<&[Rule]>,
    source: &str,
    report: &mut ProblemReport,
) -> Option<PolicyTest> {
    for (key, help) in REQUIRED {
        if fields.lacks(key) {
            report.push(missing(&fields.at, format!("a test has no `{key}`")).help(help));
        }
    }
    let name = fields.get("name").and_then(|node| text(node, "`name`", report));
    let app = fields.get("app").and_then(|node| text(node, "`app`", report));
    let request = request(fields, report);
    let at = fields.get("at").and_then(|node| moment(node, "`at`", report));
    let verified = fields.get("verified").and_then(|node| verified(node, report));
    let expect = fields.get("expect").and_then(|node| choice(node, "`expect`", &VERDICTS, report));
    let listed = names(fields, "listed", &lists_of(rules), report);
    let quotas_used = names(fields, "quotas_used", &quotas_of(rules), report);
    let by = fields.get("rule").and_then(|node| expected_rule(node, rules, report));
    Some(PolicyTest {
        place: Place::of(fields.at.start, source),
        name: name.map(str::to_owned),
        app: app.unwrap_or("test").to_owned(),
        request: request?,
        at,
        listed: listed.into_iter().filter_map(|name| name.parse::<ListName>().ok()).collect(),
        quotas_used: quotas_used.into_iter().filter_map(|name| name.parse::<RuleId>().ok()).collect(),
        verified,
        expect: expect?,
        by,
    })
}

/// The event that a test is about.
fn request(fields: &Fields<'_, '_>, report: &mut ProblemReport) -> Option<VerificationRequest> {
    let number = fields.get("number").and_then(|node| text(node, "`number`", report));
    let method = match fields.get("method") {
        Some(node) => Method::read(node, report),
        None => Some(Method::Sms),
    };
    let price = fields.get("price").and_then(|node| money(node, "`price`", report));
    let custom = fields.get("custom").and_then(|node| custom(node, report));
    Some(VerificationRequest {
        // One for all, so that a rule with `sample` looks at a test always or never.
        id: VerificationId("test".to_owned()),
        method: method?,
        number: PhoneNumber::new(number?),
        reference: None,
        custom,
        price,
        unreadable: Vec::new(),
    })
}

/// How long ago the number was verified.
fn verified(node: &Node<'_>, report: &mut ProblemReport) -> Option<Duration> {
    let written = text(node, "`verified`", report)?;
    let span = span::parse(written);
    if span.is_none() {
        let message = format!("`{}` is not a span of time", shown(written));
        let help = "write how long ago the number was verified, such as \"10d\"";
        report.push(error(&node.span(), message).help(help));
    }
    span
}

/// `custom` as it would come: a table stands for the JSON object.
fn custom(node: &Node<'_>, report: &mut ProblemReport) -> Option<Custom> {
    match node.get_ref() {
        DeValue::String(text) => Some(Custom::new(text.as_ref())),
        DeValue::Table(members) => {
            let members: Option<serde_json::Map<String, Value>> = members
                .iter()
                .map(|(key, node)| Some((key.get_ref().to_string(), member(node, report)?)))
                .collect();
            members.map(|members| Custom::new(Value::Object(members).to_string()))
        }
        _ => {
            report.push(wrong_kind(node, "`custom`", "a table").help("or the whole text that the event has"));
            None
        }
    }
}

fn member(node: &Node<'_>, report: &mut ProblemReport) -> Option<Value> {
    let value = node.get_ref();
    let member = value
        .as_str()
        .map(Value::from)
        .or_else(|| value.as_bool().map(Value::from))
        .or_else(|| value.as_integer().and_then(whole));
    if member.is_none() {
        report.push(wrong_kind(node, "a member of `custom`", "text in quotes"));
    }
    member
}

fn whole(integer: &DeInteger<'_>) -> Option<Value> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(Value::from)
}

/// The lists that rules ask for.
fn lists_of(rules: Option<&[Rule]>) -> Option<Vec<&str>> {
    rules.map(|rules| {
        rules
            .iter()
            .filter_map(|rule| match &rule.question {
                Question::List(list) => Some(list.as_str()),
                _ => None,
            })
            .collect()
    })
}

/// The rules that have a quota.
fn quotas_of(rules: Option<&[Rule]>) -> Option<Vec<&str>> {
    rules.map(|rules| {
        let with_quota = rules.iter().filter(|rule| matches!(rule.question, Question::Quota(_)));
        with_quota.map(|rule| rule.id.as_str()).collect()
    })
}

/// The names under a key, each of which must be known; which are, is not known where a rule could not be
/// read.
fn names<'t>(
    fields: &Fields<'t, '_>,
    key: &str,
    known: &Option<Vec<&str>>,
    report: &mut ProblemReport,
) -> Vec<&'t str> {
    let mut names = Vec::new();
    for node in fields.get(key).map(elements).unwrap_or_default() {
        let Some(name) = text(node, &format!("`{key}`"), report) else { continue };
        if let Some(known) = known
            && !known.contains(&name)
        {
            let message = if key == "listed" {
                format!("no rule asks for a list `{}`", shown(name))
            } else {
                format!("no rule with a quota is called `{}`", shown(name))
            };
            report.push(error(&node.span(), message).maybe_help(did_you_mean(name, known.iter().copied())));
        }
        names.push(name);
    }
    names
}

fn expected_rule(node: &Node<'_>, rules: Option<&[Rule]>, report: &mut ProblemReport) -> Option<ExpectedBy> {
    let written = text(node, "`rule`", report)?;
    let ids = || rules.into_iter().flatten().map(|rule| rule.id.as_str());
    if rules.is_some() && ids().all(|id| id != written) {
        if written == DEFAULT {
            return Some(ExpectedBy::Default);
        }
        let names: Vec<&str> = ids().chain([DEFAULT]).collect();
        let message = format!("no rule is called `{}`", shown(written));
        report.push(error(&node.span(), message).maybe_help(did_you_mean(written, names)));
    }
    written.parse().ok().map(ExpectedBy::Rule)
}
