//! Texts that are neither numbers nor prefixes: each refusal proposes the right form, the same everywhere.

use crate::world::tool::{Run, Tool};

const NATIONAL: &str = "write the calling code, such as +46, in place of the first 0, or give --country";

fn list(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["list"], arguments, &["--data", "gate.db"]].concat())
}

#[test]
fn add_import_remove_and_number_propose_the_same() {
    let tool = Tool::new();
    for (text, proposal) in [
        ("0701740605", NATIONAL),
        ("+46 70 174 06 05", "did you mean `+46701740605`?"),
        ("99899394*", "did you mean `+99899394*`?"),
        ("+46701740600-699", "write a range as prefixes: `+467017406*`"),
        ("\u{202a}+46701740605\u{202c}", "the character U+202A at position 1 does not belong there"),
        ("+46701740605\u{a0}", "the character U+00A0 at position 13 does not belong there"),
    ] {
        let hint = format!("\nhint: {proposal}");
        list(&tool, &["add", "blocklist", text, "--reason", "x"]).exits(1).says(&hint);
        list(&tool, &["remove", "blocklist", text]).exits(1).says(&hint);
        tool.write("numbers.csv", &format!("{text}\n"));
        if text.starts_with(['0', '+', '9']) && !text.ends_with('\u{a0}') {
            let import = ["import", "blocklist", "numbers.csv", "--reason", "x"];
            list(&tool, &import).exits(2).says(&format!("\n  help: {proposal}"));
        }
        tool.run(&["number", text]).exits(2).shows("invalid").says(&hint);
        let json = tool.run(&["number", text, "--format", "json"]).exits(2).json().remove(0);
        assert!(json["proposal"].as_str().unwrap().starts_with(proposal), "{json}");
    }
    assert!(!tool.file("gate.db").exists());
}

#[test]
fn a_number_with_a_blank_behind_it_is_not_taken_for_one_without() {
    let run = Tool::new().run(&["number", "+46701740605 "]).exits(2).shows("invalid");
    run.says("the character U+0020 at position 13 does not belong there; did you mean `+46701740605`?");
}

#[test]
fn several_mistakes_are_reported_together() {
    let tool = Tool::new();
    let run = list(&tool, &["add", "blocklist", "4670*", "x", "+46701740605", "0701740605", "--reason", "x"]);
    let run = run.exits(1);
    assert_eq!(run.stderr.matches("is neither a number").count(), 3, "{run}");
}

#[test]
fn numbers_as_they_are_dialled_within_a_country_are_read_where_it_is_given() {
    let tool = Tool::new();
    list(&tool, &["add", "blocklist", "070-174 06 05", "--country", "SE", "--reason", "x"])
        .exits(0)
        .says("+46701740605 is on blocklist");
    list(&tool, &["add", "blocklist", "0701740605", "--country", "UK", "--reason", "x"])
        .exits(1)
        .says("did you mean `GB`?");
    tool.write("numbers.csv", "0701740606\n");
    list(&tool, &["import", "blocklist", "numbers.csv", "--country", "SE", "--reason", "x"]).exits(0);
    list(&tool, &["show", "blocklist"]).exits(0).shows("+46701740606");
    tool.run(&["number", "0701740605", "--country", "SE"]).exits(2).says("did you mean `+46701740605`?");
}

#[test]
fn what_spreadsheets_export_is_read_and_a_day_is_a_time() {
    let tool = Tool::new();
    tool.write("excel.csv", "\u{feff}entry;reason;until\r\n\"+99899394*\";\"a, b\";2126-12-01\r\n");
    list(&tool, &["import", "blocklist", "excel.csv"]).exits(0).says("1 entry written");
    let line = list(&tool, &["show", "blocklist", "--format", "json"]).exits(0).json().remove(0);
    assert_eq!((&line["reason"], &line["expires_at"]), (&"a, b".into(), &"2126-12-01T00:00:00Z".into()));
}

#[test]
fn a_file_without_an_entry_is_not_taken_for_one_that_was_written() {
    let tool = Tool::new();
    for text in ["", "# +46701740605\n#46701740606\n", "\n\n"] {
        tool.write("empty.csv", text);
        list(&tool, &["import", "blocklist", "empty.csv", "--reason", "x"])
            .exits(2)
            .says("empty.csv: nothing was written, since no line has an entry\nhint: ");
    }
    // An empty list, as it is exported.
    let exported = list(&tool, &["add", "blocklist", "+46701740605", "--reason", "x"]).exits(0);
    drop(exported);
    list(&tool, &["remove", "blocklist", "+46701740605"]).exits(0);
    let exported = list(&tool, &["export", "blocklist"]).exits(0).stdout;
    tool.run_on(&exported, &["list", "import", "blocklist", "-", "--data", "gate.db"])
        .exits(0)
        .says("nothing was written");
}

#[test]
fn a_file_that_does_not_exist_is_not_made_by_a_change_of_a_list() {
    let tool = Tool::new();
    tool.write("numbers.csv", "+46701740605\n");
    let reason = ["--reason", "x", "--data", "typo.db"];
    for change in [["add", "blocklist", "+46701740605"], ["import", "blocklist", "numbers.csv"]] {
        let arguments = [&["list"], &change[..], &reason].concat();
        tool.run(&arguments).exits(1).says("nothing was written: there is no file typo.db").says("--anyway");
        assert!(!tool.file("typo.db").exists());
        tool.run(&[&arguments[..], &["--anyway"]].concat()).exits(0).says("making typo.db");
        std::fs::remove_file(tool.file("typo.db")).unwrap();
    }
}

#[test]
fn the_old_way_to_write_mexican_mobile_numbers_is_noted() {
    let tool = Tool::new();
    let note = "the same phone is also +525512345678";
    list(&tool, &["add", "blocklist", "+5215512345678", "--reason", "x"]).exits(0).says(note);
    tool.write("numbers.csv", "+5215512345678\n");
    list(&tool, &["import", "blocklist", "numbers.csv", "--reason", "y"]).exits(0).says(note);
    tool.run(&["number", "+5215512345678"]).exits(0).says(note);
}
