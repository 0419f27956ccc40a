//! Customers who got no code, played against a running gate with the built tool: each is found by number, by
//! reference or by Sinch's id, and each story says what happened and what to do.

use crate::documented_commands::shown_with_output;
use crate::world::gate_process::GateProcess;
use crate::world::sinch::{action, delivery, reference, request, result};
use crate::world::stand_in::StandIn;
use crate::world::tool::{Run, SAMPLE_KEY, Tool, read};

const POLICY: &str = r#"schema = 1
default = "allow"

[[rules]]
id = "safelist"
verdict = "allow"
list = "safelist"

[[rules]]
id = "blocked"
verdict = "deny"
list = "blocklist"

[[rules]]
id = "cooldown"
verdict = "deny"
quota = { per = ["number", "method"], limit = 1, window = "10m", release = "verified" }

[[rules]]
id = "range"
verdict = "deny"
quota = { per = "block:3", limit = 2, window = "1d", release = "verified" }
"#;

/// A support desk with two gates: their table is a file, which the tool reads while they serve. What one of
/// them has seen the other one does not know by itself.
struct Desk {
    tool: Tool,
    gate: GateProcess,
    other: GateProcess,
}

impl Desk {
    fn open() -> Self {
        let tool = Tool::new();
        tool.write("policy.toml", POLICY);
        tool.run(&["policy", "apply", "policy.toml", "-m", "first", "--data", "gate.db"]).exits(0);
        let block = ["list", "add", "blocklist", "+99899394*", "--reason", "pumping", "--data", "gate.db"];
        tool.run(&block).exits(0);
        let file = tool.file("gate.db");
        let env = [("POLICY_TTL", "0"), ("DECISION_BUDGET", "20")];
        let gate = || GateProcess::start(&["--data", file.to_str().unwrap()], &env);
        let (gate, other) = (gate(), gate());
        Self { tool, gate, other }
    }

    /// A customer asks for a code.
    #[track_caller]
    fn asks(&self, id: &str, number: &str, expected: &str) {
        assert_eq!(action(&self.gate.post(&request(id, number)).body), expected, "{id}");
    }

    /// The same, where the other gate is asked.
    #[track_caller]
    fn asks_the_other(&self, id: &str, number: &str, expected: &str) {
        assert_eq!(action(&self.other.post(&request(id, number)).body), expected, "{id}");
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.tool.run(&[arguments, &["--data", "gate.db"]].concat())
    }

    fn find(&self, number: &str) -> Run {
        self.run(&["outcome", "find", "--number", number])
    }

    fn show(&self, id: &str) -> Run {
        self.run(&["outcome", "show", &reference(id)]).exits(0).shows(&format!("application {SAMPLE_KEY}\n"))
    }
}

#[test]
fn a_customer_who_asked_twice_is_told_when_to_try_again() {
    let desk = Desk::open();
    desk.asks("a-1", "+46701740605", "allow");
    desk.asks_the_other("a-2", "+46701740605", "deny");
    desk.find("+46701740605")
        .exits(0)
        .says("2 verifications by the number's attempts, which reach back to 20")
        .says("0 more among the 2 records from 20")
        .shows(&format!("application {SAMPLE_KEY}\n"))
        .shows("sms      order-a-2         deny by cooldown\n")
        .shows("sms      order-a-1         allow\n");
    let told = desk
        .show("a-2")
        .shows("deny by rule cooldown: 1 of 1 unverified per number+method in 10m, room again at 20")
        .shows("custom: free text of the customer\n")
        .shows("price: at most 0.0453 EUR, as the request said\n")
        .shows("rule cooldown, in v1 for all applications: verdict = \"deny\", quota.limit = 1, ")
        .shows(
            "\nThe gate denied it: there was no room in the limit of rule cooldown, which this number had \
             used up by itself (1 of 1 unverified per number+method in 10m, room again at 20",
        )
        .shows(". So no code was sent to the customer, and nothing was charged.\nhint: wait until 20")
        .shows(
            "hint: to let it through now: `sinch-gate list add safelist +46701740605 --for 1h --reason \
             \"asked support\"`\n",
        )
        .shows("\nother attempts of the number:\n  20")
        .shows("order-a-1   allow\n")
        .stdout;

    // Sinch's id leads to the same, though a reference was given.
    assert_eq!(desk.run(&["outcome", "show", "a-2"]).exits(0).stdout, told);
    desk.run(&["outcome", "find", "--id", "a-2"]).exits(0).shows("order-a-2         deny by cooldown\n");

    // What the hint says helps, and the story says that the customer is through.
    let line =
        told.lines().find_map(|line| line.split('`').nth(1).filter(|_| line.contains("list add"))).unwrap();
    desk.tool.run_line(&format!("{line} --data gate.db")).exits(0);
    desk.asks("a-3", "+46701740605", "allow");
    desk.gate.post(&result("a-3", "+46701740605", "SUCCESSFUL"));
    desk.show("a-2").shows("nothing was charged. The number verified in another attempt, at 20");
    desk.show("a-3").shows("The gate allowed it, and the number verified at 20").shows(". All is well.\n");
}

#[test]
fn a_customer_on_a_list_is_found_by_number_and_whoever_put_it_there_is_named() {
    let desk = Desk::open();
    desk.asks("b-1", "+998993941207", "deny");
    desk.find("+998993941207")
        .exits(0)
        .says("0 verifications by the number's attempts\n")
        .says("1 more among the 1 record from 20")
        .shows("order-b-1         deny by blocked\n");
    desk.show("b-1")
        .shows(
            "\nThe gate denied it: the number was listed as +99899394* on blocklist: pumping (rule blocked); \
             tester put +99899394* there at 20",
        )
        .shows("hint: to let it through now: `sinch-gate list add safelist +998993941207 --for 1h");
    desk.run(&["list", "remove", "blocklist", "+99899394*"]).exits(0);
    desk.show("b-1").shows("it is not on blocklist any more").shows("\nhint: let the customer try again\n");
}

#[test]
fn a_customer_in_a_full_range_learns_that_others_have_used_it_up() {
    let desk = Desk::open();
    desk.asks("c-1", "+46701740501", "allow");
    desk.asks("c-2", "+46701740502", "allow");
    desk.asks_the_other("c-3", "+46701740503", "deny");
    desk.find("+46701740503")
        .exits(0)
        .says("1 verification by the number's attempts")
        .shows("deny by range\n");
    let story = desk.run(&["outcome", "show", "order-c-3", "--format", "json"]).exits(0).json().remove(0);
    let conclusion = story["conclusion"].as_str().unwrap();
    let shared =
        "no room in the limit of rule range, which the customer shares with others, and others had used up";
    assert!(conclusion.contains(shared), "{conclusion}");
    assert!(story["hints"][0].as_str().unwrap().starts_with("wait until 20"), "{story}");
    assert_eq!(story["rule_then"]["policy"], "v1");
    assert_eq!((&story["rule_then"]["policy_app"], &story["others"]), (&"*".into(), &serde_json::json!([])));
}

#[test]
fn a_code_that_arrived_and_one_that_did_not_are_told_apart() {
    let desk = Desk::open();
    let (arrived, lost) = ("+46701740605", "+46731234567");
    desk.asks("d-1", arrived, "allow");
    desk.gate.post(&delivery("d-1", arrived, "Successful"));
    desk.asks("e-1", lost, "allow");
    desk.gate.post(&delivery("e-1", lost, "Failed"));
    desk.asks("f-1", "+46739876543", "allow");
    desk.show("d-1").shows("\nThe gate allowed it, and the SMS was delivered at 20").shows(
        ". The code has not been entered yet.\nhint: let the customer look at the messages on the phone\n",
    );
    desk.show("e-1").shows("\nThe gate allowed it, but the SMS could not be delivered (20").shows(
        "), so the customer got no code.\nhint: check the number, then let the customer try again, by \
         another method if SMS do not arrive there\n",
    );
    desk.show("f-1")
        .shows("s ago, and nothing was heard of it since.\nhint: wait a minute, then look again\n");
    // Of whom nothing is known, nothing is said but where to look.
    desk.find("+46700000000").exits(2).prints("").says("no verification was found\nhint: look further back");
    desk.run(&["outcome", "show", "order-d-2"])
        .exits(2)
        .prints("")
        .says("neither as a reference nor, in 90 days, as Sinch's id\nhint: find it by its number");
}

/// A text with each time to the second replaced.
pub(crate) fn without_times(text: &str) -> String {
    let trimmed = |word: &str| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()).to_owned();
    let is_time = |word: &str| word.len() == 20 && word.parse::<jiff::Timestamp>().is_ok();
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| match trimmed(word) {
            time if is_time(&time) => word.replace(&time, "TIME"),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ") + "\n"
    });
    lines.collect()
}

#[test]
fn the_page_for_support_shows_what_the_commands_say() {
    let mut desk = Desk::open();
    let api = StandIn::start();
    api.know("1002", Some("order-1002"), "+46701740605", "SUCCESSFUL");
    desk.tool.set("SINCH_API_URL", api.url());
    desk.asks("1001", "+46701740605", "allow");
    desk.asks_the_other("1002", "+46701740605", "deny");
    let shown = shown_with_output(&read("docs/support.md"));
    assert!(shown.iter().filter(|(_, output)| output.is_some()).count() >= 3, "{shown:?}");
    for (command, output) in shown {
        let run = desk.tool.run_line(&command.replace("--table TABLE_NAME", "--data gate.db")).exits(0);
        if let Some(output) = output {
            let said = without_times(&run.stdout);
            assert_eq!(
                said.trim_end(),
                without_times(&output).trim_end(),
                "docs/support.md, {command}\n{run}"
            );
        }
    }
}
