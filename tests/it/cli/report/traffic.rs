//! Traffic for reports, as `outcome export --stories` writes it, made a line at a time.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A Monday.
pub(crate) const BEGIN: Timestamp = Timestamp::constant(1_767_571_200, 0);

pub(crate) const DAY: i64 = 86_400;

/// One verification: an allowed SMS for 0.10 EUR that nobody ends.
#[derive(Clone)]
pub(crate) struct One(Value);

impl One {
    pub(crate) fn new(id: &str, second: i64, number: &str, country: &str) -> Self {
        let at = at(second);
        Self(json!({
            "app": "669E367E-6BBA-48AB-AF15-266871C28135", "id": id, "number": number, "country": country,
            "method": "sms",
            "decision": {
                "at": at, "verdict": "allow", "reason": "", "policy": "v1", "numbering": "9",
                "price": "0.10 EUR",
            },
            "heard": [],
        }))
    }

    pub(crate) fn denied_by(mut self, rule: &str) -> Self {
        self.0["decision"]["verdict"] = json!("deny");
        self.0["decision"]["rule"] = json!(rule);
        self
    }

    pub(crate) fn with(mut self, member: &str, value: Value) -> Self {
        self.0["decision"][member] = value;
        self
    }

    /// With a member of the story itself.
    pub(crate) fn whose(mut self, member: &str, value: Value) -> Self {
        self.0[member] = value;
        self
    }

    /// With what came of it some seconds later.
    pub(crate) fn ends(mut self, after: i64, status: &str, reason: Option<&str>) -> Self {
        let mut heard = json!({ "at": self.after(after), "kind": "result", "status": status });
        if let Some(reason) = reason {
            heard["reason"] = json!(reason);
        }
        self.hear(heard)
    }

    /// With a delivery receipt some seconds later.
    pub(crate) fn receipt(mut self, after: i64, result: &str) -> Self {
        let heard = json!({ "at": self.after(after), "kind": "delivery", "result": result });
        self.hear(heard)
    }

    fn after(&mut self, seconds: i64) -> Timestamp {
        let begun: Timestamp = self.0["decision"]["at"].as_str().unwrap().parse().unwrap();
        begun + SignedDuration::from_secs(seconds)
    }

    fn hear(mut self, heard: Value) -> Self {
        self.0["heard"].as_array_mut().unwrap().push(heard);
        self
    }

    pub(crate) fn line(&self) -> String {
        format!("{}\n", self.0)
    }
}

fn at(second: i64) -> Timestamp {
    BEGIN + SignedDuration::from_secs(second)
}

/// Four days of people, and on the last of them an attack, an outage, a rule that hurts, money that no limit
/// counts, and lines that cannot be read.
pub(crate) fn eventful() -> String {
    let mut text = String::new();
    let mut n = 0;
    let mut add = |one: &dyn Fn(&str) -> One| {
        n += 1;
        text += &one(&n.to_string()).line();
    };
    for person in 0..160 {
        let number = format!("+4670{:07}", person * 7_919_777 % 10_000_000);
        let ends = 10 + person * 7 % 50;
        let second = person * 4 * DAY / 160;
        add(&|id| {
            One::new(id, second, &number, "SE").receipt(3, "Successful").ends(ends, "SUCCESSFUL", None)
        });
    }
    let hit = |verdict: &str| json!([{ "rule": "guard", "verdict": verdict }]);
    for n in 0..40 {
        let number = format!("+99899394{:04}", n * 7_919 % 10_000);
        let second = 3 * DAY + 3_600 + 30 * n;
        add(&|id| {
            One::new(id, second, &number, "UZ")
                .with("monitors", hit(if n == 0 { "allow" } else { "deny" }))
                .receipt(3, "Successful")
                .ends(300, "FAIL", Some("Expired"))
        });
    }
    for n in 0..30 {
        let number = format!("+34677{:06}", n * 79_197 % 1_000_000);
        let second = 3 * DAY + 10 * 3_600 + 60 * n;
        add(&|id| {
            One::new(id, second, &number, "ES").receipt(9, "Failed").ends(300, "FAIL", Some("Expired"))
        });
    }
    for n in 0..12 {
        let number = format!("+4673{:07}", n * 791_977 % 10_000_000);
        let second = 3 * DAY + 60 * n;
        add(&|id| One::new(id, second, &number, "SE").denied_by("per-block"));
        add(&|id| One::new(id, second + 7_200, &number, "SE").ends(30, "SUCCESSFUL", None));
    }
    let note = json!(["`spend` counted 0: the event's price is in USD, the rule's in EUR"]);
    add(&|id| {
        One::new(id, 3 * DAY, "+12025550123", "US")
            .with("price", json!("0.05 USD"))
            .with("notes", note.clone())
            .ends(30, "SUCCESSFUL", None)
    });
    let lost = json!({
        "at": at(3 * DAY), "app": "669E367E-6BBA-48AB-AF15-266871C28135",
        "event": { "id": "lost", "event": "VerificationResultEvent", "method": "sms", "status": "FAIL" },
    });
    let odd = json!({ "at": at(3 * DAY), "event": { "id": "odd", "event": "VerificationDreamEvent" } });
    text + &format!("{lost}\n{odd}\nnonsense\n")
}
