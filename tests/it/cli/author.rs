//! Who made a change, and where it was made.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use super::use_any_credentials;
use crate::world::tool::{Run, Tool};

const ADD: [&str; 6] = ["list", "add", "blocklist", "+46701740605", "--reason", "test"];

/// A tool whose user has this name.
fn tool_of(user: &str) -> Tool {
    let mut tool = Tool::new();
    tool.set("USER", user);
    use_any_credentials(&mut tool);
    tool
}

fn authors(run: &Run) -> Vec<String> {
    run.json().iter().map(|entry| entry["added_by"].as_str().unwrap().to_owned()).collect()
}

/// Stands in for AWS STS: answers every request with the same identity, or with nothing but a status.
fn sts(arn: Option<&str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let reply = arn.map_or("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".to_owned(), |arn| {
        let body = format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>{arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    });
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                let header = line.to_ascii_lowercase();
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            assert!(String::from_utf8_lossy(&body).contains("Action=GetCallerIdentity"));
            stream.write_all(reply.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn a_change_by_nobody_is_refused() {
    let tool = tool_of("");
    let file = ["--data", "gate.db"];
    tool.run(&[&ADD[..], &file].concat()).exits(1).says("who makes the change?").says("hint: give --author");
    let named = ["--author", "alice"];
    tool.run(&[&ADD[..], &file, &named].concat()).exits(0);
    let show = tool.run(&["list", "show", "blocklist", "--data", "gate.db", "--format", "json"]).exits(0);
    assert_eq!(authors(&show), ["alice"]);
    tool.run(&[&ADD[..], &file, &["--author", " "]].concat()).exits(1).says("who makes the change?");
}

#[test]
fn where_the_user_says_nothing_the_aws_identity_makes_the_change() {
    // A name that many people share says nothing either.
    for user in ["", "cloudshell-user"] {
        let mut tool = tool_of(user);
        let sts = sts(Some("arn:aws:sts::123456789012:assumed-role/Operators/alice"));
        tool.set("AWS_ENDPOINT_URL_STS", &sts);
        let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
        let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
        tool.run(&[&ADD[..], &place].concat()).exits(0);
        let show = [&["list", "show", "blocklist", "--format", "json"], &place[..]].concat();
        assert_eq!(authors(&tool.run(&show).exits(0)), ["assumed-role/Operators/alice"]);
        // A person's own name goes first.
        tool.set("USER", "bob");
        tool.run(&[&ADD[..], &place].concat()).exits(0);
        assert_eq!(authors(&tool.run(&show).exits(0)), ["bob"]);
    }
}

#[test]
fn an_identity_that_aws_does_not_say_is_asked_for() {
    let mut tool = tool_of("");
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
    // An endpoint of one's own has no identities.
    tool.run(&[&ADD[..], &place].concat()).exits(1).says("hint: give --author NAME");
    tool.set("AWS_ENDPOINT_URL_STS", &sts(None));
    tool.run(&[&ADD[..], &place].concat()).exits(1).says("STS does not say it").says("hint: give --author");
    tool.set("USER", "root");
    tool.run(&[&ADD[..], &place].concat()).exits(0);
}

#[test]
fn a_change_says_where_it_was_made_and_from_when_on_it_counts() {
    let mut tool = tool_of("tester");
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let apply = ["policy", "apply", "policy.toml", "-m", "test"];
    let file = tool.run(&[&apply[..], &["--data", "gate.db"]].concat()).exits(0);
    file.says("version 1 is in force for all applications in gate.db\n")
        .says("within 15 s")
        .says("POLICY_TTL");
    tool.set("SINCH_GATE_TABLE", "staging");
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0", "--table", "staging"]);
    let run = tool.run(&[&apply[..], &["--endpoint-url", &table.url]].concat()).exits(0);
    run.says(&format!("in force for all applications in table staging at {}\n", table.url));
}
