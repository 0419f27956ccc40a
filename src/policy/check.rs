//! What the rules of a policy must agree on among each other.

mod unreachable;

use std::collections::BTreeMap;

pub(super) use unreachable::report_unreachable;

use super::limits::MOST_RELEASES;
use super::problem::{ProblemReport, Span, error};
use super::rule::{Question, Rule};

/// A rule and where it is named.
pub(super) struct Placed<'r> {
    pub(super) rule: &'r Rule,
    pub(super) at: Span,
}

/// Reports ids that are used twice, and quotas that are too many.
pub(super) fn check(rules: &[Placed<'_>], report: &mut ProblemReport) {
    report_duplicate_ids(rules, report);
    report_releases(rules, report);
}

fn report_duplicate_ids(rules: &[Placed<'_>], report: &mut ProblemReport) {
    let mut seen = BTreeMap::new();
    for Placed { rule, at } in rules {
        if seen.insert(&rule.id, ()).is_some() {
            let message = format!("a rule above is called `{}` already", rule.id);
            report.push(error(at, message).help("each rule needs an id of its own: its counters carry it"));
        }
    }
}

fn report_releases(rules: &[Placed<'_>], report: &mut ProblemReport) {
    let releases = rules
        .iter()
        .filter(|placed| matches!(&placed.rule.question, Question::Quota(quota) if quota.options.release));
    if let Some(Placed { at, .. }) = releases.clone().nth(MOST_RELEASES) {
        let message = format!(
            "a policy has at most {MOST_RELEASES} quotas with `release`, this one has {}",
            releases.count()
        );
        let help =
            "every open verification remembers its shares of them; count fewer things, or without `release`";
        report.push(error(at, message).help(help));
    }
}
