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
    let all = commands(&json_of(&tool, &[]));
    let of_one = commands(&json_of(&tool, &["--app", APP]));
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
