//! What policies decide, scenario by scenario.

use jiff::Timestamp;
use serde_json::{Value, json};
use sinch_gate::answer::Answer;
use sinch_gate::event::{Event, VerificationRequest, parse};
use sinch_gate::policy::{By, Conclusion, Facts, Policy, StepOutcome, StepQuestion};
use sinch_gate::signature::VerifiedBody;

use StepOutcome::{Fired, NotFired, Unknown};

const NUMBER: &str = "+46701740605";

/// A request event with some members set in place of the usual ones.
pub(crate) fn request(members: &Value) -> VerificationRequest {
    let mut event = json!({
        "id": "1234567890",
        "event": "VerificationRequestEvent",
        "method": "sms",
        "identity": { "type": "number", "endpoint": NUMBER },
        "price": { "amount": 0.0453, "currencyId": "EUR" },
    });
    for (key, value) in members.as_object().unwrap() {
        event[key] = value.clone();
    }
    let body = event.to_string();
    let key = "669E367E-6BBA-48AB-AF15-266871C28135".parse().unwrap();
    match parse(&VerifiedBody::trust_without_verification(body.as_bytes(), key)) {
        Ok(Event::Request(request)) => request,
        other => panic!("no request: {other:?}"),
    }
}

fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

pub(crate) fn compile(rules: &str) -> Policy {
    let source = if rules.contains("schema") {
        rules.to_owned()
    } else {
        format!("schema = 1\ndefault = \"allow\"\n{rules}")
    };
    Policy::compile(&source).unwrap_or_else(|problems| panic!("{problems}\n{source}")).policy
}

/// Decides, with the store's reply for each rule; rules without one are not on the list and not used up.
pub(crate) fn decide<'p>(
    policy: &'p Policy,
    request: &VerificationRequest,
    replies: &[(&str, StepOutcome)],
) -> Conclusion<'p> {
    let facts = Facts { app: "app", request, stored_number: request.number.as_str(), now: now() };
    let plan = policy.plan(&facts);
    plan.conclude(|index| {
        let rule = plan.steps[index].rule.id.as_str();
        replies.iter().find(|(name, _)| *name == rule).map_or(NotFired, |(_, reply)| *reply)
    })
}

/// A conclusion in one line: `deny by blocked, would deny: guard`, with the answer's options where there are
/// any.
pub(crate) fn in_words(conclusion: &Conclusion<'_>, request: &VerificationRequest) -> String {
    let by = match conclusion.by {
        By::Rule(rule) => rule.id.to_string(),
        By::Default => "default".to_owned(),
        By::StoreFailure(rule) => format!("store failure at {}", rule.id),
    };
    let mut words = format!("{} by {by}", conclusion.verdict);
    for hit in &conclusion.monitors {
        words += &format!(", would {}: {}", hit.verdict, hit.rule);
    }
    let answer = Answer::allow(&conclusion.options, &request.method).to_json();
    if let Some(options) = answer.strip_prefix(r#"{"action":"allow","#) {
        words += &format!(", {}", options.trim_end_matches('}').replace('"', ""));
    }
    words
}

#[track_caller]
pub(crate) fn check(rules: &str, members: &Value, replies: &[(&str, StepOutcome)], expected: &str) {
    let (policy, request) = (compile(rules), request(members));
    assert_eq!(in_words(&decide(&policy, &request, replies), &request), expected, "{rules}");
}

#[track_caller]
pub(crate) fn check_notes(rules: &str, members: &Value, expected: &[&str]) {
    let (policy, request) = (compile(rules), request(members));
    let facts = Facts { app: "app", request: &request, stored_number: request.number.as_str(), now: now() };
    let notes: Vec<String> = policy.plan(&facts).notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, expected);
}

/// The key that a quota counts a verification under.
#[track_caller]
pub(crate) fn check_key(per: &str, members: &Value, stored_number: &str, expected: &str) {
    let policy = compile(&format!(
        "[[rules]]\nid = \"q\"\nverdict = \"deny\"\nquota = {{ per = {per}, limit = 1, window = \"1d\" }}\n"
    ));
    let request = request(members);
    let facts = Facts { app: "app", request: &request, stored_number, now: now() };
    let plan = policy.plan(&facts);
    let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
    let StepQuestion::Quota { key, .. } = &step.question else { panic!("{plan:?}") };
    assert_eq!(format!("{} {}", key.dimension, key.value), expected);
}

const LISTS_AND_QUOTAS: &str = r#"
[[rules]]
id = "safelist"
verdict = "allow"
list = "safelist"

[[rules]]
id = "guard"
verdict = "deny"
mode = "monitor"
quota = { per = "method", limit = 10, window = "3h" }

[[rules]]
id = "blocked"
verdict = "deny"
list = "blocklist"

[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 5, window = "1d" }

[[rules]]
id = "would-let-through"
verdict = "allow"
mode = "monitor"
"#;

#[test]
fn the_first_rule_that_fires_decides() {
    let check = |replies: &[_], expected| check(LISTS_AND_QUOTAS, &json!({}), replies, expected);
    check(&[], "allow by default, would allow: would-let-through");
    check(&[("blocked", Fired)], "deny by blocked");
    check(&[("blocked", Fired), ("safelist", Fired)], "allow by safelist");
    check(&[("per-number", Fired), ("blocked", Fired)], "deny by blocked");
    check(&[("per-number", Fired)], "deny by per-number");
}

#[test]
fn monitor_rules_are_noted_only_as_far_as_the_walk_comes() {
    let check = |replies: &[_], expected| check(LISTS_AND_QUOTAS, &json!({}), replies, expected);
    check(&[("guard", Fired)], "allow by default, would deny: guard, would allow: would-let-through");
    check(&[("guard", Fired), ("blocked", Fired)], "deny by blocked, would deny: guard");
    check(&[("guard", Fired), ("safelist", Fired)], "allow by safelist");
}

#[test]
fn a_failing_store_means_what_the_policy_says() {
    let lost = [("safelist", Unknown), ("guard", Unknown), ("blocked", Unknown), ("per-number", Unknown)];
    let open = format!("schema = 1\ndefault = \"allow\"\n{LISTS_AND_QUOTAS}");
    let closed = format!("schema = 1\ndefault = \"allow\"\non_store_failure = \"deny\"\n{LISTS_AND_QUOTAS}");
    check(&open, &json!({}), &lost, "allow by store failure at safelist, would allow: would-let-through");
    check(&closed, &json!({}), &lost, "deny by store failure at safelist");
    check(&closed, &json!({}), &[("safelist", Fired), ("blocked", Unknown)], "allow by safelist");
    check(&closed, &json!({}), &[("guard", Unknown)], "allow by default, would allow: would-let-through");
    check(&closed, &json!({}), &[("blocked", Unknown)], "deny by store failure at blocked");
}

#[test]
fn a_static_verdict_asks_the_store_nothing_below_it() {
    let policy = compile(&format!(
        "[[rules]]\nid = \"sms\"\nverdict = \"deny\"\nwhen.method = \"sms\"\n{LISTS_AND_QUOTAS}"
    ));
    let request = request(&json!({}));
    let facts = Facts { app: "app", request: &request, stored_number: NUMBER, now: now() };
    assert!(policy.plan(&facts).steps.is_empty());
}

#[test]
fn keys_are_anded_and_values_are_ored() {
    let rules = r#"
        [[rules]]
        id = "when"
        verdict = "deny"
        when.method = ["sms", "whatsapp"]
        when.custom = { plan = ["free", "trial"] }
        unless.custom = { staff = true, team = "test" }
    "#;
    let check = |method: &str, custom: Value, expected| {
        check(rules, &json!({ "method": method, "custom": custom.to_string() }), &[], expected);
    };
    check("sms", json!({ "plan": "free" }), "deny by when");
    check("WhatsApp", json!({ "plan": "trial" }), "deny by when");
    check("callout", json!({ "plan": "free" }), "allow by default");
    check("sms", json!({ "plan": "paid" }), "allow by default");
    check("sms", json!({ "plan": "free", "staff": true }), "deny by when");
    check("sms", json!({ "plan": "free", "staff": true, "team": "test" }), "allow by default");
}

#[test]
fn prices_are_compared_exactly_and_within_their_currency() {
    let rules = r#"
        [[rules]]
        id = "dear"
        verdict = "deny"
        when.price = { above = "0.10 EUR", below = "1 EUR" }
    "#;
    let check = |price: Value, expected| check(rules, &json!({ "price": price }), &[], expected);
    check(json!({ "amount": 0.11, "currencyId": "EUR" }), "deny by dear");
    check(json!({ "amount": 0.1, "currencyId": "EUR" }), "allow by default");
    check(json!({ "amount": 1.0, "currencyId": "EUR" }), "allow by default");
    check(json!({ "amount": 0.5, "currencyId": "USD" }), "allow by default");
    check(Value::Null, "allow by default");
    check_notes(rules, &json!({ "price": null }), &["`dear` did not apply: the event has no price"]);
    check_notes(
        rules,
        &json!({ "price": { "amount": 0.5, "currencyId": "USD" } }),
        &["`dear` did not apply: the event's price is in USD, the rule's in EUR"],
    );
}

#[test]
fn a_rule_is_in_force_only_while_it_is_active() {
    let rule = |active| format!("[[rules]]\nid = \"event\"\nverdict = \"deny\"\nactive = {active}\n");
    check(&rule("{ from = 2026-11-27T12:00:00Z }"), &json!({}), &[], "deny by event");
    check(&rule("{ from = 2026-11-27T12:00:01Z }"), &json!({}), &[], "allow by default");
    check(&rule("{ until = 2026-11-27T12:00:00Z }"), &json!({}), &[], "allow by default");
    check(&rule("{ until = 2026-11-27T13:00:01+01:00 }"), &json!({}), &[], "deny by event");
}

#[test]
fn the_first_rule_that_sets_an_option_wins() {
    let rules = r#"
        [[rules]]
        id = "short"
        when.method = "sms"
        respond.sms.expiry = "00:03:00"

        [[rules]]
        id = "letters"
        list = "letters"
        respond.sms.codeType = "Alpha"

        [[rules]]
        id = "blocked"
        verdict = "deny"
        list = "blocklist"

        [[rules]]
        id = "the-rest"
        verdict = "allow"
        respond.sms = { expiry = "00:10:00", codeType = "Numeric" }
        respond.callout.speech.locale = "sv-SE"
    "#;
    let sms = json!({});
    check(rules, &sms, &[], "allow by the-rest, sms:{codeType:Numeric,expiry:00:03:00");
    check(rules, &sms, &[("letters", Fired)], "allow by the-rest, sms:{codeType:Alpha,expiry:00:03:00");
    check(rules, &sms, &[("letters", Unknown)], "allow by the-rest, sms:{codeType:Numeric,expiry:00:03:00");
    check(rules, &sms, &[("blocked", Fired)], "deny by blocked");
    check(rules, &json!({ "method": "callout" }), &[], "allow by the-rest, callout:{speech:{locale:sv-SE");
    check(rules, &json!({ "method": "flashcall" }), &[], "allow by the-rest");
}

#[test]
fn what_an_event_lacks_is_noted_and_the_rule_does_not_apply() {
    let rules = r#"
        [[rules]]
        id = "address"
        verdict = "deny"
        quota = { per = ["custom.ip", "method"], limit = 1, window = "1d" }

        [[rules]]
        id = "block"
        verdict = "deny"
        quota = { per = "block:3", limit = 1, window = "1d" }

        [[rules]]
        id = "staff"
        verdict = "deny"
        when.method = "callout"
        unless.custom.staff = true
    "#;
    check_notes(
        rules,
        &json!({ "identity": { "type": "number", "endpoint": "0701740605" }, "custom": "{\"ip\": null}" }),
        &[
            "`address` did not apply: the event has no `custom.ip`",
            "`block` did not apply: the number belongs to no block of this size",
        ],
    );
}

#[test]
fn keys_name_what_is_counted() {
    let none = json!({});
    check_key("\"number\"", &none, NUMBER, "number +46701740605");
    check_key(
        "\"number\"",
        &none,
        "hmac:00112233445566778899aabbccddeeff",
        "number hmac:00112233445566778899aabbccddeeff",
    );
    check_key("\"method\"", &none, NUMBER, "method sms");
    check_key("\"app\"", &none, NUMBER, "app app");
    check_key("\"all\"", &none, NUMBER, "all all");
    check_key("[\"method\", \"number\"]", &none, NUMBER, "number+method +46701740605|sms");
    let custom = |ip: &str| json!({ "custom": json!({ "ip": ip, "b": 1 }).to_string() });
    check_key("\"custom.ip\"", &custom("192.0.2.1"), NUMBER, "custom.ip 192.0.2.1");
    check_key("\"custom.ip\"", &custom("+46|x"), NUMBER, "custom.ip %2B46%7Cx");
    check_key("[\"custom.ip\", \"custom.b\"]", &custom("x|1"), NUMBER, "custom.b+custom.ip 1|x%7C1");
    let odd = json!({ "identity": { "type": "number", "endpoint": "+46 70" } });
    check_key("\"number\"", &odd, "+46 70", "number %2B46 70");
}

#[test]
fn a_number_without_a_country_counts_with_its_like() {
    let key = |number: &str, expected: &str| {
        let members = json!({ "identity": { "type": "number", "endpoint": number } });
        check_key(
            "[\"country\", \"calling_code\"]",
            &members,
            number,
            &format!("country+calling_code {expected}"),
        );
    };
    key("+440791112345", "unknown|44");
    key("+11111111111", "unknown|1");
    key("+999123456", "unknown|unknown");
    key("0701740605", "unknown|unknown");
}

#[test]
fn country_and_block_are_those_of_the_number() {
    let jamaica = json!({ "identity": { "type": "number", "endpoint": "+18765551234" } });
    check_key("[\"country\", \"calling_code\"]", &jamaica, "+18765551234", "country+calling_code JM|1");
    check_key("\"block:4\"", &json!({}), NUMBER, "block:4 +4670174");
    let rules = "[[rules]]\nid = \"abroad\"\nverdict = \"deny\"\nunless.country = [\"SE\", \"US\"]\n";
    check(rules, &jamaica, &[], "deny by abroad");
    check(rules, &json!({}), &[], "allow by default");
}
