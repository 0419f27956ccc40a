//! What the tool prints about a table.

use super::needles::{Kind, Shown};
use super::run::Run;

/// A command, and what of it may be private.
type Command = (&'static [&'static str], &'static [Kind]);

const FOR_PEOPLE: [Command; 12] = [
    (&["status", "--since", "1h"], &[Kind::Custom]),
    (&["outcome", "tail", "--once", "--since", "1h"], &[]),
    (&["report", "--from", "1h"], &[]),
    (&["report", "--from", "1h", "--json"], &[]),
    (&["report", "--from", "1h", "--html", "page.html"], &[]),
    (&["policy", "backtest", "policy.toml", "--from", "1h"], &[]),
    (&["policy", "suggest", "--from", "1h"], &[]),
    (&["policy", "show"], &[]),
    (&["doctor"], &[]),
    (&["outcome", "reconcile", "--dry-run", "--older-than", "0s"], &[]),
    (&["outcome", "recover", "gate.log"], &[]),
    (&["list", "show", "blocklist"], &[Kind::Number]),
];

/// These print what the table holds of stories.
const FOR_PROGRAMS: [Command; 4] = [
    (&["outcome", "export", "--from", "1h"], &[Kind::Custom, Kind::Number]),
    (&["outcome", "export", "--from", "1h", "--stories"], &[Kind::Custom, Kind::Number]),
    (&["outcome", "tail", "--once", "--since", "1h", "--format", "json"], &[Kind::Custom, Kind::Number]),
    (&["list", "history", "blocklist"], &[Kind::Number]),
];

/// What commands print that they may not.
pub(super) fn leaks(run: &Run) -> Vec<String> {
    run.tool.write("gate.log", &run.log.join("\n"));
    let mut leaks = Vec::new();
    for (command, may_be) in FOR_PEOPLE.iter().chain(&FOR_PROGRAMS) {
        let ran = run.tool_on_table(command);
        if !ran.has_not_failed() {
            leaks.push(format!("{ran}"));
        }
        let mut printed = format!("{}{}", ran.stdout, ran.stderr);
        if command.contains(&"page.html") {
            printed += &std::fs::read_to_string(run.tool.file("page.html")).unwrap();
        }
        let found = run.traffic.needles.find(printed.as_bytes(), Shown::Block);
        let leaked = found.into_iter().filter(|(kind, _)| !may_be.contains(kind));
        leaks.extend(leaked.map(|(kind, form)| format!("{command:?} prints {kind:?} as {form}")));
    }
    leaks
}
