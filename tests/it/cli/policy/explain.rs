//! `policy explain`.

use serde_json::json;

use super::{apply, author};
use crate::world::tool::{Run, SAMPLE_KEY, Tool, sample};

const POLICY: &str = r#"
schema = 1
default = "allow"

[[rules]]
id = "blocked"
verdict = "deny"
list = "blocklist"

[[rules]]
id = "markets"
verdict = "deny"
unless.country = "SE"

[[rules]]
id = "calls"
verdict = "deny"
when.method = "callout"
when.price = { above = "0.10 EUR" }

[[rules]]
id = "trials"
verdict = "deny"
when.custom.plan = "trial"

[[rules]]
id = "launch-night"
verdict = "deny"
active = { from = 2026-11-27T00:00:00Z, until = 2026-11-28T00:00:00Z }

[[rules]]
id = "expiry"
when.number_type = "mobile"
respond.sms = { expiry = "00:03:00" }

[[rules]]
id = "watched"
verdict = "deny"
mode = "monitor"
quota = { per = "country", limit = 1, window = "1d" }

[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 2, window = "1d" }
"#;

fn with_policy() -> Tool {
    let tool = author();
    tool.write("policy.toml", POLICY);
    tool
}

fn explain(tool: &Tool, arguments: &[&str]) -> Run {
    let at = ["--number", "+46701740605", "--at", "2026-11-26T12:00:00Z"];
    tool.run(&[&["policy", "explain"], arguments, &at[..]].concat())
}

#[test]
fn a_file_is_explained_rule_by_rule_without_a_table() {
    let expected = "    rule           what became of it
──────────────────────────────────────────────────────────────────────────────
1   blocked        needs the table: assumed not on blocklist
2   markets        `unless` matches: country is SE
3   calls          `when.method` does not match: method is sms
4   trials         does not apply: the event has no `custom.plan`
5   launch-night   not in force at this time
6   expiry         adds options to the answer
7   watched        needs counters: assumed to have room of 1 per country in 1d
8   per-number     needs counters: assumed to have room of 2 per number in 1d

allow: no rule decided
answer: {\"action\":\"allow\",\"sms\":{\"expiry\":\"00:03:00\"}}
note: `trials` did not apply: the event has no `custom.plan`
";
    explain(&with_policy(), &["policy.toml"])
        .exits(0)
        .prints(expected)
        .says("+46701740605 (SE, mobile) by sms, policy policy.toml\n");
}

#[test]
fn a_denial_tells_what_decided_and_what_was_not_reached() {
    let tool = with_policy();
    let call = ["policy.toml", "--method", "callout", "--price", "0.11 EUR"];
    explain(&tool, &call)
        .exits(2)
        .shows("3   calls          decided to deny: method is callout, price is 0.11 EUR\n")
        .shows("4   trials         not reached, a rule above decided\n")
        .shows("\ndeny by rule calls: method is callout, price is 0.11 EUR\n");
    explain(&tool, &["policy.toml", "--custom", r#"{"plan": "trial"}"#])
        .exits(2)
        .shows("deny by rule trials: ");
    let json = explain(&tool, &[&call[..], &["--format", "json"]].concat()).exits(2).json();
    assert_eq!(json.len(), 1);
    assert_eq!((&json[0]["verdict"], &json[0]["rule"]), (&"deny".into(), &"calls".into()));
    assert_eq!(json[0]["answer"], json!({"action": "deny"}));
    let courses: Vec<_> = json[0]["rules"].as_array().unwrap().iter().map(|rule| &rule["course"]).collect();
    assert_eq!(courses[..4], ["quiet", "skipped", "decided", "not_reached"]);
    let text = "decided to deny: method is callout, price is 0.11 EUR";
    assert_eq!(json[0]["rules"][2], json!({"rule": "calls", "course": "decided", "text": text}));
}

#[test]
fn a_table_tells_of_its_lists_and_counters_and_nothing_is_counted() {
    let tool = with_policy();
    apply(&tool, "policy.toml", &[]).exits(0);
    let now = |more: &[&str]| {
        let what = ["policy", "explain", "--number", "+46701740605", "--data", "gate.db"];
        tool.run(&[&what[..], more].concat())
    };
    let send = || {
        let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
        tool.run(&["send", &sample("request-sms"), "--new", "--url", &gate.url]).exits(0);
        gate.stop();
    };
    for _ in 0..3 {
        now(&[]).exits(0).says("policy v1").shows("has room: 1 of 2 per number in 1d with this one\n");
    }
    send();
    now(&[])
        .exits(0)
        .shows("1   blocked        not on blocklist\n")
        .shows(
            "7   watched        only monitors; it would deny; no room: 1 of 1 per country in 1d, room \
            again at 20",
        )
        .shows("8   per-number     has room: 2 of 2 per number in 1d with this one\n");
    send();
    now(&[])
        .exits(2)
        .shows("8   per-number     decided to deny; no room: 2 of 2 per number in 1d, room again at 20")
        .shows("\ndeny by rule per-number: 2 of 2 per number in 1d, room again at 20");
    now(&["--app", "another"]).exits(1).prints("").says("the table knows nothing of application another");
    now(&["closed.toml"]).exits(2).says("policy closed.toml").shows("deny: no rule decided\n");

    let add = ["list", "add", "blocklist", "+4670*", "--reason", "pumping", "--data", "gate.db"];
    tool.run(&add).exits(0);
    now(&[])
        .exits(2)
        .shows("1   blocked        decided to deny; +4670* is on blocklist: pumping\n")
        .shows("\ndeny by rule blocked: listed as +4670* on blocklist: pumping\n");
}

#[test]
fn a_number_is_known_by_its_past() {
    let tool = author();
    let source = "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"strangers\"\nverdict = \"deny\"\n\
                  when.method = \"callout\"\nunless.verified_within = \"30d\"\n\
                  [[rules]]\nid = \"unverified\"\nverdict = \"deny\"\n\
                  quota = { per = \"number\", limit = 2, window = \"1d\", release = \"verified\", grow = 2.0 \
                  }\n";
    tool.write("past.toml", source);
    apply(&tool, "past.toml", &[]).exits(0);
    let call = ["policy", "explain", "--number", "+46701740605", "--method", "callout", "--data", "gate.db"];
    tool.run(&call)
        .exits(2)
        .shows("1   strangers    decided to deny: method is callout; the number never verified\n");
    tool.run(&["policy", "explain", "past.toml", "--number", "+46701740605", "--method", "callout"])
        .exits(2)
        .shows("decided to deny: method is callout; needs the table: assumed never verified\n");
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for event in ["request-sms", "result-successful"] {
        tool.run(&["send", &sample(event), "--url", &gate.url]).exits(0);
    }
    gate.stop();
    tool.run(&call)
        .exits(0)
        .shows("1   strangers    the number's past is not as `verified_within` asks\n")
        .shows("2   unverified   has room: 1 of 2 unverified per number in 1d with this one\n");
}

#[test]
fn an_application_is_explained_by_its_policy_then_the_one_for_all_then_the_starter() {
    let tool = with_policy();
    tool.run(&["list", "add", "blocklist", "+4740*", "--reason", "x", "--data", "gate.db"]).exits(0);
    let now = |app: &str| explain(&tool, &["--app", app, "--data", "gate.db"]);
    now(SAMPLE_KEY).exits(0).says("policy starter\n");
    apply(&tool, "policy.toml", &[]).exits(0);
    apply(&tool, "policy.toml", &["--app", "mine", "--anyway"]).exits(0);
    apply(&tool, "closed.toml", &["--app", "mine"]).exits(0);
    now("mine").exits(2).says("policy v2\n");
    now("another").exits(0).says("policy v1\n");
}

#[test]
fn what_cannot_be_explained_is_said() {
    let tool = with_policy();
    explain(&tool, &[]).exits(1).says("which table?");
    explain(&tool, &["broken.toml"]).exits(2).prints("").says("broken.toml:7:17: error: ");
    explain(&tool, &["policy.toml", "--method", "smss"]).exits(1).says("did you mean `sms`?");
    explain(&tool, &["policy.toml", "--price", "5"]).exits(1).says("the currency is missing");
    let number = ["policy", "explain", "policy.toml", "--number", "0701740605"];
    tool.run(&number)
        .exits(2)
        .says("0701740605 (no country, invalid) by sms")
        .says("this is not E.164")
        .says(
            "\nhint: write the calling code, such as +46, in place of the first 0 (in SE it is +46701740605)",
        );
}

#[test]
fn a_rule_that_looks_only_at_the_past_has_no_empty_phrase() {
    let tool = author();
    let rule = "[[rules]]\nid = \"known\"\nverdict = \"allow\"\nwhen.verified_within = \"90d\"\n";
    tool.write("past.toml", &format!("schema = 1\ndefault = \"deny\"\n{rule}"));
    apply(&tool, "past.toml", &[]).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    tool.run(&["send", &sample("result-successful"), "--url", &gate.url]).exits(0);
    gate.stop();
    tool.run(&["policy", "explain", "--number", "+46701740605", "--data", "gate.db"])
        .exits(0)
        .shows("1   known   decided to allow; the number verified at 20");
}

#[test]
fn a_table_of_hashes_is_not_asked_without_its_key() {
    let mut tool = with_policy();
    tool.set("NUMBER_PRIVACY", "hashed");
    tool.set("NUMBER_HASH_KEY", "AAECAwQFBgcICQoLDA0ODw==");
    apply(&tool, "policy.toml", &[]).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for id in ["1", "2"] {
        let event = crate::world::sinch::request(id, "+46701740605");
        tool.write("event.json", &event.to_string());
        tool.run(&["send", "event.json", "--url", &gate.url]).exits(0);
    }
    gate.stop();
    let now = |tool: &Tool, command: &[&str]| {
        tool.run(&[command, &["--number", "+46701740605", "--data", "gate.db"]].concat())
    };
    let (explain, find) = (["policy", "explain"], ["outcome", "find"]);
    now(&tool, &explain).exits(2).shows("deny by rule per-number: 2 of 2 per number in 1d");
    now(&tool, &find).exits(0).shows("order-1").shows("order-2");
    tool.set("NUMBER_HASH_KEY", "BBECAwQFBgcICQoLDA0ODw==");
    for command in [&explain, &find] {
        now(&tool, command)
            .exits(1)
            .prints("")
            .says("hashes numbers with another key than this NUMBER_HASH_KEY");
    }
    tool.set("NUMBER_PRIVACY", "plain");
    for command in [&explain, &find] {
        now(&tool, command)
            .exits(1)
            .prints("")
            .says("nothing was looked up: the table holds hashed numbers, so this one would seem to be new")
            .says("\nhint: set NUMBER_PRIVACY=hashed");
    }
}
