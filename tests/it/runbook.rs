//! `docs/operations.md` and `SECURITY.md` agree with the template, with the files, and with what the gate and
//! the tool say about a deployment that is wrong.

use jiff::ToSpan as _;
use serde_json::Value;
use sinch_gate::clock;
use sinch_gate::signature::SignatureError;

use crate::cli::use_any_credentials;
use crate::documented_commands::blocks;
use crate::world::cloudformation::{from_yaml, template};
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{Sent, action, request, result};
use crate::world::tool::{Tool, read, repository};

const NUMBER: &str = "+46701740605";
const PATH: &str = "/sinch/verification";
const OPERATIONS: &str = "docs/operations.md";

/// The documents whose links and paths must lead somewhere.
const DOCUMENTS: [&str; 6] =
    [OPERATIONS, "docs/decisions.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"];

/// The text under a heading, up to the next one of its rank or above.
#[track_caller]
fn section(heading: &str) -> String {
    let text = read(OPERATIONS);
    let rest = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no `{heading}`")).1;
    let rank = heading.split(' ').next().unwrap().len();
    let is_over = |line: &&str| line.starts_with('#') && line.split(' ').next().unwrap().len() <= rank;
    rest.lines().take_while(|line| !is_over(line)).collect::<Vec<_>>().join("\n")
}

/// The headings of a rank within a text, without their signs.
fn headings<'t>(text: &'t str, rank: &str) -> Vec<&'t str> {
    text.lines().filter_map(|line| line.strip_prefix(rank)?.strip_prefix(' ')).collect()
}

/// The names of the template's resources of a type, without the stack's.
fn names_of(kind: &str, member: &str) -> Vec<String> {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let names = resources.filter(|resource| resource["Type"] == kind).map(|resource| {
        let name = resource["Properties"][member]["Fn::Sub"].as_str().unwrap();
        name.strip_prefix("${AWS::StackName}").unwrap()[1..].to_owned()
    });
    names.collect()
}

#[test]
fn every_alarm_has_its_section_and_every_section_its_alarm() {
    let mut alarms = names_of("AWS::CloudWatch::Alarm", "AlarmName");
    let runbook = section("## Alarms");
    let mut sections = headings(&runbook, "###");
    alarms.sort_unstable();
    sections.sort_unstable();
    assert_eq!(sections, alarms);
    for alarm in &alarms {
        assert!(runbook.contains(&format!("| [{alarm}](#{alarm}) |")), "{alarm} is not in the first table");
        let section = section(&format!("### {alarm}"));
        for part in ["**What happened.**", "**Customers.**", "**Look at.**", "**Do", "**Over**"] {
            assert!(section.contains(part), "{alarm} has no {part}");
        }
    }
}

/// What a text sets in italics, outside of code.
fn italics(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let prose: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("").replace("**", "");
    let spans = prose.split('*').skip(1).step_by(2);
    spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_saved_query_is_used_and_every_graph_that_is_named_is_there() {
    let named = italics(&section("## Alarms"));
    let queries = names_of("AWS::Logs::QueryDefinition", "Name");
    for query in &queries {
        assert!(named.contains(query), "nobody is told of the saved query {query}");
    }
    let template = template();
    let dashboard = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0];
    let dashboard = dashboard.as_str().unwrap();
    for name in named.iter().filter(|name| !queries.contains(name)) {
        let is_title = dashboard.contains(&format!(r#""title": "{name}"#));
        let is_metric = dashboard.contains(&format!(r#""{name}""#));
        assert!(is_title || is_metric, "the dashboard has no {name}");
    }
}

#[test]
fn every_output_is_told_of() {
    let text = [read("README.md"), read(OPERATIONS)].concat();
    for output in template()["Outputs"].as_object().unwrap().keys() {
        assert!(text.contains(output), "{output}");
    }
}

#[test]
fn every_file_that_is_named_is_there() {
    for document in DOCUMENTS {
        let text = read(document);
        let folder = repository(document).parent().unwrap().to_owned();
        for word in text.split('`').skip(1).step_by(2) {
            let is_there = path_of(word).is_none_or(|path| repository(&path).exists());
            assert!(is_there, "{document} names {word}");
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if file.contains("://") {
                continue;
            }
            let path = if file.is_empty() { repository(document) } else { folder.join(file) };
            let target =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {link}: {error}"));
            assert!(anchor.is_empty() || anchors(&target).contains(&anchor.to_owned()), "{document}: {link}");
        }
    }
}

/// The path that a document means by some code, if it is one: from the root, or of a Rust file from `src` on.
/// `NAME` stands for any name.
fn path_of(code: &str) -> Option<String> {
    let is_from_root = ["src/", "tests/", "benches/", "docs/", ".ci/", "events/"];
    if code.contains(char::is_whitespace) || code.contains("NAME") {
        None
    } else if is_from_root.iter().any(|root| code.starts_with(root)) {
        Some(code.to_owned())
    } else {
        (code.ends_with(".rs") && code.contains('/')).then(|| format!("src/{code}"))
    }
}

/// The anchors of a Markdown text, as repositories make them of headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn the_second_front_door_serves_the_path_of_the_template() {
    let blocks = blocks(&read(OPERATIONS), "yaml");
    let [door] = blocks.as_slice() else { panic!("{blocks:?}") };
    let door = from_yaml(door);
    let path = template()["Parameters"]["CallbackPath"]["Default"].as_str().unwrap().to_owned();
    let operation = &door["Resources"]["Api"]["Properties"]["Body"]["paths"][&path]["post"];
    assert_eq!(operation["x-amazon-apigateway-integration"]["type"], "aws_proxy", "{door}");
    let stage = door["Resources"]["Stage"]["Properties"]["StageName"].as_str().unwrap();
    let url = door["Outputs"]["CallbackUrl"]["Value"]["Fn::Sub"].as_str().unwrap();
    assert!(url.ends_with(&format!("/{stage}{path}")), "{url}");
    let right = door["Resources"]["ApiMayInvoke"]["Properties"]["SourceArn"]["Fn::Sub"].as_str().unwrap();
    assert!(right.ends_with(&format!("/{stage}/POST{path}")), "{right}");
}

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
        self.quotes(error.rsplit_once("; ").unwrap().1);
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
    wrong.quotes(&cause);
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
