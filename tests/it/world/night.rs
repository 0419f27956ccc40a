//! A night with an attack: two gates in front of one table, customers who sign up, and somebody who does not.

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
pub(crate) const BEFORE: &str = r#"schema = 1
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

/// The first who signs up, and the verification.
const SIGNED_UP: (&str, &str) = ("night-1", "+46701740605");

/// The night, seen by whoever is on call.
pub(crate) struct Night {
    pub(crate) tool: Tool,
    table: Running,
    gates: [GateProcess; 2],
    n_asked: usize,
}

impl Night {
    pub(crate) fn begin() -> Self {
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
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let place = ["--table", "sinch-gate", "--endpoint-url", &self.table.url];
        self.tool.run(&[arguments, &place[..]].concat())
    }

    /// Runs a command as a document shows it.
    pub(crate) fn run_line(&self, command: &str) -> Run {
        let place = format!("sinch-gate --endpoint-url {}", self.table.url);
        // A reader at a terminal is asked, and says yes.
        let is_asked = [" policy apply ", " policy rollback "].iter().any(|asks| command.contains(asks));
        let answer = if is_asked { " --yes" } else { "" };
        self.tool.run_line(&format!("{}{answer}", command.replace("TABLE_NAME", &place)))
    }

    /// Asks one of the gates, in turn; gives the id and the answer.
    pub(crate) fn ask(&mut self, number: &str) -> (String, String) {
        self.n_asked += 1;
        let id = format!("night-{}", self.n_asked);
        let answer = self.gates[self.n_asked % 2].post(&request(&id, number));
        (id, action(&answer.body))
    }

    /// A customer signs up and types the code in.
    pub(crate) fn sign_up(&mut self, number: &str) {
        let (id, answer) = self.ask(number);
        assert_eq!(answer, "allow", "{number}");
        let gate = &self.gates[self.n_asked % 2];
        assert_eq!(gate.post(&delivery(&id, number, "Successful")).status, 200);
        assert_eq!(gate.post(&result(&id, number, "SUCCESSFUL")).status, 200);
    }

    /// Asks for numbers of a range; gives how many are allowed.
    pub(crate) fn attack(&mut self, range: &str, numbers: std::ops::Range<usize>) -> usize {
        numbers.filter(|n| self.ask(&format!("{range}{n:03}")).1 == "allow").count()
    }

    /// Lets both gates look for a change. They do so with every event; this one is a repeat, which changes
    /// nothing.
    pub(crate) fn take_up(&self) {
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
