//! What the rules of a policy must agree on among each other.

mod nothing_allowed;
mod unreachable;

use std::collections::BTreeSet;

use rust_decimal::Decimal;

pub(super) use nothing_allowed::report_nothing_allowed;
pub(super) use unreachable::report_unreachable;

use super::limits::{MOST_DISTINCT_TOGETHER, MOST_RELEASES};
use super::name::RuleId;
use super::problem::{ProblemReport, Span, error};
use super::rule::{Question, Rule};

/// A rule and where it is named.
pub(super) struct Placed<'r> {
    pub(super) rule: &'r Rule,
    pub(super) at: Span,
}

/// Reports ids that are used twice, with the place of each id; also of rules that cannot be read otherwise.
pub(super) fn report_duplicate_ids(ids: &[(RuleId, Span)], report: &mut ProblemReport) {
    let mut seen = BTreeSet::new();
    for (id, at) in ids {
        if !seen.insert(id) {
            let message = format!("a rule above is called `{id}` already");
            report.push(error(at, message).help("each rule needs an id of its own: its counters carry it"));
        }
    }
}

/// Reports quotas that are too many.
pub(super) fn report_releases(rules: &[Placed<'_>], report: &mut ProblemReport) {
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

/// Reports quotas that together count too many different values.
pub(super) fn report_distinct(rules: &[Placed<'_>], report: &mut ProblemReport) {
    let mut sum = Decimal::ZERO;
    let beyond = rules.iter().find(|placed| {
        if let Question::Quota(quota) = &placed.rule.question {
            sum += if quota.options.distinct.is_some() { quota.limit.amount() } else { Decimal::ZERO };
        }
        sum > MOST_DISTINCT_TOGETHER.into()
    });
    if let Some(Placed { at, .. }) = beyond {
        let message = format!(
            "the limits of all quotas with `distinct` add up to at most {MOST_DISTINCT_TOGETHER}, and pass \
             it here"
        );
        report.push(
            error(at, message)
                .help("every value is kept in the table; count fewer things, or to lower limits"),
        );
    }
}
