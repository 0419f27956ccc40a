//! The `[[tests]]` of a policy: what they can set, and what they say when they fail.

use jiff::Timestamp;
use sinch_gate::policy::Policy;

const POLICY: &str = r#"
schema = 1
default = "allow"

[[rules]]
id = "safelist"
verdict = "allow"
list = "safelist"

[[rules]]
id = "blocked"
verdict = "deny"
list = "blocklist"

[[rules]]
id = "markets"
verdict = "deny"
unless.country = ["SE", "NO"]

[[rules]]
id = "trial-calls"
verdict = "deny"
when.method = "callout"
when.custom.plan = "trial"

[[rules]]
id = "expensive"
verdict = "deny"
when.price = { above = "0.10 EUR" }

[[rules]]
id = "watched"
verdict = "deny"
mode = "monitor"
quota = { per = "country", limit = 10, window = "1d" }

[[rules]]
id = "launch-night"
verdict = "deny"
active = { from = 2026-11-27T00:00:00Z, until = 2026-11-28T00:00:00Z }

[[rules]]
id = "known-caller"
verdict = "deny"
when.method = "flashcall"
unless.verified_within = "30d"

[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 5, window = "1d" }

[[rules]]
id = "per-app"
verdict = "deny"
quota = { per = "app", limit = 100, window = "1d" }
"#;

fn now() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

/// What fails, a line for each problem.
fn failures(test: &str) -> String {
    let source = format!("{POLICY}\n[[tests]]\nnumber = \"+46701740605\"\n{test}\n");
    let compiled = Policy::check(&source).unwrap_or_else(|problems| panic!("{problems}\n{test}"));
    assert_eq!(compiled.tests.len(), 1);
    let failures = compiled.failures(now());
    failures.iter().map(|problem| problem.to_string() + "\n").collect()
}

#[track_caller]
fn check_passes(test: &str) {
    assert_eq!(failures(test), "", "{test}");
}

/// Expects that the test fails for this reason; every test stands at the same place.
#[track_caller]
fn check_fails(test: &str, message: &str, help: &str) {
    assert_eq!(failures(test), format!("58:1: error: {message}\n  help: {help}\n"), "{test}");
}

#[test]
fn a_test_sets_the_event_and_the_world_it_meets() {
    check_passes(r#"expect = "allow""#);
    check_passes("expect = \"allow\"\nrule = \"default\"");
    check_passes("listed = \"blocklist\"\nexpect = \"deny\"\nrule = \"blocked\"");
    check_passes("listed = [\"blocklist\", \"safelist\"]\nexpect = \"allow\"\nrule = \"safelist\"");
    check_passes(
        "method = \"callout\"\ncustom = { plan = \"trial\" }\nexpect = \"deny\"\nrule = \"trial-calls\"",
    );
    check_passes("method = \"callout\"\ncustom = '{\"plan\": \"trial\"}'\nexpect = \"deny\"");
    check_passes("price = \"0.11 EUR\"\nexpect = \"deny\"\nrule = \"expensive\"");
    check_passes("at = 2026-11-27T12:00:00Z\nexpect = \"deny\"\nrule = \"launch-night\"");
    check_passes("quotas_used = [\"per-number\"]\nexpect = \"deny\"\nrule = \"per-number\"");
    check_passes("method = \"flashcall\"\nverified = \"29d\"\nexpect = \"allow\"");
    check_passes("method = \"flashcall\"\nverified = \"31d\"\nexpect = \"deny\"\nrule = \"known-caller\"");
    check_passes("method = \"flashcall\"\nexpect = \"deny\"\nrule = \"known-caller\"");
    check_passes("quotas_used = \"watched\"\napp = \"mine\"\nverified = \"10d\"\nexpect = \"allow\"");
}

#[test]
fn without_a_time_a_test_runs_now() {
    let source = format!("{POLICY}\n[[tests]]\nnumber = \"+46701740605\"\nexpect = \"allow\"\n");
    let compiled = Policy::check(&source).unwrap();
    assert_eq!(compiled.failures(now()), []);
    assert_eq!(compiled.failures("2026-11-27T12:00:00Z".parse().unwrap()).len(), 1);
}

#[test]
fn a_failing_test_tells_what_became_of_the_rule_it_names() {
    check_fails(
        "name = \"trials do not call\"\nmethod = \"callout\"\nexpect = \"deny\"\nrule = \"trial-calls\"",
        "test “trials do not call” fails: expected deny by `trial-calls`, got allow by default",
        "`trial-calls`: does not apply: the event has no `custom.plan`",
    );
    check_fails(
        "custom.plan = \"paid\"\nexpect = \"deny\"\nrule = \"trial-calls\"",
        "this test fails: expected deny by `trial-calls`, got allow by default",
        "`trial-calls`: `when.method` does not match: method is sms",
    );
    check_fails(
        "expect = \"deny\"\nrule = \"markets\"",
        "this test fails: expected deny by `markets`, got allow by default",
        "`markets`: `unless` matches: country is SE",
    );
    check_fails(
        "expect = \"deny\"\nrule = \"launch-night\"",
        "this test fails: expected deny by `launch-night`, got allow by default",
        "`launch-night`: not in force at this time",
    );
    check_fails(
        "quotas_used = \"watched\"\nexpect = \"deny\"\nrule = \"watched\"",
        "this test fails: expected deny by `watched`, got allow by default",
        "`watched`: only monitors; it would deny",
    );
    check_fails(
        "listed = \"blocklist\"\nexpect = \"deny\"\nrule = \"per-number\"",
        "this test fails: expected deny by `per-number`, got deny by `blocked`",
        "`per-number`: not reached, a rule above decided",
    );
}

#[test]
fn a_failing_test_tells_what_the_world_said_to_the_rule_it_names() {
    for (test, rule, help) in [
        ("", "blocked", "the number is not on its list"),
        ("", "per-number", "its quota has room"),
        (
            "method = \"flashcall\"\nverified = \"1d\"",
            "known-caller",
            "the number's past is not as `verified_within` asks",
        ),
    ] {
        let message = format!("this test fails: expected deny by `{rule}`, got allow by default");
        check_fails(
            &format!("{test}\nexpect = \"deny\"\nrule = \"{rule}\""),
            &message,
            &format!("`{rule}`: {help}"),
        );
    }
}

#[test]
fn a_failing_test_that_names_no_rule_tells_which_one_decided() {
    check_fails(
        "price = \"1.00 EUR\"\nexpect = \"allow\"",
        "this test fails: expected allow, got deny by `expensive`",
        "`expensive`: decided to deny: price is 1.00 EUR",
    );
    check_fails(
        "listed = \"safelist\"\nexpect = \"allow\"\nrule = \"default\"",
        "this test fails: expected allow by default, got allow by `safelist`",
        "`safelist`: decided to allow",
    );
}
