//! What `serve --data` and `local-table` keep, and what they say, where the machine lets them down: a full
//! disk, a file that cannot be written, another process on the same file, a machine that sleeps.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::cli::use_any_credentials;
use crate::world::gate_process::GateProcess;
use crate::world::sinch::{action, reference, request, result};
use crate::world::tool::Tool;

/// How long anything may take that is not a matter of speed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Generous, since a busy machine must not turn a test of counting into one of speed.
const PATIENT: [(&str, &str); 1] = [("DECISION_BUDGET", "20")];

fn number(n: usize) -> String {
    format!("+4670{:03}{n:04}", n % 997)
}

/// A command line that limits how large a file may become, in blocks of 512 bytes, as a full disk does.
fn at_most(blocks: u32) -> [String; 3] {
    // A file that would become too large is an error to the program, rather than its end.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    ["sh".to_owned(), "-c".to_owned(), script]
}

fn data_of(file: &Path) -> [&str; 2] {
    ["--data", file.to_str().unwrap()]
}

/// Whether a record says what was answered, and whether it has a result; `None` where there is none.
fn recorded(tool: &Tool, data: &Path, id: &str) -> Option<(String, bool)> {
    let arguments = ["outcome", "show", &reference(id), "--format", "json"];
    let run = tool.run(&[&arguments[..], &data_of(data)].concat());
    let story = if run.has_not_failed() { run.json().into_iter().next()? } else { return None };
    let verdict = story["decision"]["verdict"].as_str()?.to_owned();
    Some((verdict, story["heard"].as_array().is_some_and(|heard| !heard.is_empty())))
}

#[test]
fn a_full_disk_stops_no_answer_and_loses_nothing_that_was_taken_in() {
    let tool = Tool::new();
    let data = tool.file("gate.db");
    let wrapper = at_most(600);
    let wrapper: Vec<&str> = wrapper.iter().map(String::as_str).chain(["sh"]).collect();
    let gate = GateProcess::start_by(&wrapper, &data_of(&data), &PATIENT);
    let (mut answers, mut taken_in) = (Vec::new(), Vec::new());
    let mut n_refused = 0;
    while n_refused < 5 {
        let n = answers.len();
        assert!(n < 500, "the disk is never full");
        let (id, number) = (format!("id-{n}"), number(n));
        let asked = gate.post(&request(&id, &number));
        assert_eq!(asked.status, 200, "{id}");
        answers.push(action(&asked.body));
        let told = gate.post(&result(&id, &number, "SUCCESSFUL"));
        match told.status {
            200 => taken_in.push(id),
            503 => n_refused += 1,
            status => panic!("{id}: {status}"),
        }
    }
    assert!(!taken_in.is_empty(), "nothing was ever stored");
    let log = gate.whole_log();
    gate.kill();

    // With room again, nothing is missing that was acknowledged, and the log has the rest.
    tool.write("gate.log", &log.join("\n"));
    for id in &taken_in {
        assert!(recorded(&tool, &data, id).is_some_and(|(_, has_result)| has_result), "{id} is lost");
    }
    tool.run(&[&["outcome", "recover", "gate.log"], &data_of(&data)[..]].concat()).exits(0);
    let first_unsure = answers.len().saturating_sub(8);
    for (n, answer) in answers.iter().enumerate().skip(first_unsure) {
        assert_eq!(recorded(&tool, &data, &format!("id-{n}")), Some((answer.clone(), true)), "{n}");
    }
}

#[test]
fn a_disk_that_is_full_at_the_start_is_a_failure_that_says_so() {
    let tool = Tool::new();
    for command in ["serve", "local-table"] {
        let line =
            format!("trap '' XFSZ; ulimit -f 4; sinch-gate {command} --listen 127.0.0.1:0 --data gate.db");
        tool.run_line(&line).exits(1).prints("").says("gate.db").says("hint: ");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_a_failure_that_says_so() {
    let tool = Tool::new();
    tool.run(&["list", "add", "blocklist", "+4670*", "--reason", "test", "--data", "gate.db"]).exits(0);
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
    let prefix = if root { nobody } else { "" };
    let directory = tool.file("gate.db").parent().unwrap().to_owned();
    let set = |mode: &str, path: &Path| {
        assert!(Command::new("chmod").arg(mode).arg(path).status().unwrap().success());
    };
    set("0555", &directory);
    set("0444", &tool.file("gate.db"));
    if !tool.run_line(&format!("{prefix}sinch-gate --version")).has_not_failed() {
        println!("SKIPPED: a file that cannot be written, since this user can write every file");
        return;
    }
    for command in [
        "serve --listen 127.0.0.1:0",
        "local-table --listen 127.0.0.1:0",
        "list add blocklist +4671* --reason x",
    ] {
        tool.run_line(&format!("{prefix}timeout 20 sinch-gate {command} --data gate.db"))
            .exits(1)
            .prints("")
            .says("gate.db")
            .says("hint: ");
    }
    set("0755", &directory);
}

#[test]
fn two_processes_on_one_file_keep_one_limit_and_one_answer() {
    const LIMIT: usize = 10;
    const ASKED: usize = 24;
    let tool = Tool::new();
    let data = tool.file("gate.db");
    let policy = format!(
        r#"
        schema = 1
        default = "allow"
        on_store_failure = "deny"
        [[rules]]
        id = "cap"
        verdict = "deny"
        quota = {{ per = "country", limit = {LIMIT}, window = "1d" }}
        "#
    );
    tool.write("policy.toml", &policy);
    let file = tool.file("policy.toml");
    let arguments = [&data_of(&data)[..], &["--policy", file.to_str().unwrap()]].concat();
    let gates = [(); 2].map(|()| GateProcess::start(&arguments, &PATIENT));
    let ask =
        |gate: &GateProcess, n: usize| action(&gate.post(&request(&format!("id-{n}"), &number(n))).body);
    let answers: Vec<String> = std::thread::scope(|scope| {
        let asking = [0, 1].map(|half: usize| {
            let (gate, ask) = (&gates[half], &ask);
            scope.spawn(move || {
                (half * ASKED / 2..(half + 1) * ASKED / 2).map(|n| ask(gate, n)).collect::<Vec<_>>()
            })
        });
        asking.into_iter().flat_map(|asking| asking.join().unwrap()).collect()
    });
    let allowed = answers.iter().filter(|answer| *answer == "allow").count();
    assert_eq!(allowed, LIMIT, "{answers:?}");
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(ask(&gates[n % 2], n), *answer, "{n}");
        assert_eq!(recorded(&tool, &data, &format!("id-{n}")), Some((answer.clone(), false)), "{n}");
    }
}

#[test]
fn a_machine_that_sleeps_answers_when_it_wakes() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let env = [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")];
    let gate = GateProcess::start(&["--table", "sinch-gate", "--endpoint-url", &table.url], &env);
    assert_eq!(action(&gate.post(&request("before", &number(1))).body), "allow");
    std::thread::scope(|scope| {
        gate.signal("STOP");
        let asking = scope.spawn(|| gate.post(&request("asleep", &number(2))));
        // Longer than a decision may take.
        std::thread::sleep(Duration::from_secs(2));
        assert!(!asking.is_finished(), "it is asleep");
        gate.signal("CONT");
        let begun = Instant::now();
        assert_eq!(asking.join().unwrap().status, 200);
        assert!(begun.elapsed() < PATIENCE);
    });
    assert_eq!(gate.post(&result("asleep", &number(2), "SUCCESSFUL")).status, 200);
    assert_eq!(action(&gate.post(&request("after", &number(3))).body), "allow");
    assert_eq!(gate.lines_saying("decided", 3).len(), 3);
    assert!(gate.log().iter().all(|line| !line.contains("not stored")), "{:?}", gate.log());
}
