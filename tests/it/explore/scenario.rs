//! What is explored: a policy, what happened before, who does what at the same time, and what the rules mean.

use std::fmt::Write as _;

/// One situation, whose schedules are explored.
#[derive(Clone)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) size: Size,
    pub(super) rules: Vec<Rule>,
    /// List and entry.
    pub(super) listed: Vec<(&'static str, &'static str)>,
    /// What happened before, one after the other.
    pub(super) before: Vec<Step>,
    /// Who acts at the same time. Each one's steps follow each other.
    pub(super) actors: Vec<Vec<Step>>,
}

/// Whether all of a scenario's schedules can be run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Small,
    Large,
}

/// One callback.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The verification.
    pub(super) id: &'static str,
    pub(super) number: &'static str,
    /// Which container handles it.
    pub(super) container: usize,
    /// Seconds since the beginning.
    pub(super) at: i64,
    /// How it ended; none where it is asked for.
    pub(super) status: Option<&'static str>,
}

/// Asks for a verification.
pub(super) fn ask(id: &'static str, number: &'static str, container: usize) -> Step {
    Step { id, number, container, at: 0, status: None }
}

/// Reports how a verification ended, unless it is known to be denied.
pub(super) fn tell(id: &'static str, number: &'static str, status: &'static str, container: usize) -> Step {
    Step { id, number, container, at: 0, status: Some(status) }
}

impl Step {
    pub(super) fn at(self, at: i64) -> Self {
        Self { at, ..self }
    }
}

/// One rule of a policy whose default is to allow.
#[derive(Clone)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) does: Does,
    /// Whether it looks only at numbers that verified within 90 days, or only at all others.
    pub(super) verified: Option<bool>,
}

/// What a rule does.
#[derive(Clone)]
pub(super) enum Does {
    Allow,
    AllowListed,
    DenyListed,
    Limit(Limit),
}

/// A quota that denies.
#[derive(Clone)]
pub(super) struct Limit {
    pub(super) per: &'static str,
    pub(super) most: u32,
    /// In seconds.
    pub(super) window: i64,
    pub(super) releases: bool,
    /// In percent.
    pub(super) grows: Option<u32>,
    pub(super) is_monitor: bool,
}

const DAY: i64 = 86_400;

/// A quota for a day.
pub(super) fn limit(id: &'static str, per: &'static str, most: u32) -> Rule {
    let limit = Limit { per, most, window: DAY, releases: false, grows: None, is_monitor: false };
    Rule { id, does: Does::Limit(limit), verified: None }
}

/// A rule without a quota.
pub(super) fn rule(id: &'static str, does: Does) -> Rule {
    Rule { id, does, verified: None }
}

impl Rule {
    fn with(mut self, change: impl FnOnce(&mut Limit)) -> Self {
        if let Does::Limit(limit) = &mut self.does {
            change(limit);
        }
        self
    }

    pub(super) fn within(self, seconds: i64) -> Self {
        self.with(|limit| limit.window = seconds)
    }

    pub(super) fn releases(self) -> Self {
        self.with(|limit| limit.releases = true)
    }

    pub(super) fn grows(self, percent: u32) -> Self {
        self.with(|limit| limit.grows = Some(percent))
    }

    pub(super) fn monitors(self) -> Self {
        self.with(|limit| limit.is_monitor = true)
    }

    /// Looks only at numbers that verified, or that did not.
    pub(super) fn if_verified(self, verified: bool) -> Self {
        Self { verified: Some(verified), ..self }
    }
}

impl Scenario {
    /// The policy, in which nothing is admitted that could not be counted.
    pub(super) fn policy(&self) -> String {
        let begin = "schema = 1\ndefault = \"allow\"\non_store_failure = \"deny\"\n".to_owned();
        self.rules.iter().fold(begin, |mut policy, rule| {
            let Rule { id, does, verified } = rule;
            let verdict = if matches!(does, Does::Allow | Does::AllowListed) { "allow" } else { "deny" };
            writeln!(policy, "[[rules]]\nid = \"{id}\"\nverdict = \"{verdict}\"").unwrap();
            match verified {
                Some(true) => writeln!(policy, "when.verified_within = \"90d\"").unwrap(),
                Some(false) => writeln!(policy, "unless.verified_within = \"90d\"").unwrap(),
                None => {}
            }
            match does {
                Does::Allow => {}
                Does::AllowListed => writeln!(policy, "list = \"safelist\"").unwrap(),
                Does::DenyListed => writeln!(policy, "list = \"blocklist\"").unwrap(),
                Does::Limit(limit) => limit.write_to(&mut policy),
            }
            policy
        })
    }

    /// Whether an entry of a list is this number, or a prefix of it.
    pub(super) fn is_listed(&self, list: &str, number: &str) -> bool {
        let is_match = |entry: &str| match entry.strip_suffix('*') {
            Some(prefix) => number.starts_with(prefix),
            None => number == entry,
        };
        self.listed.iter().any(|(name, entry)| *name == list && is_match(entry))
    }

    /// All steps of all actors.
    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.before.iter().chain(self.actors.iter().flatten())
    }
}

impl Limit {
    fn write_to(&self, policy: &mut String) {
        let Self { per, most, window, .. } = self;
        if self.is_monitor {
            writeln!(policy, "mode = \"monitor\"").unwrap();
        }
        write!(policy, "quota = {{ per = \"{per}\", limit = {most}, window = \"{window}s\"").unwrap();
        if self.releases {
            write!(policy, ", release = \"verified\"").unwrap();
        }
        if let Some(percent) = self.grows {
            write!(policy, ", grow = {}.{:02}", percent / 100, percent % 100).unwrap();
        }
        writeln!(policy, " }}").unwrap();
    }

    /// The key under which a number is counted, as items are named.
    pub(super) fn key(&self, number: &str) -> String {
        match self.per {
            "number" => format!("number#{number}"),
            "country" => "country#SE".to_owned(),
            "block:3" => format!("block:3#{}", &number[..number.len() - 3]),
            per => panic!("{per} is not explored"),
        }
    }
}
