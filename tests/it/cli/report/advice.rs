//! What a report advises, and that its words and figures hold what they say.

use serde_json::{Value, json};

use super::answers::{honest, in_vain, many, strewn};
use super::traffic::{DAY, One, eventful};
use super::{json_of, report, says, with};
use crate::world::tool::Tool;

/// What is advised about the first finding: the words, and the command.
fn acts(report: &Value) -> Vec<(&str, &str)> {
    let acts = report["findings"][0]["act"].as_array().unwrap();
    acts.iter().map(|act| (act["does"].as_str().unwrap(), act["command"].as_str().unwrap_or(""))).collect()
}

/// The evidence of the first finding: what was measured, and what was found.
fn evidence(report: &Value) -> Vec<(&str, &str)> {
    let all = report["findings"][0]["evidence"].as_array().unwrap();
    all.iter().map(|one| (one["what"].as_str().unwrap(), one["found"].as_str().unwrap())).collect()
}

/// Where people ask in vain, a few in each.
const SPREAD: [(&str, &str); 10] = [
    ("IN", "+9198"),
    ("ID", "+6281"),
    ("GH", "+2332"),
    ("JP", "+8190"),
    ("BR", "+5511"),
    ("AR", "+5411"),
    ("TR", "+9053"),
    ("PT", "+3519"),
    ("MA", "+2126"),
    ("AZ", "+9945"),
];

/// Nine days of people, and an attack on ten countries on the ninth.
fn spread() -> String {
    let attack = many(120, |n, id| {
        let (country, prefix) = SPREAD[usize::try_from(n).unwrap() % SPREAD.len()];
        let one = One::new(id, 8 * DAY + 60 * n, &strewn(prefix, n), country);
        one.receipt(3, "Successful").ends(300, "FAIL", Some("Expired"))
    });
    honest(9) + &attack
}

#[test]
fn an_attack_spread_over_countries_is_met_with_the_starter_policy() {
    let tool = with(&spread());
    let report = json_of(&tool, &[]);
    assert_eq!(report["findings"][0]["kind"], "many_countries", "{}", report["findings"]);
    let acts = acts(&report);
    let commands: Vec<&str> = acts.iter().map(|(_, command)| *command).collect();
    assert_eq!(
        commands,
        [
            "sinch-gate policy backtest starter --traffic traffic.jsonl",
            "sinch-gate policy suggest --traffic traffic.jsonl"
        ]
    );
    assert!(acts.iter().all(|(does, _)| !does.contains("would have stopped it")), "{acts:?}");
    tool.run_line(commands[0]).exits(0).shows("the starter policy would have stopped");
    assert!(tool.run_line(commands[1]).has_not_failed());
}

#[test]
fn figures_of_faked_successes_join_up_and_come_with_a_command() {
    let tool = Tool::new();
    tool.write("none.toml", "schema = 1\ndefault = \"allow\"\n");
    for policy in [&[][..], &["none.toml"]] {
        let drill = ["--scenario", "faked-60", "--scale", "0.3", "--seed", "2", "--write", "traffic.jsonl"];
        tool.run(&[&["policy", "drill"], policy, &drill].concat()).exits(0);
        let report = json_of(&tool, &[]);
        let finding = &report["findings"][0];
        assert_eq!(finding["kind"], "faked_successes", "{policy:?}: {}", report["findings"]);
        let title = finding["title"].as_str().unwrap();
        let (faked, _) = title.split_once(" verifications").unwrap();
        let evidence = evidence(&report);
        let found = |part: &str| {
            let one = evidence.iter().find(|(what, _)| what.contains(part));
            one.unwrap_or_else(|| panic!("{part} in {evidence:?}")).1
        };
        let of = |text: &str| text.split_once(" of ").unwrap().1.split(' ').next().unwrap().to_owned();
        let look_faked = found("look faked, of those who tried");
        assert!(look_faked.starts_with(&format!("{faked} of ")), "{title}: {evidence:?}");
        assert_eq!(of(found("verified as people do, of those who tried")), of(look_faked), "{evidence:?}");
        assert!(found("of all that verified there on ").contains(" of "), "{evidence:?}");
        let acts = acts(&report);
        let (_, command) = acts.iter().find(|(_, command)| !command.is_empty()).unwrap();
        assert!(tool.run_line(command).has_not_failed(), "{command}");
        std::fs::remove_file(tool.file("traffic.jsonl")).unwrap();
    }
}

#[test]
fn a_cost_that_is_not_known_is_not_called_nothing() {
    let unpriced = |n: i64, priced: i64| {
        let all = in_vain(n);
        let lines = all.lines().enumerate().map(|(at, line)| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if at >= usize::try_from(priced).unwrap() {
                line["decision"]["price"] = Value::Null;
            }
            format!("{line}\n")
        });
        with(&(honest(9) + &lines.collect::<String>()))
    };
    let none = unpriced(60, 0);
    let all = json_of(&none, &["--html", "page.html"]);
    assert_eq!(all["findings"][0]["without_price"], 60);
    let cost = "not known, since none of the 60 messages has a price";
    assert_eq!(all["summary"]["cost"], cost);
    assert!(evidence(&all).contains(&("spent on it", cost)), "{all}");
    let page = std::fs::read_to_string(none.file("page.html")).unwrap();
    assert!(!page.contains("no money") && page.contains("not known"), "{page}");

    let some = json_of(&unpriced(60, 40), &[]);
    says(&some["summary"], "cost", "at least 4.00 EUR, as 20 messages have no price");

    let people = many(40, |n, id| {
        let one = One::new(id, n * 3_600, &strewn("+4670", n), "SE").with("price", Value::Null);
        one.ends(20, "SUCCESSFUL", None)
    });
    let quiet = json_of(&with(&people), &[]);
    assert_eq!(quiet["summary"]["cost"], "not known, since none of the 40 messages has a price");
    let open = many(40, |n, id| One::new(id, n * 3_600, &strewn("+4670", n), "SE"));
    let open = json_of(&with(&open), &[])["summary"].to_string();
    assert!(!open.contains("0 of 0"), "{open}");
}

#[test]
fn commands_say_what_they_need_that_the_report_does_not_know() {
    let mut tool = with(&eventful());
    let add = "add --data FILE or --table NAME";
    let report = json_of(&tool, &[]);
    let denying: Vec<_> = acts(&report).into_iter().filter(|(_, act)| act.contains("list add")).collect();
    assert!(!denying.is_empty() && denying.iter().all(|(does, _)| does.contains(add)), "{denying:?}");
    let all = report["findings"].to_string();
    assert!(!all.contains("policy.toml") && all.contains("your policy's file"), "{all}");
    tool.write("mine.toml", "schema = 1\ndefault = \"allow\"\n");
    let all = json_of(&tool, &["--policy", "mine.toml"])["findings"].to_string();
    assert!(all.contains("sinch-gate policy backtest mine.toml --traffic traffic.jsonl"), "{all}");
    assert!(!all.contains("your policy's file"), "{all}");
    tool.set("SINCH_GATE_TABLE", "gate");
    let all = json_of(&tool, &[])["findings"].to_string();
    assert!(!all.contains(add), "{all}");
}

#[test]
fn countries_have_their_names_wherever_they_stand_on_the_page() {
    let tool = with(&spread());
    report(&tool, &["--html", "page.html"]);
    let page = std::fs::read_to_string(tool.file("page.html")).unwrap();
    assert!(page.contains("10 countries, such as ") && page.contains("India (IN)"), "{page}");
    let bare = |code: &str| {
        page.match_indices(code).any(|(at, _)| {
            let (before, after) = (&page[..at], &page[at + code.len()..]);
            let is_word = before.ends_with([' ', '>']) && after.starts_with([' ', ',', '<', ';', '.']);
            is_word && !before.ends_with('(')
        })
    };
    let bare: Vec<&str> = SPREAD.iter().map(|(code, _)| *code).filter(|code| bare(code)).collect();
    assert!(bare.is_empty(), "{bare:?}");
    let tool = with(&eventful());
    report(&tool, &["--html", "page.html"]);
    let page = std::fs::read_to_string(tool.file("page.html")).unwrap();
    let (_, title) = page.split_once("<h1").unwrap();
    let (title, _) = title.split_once("</h1>").unwrap();
    assert!(title.contains("in Uzbekistan (UZ)"), "{title}");
}

#[test]
fn an_attack_that_was_under_way_when_the_span_began_is_said_to_be_older() {
    let tool = with(&(honest(9) + &in_vain(120)));
    let begun = |from: &str| {
        let report = json_of(&tool, &["--from", from, "--html", "page.html"]);
        let run = super::report(&tool, &["--from", from]);
        let page = std::fs::read_to_string(tool.file("page.html")).unwrap();
        let finding = report["findings"][0]["may_be_older"].as_bool().unwrap();
        let summary = report["summary"]["since"].as_str().unwrap().contains("or earlier");
        (finding, summary, run.stdout.contains("or earlier"), page.contains("or earlier"))
    };
    assert_eq!(begun("2026-01-13T00:30:00Z"), (true, true, true, true));
    assert_eq!(begun("2026-01-12T23:00:00Z"), (false, false, false, false));
}

#[test]
fn traffic_is_named_so_that_it_can_be_read_again() {
    let tool = Tool::new();
    tool.write("-x.jsonl", &spread());
    let report = tool.run(&["report", "--traffic=-x.jsonl", "--json"]).exits(0).json().remove(0);
    for (_, command) in acts(&report) {
        assert!(tool.run_line(command).has_not_failed(), "{command}");
    }
    let piped = tool.run_on(spread(), &["report", "--traffic", "-", "--json"]).exits(0).json().remove(0);
    for (does, command) in acts(&piped) {
        assert!(does.contains("save standard input as traffic.jsonl first"), "{does}");
        assert!(command.ends_with(" --traffic traffic.jsonl"), "{command}");
    }
}

#[test]
fn what_else_was_found_is_said_in_a_few_words() {
    let report = json_of(&with(&eventful()), &[]);
    let what = "; and 3 things more: messages that do not arrive, a rule that turns people away, a currency \
                that no limit counts";
    says(&report["summary"], "what", what);
    assert_eq!(report["summary"]["what"].as_str().unwrap().matches("more").count(), 1);
    assert_ne!(report["notes"], json!([]));
}
