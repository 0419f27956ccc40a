//! An attack at night, played against two running gates with the built tool: it is seen, blocked, stopped by
//! a rule, and everything is undone.

use std::time::{Duration, Instant};

use crate::cli::local_table::use_any_credentials;
use crate::world::gate_process::GateProcess;
use crate::world::sinch::{action, delivery, request, result};
use crate::world::tool::{Run, Running, Tool};

/// How long a gate keeps a policy, in seconds: it looks for a newer one with every event.
const POLICY_TTL: &str = "0";

/// After a look that failed, the next one is as long in coming.
const RETRY: Duration = Duration::from_millis(1_100);

/// What the team had in force before that night.
const BEFORE: &str = r#"schema = 1
default = "allow"

[[rules]]
id = "blocked"
verdict = "deny"
list = "blocklist"

[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 5, window = "1d" }
"#;

/// What somebody writes that night.
const TIGHTER: &str = r#"
[[rules]]
id = "known"
verdict = "allow"
when.verified_within = "90d"

[[rules]]
id = "ranges"
verdict = "deny"
quota = { per = "block:4", limit = 3, window = "1d", release = "verified", grow = 0.5 }

[[tests]]
name = "customers at home go on"
number = "+46701740605"
expect = "allow"

[[tests]]
name = "a full range is denied"
number = "+998993951207"
quotas_used = ["ranges"]
expect = "deny"
rule = "ranges"
"#;

/// The first who signs up, and the verification.
const SIGNED_UP: (&str, &str) = ("night-1", "+46701740605");

struct Night {
    tool: Tool,
    table: Running,
    gates: [GateProcess; 2],
    n_asked: usize,
}

impl Night {
    fn begin() -> Self {
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
        tool.write("policy.toml", BEFORE);
        let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
        let apply = ["policy", "apply", "policy.toml", "-m", "first policy"];
        tool.run(&[&apply[..], &place].concat()).exits(0);
        let gate = || {
            GateProcess::start(
                &place,
                &[
                    ("AWS_REGION", "eu-west-1"),
                    ("AWS_ACCESS_KEY_ID", "any"),
                    ("AWS_SECRET_ACCESS_KEY", "any"),
                    ("AWS_EC2_METADATA_DISABLED", "true"),
                    ("POLICY_TTL", POLICY_TTL),
                    ("DECISION_BUDGET", "20"),
                ],
            )
        };
        let gates = [gate(), gate()];
        Self { tool, table, gates, n_asked: 0 }
    }

    /// Runs the tool on the table.
    fn run(&self, arguments: &[&str]) -> Run {
        let place = ["--table", "sinch-gate", "--endpoint-url", &self.table.url];
        self.tool.run(&[arguments, &place[..]].concat())
    }

    /// Asks one of the gates, in turn; gives the id and the answer.
    fn ask(&mut self, number: &str) -> (String, String) {
        self.n_asked += 1;
        let id = format!("night-{}", self.n_asked);
        let answer = self.gates[self.n_asked % 2].post(&request(&id, number));
        (id, action(&answer.body))
    }

    /// A customer signs up and types the code in.
    fn sign_up(&mut self, number: &str) {
        let (id, answer) = self.ask(number);
        assert_eq!(answer, "allow", "{number}");
        let gate = &self.gates[self.n_asked % 2];
        assert_eq!(gate.post(&delivery(&id, number, "Successful")).status, 200);
        assert_eq!(gate.post(&result(&id, number, "SUCCESSFUL")).status, 200);
    }

    /// Asks for numbers of a range; gives how many are allowed.
    fn attack(&mut self, range: &str, numbers: std::ops::Range<usize>) -> usize {
        numbers.filter(|n| self.ask(&format!("{range}{n:03}")).1 == "allow").count()
    }

    /// Lets both gates look for a change. They do so with every event; this one is a repeat, which changes
    /// nothing.
    fn take_up(&self) {
        let (id, number) = SIGNED_UP;
        for gate in &self.gates {
            let n_failed =
                || gate.log().iter().filter(|line| line.contains("policies not refreshed")).count();
            let mut failed: Option<Instant> = None;
            loop {
                let (n_before, n_recorded) = (n_failed(), gate.lines_saying("recorded", 0).len());
                assert_eq!(gate.post(&delivery(id, number, "Successful")).status, 200);
                // This line comes after what the look had to say.
                gate.lines_saying("recorded", n_recorded + 1);
                if n_failed() > n_before {
                    failed = Some(Instant::now());
                } else if failed.is_none_or(|at| at.elapsed() > RETRY) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

#[test]
fn an_attack_is_seen_blocked_stopped_and_the_change_undone() {
    let mut night = Night::begin();
    for n in 605..609 {
        night.sign_up(&format!("+46701740{n}"));
    }

    // The attack, and what whoever is on call sees.
    assert_eq!(night.attack("+998993941", 0..24), 24);
    let status = night.run(&["status", "--format", "json"]).exits(0).json().remove(0);
    assert_eq!(status["requests"], 28);
    let seen = night.run(&["status"]).exits(0).shows("UZ        24").shows("+998993941*");
    assert!(seen.stdout.contains("v1 28"), "{seen}");

    // Blocked for six hours, everywhere.
    night
        .run(&["list", "add", "blocklist", "+99899394*", "--reason", "pumping", "--for", "6h"])
        .exits(0)
        .says("+99899394* is on blocklist until");
    night.take_up();
    assert_eq!(night.attack("+998993942", 0..4), 0);

    // It moves on to the next range, so the policy gets a rule; the first draft does harm, and is refused.
    assert_eq!(night.attack("+998993951", 0..6), 6);
    let harmful =
        TIGHTER.replacen("verdict = \"allow\"", "verdict = \"deny\"", 1).replace("when.", "unless.");
    night.tool.write("policy.toml", &format!("{BEFORE}{harmful}"));
    night.run(&["policy", "apply", "policy.toml", "-m", "stop it"]).exits(2).says("customers at home go on");
    night.tool.write("policy.toml", &format!("{BEFORE}{TIGHTER}"));
    night.tool.run(&["policy", "check", "policy.toml"]).exits(0);
    night.run(&["policy", "diff", "policy.toml"]).exits(2).shows("ranges");
    let explain = ["policy", "explain", "policy.toml", "--method", "sms", "--number"];
    night.run(&[&explain[..], &["+998993942000"]].concat()).exits(2).shows("blocked");
    night.run(&[&explain[..], &["+46701740605"]].concat()).exits(0).shows("known");
    night.run(&["policy", "apply", "policy.toml", "-m", "stop it"]).exits(0).says("version 2 is in force");
    night.take_up();

    // The attack ends, and customers notice nothing.
    assert_eq!(night.attack("+998993952", 0..20), 3);
    night.sign_up("+46701740605");
    night.sign_up("+46701740655");
    let (id, _) = night.ask("+998993952099");
    night
        .run(&["outcome", "show", &crate::world::sinch::reference(&id)])
        .exits(0)
        .shows("deny by rule ranges: 3 of 3 unverified per block:4 in 1d");

    // In the morning everything is as it was.
    night
        .run(&["policy", "rollback", "-m", "over", "--yes"])
        .exits(0)
        .says("version 3 is in force")
        .says("ranges");
    night.take_up();
    assert_eq!(night.attack("+998993953", 0..6), 6);
    let history = night.run(&["policy", "history", "--format", "json"]).exits(0).json();
    let messages: Vec<&str> = history.iter().filter_map(|version| version["reason"].as_str()).collect();
    assert_eq!(messages, ["rollback to v1: over", "stop it", "first policy"]);
}
