//! Files that people hand to the tool: lists, logs, and recorded traffic. What is printed reads back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::now;
use crate::backtest::{Happens, TrafficEvent};
use crate::cli::command::outcome::recover::line as log_line;
use crate::cli::traffic::line::Line;
use crate::gate::Settings;
use crate::list::{Defaults, FILE_COLUMNS, file_line, read_file};
use crate::policy::Policy;
use crate::record::Story;
use crate::replay::{Outcome, Replay};
use crate::store::exported_story;

/// A list as a file: entries that are read print as they read.
pub(super) fn list_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let defaults = |country: Option<&str>| Defaults {
        list: "blocklist",
        reason: Some("pumping"),
        author: "ops",
        expires_at: None,
        country: country.and_then(|country| country.parse().ok()),
    };
    for country in [None, Some("SE")] {
        let file = read_file(text, &defaults(country), now());
        let n_lines = text.split(['\n', '\r']).count();
        for remark in file.mistakes.iter().chain(&file.notes) {
            assert!(remark.line <= n_lines + 1, "line {} of {n_lines}", remark.line);
        }
        if file.mistakes.is_empty() {
            let lines: Vec<String> = file.entries.iter().map(file_line).collect();
            let printed = format!("{FILE_COLUMNS}\n{}\n", lines.join("\n"));
            let again = read_file(&printed, &defaults(None), now());
            assert_eq!((&again.entries, &again.mistakes), (&file.entries, &Vec::new()), "{printed}");
        }
    }
}

/// A line of a log, for `outcome recover`: what is recovered prints as it reads.
pub(super) fn recover(input: &[u8]) {
    for line in String::from_utf8_lossy(input).lines() {
        let read = log_line::read(line);
        if let log_line::Line::Unstored(unstored) = &read {
            let mut written = json!({ "subject": unstored.subject, "at": unstored.at });
            match &unstored.what {
                log_line::What::Decided(decided) => written["decided"] = json!(decided),
                log_line::What::Happening(happening) => written["happening"] = json!(happening),
            }
            let printed = json!({ "unstored": written.to_string() }).to_string();
            assert_eq!(log_line::read(&printed), read, "{printed}");
        }
    }
}

/// Recorded traffic, a callback, a story or an exported item a line: it can be replayed, and a story prints
/// as it reads.
pub(super) fn traffic(input: &[u8]) {
    let mut replay = Replay::new(Arc::new(Policy::starter()), "starter", Settings::unconfigured());
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(story) = serde_json::from_slice::<Story>(line) {
            let printed = serde_json::to_string(&story).expect("a story is JSON");
            assert_eq!(serde_json::from_str::<Story>(&printed).ok().as_ref(), Some(&story), "{printed}");
        }
        if let Ok(item) = serde_json::from_slice::<Value>(line) {
            let _ = exported_story(&item["Item"]);
        }
        match Line::read(line) {
            Ok(Line::Callback(event)) => pass(&mut replay, &event),
            Ok(Line::Story(events) | Line::Exported(events)) => {
                events.iter().for_each(|event| pass(&mut replay, event));
            }
            Ok(Line::Nothing | Line::Unknown(_)) => {}
            Err(broken) => assert!(!broken.to_string().is_empty()),
        }
    }
}

fn pass(replay: &mut Replay, event: &TrafficEvent) {
    match &event.happens {
        Happens::Request(request, _) => {
            let _ = replay.request_in_full(&event.app, request, event.at);
        }
        Happens::Result(result) => replay.outcome(&event.app, &Outcome::from(&**result), event.at),
        Happens::Delivery(delivery) => replay.outcome(&event.app, &Outcome::from(&**delivery), event.at),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::phone::{in_country, propose};

    fn time_of(work: impl Fn()) -> Duration {
        let begun = Instant::now();
        work();
        begun.elapsed()
    }

    /// A file of such lines once took a quarter of a second for each.
    #[test]
    fn a_number_that_no_country_has_costs_one_look_at_all_plans() {
        let sweden = "SE".parse().unwrap();
        let look = time_of(|| (0..10).for_each(|_| assert_eq!(in_country("0297", sweden), None)));
        let proposal = time_of(|| assert!(propose("0297", None).is_some()));
        assert!(proposal < look * 2, "{proposal:?}, where ten looks at all plans take {look:?}");
    }
}
