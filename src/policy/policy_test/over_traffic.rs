//! A test over recorded traffic: whom the policy may turn away. Only the tool runs it.

use crate::policy::problem::{Place, Problem, ProblemReport, Severity, error, missing};
use crate::policy::share::parse_share;
use crate::policy::toml_value::{Fields, Node, shown, text};

/// How much harm a policy may do over recorded traffic.
#[derive(Clone, PartialEq, Debug)]
pub struct TrafficTest {
    place: Place,
    name: Option<String>,
    /// The file of the traffic, as it is written: beside the policy, unless it says otherwise.
    pub traffic: String,
    /// The greatest share of people who verified that may be turned away.
    pub max_harm: f64,
}

impl TrafficTest {
    /// A problem where the test fails.
    #[must_use]
    pub fn failure(&self, why: &str, help: Option<String>) -> Problem {
        let name = self.name.as_ref().map_or_else(|| "this test".to_owned(), |name| format!("test “{name}”"));
        Problem {
            severity: Severity::Error,
            line: self.place.line,
            column: self.place.column,
            message: format!("{name} fails: {why}"),
            help,
        }
    }
}

/// Reads `backtest = { traffic = "…", max_harm = "0.5%" }`.
pub(super) fn read(
    node: &Node<'_>,
    place: Place,
    name: Option<&str>,
    report: &mut ProblemReport,
) -> Option<TrafficTest> {
    let fields = Fields::of(node, "a backtest", &["max_harm", "traffic"], report)?;
    for (key, help) in [
        ("traffic", "name the file, as `outcome export` writes it: traffic = \"traffic.jsonl\""),
        ("max_harm", "write how many of the people who verified may be turned away: max_harm = \"0.5%\""),
    ] {
        if fields.lacks(key) {
            report.push(missing(&fields.at, format!("a backtest has no `{key}`")).help(help));
        }
    }
    let traffic = fields.get("traffic").and_then(|node| text(node, "`traffic`", report));
    let max_harm = fields.get("max_harm").and_then(|node| {
        let written = text(node, "`max_harm`", report)?;
        let share = parse_share(written);
        if share.is_none() {
            let message = format!("`{}` is not a share", shown(written));
            report.push(error(&node.span(), message).help("write a share such as \"0.5%\""));
        }
        share
    });
    Some(TrafficTest {
        place,
        name: name.map(str::to_owned),
        traffic: traffic?.to_owned(),
        max_harm: max_harm?,
    })
}
