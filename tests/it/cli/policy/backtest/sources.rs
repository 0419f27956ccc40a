//! The same records from the table, from `outcome export`, and from DynamoDB's own export to S3.

use std::io::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use jiff::ToSpan as _;
use serde_json::{Map, Value, json};
use sinch_gate::clock;

use super::{POLICY, analyst, backtest};
use crate::cli::use_any_credentials;
use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::sinch::result;
use crate::world::tool::Tool;

/// What was in force then: it denies the third of a number.
const THEN: &str = r#"
    schema = 1
    default = "allow"
    [[rules]]
    id = "per-number"
    verdict = "deny"
    quota = { per = "number", limit = 2, window = "1d" }
"#;

/// A story of each kind, some of them with their results first.
async fn fill(table: &TestTable) {
    let begin = clock::now() - 2.hours();
    let gate = Container::with_policy(table.store(), THEN, PATIENT, begin).await;
    for n in 0..12_i64 {
        let (id, at) = (n.to_string(), begin + n.minutes());
        let number = format!("+9989939410{:02}", n / 3);
        let answer = gate.ask(&id, &number, at).await;
        assert_eq!(answer, if n % 3 == 2 { "deny" } else { "allow" });
        let status = ["SUCCESSFUL", "FAIL", "DENIED"][usize::try_from(n % 3).unwrap()];
        let told = result(&id, &number, status);
        assert_eq!(gate.post(&told, at + 20.seconds()).await.status, 200);
    }
}

/// Every item, as DynamoDB exports it.
async fn exported(table: &TestTable) -> String {
    let items = table.client().scan().table_name(table.name()).send().await.unwrap().items.unwrap();
    let line = |item: &std::collections::HashMap<String, AttributeValue>| {
        let members: Map<String, Value> =
            item.iter().map(|(name, value)| (name.clone(), in_json(value))).collect();
        format!("{}\n", json!({ "Item": members }))
    };
    items.iter().map(line).collect()
}

fn in_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::B(bytes) => {
            json!({ "B": base64::engine::general_purpose::STANDARD.encode(bytes.as_ref()) })
        }
        AttributeValue::L(values) => json!({ "L": values.iter().map(in_json).collect::<Vec<_>>() }),
        AttributeValue::M(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), in_json(value)));
            json!({ "M": members.collect::<Map<_, _>>() })
        }
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        other => panic!("no such attribute is in a table of ours: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_what_was_exported_of_it_and_dynamodbs_own_export_give_the_same_report() {
    let table = TestTable::new().await;
    fill(&table).await;
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    tool.write("policy.toml", POLICY);
    let place = ["--table", table.name(), "--endpoint-url", table.endpoint()];
    let export = tool.run(&[&["outcome", "export", "--from", "3h"], &place[..]].concat()).exits(0);
    tool.write("traffic.jsonl", &export.stdout);
    std::fs::create_dir_all(tool.file("AWSDynamoDB/01/data")).unwrap();
    let gzip = std::fs::File::create(tool.file("AWSDynamoDB/01/data/a.json.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(gzip, flate2::Compression::default());
    gzip.write_all(exported(&table).await.as_bytes()).unwrap();
    gzip.finish().unwrap();
    tool.write("AWSDynamoDB/01/manifest-summary.json", "{}");
    let report = |arguments: &[&str]| {
        let command = ["policy", "backtest", "policy.toml", "--format", "json"];
        let run = tool.run(&[&command, arguments].concat()).exits(0).says_nothing();
        let mut report = run.json().remove(0);
        // Callbacks, records and items are counted as lines.
        report.as_object_mut().unwrap().remove("traffic");
        report
    };
    let expected = report(&["--traffic", "traffic.jsonl"]);
    assert_eq!([&expected["all"]["requests"], &expected["all"]["denied_then"]], [12, 4]);
    // The third of each number, and all of the last number: by then the block holds three that failed.
    assert_eq!([&expected["denied"]["requests"], &expected["denied"]["verified"]], [6, 1]);
    assert_eq!(report(&["--traffic", "AWSDynamoDB"]), expected);
    assert_eq!(report(&place), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_table_the_days_before_the_end_that_is_asked_for_are_read() {
    let table = TestTable::new().await;
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    tool.write("policy.toml", POLICY);
    let place = ["--table", table.name(), "--endpoint-url", table.endpoint()];
    // It is earlier than the last seven days.
    let command = ["policy", "backtest", "policy.toml", "--json", "--to", "30d"];
    let report = tool.run(&[&command, &place[..]].concat()).exits(0).json().remove(0);
    assert_eq!(report["all"]["requests"], 0);
}

#[test]
fn a_byte_order_mark_is_not_a_part_of_the_first_line() {
    let tool = analyst();
    let text = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    let report = |name: &str| backtest(&tool, &["--traffic", name, "--quick"]).exits(0).stdout;
    tool.write("marked.jsonl", &format!("\u{feff}{text}"));
    assert_eq!(report("marked.jsonl").replace("marked", "traffic"), report("traffic.jsonl"));
}
