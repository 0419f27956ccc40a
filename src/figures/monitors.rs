//! What rules in monitor mode would have done.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Counted, Ending, Key, Quotas, Seen, Spend};
use crate::verdict::Verdict;

/// What denials would have come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MonitorFigures {
    /// Verifications that it would have denied.
    pub would_deny: u64,
    /// Those of them that another rule denied anyway.
    pub already_denied: u64,
    /// Those of them that were verified: the people whom it would have hurt.
    pub verified: u64,
    /// What those of them cost that were not verified.
    pub would_save: Spend,
}

/// A rule in monitor mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Monitored {
    /// The rule.
    pub rule: String,
    /// What its quota counts by; absent where it has none, or where no policy in force has the rule any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// What its denials would have come to.
    #[serde(flatten)]
    pub figures: MonitorFigures,
    /// Verifications that it would have allowed.
    pub would_allow: u64,
    /// The same by key of its quota, or else by country, the most denials first.
    pub keys: Vec<MonitorKey>,
}

/// A key of a rule in monitor mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonitorKey {
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// What denials under it would have come to.
    #[serde(flatten)]
    pub figures: MonitorFigures,
}

/// Collects what rules in monitor mode would have done.
#[derive(Debug, Default)]
pub(super) struct Monitors(BTreeMap<String, Hits>);

#[derive(Debug, Default)]
struct Hits {
    would_allow: u64,
    all: MonitorFigures,
    by_key: BTreeMap<Key, MonitorFigures>,
}

impl MonitorFigures {
    /// Adds a verification that it would have denied.
    pub fn count(&mut self, one: &Counted) {
        self.would_deny += 1;
        self.already_denied += u64::from(one.verdict == Verdict::Deny);
        self.verified += u64::from(one.ending == Ending::Verified);
        if let Some(cost) = one.cost().filter(|_| one.is_unverified()) {
            self.would_save.add(cost);
        }
    }

    pub(crate) fn scale(&mut self, by: u64) {
        for count in [&mut self.would_deny, &mut self.already_denied, &mut self.verified] {
            *count = count.saturating_mul(by);
        }
        self.would_save.scale(by);
    }
}

impl Monitors {
    pub(super) fn add(&mut self, seen: &Seen<'_>, quotas: &Quotas) {
        for hit in &seen.decided.monitors {
            let hits = self.0.entry(hit.rule.clone()).or_default();
            match hit.verdict {
                Verdict::Allow => hits.would_allow += 1,
                Verdict::Deny => {
                    let one = seen.counted();
                    hits.all.count(&one);
                    hits.by_key.entry(quotas.key(&hit.rule, seen)).or_default().count(&one);
                }
            }
        }
    }

    /// The rules that would have denied most first, those last that would have done nothing. Each count
    /// stands for `scale` of them.
    pub(super) fn finish(mut self, quotas: &Quotas, scale: u64) -> Vec<Monitored> {
        for rule in quotas.monitors() {
            self.0.entry(rule.clone()).or_default();
        }
        let finish = |(rule, hits): (String, Hits)| {
            let scaled = |mut figures: MonitorFigures| {
                figures.scale(scale);
                figures
            };
            let keys = hits.by_key.into_iter();
            let mut keys: Vec<MonitorKey> =
                keys.map(|(key, figures)| MonitorKey { key, figures: scaled(figures) }).collect();
            keys.sort_by_key(|key| Reverse(key.figures.would_deny));
            let per = quotas.per(&rule).cloned();
            let would_allow = hits.would_allow.saturating_mul(scale);
            Monitored { per, rule, figures: scaled(hits.all), would_allow, keys }
        };
        let mut monitors: Vec<Monitored> = self.0.into_iter().map(finish).collect();
        monitors.sort_by_key(|monitor| Reverse((monitor.figures.would_deny, monitor.would_allow)));
        monitors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::sample::story;
    use crate::policy::Policy;

    #[test]
    fn a_monitor_says_whom_it_would_have_hurt_and_what_it_would_have_saved() {
        let policy = r#"
schema = 1
default = "allow"
rules = [
  { id = "guard", verdict = "deny", mode = "monitor", quota = { per = "country", limit = 1, window = "1h" } },
    { id = "quiet", verdict = "deny", mode = "monitor", when.country = ["SE"] },
]
"#;
        let mut quotas = Quotas::default();
        quotas.learn(&Policy::compile(policy).unwrap().policy);
        let mut monitors = Monitors::default();
        for story in [
            story("+998993941207", Verdict::Allow, &[("FAIL", Some("Expired"))]),
            story("+998993941208", Verdict::Allow, &[]),
            story("+998993941209", Verdict::Deny, &[]),
            story("+46701740605", Verdict::Allow, &[("SUCCESSFUL", None)]),
        ] {
            monitors.add(&Seen::of(&story).unwrap(), &quotas);
        }
        let monitors = monitors.finish(&quotas, 1);
        let [guard, quiet] = &monitors[..] else { panic!("{monitors:?}") };
        let figures = serde_json::json!({
            "would_deny": 4, "already_denied": 1, "verified": 1, "would_save": {"EUR": "0.20"},
        });
        assert_eq!(serde_json::to_value(&guard.figures).unwrap(), figures);
        let keys: Vec<_> =
            guard.keys.iter().map(|key| (key.key.key.as_str(), key.figures.would_deny)).collect();
        assert_eq!(keys, [("UZ", 3), ("SE", 1)]);
        assert_eq!((quiet.rule.as_str(), quiet.figures.would_deny, quiet.keys.len()), ("quiet", 0, 0));
    }
}
