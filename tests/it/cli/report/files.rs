//! What a report reads and writes: numbers that stand with their block, the file of the page, and the
//! commands that it gives.

use std::path::Path;

use serde_json::Value;
use sinch_gate::phone::PhoneNumber;

use super::super::recorded::{allowed, tool_with};
use super::traffic::{One, eventful};
use super::{json_of, report, with};
use crate::world::tool::Tool;

const APP: &str = "669E367E-6BBA-48AB-AF15-266871C28135";

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value[member].as_array().unwrap()
}

#[test]
fn a_number_that_stands_with_its_block_shows_no_digit_beyond_it() {
    let ten: String =
        (0..10).map(|n| One::new(&n.to_string(), 60 * n, &format!("+4475395030{n}6"), "GB").line()).collect();
    let tool = with(&(ten + &eventful()));
    let masked = json_of(&tool, &["--html", "page.html"]);
    let whole = json_of(&tool, &["--reveal"]);
    let page = std::fs::read_to_string(tool.file("page.html")).unwrap();
    let mut seen = 0;
    for (country, revealed) in list(&masked, "countries").iter().zip(list(&whole, "countries")) {
        for (block, revealed) in list(country, "blocks").iter().zip(list(revealed, "blocks")) {
            let hidden = block["name"].as_str().unwrap().replace('*', "***");
            for (number, revealed) in list(block, "numbers").iter().zip(list(revealed, "numbers")) {
                seen += 1;
                assert_eq!(number["number"], hidden);
                let revealed = PhoneNumber::new(revealed["number"].as_str().unwrap());
                assert_eq!(revealed.as_str().len(), hidden.len(), "{revealed:?}");
                assert!(!page.contains(&revealed.masked().to_string()), "{revealed:?}");
            }
        }
    }
    assert!(seen > 50, "{seen}");
    assert!(page.contains("+447539503***"), "{page}");
}

/// That the page is refused, and the file stays as it is.
#[track_caller]
fn stays(tool: &Tool, file: &str, arguments: &[&str], says: &str) {
    let before = std::fs::read(tool.file(file)).unwrap();
    let run = tool.run(&[&["report"], arguments].concat()).exits(1).says(says).says("hint: ");
    assert_eq!(std::fs::read(tool.file(file)).unwrap(), before, "{run}");
}

#[test]
fn a_page_never_takes_the_place_of_what_the_report_reads() {
    let tool = with(&eventful());
    let reads = "is what the report reads";
    stays(&tool, "traffic.jsonl", &["--traffic", "traffic.jsonl", "--html", "traffic.jsonl"], reads);
    stays(&tool, "traffic.jsonl", &["--traffic", "traffic.jsonl", "--html", "./traffic.jsonl"], reads);
    std::os::unix::fs::symlink("traffic.jsonl", tool.file("link")).unwrap();
    stays(&tool, "traffic.jsonl", &["--traffic", "link", "--html", "traffic.jsonl"], reads);
    stays(&tool, "traffic.jsonl", &["--traffic", "traffic.jsonl", "--html", "link"], reads);

    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let policy = ["--traffic", "traffic.jsonl", "--policy", "policy.toml", "--html", "policy.toml"];
    stays(&tool, "policy.toml", &policy, reads);

    // Each file of a folder is traffic, and so a page there would be at the next time.
    std::fs::create_dir_all(tool.file("in/deep")).unwrap();
    tool.write("in/deep/page.html", "<!DOCTYPE html>");
    stays(&tool, "in/deep/page.html", &["--traffic", "in", "--html", "in/deep/page.html"], "is in in, ");
    tool.write("in/traffic.jsonl", &eventful());
    stays(&tool, "in/traffic.jsonl", &["--traffic", "in", "--html", "in/new.html"], "is in in, ");
    assert!(!tool.file("in/new.html").exists());

    let tool = tool_with(&[allowed("one", sinch_gate::clock::now())]);
    stays(&tool, "gate.db", &["--data", "gate.db", "--html", "gate.db"], reads);
    tool.run(&["report", "--data", "gate.db"]).exits(0);
}

#[test]
fn a_page_takes_the_place_of_a_page_or_of_nothing() {
    let tool = with(&eventful());
    tool.write("notes.txt", "what I must not forget");
    let notes = ["--traffic", "traffic.jsonl", "--html", "notes.txt"];
    stays(&tool, "notes.txt", &notes, "notes.txt is not a page of a report");
    // Of standard input the name is not known.
    let run = tool.run_on(eventful(), &["report", "--traffic", "-", "--html", "traffic.jsonl"]).exits(1);
    assert!(run.stderr.contains("is not a page") && tool.file("traffic.jsonl").exists(), "{run}");

    tool.write("page.html", "");
    let length = |name: &str| std::fs::metadata(tool.file(name)).unwrap().len();
    for name in ["page.html", "page.html", "new.html"] {
        report(&tool, &["--html", name]);
        assert!(length(name) > 10_000, "{name}");
    }
    tool.write("page.html", "<!doctype html>\n<title>an older one</title>");
    report(&tool, &["--html", "page.html"]);
    assert!(length("page.html") > 10_000);
    report(&tool, &["--html", "/dev/null"]);
    assert!(Path::new("/dev/null").exists());
}

/// The commands of findings.
fn commands(report: &Value) -> Vec<String> {
    let acts = list(report, "findings").iter().flat_map(|finding| list(finding, "act"));
    acts.filter_map(|act| act["command"].as_str()).map(ToOwned::to_owned).collect()
}

#[test]
fn commands_of_a_report_about_one_application_are_about_it_too() {
    let tool = with(&eventful());
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let policy = ["--policy", "policy.toml"];
    let all = commands(&json_of(&tool, &policy));
    let of_one = commands(&json_of(&tool, &[&policy[..], &["--app", APP]].concat()));
    let reads = |command: &&String| command.contains("--traffic traffic.jsonl");
    assert!(all.iter().all(|command| !command.contains("--app")), "{all:?}");
    assert_eq!(of_one.len(), all.len(), "{of_one:?}");
    assert!(of_one.iter().filter(reads).count() >= 3, "{of_one:?}");
    for command in of_one.iter().filter(reads) {
        assert!(command.ends_with(&format!("--traffic traffic.jsonl --app {APP}")), "{command}");
    }
    let suggest = of_one.iter().find(|command| command.contains("policy suggest")).unwrap();
    let run = tool.run_line(suggest);
    assert!(run.has_not_failed(), "{run}");
}

#[test]
fn commands_of_a_report_about_a_span_are_about_it_too() {
    let tool = with(&eventful());
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let asked = ["--from", "2026-01-05", "--to", "2026-01-09T12:00:00Z", "--policy", "policy.toml"];
    let commands = commands(&json_of(&tool, &asked));
    let reading: Vec<&String> = commands.iter().filter(|command| command.contains("--traffic")).collect();
    assert!(reading.len() >= 3, "{commands:?}");
    for command in &reading {
        let span = "--traffic traffic.jsonl --from 2026-01-05T00:00:00Z --to 2026-01-09T12:00:00Z";
        assert!(command.ends_with(span), "{command}");
    }
    let suggest = reading.iter().find(|command| command.contains("policy suggest")).unwrap();
    let run = tool.run_line(suggest);
    assert!(run.has_not_failed(), "{run}");
}

#[test]
fn commands_take_files_of_any_name() {
    let tool = Tool::new();
    let name = "in $HOME of 'us'/a & b.jsonl";
    std::fs::create_dir_all(tool.file("in $HOME of 'us'")).unwrap();
    tool.write(name, &eventful());
    tool.write("my policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let report = ["report", "--traffic", name, "--policy", "my policy.toml", "--json"];
    let commands = commands(&tool.run(&report).exits(0).json().remove(0));
    let reading: Vec<&String> = commands.iter().filter(|command| command.contains("--traffic")).collect();
    assert!(reading.iter().any(|command| command.contains("policy backtest")), "{commands:?}");
    assert!(reading.iter().any(|command| command.contains("policy suggest")), "{commands:?}");
    for command in reading {
        let run = tool.run_line(command);
        assert!(run.has_not_failed(), "{command}: {run}");
    }
}

#[test]
fn the_commands_of_an_attack_cover_all_of_its_blocks() {
    let attack: String = (0..25 * 30)
        .map(|n: i64| {
            let number = format!("+99890{:02}00{:03}", 10 + 3 * (n % 25), n / 25 * 31);
            let one = One::new(&n.to_string(), 4 * 86_400 + 20 * n, &number, "UZ");
            one.receipt(3, "Successful").ends(300, "FAIL", Some("Expired")).line()
        })
        .collect();
    let report = json_of(&with(&(eventful() + &attack)), &[]);
    let finding = list(&report, "findings").iter().find(|one| list(&one["place"], "blocks").len() > 20);
    let finding = finding.unwrap_or_else(|| panic!("{}", report["findings"]));
    let commands: Vec<&str> = list(finding, "act").iter().filter_map(|act| act["command"].as_str()).collect();
    let denying = commands.iter().filter(|command| command.contains("list add"));
    let denied: Vec<&str> = denying.flat_map(|command| command.split('\'').skip(1).step_by(2)).collect();
    let blocks: Vec<&str> = list(&finding["place"], "blocks").iter().filter_map(Value::as_str).collect();
    assert_eq!(denied, blocks, "{commands:?}");
}

/// A day without its year, such as `5 Jan`.
fn is_day_alone(text: &str) -> bool {
    let mut words = text.split(' ');
    let (day, month) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_day = !day.is_empty() && day.len() <= 2 && day.chars().all(|c| c.is_ascii_digit());
    is_day && month.len() == 3 && words.next().is_none()
}

#[test]
fn days_of_a_page_have_their_year_where_that_is_not_the_only_one() {
    let year: String = (0..100)
        .map(|n: i64| {
            let number = format!("+4670{:07}", n * 7_919_777 % 10_000_000);
            One::new(&n.to_string(), (n - 90) * 3 * 86_400, &number, "SE").ends(20, "SUCCESSFUL", None).line()
        })
        .collect();
    let tool = with(&year);
    report(&tool, &["--html", "page.html"]);
    let page = std::fs::read_to_string(tool.file("page.html")).unwrap();
    let texts = || page.split('>').filter_map(|part| part.split('<').next());
    let alone: Vec<&str> = texts().filter(|text| is_day_alone(text)).collect();
    assert!(alone.is_empty(), "{alone:?}");
    assert!(texts().any(|text| text.ends_with(" Jul 2025")), "no tick of 2025");
    let title = texts().find(|text| text.contains(" UTC\n")).unwrap();
    assert!(title.contains("2025"), "{title}");
}

#[test]
fn a_line_that_is_too_long_is_named_with_its_length() {
    let tool = with(&(eventful() + "{\"event\": \"" + &"x".repeat(5 << 20) + "\"}\n"));
    let n = eventful().lines().count() + 1;
    let says =
        format!("traffic.jsonl:{n}: longer than 4 MB, which no record is, so all of the line is left out");
    let broken = json_of(&tool, &[])["traffic"]["first_broken"].to_string();
    assert!(broken.contains(&says), "{broken}");
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let backtest = ["policy", "backtest", "policy.toml", "--traffic", "traffic.jsonl", "--quick"];
    tool.run(&backtest).exits(0).shows(&says);
}
