//! `outcome show`.

use jiff::SignedDuration;
use sinch_gate::clock;

use super::recorded::{Recorded, allowed, tool_with};
use crate::support::without_times;
use crate::world::tool::{SAMPLE_KEY, Tool, sample};

/// A gate's file, in which a sample and what came of it are recorded.
fn recorded() -> Tool {
    let tool = Tool::new();
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for event in ["request-sms", "sms-delivered-successful", "result-successful", "request-sms-minimal"] {
        tool.run(&["send", &sample(event), "--url", &gate.url]);
    }
    assert_eq!(gate.stop(), Some(0));
    tool
}

#[test]
fn a_story_tells_what_was_asked_decided_and_heard() {
    let tool = recorded();
    let run = tool.run(&["outcome", "show", "signup-20260115-0001", "--data", "gate.db"]).exits(0);
    let expected = format!(
        "\
application {SAMPLE_KEY}
signup-20260115-0001: sms to +46701740605 (SE, mobile)
  id 019bc0d4-3a10-7c41-8e52-5b0c7d1f9a01
  TIME   allow: no rule decided (policy starter)
                         custom: {{\"ip\":\"203.0.113.24\",\"plan\":\"free\"}}
  TIME   SMS delivery: Successful
  TIME   result: SUCCESSFUL, manual
                         price: at most 0.0453 EUR, as the request said

The gate allowed it, and the number verified at TIME. All is well.
"
    );
    assert_eq!(without_times(&run.stdout), expected, "{run}");

    let run = tool
        .run(&["outcome", "show", "signup-20260115-0001", "--data", "gate.db", "--format", "json"])
        .exits(0);
    let story = &run.json()[0];
    assert_eq!(story["decision"]["verdict"], "allow");
    assert_eq!(story["heard"].as_array().unwrap().len(), 2);
}

#[test]
fn a_verification_without_reference_is_found_by_its_id() {
    let tool = recorded();
    let event: serde_json::Value =
        serde_json::from_str(&crate::world::tool::read("events/request-sms-minimal.json")).unwrap();
    let id = event["id"].as_str().unwrap();
    tool.run(&["outcome", "show", id, "--data", "gate.db"]).exits(0).shows("no reference: ").shows(id);
}

#[test]
fn a_reference_that_is_not_recorded_is_said_to_be_unknown() {
    let tool = recorded();
    tool.run(&["outcome", "show", "another", "--data", "gate.db"])
        .exits(2)
        .prints("")
        .says(&format!("nothing is recorded under `another` for application {SAMPLE_KEY}"));
    tool.run(&["outcome", "show", "signup-20260115-0001", "--app", "another", "--data", "gate.db"]).exits(2);
}

/// What the story of an allowed verification comes down to that began some minutes ago, and the hints.
fn conclusion(minutes: i64, heard: impl FnOnce(Recorded) -> Recorded) -> (String, Vec<String>) {
    let at = clock::now() - SignedDuration::from_mins(minutes);
    let tool = tool_with(&[heard(allowed("1", at))]);
    let run = tool.run(&["outcome", "show", "order-1", "--data", "gate.db", "--format", "json"]).exits(0);
    let story = run.json().remove(0);
    let hints = story["hints"].as_array().unwrap().iter().map(|hint| hint.as_str().unwrap().to_owned());
    (story["conclusion"].as_str().unwrap().to_owned(), hints.collect())
}

#[track_caller]
fn check_conclusion(minutes: i64, heard: impl FnOnce(Recorded) -> Recorded, says: &str, hint: &str) {
    let (conclusion, hints) = conclusion(minutes, heard);
    assert!(conclusion.contains(says), "{conclusion}");
    assert!(hints.first().is_some_and(|first| first.contains(hint)), "{hints:?}");
}

#[test]
fn each_end_comes_down_to_what_it_means_and_what_to_do() {
    let ask = "ask Sinch how it ended: `sinch-gate verification status --id 1`";
    check_conclusion(
        60,
        |story| story,
        "nothing was heard of it since: neither a delivery nor a result",
        ask,
    );
    let delivered = |story: Recorded| story.delivered(4);
    check_conclusion(60, delivered, "but no result came: the code was never entered", ask);
    check_conclusion(
        60,
        |story| story.delivered(4).ending(300, "FAIL", Some("Expired")),
        "with the reason “Expired”. The SMS was delivered at ",
        "let the customer ask for a new code",
    );
    let wrong = |story: Recorded| story.ending(30, "FAIL", Some("Invalid code"));
    check_conclusion(60, wrong, "what was entered was not the code", "let the customer ask for a new code");
    let refused = |story: Recorded| story.ending(1, "DENIED", Some("Not enough credit"));
    check_conclusion(60, refused, "but Sinch refused it", "ask Sinch for the reason");
    let replaced = |story: Recorded| story.ending(30, "ABORTED", None);
    check_conclusion(60, replaced, "only the newest code counts", "look at the newer attempt");
    let broken = |story: Recorded| story.ending(30, "ERROR", Some("SMS delivery failure"));
    check_conclusion(60, broken, "charges nothing", "check the number");
    let (conclusion, hints) = conclusion(60, |story| story.ending(30, "SUCCESSFUL", None));
    assert!(conclusion.ends_with(". All is well."), "{conclusion}");
    assert_eq!(hints, Vec::<String>::new());
}

#[test]
fn times_are_local_where_that_is_wanted_but_in_json() {
    let at = "2026-11-24T23:30:00Z".parse().unwrap();
    let mut tool = tool_with(&[allowed("1", at)]);
    tool.set("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    let show = ["outcome", "show", "order-1", "--data", "gate.db"];
    let local = ["--local"];
    tool.run(&show).exits(0).shows("  2026-11-24T23:30:00Z   allow");
    tool.run(&[&show[..], &local].concat()).exits(0).shows("  2026-11-25 00:30:00 CET   allow");
    let json = tool.run(&[&show[..], &local, &["--format", "json"]].concat()).exits(0).json();
    assert_eq!(json[0]["decision"]["at"], "2026-11-24T23:30:00Z");
    // Half an hour past midnight is on the 25th there, and on the 24th in UTC.
    let find = |more: &[&str]| {
        let find =
            ["outcome", "find", "--number", "+46701740605", "--data", "gate.db", "--from", "2026-11-25"];
        tool.run(&[&find[..], &["--to", "2026-11-26"], more].concat())
    };
    find(&[]).exits(2);
    find(&local)
        .exits(0)
        .shows("2026-11-25 00:30:00 CET")
        .says("among the 1 record from 2026-11-25 00:00:00 CET");
}

#[test]
fn a_number_that_is_not_e164_is_looked_for_and_its_right_form_proposed() {
    let tool = tool_with(&[allowed("1", clock::now())]);
    for (number, hint) in [
        ("+46 70 174 06 05", "did you mean `+46701740605`?"),
        (
            "0701740605",
            "write the calling code, such as +46, in place of the first 0 (in SE it is +46701740605)",
        ),
    ] {
        tool.run(&["outcome", "find", "--number", number, "--data", "gate.db"])
            .exits(2)
            .says(&format!("so it is looked for just as it stands\nhint: {hint}\n"));
    }
}

#[test]
fn a_span_that_is_empty_is_refused() {
    let find = ["outcome", "find", "--number", "+46701740605", "--data", "gate.db"];
    let tool = tool_with(&[allowed("1", clock::now())]);
    for span in [&["--from", "1h", "--to", "2h"][..], &["--from", "2100-01-01"]] {
        let run = tool.run(&[&find[..], span].concat()).exits(1).prints("");
        run.says(" is not before --to ").says("hint: --from is the earlier of the two");
    }
    tool.run(&[&find[..], &["--from", "2h", "--to", "now"]].concat()).exits(0);
}

#[test]
fn a_reference_cannot_pass_for_a_line_of_its_own() {
    let mut forged = allowed("1", clock::now() - SignedDuration::from_secs(20));
    forged.subject.reference = Some("a\u{1b}[31m\n2026-11-26T03:00:00Z   allow".to_owned());
    let tool = tool_with(&[forged]);
    let escaped = "a\\u{1b}[31m\\n2026-11-26T03:00:00Z   allow";
    let run = |arguments: &[&str]| tool.run(&[arguments, &["--data", "gate.db"]].concat()).exits(0);
    run(&["outcome", "tail", "--once", "--since", "1h"]).shows(escaped);
    run(&["outcome", "find", "--number", "+46701740605"]).shows(escaped);
    run(&["outcome", "show", "1"]).shows(&format!("\n{escaped}: sms to "));
}
