//! What a process knows of the policies in its table, and what a load makes of that. No I/O, and no lock.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::schedule::{Load, Schedule};
use crate::gate::notice::PolicyNews;
use crate::policy::{Policy, Problems};
use crate::signature::AppScope;
use crate::store::{ActivePolicy, PrefixLengths, StoredPolicies};

#[derive(Debug, Default)]
pub(super) struct Known {
    /// By whose they are.
    pub(super) stored: HashMap<AppScope, Compiled>,
    pub(super) lengths: Arc<PrefixLengths>,
    /// When a load last found that everything in the table is in force; before that, when it was first asked.
    pub(super) confirmed: Option<Timestamp>,
    pub(super) schedule: Schedule,
}

/// A policy from the table.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) policy: Arc<Policy>,
    pub(super) name: Arc<str>,
    pub(super) version: u64,
    pub(super) confirmed: Option<Timestamp>,
    /// Its text. A number may come again, in a history that began anew.
    source: Arc<str>,
}

/// What a load found, ready to be taken up.
#[derive(Debug)]
pub(super) struct Found {
    stored: HashMap<AppScope, Compiled>,
    lengths: PrefixLengths,
    /// Whether all that the table holds is in force, and the table holds all that is.
    is_whole: bool,
}

impl Known {
    /// Begins a load where one is due.
    pub(super) fn begin(&mut self, ttl: SignedDuration, now: Timestamp) -> Option<Load> {
        let load = self.schedule.begin(ttl, now)?;
        self.confirmed.get_or_insert(now);
        Some(load)
    }

    /// Puts in force what a load found, unless a later one was faster.
    pub(super) fn take_up(&mut self, load: Load, found: Found, now: Timestamp) {
        if !self.schedule.take_up(load) {
            return;
        }
        self.stored = found.stored;
        self.lengths = Arc::new(found.lengths);
        if found.is_whole {
            self.confirmed = Some(now);
        }
    }
}

impl Found {
    /// A load of which only the prefix lengths count.
    pub(super) fn lengths_only(loaded: StoredPolicies) -> Self {
        Self { stored: HashMap::new(), lengths: loaded.lengths, is_whole: true }
    }

    /// What a load makes of what was known before. Nothing that cannot be used, and nothing that has
    /// vanished, takes a good policy away: either can only be the work of something other than the tool.
    pub(super) fn of(loaded: StoredPolicies, before: &HashMap<AppScope, Compiled>, now: Timestamp) -> Self {
        let mut stored = before.clone();
        let mut is_whole = true;
        for (app, active) in &loaded.active {
            match Compiled::of(active, before.get(app), now) {
                Ok(compiled) => _ = stored.insert(app.clone(), compiled),
                Err(problems) => {
                    is_whole = false;
                    let (policy, problem) =
                        (name_of(active.version), problems.first().map(ToString::to_string));
                    let (policy, problem) = (Some(policy.as_str()), problem.as_deref());
                    PolicyNews::Unreadable { app, policy, problem }.log();
                }
            }
        }
        for (app, problem) in &loaded.unreadable {
            is_whole = false;
            PolicyNews::Unreadable { app, policy: None, problem: Some(problem) }.log();
        }
        for (app, known) in before {
            if !loaded.active.contains_key(app) && !loaded.unreadable.contains_key(app) {
                is_whole = false;
                PolicyNews::Gone { app, policy: &known.name }.log();
            }
        }
        Self { stored, lengths: loaded.lengths, is_whole }
    }
}

impl Compiled {
    fn of(active: &ActivePolicy, known: Option<&Self>, now: Timestamp) -> Result<Self, Problems> {
        if let Some(known) = known.filter(|known| known.is_of(active)) {
            return Ok(Self { confirmed: Some(now), ..known.clone() });
        }
        let policy = Arc::new(Policy::compile(&active.source)?.policy);
        let name = name_of(active.version);
        PolicyNews::InForce { policy: &name }.log();
        Ok(Self {
            policy,
            name: name.into(),
            version: active.version,
            confirmed: Some(now),
            source: active.source.as_str().into(),
        })
    }

    fn is_of(&self, active: &ActivePolicy) -> bool {
        self.version == active.version && *self.source == *active.source
    }
}

/// Whether taking up a load means to compile anything.
pub(super) fn has_news(loaded: &StoredPolicies, before: &HashMap<AppScope, Compiled>) -> bool {
    loaded.active.iter().any(|(app, active)| before.get(app).is_none_or(|known| !known.is_of(active)))
}

fn name_of(version: u64) -> String {
    format!("v{version}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::sample::now;

    const TTL: SignedDuration = SignedDuration::from_secs(15);

    fn after(millis: i64) -> Timestamp {
        now() + SignedDuration::from_millis(millis)
    }

    fn source(default: &str) -> String {
        format!("schema = 1\ndefault = \"{default}\"\n")
    }

    fn stored(policies: &[(&str, u64, &str)]) -> StoredPolicies {
        let active = |(app, version, source): &(&str, u64, &str)| {
            let active = ActivePolicy {
                version: *version,
                source: (*source).to_owned(),
                author: String::new(),
                message: String::new(),
                applied_at: now(),
                replaces: None,
                restores: None,
            };
            (app.parse().unwrap(), active)
        };
        StoredPolicies { active: policies.iter().map(active).collect(), ..StoredPolicies::default() }
    }

    /// What is in force for whom, by name, after another load that found this.
    fn load(known: &mut Known, found: StoredPolicies, at: Timestamp) -> Vec<String> {
        let load = known.begin(TTL, at).unwrap();
        known.schedule.put_off(TTL, at);
        let found = Found::of(found, &known.stored.clone(), at);
        known.take_up(load, found, at);
        let mut names: Vec<String> =
            known.stored.iter().map(|(app, compiled)| format!("{app} {}", compiled.name)).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn nothing_that_cannot_be_used_and_nothing_that_has_vanished_takes_a_policy_away() {
        let mut known = Known::default();
        let (allow, deny) = (&source("allow"), &source("deny"));
        assert_eq!(
            load(&mut known, stored(&[("*", 1, allow), ("app", 1, deny)]), after(0)),
            ["* v1", "app v1"]
        );
        let confirmed = known.confirmed;
        assert_eq!(confirmed, Some(after(0)));
        let unusable = stored(&[("*", 2, "schema = 99")]);
        assert_eq!(load(&mut known, unusable, after(20_000)), ["* v1", "app v1"]);
        let mut unreadable = stored(&[("app", 2, allow)]);
        unreadable.unreadable.insert(AppScope::All, "no text".to_owned());
        assert_eq!(load(&mut known, unreadable, after(40_000)), ["* v1", "app v2"]);
        assert_eq!(known.confirmed, confirmed, "something in force is not what the table holds");
        assert_eq!(
            load(&mut known, stored(&[("*", 3, deny), ("app", 2, allow)]), after(60_000)),
            ["* v3", "app v2"]
        );
        assert_eq!(known.confirmed, Some(after(60_000)));
    }

    #[test]
    fn a_slow_load_takes_nothing_back_that_a_later_one_found() {
        let mut known = Known::default();
        let slow = known.begin(TTL, now()).unwrap();
        let found = Found::of(stored(&[("*", 1, &source("allow"))]), &known.stored, now());
        load(&mut known, stored(&[("*", 2, &source("deny"))]), after(1_000));
        known.take_up(slow, found, after(2_000));
        assert_eq!((&*known.stored[&AppScope::All].name, known.confirmed), ("v2", Some(after(1_000))));
    }

    #[test]
    fn a_policy_is_compiled_again_only_where_its_number_or_its_text_has_changed() {
        let mut known = Known::default();
        let (allow, deny) = (source("allow"), source("deny"));
        load(&mut known, stored(&[("*", 1, &allow)]), now());
        for (version, source, is_news) in [(1, &allow, false), (1, &deny, true), (2, &allow, true)] {
            assert_eq!(
                has_news(&stored(&[("*", version, source)]), &known.stored),
                is_news,
                "{version}, {source}"
            );
        }
        assert!(has_news(&stored(&[("app", 1, &allow)]), &known.stored));
    }
}
