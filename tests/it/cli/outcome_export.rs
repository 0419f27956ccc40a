//! `outcome export`.

use jiff::{SignedDuration, Timestamp};

use super::recorded::{allowed, denied, tool_with};

fn at(time: &str) -> Timestamp {
    format!("2026-01-15T{time}Z").parse().unwrap()
}

#[test]
fn what_was_recorded_is_told_as_callbacks_in_the_order_of_time() {
    let tool = tool_with(&[
        allowed("a", at("09:59:50")).delivered(5).ending(600, "SUCCESSFUL", None),
        denied("b", at("10:00:00.25")).ending(1, "DENIED", Some("Denied by callback")),
        allowed("early", at("09:59:49.999")),
        allowed("late", at("11:00:00")),
    ]);
    let arguments = [
        "outcome",
        "export",
        "--from",
        "2026-01-15T09:59:50Z",
        "--to",
        "2026-01-15T11:00:00Z",
        "--data",
        "gate.db",
    ];
    let run = tool.run(&arguments).exits(0);
    let expected = r#"
{"at":"2026-01-15T09:59:50Z","app":"KEY","event":{"id":"a","event":"VerificationRequestEvent","method":"sms","identity":{"type":"number","endpoint":"+46701740605"},"price":{"currencyId":"EUR","amount":0.0453},"reference":"order-a"}}
{"at":"2026-01-15T09:59:55Z","app":"KEY","event":{"id":"a","event":"VerificationSmsDeliveredEvent","method":"sms","identity":{"type":"number","endpoint":"+46701740605"},"reference":"order-a","smsResult":"Successful"}}
{"at":"2026-01-15T10:00:00.25Z","app":"KEY","verdict":"deny","event":{"id":"b","event":"VerificationRequestEvent","method":"sms","identity":{"type":"number","endpoint":"+998993941207"},"price":{"currencyId":"EUR","amount":0.0453},"reference":"order-b"}}
{"at":"2026-01-15T10:00:01.25Z","app":"KEY","event":{"id":"b","event":"VerificationResultEvent","method":"sms","identity":{"type":"number","endpoint":"+998993941207"},"reference":"order-b","status":"DENIED","reason":"Denied by callback"}}
{"at":"2026-01-15T10:09:50Z","app":"KEY","event":{"id":"a","event":"VerificationResultEvent","method":"sms","identity":{"type":"number","endpoint":"+46701740605"},"reference":"order-a","status":"SUCCESSFUL"}}
"#;
    assert_eq!(run.stdout, expected.trim_start().replace("KEY", crate::world::tool::SAMPLE_KEY));
    assert_eq!(run.stderr, "2 verifications, 5 callbacks\n");

    let stories = tool.run(&[&arguments[..], &["--stories"]].concat()).exits(0).json();
    assert_eq!(stories[1]["decision"]["rule"], "number-range");
    tool.run(&[&arguments[..], &["--app", "another"]].concat())
        .exits(2)
        .prints("")
        .says("0 verifications")
        .says("nothing is known of application another");
}

#[test]
fn a_verification_is_a_row_of_csv_that_no_spreadsheet_takes_for_a_formula() {
    let mut odd = denied("b", at("10:00:00")).ending(1, "DENIED", Some("Denied by callback"));
    odd.subject.reference = Some("=HYPERLINK(\"http://example.org\",\"click\")".to_owned());
    let done = allowed("a", at("09:59:50")).delivered(5).ending(600, "SUCCESSFUL", None);
    let tool = tool_with(&[done, odd]);
    let arguments = [
        "outcome",
        "export",
        "--from",
        "2026-01-15",
        "--to",
        "2026-01-16",
        "--data",
        "gate.db",
        "--format",
        "csv",
    ];
    let run = tool.run(&arguments).exits(0);
    let expected = r#"
at,app,id,reference,number,country,number_type,method,verdict,rule,reason,policy,price,monitors,delivery,status,status_reason,source,ended_at
2026-01-15T09:59:50Z,KEY,a,order-a,+46701740605,SE,mobile,sms,allow,,no rule decided,v3,0.0453 EUR,,Successful,SUCCESSFUL,,,2026-01-15T10:09:50Z
2026-01-15T10:00:00Z,KEY,b,"'=HYPERLINK(""http://example.org"",""click"")",+998993941207,UZ,mobile,sms,deny,number-range,10 of 10 per block:3 in 1d,v3,0.0453 EUR,pumping-guard,,DENIED,Denied by callback,,2026-01-15T10:00:01Z
"#;
    assert_eq!(run.stdout, expected.trim_start().replace("KEY", crate::world::tool::SAMPLE_KEY));
    assert_eq!(run.stderr, "2 verifications\n");
    tool.run(&[&arguments[..], &["--stories"]].concat()).exits(1).says("leave out --stories");
}

#[test]
fn a_long_span_is_read_page_by_page_in_order() {
    let begin = at("08:30:00");
    let stories: Vec<_> = (0..350_i64)
        .map(|n| allowed(&format!("{n:03}"), begin + SignedDuration::from_secs(n * 20)))
        .collect();
    let tool = tool_with(&stories);
    let run =
        tool.run(&["outcome", "export", "--from", "2026-01-15", "--to", "2026-01-16", "--data", "gate.db"]);
    let ids: Vec<String> =
        run.exits(0).json().iter().map(|line| line["event"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, stories.iter().map(|story| story.subject.id.clone()).collect::<Vec<_>>());
}

#[test]
fn a_hashed_number_stays_hashed_and_is_said_to_be() {
    let mut story = allowed("a", at("09:59:50"));
    story.subject.number = Some("hmac:00112233445566778899aabbccddeeff".to_owned().into());
    let tool = tool_with(&[story]);
    tool.run(&["outcome", "export", "--from", "2026-01-15", "--to", "2026-01-16", "--data", "gate.db"])
        .exits(0)
        .shows(r#""endpoint":"hmac:00112233445566778899aabbccddeeff""#)
        .says("1 of the numbers are hashed");
}

#[test]
fn a_span_that_makes_no_sense_is_refused() {
    let tool = tool_with(&[]);
    let export = |arguments: &[&str]| {
        tool.run(&[&["outcome", "export", "--data", "gate.db"], arguments].concat()).exits(1)
    };
    export(&[]).says("--from");
    export(&["--from", "tomorrow"]).says("how long ago, such as 6h");
    export(&["--from", "1h", "--to", "2h"]).says("is not before");
}
