//! What rules did, and whom they turned away.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::figures::{Figures, MonitorFigures};
use crate::report::known::Known;
use crate::report::model::{MonitoredRule, Rule};
use crate::report::names::Name;
use crate::report::people::{self, TurnedAway};
use crate::report::span::Spanned;
use crate::report::verification::Moment;
use crate::verdict::Verdict;

/// What decided in the span, most denials first, and the rules in force that did not.
pub(super) fn rules(spanned: &Spanned<'_>, known: Option<&Known>) -> Vec<Rule> {
    let mut sums: BTreeMap<Name, (Figures, Option<Moment>)> = BTreeMap::new();
    for one in spanned.all {
        let (figures, last) = sums.entry(one.rule).or_default();
        figures.count(&spanned.counted(one));
        *last = (*last).max(one.at);
    }
    let people = people::turned_away(spanned);
    let mut rules: Vec<Rule> = sums
        .into_iter()
        .map(|(name, (mut figures, last))| {
            figures.scale(spanned.scale);
            let people = people.get(&name);
            Rule {
                name: spanned.gathered.names.text(name).to_owned(),
                figures,
                people_denied: people.map_or(0, |people| people.denied) * spanned.scale,
                people_verified_later: people.map_or(0, TurnedAway::verified_later) * spanned.scale,
                last_at: last.map(Moment::time),
            }
        })
        .collect();
    let monitored: BTreeSet<&str> =
        spanned.gathered.monitors.values().flatten().map(|hit| hit.rule.as_str()).collect();
    for rule in known.iter().flat_map(|known| &known.rules) {
        let is_there = rules.iter().any(|there| there.name == rule.name);
        if !is_there && !rule.is_monitor && !monitored.contains(rule.name.as_str()) {
            rules.push(Rule {
                name: rule.name.clone(),
                figures: Figures::default(),
                people_denied: 0,
                people_verified_later: 0,
                last_at: None,
            });
        }
    }
    rules.sort_by(|one, other| {
        let worth = |rule: &Rule| (rule.figures.denied, rule.figures.requests);
        worth(other).cmp(&worth(one)).then_with(|| one.name.cmp(&other.name))
    });
    rules
}

/// What rules in monitor mode would have done, most denials first.
pub(super) fn monitored(spanned: &Spanned<'_>) -> Vec<MonitoredRule> {
    let mut sums: BTreeMap<&str, (MonitorFigures, u64, Option<Moment>)> = BTreeMap::new();
    for one in spanned.all.iter().filter(|one| !one.monitors.is_none()) {
        let set = spanned.gathered.names.text(one.monitors);
        for hit in spanned.gathered.monitors.get(set).into_iter().flatten() {
            let (figures, would_allow, last) = sums.entry(&hit.rule).or_default();
            match hit.verdict {
                Verdict::Deny => figures.count(&spanned.counted(one)),
                Verdict::Allow => *would_allow += spanned.scale,
            }
            *last = (*last).max(one.at);
        }
    }
    let mut rules: Vec<MonitoredRule> = sums
        .into_iter()
        .map(|(name, (mut figures, would_allow, last))| {
            figures.scale(spanned.scale);
            MonitoredRule { name: name.to_owned(), figures, would_allow, last_at: last.map(Moment::time) }
        })
        .collect();
    rules.sort_by_key(|rule| Reverse(rule.figures.would_deny));
    rules
}
