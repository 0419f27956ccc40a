//! What the gate and the tool say about a deployment that is wrong, and that the runbook quotes it.

use jiff::ToSpan as _;
use serde_json::Value;
use sinch_gate::clock;
use sinch_gate::signature::SignatureError;

use super::{OPERATIONS, section};
use crate::cli::use_any_credentials;
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{Sent, action, request, result};
use crate::world::tool::Tool;

const NUMBER: &str = "+46701740605";
const PATH: &str = "/sinch/verification";

/// A deployment that is wrong, and the section that describes it.
struct Wrong {
    section: String,
    gate: GateProcess,
    tool: Tool,
}

impl Wrong {
    /// A gate for [`PATH`] with these arguments and variables.
    fn new(heading: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let common = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("CALLBACK_PATH", PATH),
            ("DECISION_BUDGET", "20"),
        ];
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        tool.set("CALLBACK_PATH", PATH);
        let gate = GateProcess::start(arguments, &[&common[..], variables].concat());
        Self { section: section(heading), gate, tool }
    }

    /// A gate on a table, and a doctor who looks at it.
    fn on_table(heading: &str, table: &str, endpoint: &str) -> Self {
        Self::new(heading, &["--table", table, "--endpoint-url", endpoint], &[])
    }

    /// Expects that the section quotes this, word by word.
    #[track_caller]
    fn quotes(&self, text: &str) {
        let section = self.section.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(section.contains(text), "no `{text}` in {OPERATIONS}:\n{}", self.section);
    }

    /// Expects that a callback is refused for this reason, and that the section says so; gives the cause.
    #[track_caller]
    fn refuses(&self, sent: &Sent, status: u16, phrase: &str, what: &str) -> String {
        let received = self.gate.send(sent);
        assert_eq!((received.status, received.body.as_str()), (status, phrase));
        self.quotes(&format!("{status} `{phrase}`"));
        let line = self.gate.lines_saying("callback refused", 1).pop().unwrap();
        assert_eq!(line["what"], what, "{line}");
        self.quotes(&format!("`{what}`"));
        line["cause"].as_str().unwrap().to_owned()
    }

    /// Expects that a request is answered all the same, that an outcome is not, and that the section quotes
    /// what the log says of it, except the words of DynamoDB itself.
    #[track_caller]
    fn fails_to_store(&self, code: &str) {
        assert_eq!(action(&self.gate.post(&request("a", NUMBER)).body), "allow");
        let outcome = self.gate.post(&result("a", NUMBER, "SUCCESSFUL"));
        assert_eq!((outcome.status, outcome.body.as_str()), (503, "service unavailable"));
        self.quotes("503 `service unavailable`");
        for line in self.gate.lines_saying("not stored", 2) {
            self.quotes_error(&line, code);
        }
    }

    #[track_caller]
    fn quotes_error(&self, line: &Value, code: &str) {
        assert_eq!(line["cause"], "refused", "{line}");
        let error = line["error"].as_str().unwrap();
        let own = format!("DynamoDB refused with {code}");
        assert!(error.starts_with(&own), "{error}");
        self.quotes(&own);
        self.quotes(&error[error.find("hint: ").unwrap()..]);
    }

    /// Expects that the section quotes what `doctor` says of a check, in the named state.
    #[track_caller]
    fn doctor(&self, arguments: &[&str], check: &str, state: &str, quoted: &str) {
        let run = self.tool.run(&[&["doctor", "--format", "json"], arguments].concat());
        let lines = run.json();
        let line = lines.iter().find(|line| line["check"] == check).unwrap_or_else(|| panic!("{run}"));
        assert_eq!(line["state"], state, "{run}");
        let text = |member: &str| line[member].as_str().unwrap_or_default().to_owned();
        let words = format!("{}; {}", text("what"), text("advice"));
        let table = arguments.iter().skip_while(|argument| **argument != "--table").nth(1);
        let words = table.map_or(words.clone(), |table| words.replace(table, "TABLE_NAME"));
        assert!(words.contains(quoted), "no `{quoted}` in `{words}`");
        self.quotes(quoted);
    }
}

#[test]
fn a_wrong_secret_is_told_as_it_is_written_down() {
    let wrong = Wrong::new(
        "### A wrong secret",
        &[],
        &[
            ("SINCH_APPLICATION_KEY", crate::world::sinch::KEY),
            ("SINCH_APPLICATION_SECRET", "YW5vdGhlciBzZWNyZXQ="),
        ],
    );
    let sent = Sent::signed(PATH, request("a", NUMBER).to_string(), clock::now());
    let cause = wrong.refuses(&sent, 401, "unauthorized", "signature-mismatch");
    cause.split('\n').for_each(|line| wrong.quotes(line));
    let url = wrong.gate.url();
    let sinchs = ["--key", crate::world::sinch::KEY, "--secret", crate::world::sinch::SECRET, "--url", &url];
    let words = "compare key and secret with the function's and the Sinch dashboard's";
    // The gate has the samples' key, and the tool takes that for variables that were forgotten.
    let other = ["--key", "another", "--secret", crate::world::sinch::SECRET, "--url", &url];
    wrong.doctor(&other, "probe", "found", words);
    wrong.doctor(&sinchs, "probe", "found", "401: the signature was refused");
    let functions = ["--key", crate::world::sinch::KEY, "--secret", "YW5vdGhlciBzZWNyZXQ=", "--url", &url];
    wrong.tool.run(&[&["doctor"], &functions[..]].concat()).exits(0);
    let mut tool = Tool::new();
    tool.set("SINCH_APPLICATION_KEY", "key");
    tool.set("SINCH_APPLICATION_SECRET", "not base64!");
    tool.run(&["serve"]).exits(1).says("SINCH_APPLICATION_SECRET is not usable");
    wrong.quotes("SINCH_APPLICATION_SECRET is not usable");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_policy_is_told_as_it_is_written_down() {
    let table = TestTable::new().await;
    let wrong = Wrong::on_table("### No policy", table.name(), table.endpoint());
    wrong.gate.post(&request("a", NUMBER));
    assert_eq!(wrong.gate.lines_saying("decided", 1)[0]["policy"], "starter");
    wrong.quotes("policy `starter`");
    let place = ["--table", table.name(), "--endpoint-url", table.endpoint()];
    wrong.doctor(&place, "policy", "ok", "the built-in starter policy is in force");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_told_as_it_is_written_down() {
    let table = TestTable::new().await;
    let proxy = Proxy::to(table.endpoint());
    proxy.fail_all(Fate::Forbidden, |seen| seen.operation == "UpdateItem");
    let wrong = Wrong::on_table("### A missing right", table.name(), &proxy.endpoint());
    wrong.fails_to_store("AccessDeniedException");
    wrong.quotes_error(&wrong.gate.lines_saying("quota not taken", 1)[0], "AccessDeniedException");
    proxy.fail_all(Fate::Forbidden, |seen| seen.operation == "BatchGetItem");
    let blind = Wrong::on_table("### A missing right", table.name(), &proxy.endpoint());
    let loading = blind.gate.lines_saying("policies not loaded; the fallback policy is in force", 1);
    blind.quotes_error(&loading[0], "AccessDeniedException");
    blind.quotes("policies not loaded; the fallback policy is in force");
    proxy.fail_all(Fate::Forbidden, |_| true);
    let place = ["--table", table.name(), "--endpoint-url", &proxy.endpoint()];
    let words = "these credentials lack the right dynamodb:DescribeTable; allow dynamodb:DescribeTable on \
        the table \
                 TABLE_NAME, or use another --profile";
    wrong.doctor(&place, "table", "found", words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_another_shape_is_told_as_it_is_written_down() {
    let table = TestTable::new().await;
    let other = table.make_one_of_another_shape().await;
    let wrong = Wrong::on_table("### A table of another shape", &other, table.endpoint());
    wrong.fails_to_store("ValidationException");
    let place = ["--table", &other, "--endpoint-url", table.endpoint()];
    let words = "TABLE_NAME is not as template.yaml makes it: its keys are number (N), not pk (S), sk (S); \
        the index \
                 by_hour is missing";
    wrong.doctor(&place, "table", "found", words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_table_is_told_as_it_is_written_down() {
    let table = TestTable::new().await;
    let wrong = Wrong::on_table("### A wrong table name or region", "nowhere", table.endpoint());
    let loading = wrong.gate.lines_saying("policies not loaded; the fallback policy is in force", 1);
    wrong.quotes_error(&loading[0], "ResourceNotFoundException");
    wrong.quotes(loading[0]["message"].as_str().unwrap());
    wrong.fails_to_store("ResourceNotFoundException");
    let place = ["--table", "nowhere", "--endpoint-url", table.endpoint()];
    wrong.doctor(&place, "table", "found", "there is no table TABLE_NAME in this account and region");
}

#[test]
fn a_wrong_path_is_told_as_it_is_written_down() {
    let wrong = Wrong::new("### A wrong path in the dashboard", &[], &[]);
    let sent = Sent::signed("/elsewhere", request("a", NUMBER).to_string(), clock::now());
    assert_eq!(wrong.refuses(&sent, 404, "not found", "path"), "/elsewhere");
    let url = wrong.gate.url().replace(PATH, "/elsewhere");
    let words = "404: nothing is served at /elsewhere; give the URL of the output CallbackUrl";
    wrong.doctor(&["--url", &url], "probe", "found", words);
}

#[test]
fn a_clock_that_is_off_is_told_as_it_is_written_down() {
    for (seconds, what) in [(-302, "stale-timestamp"), (400, "early-timestamp")] {
        let wrong = Wrong::new("### A clock that is off", &[], &[]);
        let signed = clock::now() + seconds.seconds();
        let sent = Sent::signed(PATH, request("a", NUMBER).to_string(), signed);
        let cause = wrong.refuses(&sent, 401, "unauthorized", what);
        assert!(cause.contains("s are accepted: "), "{cause}");
    }
    let [age, tolerance] = [302, 300].map(std::time::Duration::from_secs);
    let stale = SignatureError::Stale { age, tolerance }.to_string();
    assert!(section("### A clock that is off").contains(&stale), "{stale}");
}
