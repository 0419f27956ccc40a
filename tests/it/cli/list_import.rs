//! `list import` and `list export`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cli::use_any_credentials;
use crate::world::proxy::{Fate, Proxy};
use crate::world::tool::{Run, Running, Tool};

fn list(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["list"], arguments, &["--data", "gate.db"]].concat())
}

/// How many requests an import needs for its history: one before, and one that says that it is finished.
const OF_HISTORY: usize = 2;

/// A file of `n` numbers, a prefix in front.
fn numbers(n: usize) -> String {
    let mut text = "+99899394*,the range\n".to_owned();
    for number in 1..n {
        writeln!(text, "+4670{number:07},seen tonight").unwrap();
    }
    text
}

/// The tool, a table for it, and the proxy through which it is to reach that.
fn behind_a_proxy() -> (Tool, Running, Proxy) {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let proxy = Proxy::to(table.url.trim_end_matches('/'));
    (tool, table, proxy)
}

#[test]
fn a_file_is_put_on_a_list_and_what_is_exported_reads_back_the_same() {
    let tool = Tool::new();
    let file = "Entry, reason, for\n# tonight\n+99899394*, \"pumping, again\", 6h\n+46701740605,a tester,\n";
    tool.write("attack.csv", file);
    list(&tool, &["import", "blocklist", "attack.csv"])
        .exits(0)
        .prints("")
        .says("blocklist: 2 entries written\n");
    let shown = list(&tool, &["show", "blocklist", "--format", "json"]).exits(0).json();
    assert_eq!(shown[1]["reason"], "pumping, again");

    let exported = list(&tool, &["export", "blocklist"]).exits(0).says_nothing().stdout;
    assert!(
        exported.starts_with("entry,reason,expires_at,added_by,added_at\n+46701740605,a tester,,tester,20"),
        "{exported}"
    );
    tool.run_on(&exported, &["list", "import", "blocklist", "-", "--data", "gate.db"])
        .exits(0)
        .says("blocklist: 0 entries written; 2 entries there already\n");
    tool.run_on(&exported, &["list", "import", "blocklist", "-", "--anyway", "--data", "copy.db"]).exits(0);
    tool.run(&["list", "export", "blocklist", "--data", "copy.db"]).exits(0).prints(&exported);
}

#[test]
fn plain_numbers_take_reason_author_and_end_from_the_command() {
    let tool = Tool::new();
    let import = |extra: &[&str]| {
        let arguments = [&["list", "import", "blocklist", "-", "--data", "gate.db"], extra].concat();
        tool.run_on("+46701740605 # a comment\n+4670*\n", &arguments)
    };
    import(&[])
        .exits(2)
        .says("standard input:1:1: error: this entry and 1 more have no reason\n  help: give --reason");
    import(&["--reason", "test", "--author", "night shift", "--for", "1h"]).exits(0);
    list(&tool, &["show", "blocklist"]).exits(0).shows("test (night shift, 20");
    import(&["--reason", "another", "--author", "night shift"])
        .exits(0)
        .says("2 entries written, 2 of them in the place of others");
}

#[test]
fn every_bad_line_is_reported_before_anything_is_written() {
    let tool = Tool::new();
    tool.write("bad.csv", "+4670*,a\n0046701740605,b\n+4671*,c,soon\n+4670*,d\n\"+4672*\n");
    let run = list(&tool, &["import", "blocklist", "bad.csv"]).exits(2).prints("");
    let expected = "\
bad.csv:4:1: note: +4670* stands in line 1 too; this line counts
bad.csv:2:1: error: `0046701740605` is neither a number in E.164, such as +46701740605, nor a prefix with a \
star, \
such as +99899394*
  help: did you mean `+46701740605`?
bad.csv:3:10: error: `soon` is not a time
  help: write it as 2026-02-01T00:00:00Z or 2026-02-01, or how long as 30m, 6h or 7d
bad.csv:5:1: error: this quote is never closed
  help: close it, or leave it out
bad.csv: 3 mistakes; nothing was written
";
    assert_eq!(run.stderr, expected);
    assert!(!tool.file("gate.db").exists());
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure() {
    let tool = Tool::new();
    list(&tool, &["import", "blocklist", "nothing.csv"]).exits(1).says("cannot read nothing.csv");
    let latin = [b'+', b'4', b'6', b'*', b',', 0xe5];
    tool.run_on(latin, &["list", "import", "blocklist", "-", "--data", "gate.db"])
        .exits(1)
        .says("is not UTF-8 text");
}

#[test]
fn thousands_of_entries_are_imported() {
    let tool = Tool::new();
    tool.write("many.csv", &numbers(5_000));
    list(&tool, &["import", "blocklist", "many.csv"]).exits(0).says("blocklist: 5000 entries written");
    let exported = list(&tool, &["export", "blocklist"]).exits(0).stdout;
    assert_eq!(exported.lines().count(), 5_001);
}

#[test]
fn an_import_that_lost_its_connection_is_completed_by_the_same_command() {
    let (tool, _table, proxy) = behind_a_proxy();
    let endpoint = proxy.endpoint();
    tool.write("many.csv", &numbers(1_000));
    let place = ["--table", "sinch-gate", "--endpoint-url", &endpoint];
    let import = || tool.run(&[&["list", "import", "blocklist", "many.csv"], &place[..]].concat());

    let sent = AtomicUsize::new(0);
    proxy.set(move |seen| {
        let is_late = seen.operation == "BatchWriteItem" && sent.fetch_add(1, Ordering::Relaxed) >= 15;
        if is_late { Fate::Lost } else { Fate::Answered }
    });
    import()
        .exits(1)
        .says("blocklist is not complete; run the same command again, and it goes on where it stopped")
        .says("DynamoDB cannot be reached");

    proxy.set(|_| Fate::Answered);
    let run = import().exits(0);
    let first = run.stderr.lines().next().unwrap();
    let there: usize = first.rsplit("; ").next().unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((300..=15 * 25).contains(&there), "{run}");
    let batches = proxy.seen().iter().filter(|seen| seen.operation == "BatchWriteItem").count();
    assert_eq!(batches, OF_HISTORY + (1_000 - there).div_ceil(25));
    import().exits(0).says("0 entries written; 1000 entries there already");
}

#[test]
fn what_dynamodb_leaves_unprocessed_is_sent_again() {
    let (tool, _table, proxy) = behind_a_proxy();
    let sent = AtomicUsize::new(0);
    // The first batch is the history of the import.
    proxy.set(move |seen| {
        let is_second = seen.operation == "BatchWriteItem" && sent.fetch_add(1, Ordering::Relaxed) == 1;
        if is_second { Fate::LeftUnprocessed } else { Fate::Answered }
    });
    tool.write("some.csv", &numbers(30));
    let place = ["--table", "sinch-gate", "--endpoint-url", &proxy.endpoint()];
    tool.run(&[&["list", "import", "blocklist", "some.csv"], &place[..]].concat()).exits(0);
    let batches = proxy.seen().iter().filter(|seen| seen.operation == "BatchWriteItem").count();
    assert_eq!(batches, OF_HISTORY + 3);
    let shown = tool.run(&[&["list", "export", "blocklist"], &place[..]].concat()).exits(0).stdout;
    assert_eq!(shown.lines().count(), 31);
}

#[test]
fn an_import_outlasts_seconds_in_which_the_table_is_busy() {
    let (tool, _table, proxy) = behind_a_proxy();
    let sent = AtomicUsize::new(0);
    proxy.set(move |seen| {
        let is_busy = seen.operation == "BatchWriteItem" && sent.fetch_add(1, Ordering::Relaxed) < 5;
        if is_busy { Fate::Throttled } else { Fate::Answered }
    });
    tool.write("some.csv", &numbers(3));
    let place = ["--table", "sinch-gate", "--endpoint-url", &proxy.endpoint()];
    tool.run(&[&["list", "import", "blocklist", "some.csv"], &place[..]].concat())
        .exits(0)
        .says("blocklist: 3 entries written");
}

#[test]
fn of_many_mistakes_the_first_are_told_and_the_others_counted() {
    let tool = Tool::new();
    let wrong: String = (0..1_000).map(|n| format!("x{n},y\n")).collect();
    let run = tool
        .run_on(format!("entry,reason\n{wrong}"), &["list", "import", "blocklist", "-", "--data", "gate.db"])
        .exits(2)
        .says("standard input:21:1: error: `x19` is neither")
        .says("and 980 more errors\nstandard input: 1000 mistakes; nothing was written\n");
    assert!(!run.stderr.contains("`x20`"), "{run}");
}

#[test]
fn a_reason_that_no_item_can_hold_is_found_before_anything_is_written() {
    let tool = Tool::new();
    let long = "r".repeat(410_000);
    let run = tool
        .run_on(
            format!("+46701740605,fine\n+46701740606,{long}\n"),
            &["list", "import", "blocklist", "-", "--data", "gate.db"],
        )
        .exits(2)
        .says("standard input:2:14: error: this reason is 410000 bytes long");
    assert!(run.stderr.len() < 1_000, "the reason is not repeated");
    assert!(!tool.file("gate.db").exists());
}

#[test]
fn a_long_list_is_printed_page_by_page() {
    let (tool, _table, proxy) = behind_a_proxy();
    let place = ["--table", "sinch-gate", "--endpoint-url", &proxy.endpoint()];
    let run = |arguments: &[&str]| tool.run(&[&["list"], arguments, &place].concat());
    // DynamoDB gives a megabyte at a time.
    let reason = "r".repeat(10_000);
    let text: String = (0..250).map(|n| format!("+4670{n:07},{reason}\n")).collect();
    tool.write("long.csv", &text);
    run(&["import", "blocklist", "long.csv"]).exits(0);
    let n_lines = |run: Run| run.stdout.lines().count();
    assert_eq!(n_lines(run(&["export", "blocklist"]).exits(0)), 251);
    assert_eq!(n_lines(run(&["show", "blocklist", "--format", "json"]).exits(0)), 250);
    let whole = run(&["show", "blocklist"]).exits(0);
    assert_eq!(whole.stdout.matches("+4670").count(), 250);
    assert_eq!(whole.stdout.matches("entry").count(), 1, "one heading");

    for command in
        [&["export", "blocklist"][..], &["show", "blocklist"], &["show", "blocklist", "--format", "json"]]
    {
        let mut n_queries = 0;
        proxy.set(move |seen| {
            n_queries += usize::from(seen.operation == "Query");
            if n_queries > 1 { Fate::Forbidden } else { Fate::Answered }
        });
        let cut = run(command).exits(1);
        let n_shown = cut.stdout.matches("+4670").count();
        assert!((1..250).contains(&n_shown), "{command:?} held {n_shown} entries back");
    }
}
