//! `local-table`, for the other commands; and tables that cannot be reached.

use crate::world::tool::{Tool, sample};

/// A local table accepts any credentials, but some are required.
pub(crate) fn use_any_credentials(tool: &mut Tool) {
    for (name, value) in
        [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")]
    {
        tool.set(name, value);
    }
}

#[test]
fn a_local_table_serves_the_other_commands() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
    let run = |arguments: &[&str]| tool.run(&[arguments, &place[..]].concat());

    run(&["list", "add", "blocklist", "+4670*", "--reason", "test"]).exits(0);
    run(&["list", "show", "blocklist"]).exits(0).shows("+4670*");
    let gate = tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
    tool.run(&["send", &sample("request-sms"), "--url", &gate.url]).exits(2).shows("deny");
    run(&["outcome", "show", "signup-20260115-0001"]).exits(0).shows("deny by rule blocklist");
}

#[test]
fn the_table_may_be_named_in_the_environment() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    tool.set("SINCH_GATE_TABLE", "mine");
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0", "--table", "mine"]);
    let show = ["list", "show", "blocklist"];
    tool.run(&[&show[..], &["--endpoint-url", &table.url]].concat()).exits(0).says("nothing is on blocklist");
    // A file that is named on the command line wins.
    let add = ["list", "add", "blocklist", "+4670*", "--reason", "test", "--data", "gate.db"];
    tool.run(&add).exits(0);
    tool.run(&[&show[..], &["--data", "gate.db"]].concat()).exits(0).shows("+4670*");
}

#[test]
fn a_table_that_cannot_be_had_is_a_failure_that_says_what_to_do() {
    let mut tool = Tool::new();
    let show = |tool: &Tool, place: &[&str]| {
        tool.run(&[&["list", "show", "blocklist"], place].concat()).exits(1).prints("")
    };
    show(&tool, &["--data", "nothing.db"]).says("there is no file nothing.db");
    assert!(!tool.file("nothing.db").exists());
    tool.write("text.db", "not a database, but long enough to be taken for one; ".repeat(40).as_str());
    let run = show(&tool, &["--data", "text.db"]).says("cannot open `text.db` as a table");
    assert!(!run.stderr.contains("encryption"), "{run}");
    show(&tool, &["--table", "x"]).says("which AWS region? give --region, or set AWS_REGION");
    show(&tool, &["--table", "x", "--region", "eu-west-1"]).says("no AWS credentials").says("sign in");
    show(&tool, &["--table", "x", "--endpoint-url", "localhost:8000"]).says("begins with http://");

    use_any_credentials(&mut tool);
    show(&tool, &["--table", "x", "--endpoint-url", "http://127.0.0.1:1"]).says("DynamoDB cannot be reached");
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    show(&tool, &["--table", "another", "--endpoint-url", &table.url]).says("ResourceNotFoundException");
}
