//! `serve`: how it starts, what keeps it from starting, how it stops.

use crate::world::tool::{Tool, sample};

#[test]
fn it_says_where_it_listens_and_what_it_assumes() {
    let mut tool = Tool::new();
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0"]);
    let log = gate.log();
    assert!(log.contains("published key and secret of the samples"), "{log}");
    assert!(log.contains("keeping everything in memory"), "{log}");
    assert_eq!(gate.stop(), Some(0));

    tool.set("SINCH_APPLICATION_KEY", "mine");
    tool.set("SINCH_APPLICATION_SECRET", "QUFBQUFBQUFBQUFBQUFBQQ==");
    tool.set("CALLBACK_URL", "https://example.com/sinch/verification");
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    assert!(gate.url.ends_with("/sinch/verification"), "{}", gate.url);
    let log = gate.log();
    assert!(log.starts_with("making gate.db\n"), "{log}");
    assert!(!log.contains("published") && !log.contains("memory"), "{log}");
    tool.run(&["send", &sample("request-sms"), "--url", &gate.url]).exits(0).shows("allow");
}

#[test]
fn a_policy_file_is_in_force_for_the_process() {
    let tool = Tool::new();
    tool.write("closed.toml", "schema = 1\ndefault = \"deny\"\n");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", "gate.db", "--policy", "closed.toml"];
    let gate = tool.start(&arguments);
    tool.run(&["send", &sample("request-sms"), "--url", &gate.url]).exits(2).shows("deny");
    let story = ["outcome", "show", "signup-20260115-0001", "--data", "gate.db"];
    tool.run(&story).exits(0).shows("deny: no rule decided (policy closed.toml)");
}

#[test]
fn a_broken_policy_keeps_it_from_listening() {
    let tool = Tool::new();
    tool.write("broken.toml", "schema = 1\n");
    tool.run(&["serve", "--listen", "127.0.0.1:0", "--policy", "broken.toml"])
        .exits(2)
        .prints("")
        .says("broken.toml:")
        .says("not listening");
}

#[test]
fn a_port_in_use_is_a_failure_that_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "local-table"] {
        Tool::new()
            .run(&[command, "--listen", &address])
            .exits(1)
            .prints("")
            .says(&format!("cannot listen on {address}"))
            .says("--listen");
    }
}

#[test]
fn every_problem_of_the_environment_is_told_at_once() {
    let mut tool = Tool::new();
    tool.set("SINCH_APPLICATION_KEY", "mine");
    tool.set("POLICY_TTL", "soon");
    tool.run(&["serve", "--listen", "127.0.0.1:0"])
        .exits(1)
        .prints("")
        .says("\n  SINCH_APPLICATION_SECRET is not set")
        .says("\n  POLICY_TTL is not a number of seconds");
}
