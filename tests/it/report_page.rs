//! The page of `sinch-gate report` in a real browser, opened from disk.

mod accessibility;
mod charts;
mod first_look;
mod from_traffic;
mod hostile;
mod keyboard;
mod picture;

use serde_json::Value;
use sinch_gate::backtest::TrafficEvent;
use sinch_gate::drill::{Drill, Options, all};
use sinch_gate::figures::MonitorFigures;
use sinch_gate::policy::Policy;
use sinch_gate::report::html::page;
use sinch_gate::report::model::{Intake, MonitoredRule};
use sinch_gate::report::{Gathered, Model, Question};
use tempfile::TempDir;

use crate::world::browser::Browser;

/// What each cell of a table says, row by row, without the bars; of a time, the moment.
const ROWS: &str = r"
    const said = cell => cell.querySelector('time')?.getAttribute('datetime')
        ?? cell.textContent.replace(/[\u202f]/g, '').replace(/[\u00a0]/g, ' ').trim();
    const cells = row => [...row.cells].filter(cell => !cell.classList.contains('wide')).map(said);
    const rows = table => [...document.querySelectorAll(`${table} tbody tr`)].map(cells);
";

/// A policy under which an attack goes on, while some are denied.
const LENIENT: &str = r#"
schema = 1
default = "allow"

[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 2, window = "1d" }
"#;

/// A report about the traffic of a drill: neighbouring numbers of Uzbekistan, one after the other.
fn drilled() -> Model {
    let policy = Policy::compile(LENIENT).unwrap().policy;
    let mut drill = Drill::new(policy, "drill", Options { seed: 1, scale: 0.1, people: Vec::new() });
    let mut gathered = Gathered::holding(1_000_000);
    let mut sink = |event: TrafficEvent, _| {
        gathered.take_event(&event);
        Ok(())
    };
    let sequence = all().find(|scenario| scenario.name == "sequence").unwrap();
    drill.play(sequence, Some(&mut sink)).unwrap();
    let mut model = gathered.report(&Question {
        made_at: "2026-02-01T12:00:00Z".parse().unwrap(),
        sources: vec!["drill.jsonl".to_owned()],
        place: "--traffic drill.jsonl".to_owned(),
        is_piped: false,
        policy: Some("policy.toml".to_owned()),
        table: String::new(),
        app: None,
        from: None,
        to: None,
        reveals_numbers: false,
        known: None,
        complete_from: None,
        intake: Intake::default(),
        scale: 1,
    });
    // Traffic does not say what rules in monitor mode would have done.
    let figures = MonitorFigures { would_deny: 70, already_denied: 4, ..MonitorFigures::default() };
    model.monitored.push(MonitoredRule {
        name: "pumping-guard".to_owned(),
        figures,
        would_allow: 2,
        last_at: model.steps.last().map(|step| step.from),
    });
    model
}

/// A report as a page in a browser.
struct Opened {
    browser: Browser,
    json: Value,
    dir: TempDir,
}

impl Opened {
    /// A report in a browser; `None` where there is no browser.
    fn of(model: &Model) -> Option<Self> {
        let browser = Browser::open()?;
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("report.html"), page(model)).unwrap();
        let opened = Self { browser, json: serde_json::to_value(model).unwrap(), dir };
        opened.again();
        Some(opened)
    }

    /// Opens the page again, as it is at first.
    fn again(&self) {
        self.browser.open_page(&format!("file://{}/report.html", self.dir.path().display()));
    }

    /// What each cell of a table says.
    #[track_caller]
    fn rows(&self, table: &str) -> Vec<Vec<String>> {
        let rows = self.browser.run(&format!("{ROWS} return rows('{table}');"));
        let rows: Vec<Vec<String>> = serde_json::from_value(rows).unwrap();
        assert!(!rows.is_empty(), "there is no {table}");
        rows
    }

    /// Expects that the page is not wider than its window.
    #[track_caller]
    fn fits(&self) {
        let beyond = self.browser.run(
            "const root = document.documentElement;
            if (root.scrollWidth <= root.clientWidth) return [];
            const all = [...document.body.querySelectorAll('*')].filter(one => !one.closest('.scrolled'));
            const beyond = all.filter(one => one.getBoundingClientRect().right > root.clientWidth);
            return beyond.map(one => one.outerHTML.slice(0, 200));",
        );
        assert_eq!(beyond, serde_json::json!([]));
    }

    /// Expects that nothing was asked for but the page, and that nothing went wrong in it.
    #[track_caller]
    fn was_quiet(&self) {
        assert_eq!(self.browser.messages(), Vec::<String>::new());
        let requests = self.browser.requests();
        let others: Vec<_> = requests.iter().filter(|url| !url.ends_with("/report.html")).collect();
        // The icon stands in the page itself.
        assert!(others.iter().all(|url| url.starts_with("data:image/svg+xml,")), "{others:?}");
        assert!(others.len() < requests.len(), "not even the page was asked for");
    }
}

#[test]
fn a_page_asks_for_nothing_but_itself() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    opened.browser.run("for (const all of document.querySelectorAll('details')) all.open = true;");
    opened.was_quiet();
    // The policy is in force: what it does not allow does not run, and is complained of.
    opened.browser.run(
        "const script = document.createElement('script');
        script.textContent = 'document.title = `run`';
        document.head.append(script);
        document.body.style = 'color: red';
        document.body.setAttribute('style', 'color: red');",
    );
    assert_ne!(opened.browser.run("return document.title;"), "run");
    assert_ne!(opened.browser.messages(), Vec::<String>::new());
}
