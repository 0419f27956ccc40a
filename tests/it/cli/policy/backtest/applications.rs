//! Traffic of several applications in one file.

use serde_json::json;

use super::backtest;
use crate::world::tool::Tool;

/// Ten requests of each of three applications in turn, of as many numbers.
fn traffic() -> String {
    let lines = (0..30).map(|n| {
        let event = json!({
            "id": format!("v{n}"), "event": "VerificationRequestEvent", "method": "sms",
            "identity": { "type": "number", "endpoint": format!("+467017406{n:02}") },
        });
        let (at, app) = (format!("2026-10-01T09:00:{n:02}Z"), format!("app-{}", n % 3));
        format!("{}\n", json!({ "at": at, "app": app, "event": event }))
    });
    lines.collect()
}

/// What is denied by a limit of five, by the ids.
fn denied(tool: &Tool, per: &str, more: &[&str]) -> Vec<String> {
    let quota = format!("quota = {{ per = \"{per}\", limit = 5, window = \"1d\" }}");
    let rule = format!("[[rules]]\nid = \"r\"\nverdict = \"deny\"\n{quota}\n");
    tool.write("policy.toml", &format!("schema = 1\ndefault = \"allow\"\n{rule}"));
    let arguments = [&["--traffic", "traffic.jsonl", "--decisions", "decisions.jsonl"], more].concat();
    backtest(tool, &arguments).exits(0);
    let decisions = std::fs::read_to_string(tool.file("decisions.jsonl")).unwrap();
    std::fs::remove_file(tool.file("decisions.jsonl")).unwrap();
    let decisions = decisions.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let denied = decisions.filter(|line| line["verdict"] == "deny");
    denied.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn applications_count_alone_unless_a_rule_counts_over_all() {
    let tool = Tool::new();
    tool.write("traffic.jsonl", &traffic());
    let from = |first: usize| (first..30).map(|n| format!("v{n}")).collect::<Vec<_>>();
    // The first five of each are the first fifteen of all.
    for more in [&[][..], &["--quick"]] {
        assert_eq!(denied(&tool, "app", more), from(15));
        assert_eq!(denied(&tool, "country", more), from(15));
        assert_eq!(denied(&tool, "all", more), from(5));
    }
    assert_eq!(denied(&tool, "country", &["--app", "app-1"]), ["v16", "v19", "v22", "v25", "v28"]);
}
