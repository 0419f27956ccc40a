//! `docs/json.md` says what every command prints as JSON, and nothing else.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sinch_gate::clock;
use sinch_gate::event::Status;
use sinch_gate::record::{Asked, Cost, QuotaReading, Said};
use sinch_gate::store::{Answered, RecordKey};

use super::help::commands_with_json;
use super::recorded::{Recorded, allowed, denied, write_to};
use super::report::traffic::{DAY, One, eventful};
use crate::log_text::{is_debug_text, texts};
use crate::world::json_shapes::{Met, Shapes};
use crate::world::sample;
use crate::world::stand_in::StandIn;
use crate::world::tool::{Run, SAMPLE_KEY, SAMPLE_SECRET, Tool, read, sample as event};

/// Fields that no run here can bring about: Sinch alone gives them, about calls and failures.
const ONLY_FROM_SINCH: [&str; 4] = [
    "verification.call_price",
    "verification.call_result",
    "verification.call_seconds",
    "verification.reason",
];

/// Members whose text is policy, or comes from elsewhere.
const WRITTEN_BY_OTHERS: [&str; 5] = ["body", "source", "text", "from", "to"];

/// What the runs have printed so far, held to the document.
struct Desk {
    tool: Tool,
    shapes: Shapes,
    met: Met,
    wrong: Vec<String>,
}

impl Desk {
    fn new(tool: Tool) -> Self {
        let (shapes, met) = (Shapes::read(), Met::new());
        Self { tool, shapes, met, wrong: Vec::new() }
    }

    /// Runs a command line on the file `gate.db`, where it takes one.
    fn run(&mut self, line: &str) {
        let run = self.tool.run_line(&format!("sinch-gate {line}"));
        self.take(line, &run);
    }

    fn take(&mut self, line: &str, run: &Run) {
        let values = run.json();
        if values.is_empty() {
            self.wrong.push(format!("nothing printed: {run}"));
        }
        for value in &values {
            self.wrong.extend(self.shapes.check(line, value, &mut self.met));
            let mut found = Vec::new();
            texts("", value, &mut found);
            self.wrong.extend(
                found
                    .iter()
                    .filter(|(name, text)| !WRITTEN_BY_OTHERS.contains(name) && is_debug_text(text))
                    .map(|(name, text)| format!("{name} of `{line}` has text in Rust's form: {text}")),
            );
        }
    }
}

/// A story with everything in it.
fn whole(id: &str) -> Recorded {
    let at = clock::now() - SignedDuration::from_mins(20);
    let mut story = denied(id, at).delivered(5);
    story.heard.push((
        9,
        match sample::result("DENIED", Some("Denied by callback")) {
            sinch_gate::record::Happening::Result { status, reason, .. } => {
                sinch_gate::record::Happening::Result { status, reason, source: Some("manual".to_owned()) }
            }
            other => other,
        },
    ));
    story.decided.quotas.push(spend_reading("24.95", at));
    story.decided.notes = vec!["`spend` counted 0: the event has no price".to_owned()];
    story.decided.custom = Some("free text".to_owned());
    story
}

/// A denial by a limit of money.
fn over_budget(id: &str) -> Recorded {
    let at = clock::now() - SignedDuration::from_mins(20);
    let mut story = denied(id, at);
    story.subject = sample::subject(SAMPLE_KEY, id, "+46701740605");
    story.decided.rule = Some("spend".to_owned());
    story.decided.quotas = vec![spend_reading("25", at)];
    story
}

/// Where the limit of money stood: without room, so the time is known when it has some again.
fn spend_reading(total: &str, at: Timestamp) -> QuotaReading {
    QuotaReading {
        rule: "spend".to_owned(),
        total: total.parse().unwrap(),
        limit: 25.into(),
        currency: Some("EUR".to_owned()),
        retry_at: Some(at + SignedDuration::from_hours(1)),
    }
}

/// Adds what Sinch said to a story.
fn answer(tool: &Tool, story: &Recorded, said: Said, status: Option<&str>) {
    let subject = &story.subject;
    let key = RecordKey::new(&subject.app, subject.reference.as_deref(), &subject.id);
    let price = |text: &str| Some(text.to_owned());
    let cost = Cost {
        verification: price("0.0445 EUR"),
        termination: price("0.01 EUR"),
        billable_seconds: Some(34),
    };
    let result = status.map(|status| sample::result(status, None));
    let answered = Answered { asked: Asked { at: clock::now(), said }, result, cost: Some(cost) };
    write_to(tool, async |store| assert!(store.records().add_answer(&key, &answered).await.unwrap()));
}

fn stories(desk: &mut Desk) {
    let at = clock::now() - SignedDuration::from_mins(20);
    let mut unsure = allowed("unsure", at);
    unsure.decided.on_store_failure = true;
    let settled = allowed("settled", at).ending(3, "SUCCESSFUL", None);
    // In the hour before, so that there is something to compare with.
    let earlier = allowed("earlier", at - SignedDuration::from_mins(70)).ending(3, "SUCCESSFUL", None);
    let all = [
        whole("whole"),
        unsure.clone(),
        settled.clone(),
        allowed("strange", at),
        over_budget("over"),
        earlier,
    ];
    write_to(&desk.tool, async |store| {
        for story in &all {
            story.write(store).await;
        }
    });
    answer(&desk.tool, &unsure, Said::Failed { cause: "HTTP 403".to_owned() }, None);
    answer(&desk.tool, &all[3], Said::Mismatch { member: "id".to_owned() }, None);
    let said = Said::Status { status: Status::parse("FAIL") };
    answer(&desk.tool, &settled, said, Some("FAIL"));
    desk.run("outcome export --from 1h --data gate.db");
    desk.run("outcome export --from 1h --stories --data gate.db");
    desk.run("outcome tail --once --since 1h --data gate.db --format json");
    for reference in ["order-whole", "order-unsure", "order-settled", "order-strange"] {
        desk.run(&format!("outcome show {reference} --data gate.db --json"));
    }
    desk.run("outcome find --number +46701740605 --data gate.db --json");
}

/// A verification whose number is stored as a hash.
fn hashed(desk: &mut Desk) {
    let hashed = allowed("hashed", clock::now() - SignedDuration::from_mins(20)).hashed("+46701740699");
    write_to(&desk.tool, async |store| hashed.write(store).await);
    desk.run("outcome export --from 1h --stories --data gate.db");
    desk.run("outcome export --from 1h --data gate.db");
}

fn policies(desk: &mut Desk) {
    desk.tool.write("old.toml", "schema = 1\ndefault = \"allow\"\n");
    let rules = r#"
        schema = 1
        default = "allow"
        [[rules]]
        id = "blocked"
        verdict = "deny"
        list = "blocklist"
        [[rules]]
        id = "number-range"
        verdict = "deny"
        quota = { per = "block:3", limit = 10, window = "1d" }
        [[rules]]
        id = "spend"
        verdict = "deny"
        quota = { per = "country", limit = "25.00 EUR", window = "1d", assume = "0.05 EUR" }
        [[rules]]
        id = "pumping-guard"
        verdict = "deny"
        mode = "monitor"
        quota = { per = "country", limit = 100, window = "1d" }
        [[rules]]
        id = "device"
        verdict = "deny"
        when.custom.device = "none"
        [[rules]]
        id = "home"
        verdict = "allow"
        when.country = "SE"
    "#;
    desk.tool.write("new.toml", rules);
    desk.tool.write("bad.toml", "schema = 1\ndefault = \"alow\"\n[[rules]]\nid = 1\n");
    desk.run("policy check bad.toml --json");
    desk.run("policy diff old.toml new.toml --json");
    // A table without a policy.
    desk.run("list add blocklist '+99899394*' --reason pumping --anyway --data gate.db --json");
    desk.run("policy show --data gate.db --json");
    desk.run("status --data gate.db --json");
    desk.run("policy apply new.toml -m first --dry-run --anyway --data gate.db --json");
    desk.run("policy apply new.toml -m first --anyway --yes --data gate.db --json");
    desk.run("policy apply old.toml -m second --yes --data gate.db --json");
    desk.run("policy rollback --yes --data gate.db --json");
    desk.run("policy show --data gate.db --json");
    desk.run("policy history --data gate.db --json");
    desk.run("policy explain --number +998993941207 --data gate.db --json");
    desk.run("policy explain new.toml --number +998993941207 --json");
}

fn backtests(desk: &mut Desk) {
    let recorded = read("tests/it/cli/policy/backtest/traffic.jsonl");
    let odd = recorded.lines().next().unwrap().replace("2026-10-01", "1970-01-01").replace("a1", "z1");
    desk.tool.write("recorded.jsonl", &format!("{odd}\n{recorded}"));
    let quota = "quota = { per = \"block:3\", limit = 1, window = \"1d\" }";
    let rule = format!("[[rules]]\nid = \"r\"\nverdict = \"deny\"\n{quota}\n");
    desk.tool.write("tried.toml", &format!("schema = 1\ndefault = \"allow\"\n{rule}"));
    desk.run("policy backtest tried.toml --traffic recorded.jsonl --against tried.toml --json");
    desk.run(
        "policy drill tried.toml --scenario campus sequence slow-spread faked-at-home --scale 0.05 --json",
    );
    desk.run("policy drill --list --json");
    desk.run("policy suggest --traffic recorded.jsonl --output suggested.toml --json");
}

fn reports(desk: &mut Desk) {
    desk.tool.write("reported.jsonl", &eventful());
    let span = "--from 2026-01-07 --to 2026-01-09";
    desk.run(&format!("report --traffic reported.jsonl {span} --app {SAMPLE_KEY} --json"));
    desk.run("report --traffic reported.jsonl --sample-beyond 60 --json");
    desk.tool.write("open.toml", "schema = 1\ndefault = \"allow\"\n");
    // Attacks of several parts: on many countries, and on many blocks of one.
    for scenario in ["many-countries", "home-market"] {
        let drill = format!("policy drill open.toml --scenario {scenario} --scale 0.1");
        desk.run(&format!("{drill} --write {scenario}.jsonl --json"));
        desk.run(&format!("report --traffic {scenario}.jsonl --json"));
    }
    // And one that the gate stopped.
    let denied = |n: i64| {
        let number = format!("+99899394{:04}", n * 7_919 % 10_000);
        One::new(&format!("denied-{n}"), 8 * DAY + n, &number, "UZ").denied_by("per-block").line()
    };
    let usual = |day: i64| One::new(&format!("usual-{day}"), day * DAY, "+46701740605", "SE").line();
    let stopped: String = (0..8).map(usual).chain((0..100).map(denied)).collect();
    desk.tool.write("stopped.jsonl", &stopped);
    desk.run("report --traffic stopped.jsonl --json");
    desk.run("report --from 1h --data gate.db --json");
}

fn lists(desk: &mut Desk) {
    desk.run("list add blocklist '+99899394*' --reason pumping --for 6h --data gate.db --json");
    desk.run("list add blocklist '+99899394*' --reason again --data gate.db --json");
    desk.tool.write("more.csv", "entry,reason\n+46701740699,why\n");
    desk.run("list import blocklist more.csv --yes --data gate.db --json");
    desk.run("list undo blocklist --yes --data gate.db --json");
    desk.run("list remove blocklist '+99899394*' --reason done --yes --data gate.db --json");
    desk.run("list add blocklist '+99899394*' --reason pumping --for 6h --data gate.db --json");
    desk.run("list show blocklist --data gate.db --json");
    desk.run("list history blocklist --data gate.db --json");
    desk.run("list ls --data gate.db --json");
}

#[test]
fn what_commands_print_as_json_is_documented_and_nothing_else_is() {
    let api = StandIn::start();
    let mut tool = Tool::new();
    tool.set("SINCH_API_URL", api.url());
    let mut desk = Desk::new(tool);
    policies(&mut desk);
    backtests(&mut desk);
    stories(&mut desk);
    reports(&mut desk);
    let body = event("request-sms");
    desk.run("number +46701740605 46701740605 +5215512345678 nonsense --json");
    desk.run(&format!("sign --path /sinch --body {body} --json"));
    let headers = desk.tool.run(&["sign", "--path", "/sinch", "--body", &body]).exits(0).stdout;
    desk.tool.write("headers", &headers);
    let verify = format!("verify --key {SAMPLE_KEY} --secret {SAMPLE_SECRET} --header @headers --json");
    desk.run(&format!("{verify} --body {body} --path /prod/sinch"));
    desk.run("doctor --data gate.db --json");
    lists(&mut desk);
    desk.run("list add blcklist '+99899394*' --reason pumping --anyway --data gate.db --json");
    desk.run("status --data gate.db --json");
    // Of this many hours only a part is ever read.
    desk.run(&format!("status --since 8d --app {SAMPLE_KEY} --country SE --data gate.db --json"));
    desk.run("erase +46701740605 --dry-run --data gate.db --json");
    // `erase` finds nothing without the key where there are hashes.
    hashed(&mut desk);
    desk.run("outcome reconcile --data gate.db --dry-run --json");

    let gate = desk.tool.start(&["serve", "--data", "gate.db", "--listen", "127.0.0.1:0"]);
    api.call_back(&gate.url);
    desk.run(&format!("send {body} --url {} --json", gate.url));
    let attack = event("request-sms-attack");
    for _ in 0..2 {
        desk.run(&format!("send {attack} --new --url {} --json", gate.url));
    }
    desk.run("outcome find --number +998993941207 --data gate.db --json");
    let start = "verification start --number +46700000001 --json";
    desk.run(&format!("{start} --method sms --reference one"));
    desk.run(&format!("{start} --method flashcall --reference two"));
    desk.run(&format!("{start} --method whatsapp --reference five"));
    desk.run(&format!("{start} --method seamless --reference three"));
    desk.run("verification status --reference one --json");
    desk.tool.write("code", "0000\n");
    desk.run("verification report --reference five --json < code");
    api.behave(|behaviour| behaviour.phone_verifies = true);
    desk.run(&format!("{start} --method sms --reference four --wait --data gate.db"));
    desk.run("outcome find --number +46700000001 --data gate.db --json");

    let printing: BTreeSet<String> = commands_with_json().iter().map(|command| command.join(" ")).collect();
    let documented = desk.shapes.commands();
    let undocumented = printing.symmetric_difference(&documented);
    desk.wrong
        .extend(undocumented.map(|command| format!("`{command}` is documented, or prints, and not both")));
    let left = desk.shapes.all().difference(&desk.met).cloned().collect::<BTreeSet<_>>();
    let left = left.iter().filter(|field| !ONLY_FROM_SINCH.contains(&field.as_str()));
    desk.wrong.extend(left.map(|field| format!("no command prints {field}")));
    assert!(desk.wrong.is_empty(), "{}", desk.wrong.join("\n"));
}
