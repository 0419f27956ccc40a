//! `sign` and `verify`.

use crate::signature::cases;
use crate::world::tool::{SAMPLE_KEY, SAMPLE_SECRET, Tool, read, sample};

#[test]
fn every_case_gets_its_verdict_and_reason() {
    let tool = Tool::new();
    for case in cases() {
        let (now, tolerance) = (case.now().to_string(), case.tolerance().as_secs().to_string());
        let mut arguments = vec!["verify", "--key", &case.key, "--secret", &case.secret];
        arguments.extend(["--method", &case.method, "--path", &case.path, "--body", "-", "--format", "json"]);
        arguments.extend(["--now", &now, "--tolerance", &tolerance]);
        let headers: Vec<String> =
            case.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        arguments.extend(headers.iter().flat_map(|header| ["--header", header.as_str()]));

        let run = tool.run_on(case.body(), &arguments);
        if case.is_lenient() {
            run.exits(1).prints("").says("--secret: application secret is not base64");
            continue;
        }
        let is_valid = case.valid && case.fresh != Some(false);
        let run = run.exits(if is_valid { 0 } else { 2 });
        let report = &run.json()[0];
        assert_eq!(report["valid"], is_valid, "{}", case.id);
        let reason = case.verify().err().map(|error| error.name());
        assert_eq!(report["reason"].as_str(), reason, "{}", case.id);
    }
}

/// Signs a sample for `/sinch/verification` and verifies it with what `changes` make of the arguments.
#[track_caller]
fn verify(path: &str, body: &str, more: &[&str]) -> crate::world::tool::Run {
    let tool = Tool::new();
    let signed =
        tool.run(&["sign", "--path", "/sinch/verification", "--body", &sample("request-sms")]).exits(0);
    tool.write("headers", &signed.stdout);
    tool.write("body.json", body);
    let mut arguments = vec!["verify", "--key", SAMPLE_KEY, "--secret", SAMPLE_SECRET];
    arguments.extend(["--path", path, "--header", "@headers", "--body", "body.json"]);
    arguments.extend(more);
    tool.run(&arguments)
}

#[test]
fn what_sign_signs_is_valid() {
    let body = read("events/request-sms.json");
    let run = verify("/sinch/verification", &body, &[]).exits(0);
    let stages: Vec<&str> =
        run.stdout.lines().filter(|line| line.contains("   ok ")).map(|line| line[..20].trim_end()).collect();
    let expected = ["Authorization header", "application key", "text to sign", "signature", "x-timestamp"];
    assert_eq!(stages, expected, "{run}");
    assert!(run.stdout.ends_with("\n\nvalid\n"), "{run}");
}

#[test]
fn a_known_mistake_is_named() {
    let body = read("events/request-sms.json");
    let mistake = "the path was signed without its first segment: is that a stage, which the gateway adds?";
    verify("/prod/sinch/verification", &body, &[])
        .exits(2)
        .shows(&format!("\nnot valid; this mistake would explain it: {mistake}\n"));
    let run = verify("/prod/sinch/verification", &body, &["--format", "json"]).exits(2);
    assert_eq!(run.json()[0]["suspicion"], mistake);
    let mistake = "the body was signed without the white space around it";
    verify("/sinch/verification", &format!("{body}\n"), &[]).exits(2).shows(mistake);
}

#[test]
fn what_no_known_mistake_explains_is_told_in_general() {
    let run =
        verify("/elsewhere", "{}", &[]).exits(2).shows("not valid: usually another secret, another path");
    assert!(!run.stdout.contains("this mistake"), "{run}");
    verify("/sinch/verification", &read("events/request-sms.json"), &["--now", "2026-01-15T09:32:00Z"])
        .exits(2)
        .shows("\nnot valid: early-timestamp\n");
}

#[test]
fn headers_that_are_none_are_refused() {
    let verify = |header: &str| {
        let tool = Tool::new();
        tool.write("headers", "authorization: x\n\nno header\n");
        let start = ["verify", "--key", SAMPLE_KEY, "--secret", SAMPLE_SECRET, "--path", "/", "--body", "-"];
        tool.run(&[&start[..], &["--header", header]].concat()).exits(1).prints("")
    };
    verify("x-timestamp").says("`x-timestamp` has not the form 'name: value'");
    verify("@headers").says("in headers: ").says("`no header`");
    verify("@nothing").says("cannot read nothing");
}

#[test]
fn sign_shows_what_is_signed() {
    let body = sample("request-sms");
    let arguments = ["sign", "--path", "/x", "--timestamp", "2026-01-15T09:30:00Z", "--body", &body];
    let run = Tool::new().run(&[&arguments[..], &["--format", "json"]].concat()).exits(0);
    let text = run.json()[0]["string_to_sign"].as_str().unwrap().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[3], lines[4]), ("POST", "x-timestamp:2026-01-15T09:30:00Z", "/x"));
}

#[test]
fn sign_refuses_what_is_no_path() {
    let body = sample("request-sms");
    let sign = |path| Tool::new().run(&["sign", "--path", path, "--body", &body]).exits(1).prints("");
    sign("sinch").says("a path begins with a slash");
    sign("/sinch?x=1").says("query and fragment are not signed");
    Tool::new()
        .run(&["sign", "--path", "/", "--body", "nothing.json"])
        .exits(1)
        .says("cannot read nothing.json");
}

#[test]
fn a_result_may_be_late_as_the_gate_takes_it() {
    let tool = Tool::new();
    for (event, late, exit) in [
        ("request-sms", "2026-01-15T09:40:00Z", 2),
        ("result-successful", "2026-01-15T09:40:00Z", 0),
        ("result-successful", "2026-01-16T10:00:00Z", 2),
    ] {
        let body = sample(event);
        let sign = ["sign", "--path", "/x", "--timestamp", "2026-01-15T09:30:00Z", "--body", &body];
        let signed = tool.run(&sign).exits(0);
        tool.write("headers", &signed.stdout);
        let verify =
            ["verify", "--key", SAMPLE_KEY, "--secret", SAMPLE_SECRET, "--path", "/x", "--now", late];
        tool.run(&[&verify[..], &["--header", "@headers", "--body", &body]].concat()).exits(exit);
    }
}
