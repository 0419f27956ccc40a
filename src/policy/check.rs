//! What the rules of a policy must agree on among each other.

use std::collections::BTreeMap;

use super::cover::scopes;
use super::problem::{Finding, ProblemReport, Span, error, warning};
use super::rule::{Effect, Question, Rule};
use crate::verdict::Verdict;

/// A rule and where it is named.
pub(super) struct Placed<'r> {
    pub(super) rule: &'r Rule,
    pub(super) at: Span,
}

/// All open attempts of a number share one item, and each stores a claim per releasing quota.
const MOST_RELEASES: usize = 20;

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

/// Warns of rules that can never fire, since a rule above decides all that they look at or since they look at
/// nothing.
pub(super) fn report_unreachable(rules: &[Placed<'_>], report: &mut ProblemReport) {
    let scopes = scopes(rules.iter().map(|placed| placed.rule));
    for (position, (Placed { rule, at }, scope)) in rules.iter().zip(&scopes).enumerate() {
        let above = rules.get(..position).unwrap_or_default();
        if let Some(end) = above.iter().find(|above| decides_everything(above.rule)) {
            let count = rules.len() - position;
            let which = if count == 1 {
                "this rule".to_owned()
            } else {
                format!("this rule and all {count} from here on")
            };
            let message = format!("{which} can never be reached: `{}` decides everything", end.rule.id);
            report.push(warning(at, message).help("move that rule to the end, or give it conditions"));
            return;
        }
        if scope.cancels_itself() {
            let message =
                format!("`{}` can never fire: `unless` takes away all that `when` lets in", rule.id);
            report.push(warning(at, message).help("an exception is narrower than what it is taken from"));
            continue;
        }
        let decided = above.iter().zip(&scopes).find_map(|(above, wider)| match above.rule.effect() {
            Effect::Decide(verdict) if wider.covers(scope) => Some((above.rule, verdict)),
            _ => None,
        });
        if let Some((above, verdict)) = decided {
            report.push(never_fires(rule, above, verdict, at));
        }
    }
}

/// A rule that comes too late.
fn never_fires(rule: &Rule, above: &Rule, decided: Verdict, at: &Span) -> Finding {
    let what = if rule.sees_the_same_as(above) { "asks the same" } else { "decides wherever it would" };
    let is_contrary = rule.verdict.is_some_and(|verdict| verdict != decided);
    let (contrary, help) = if is_contrary {
        (", and says the contrary", format!("move it above `{}`, or remove one of the two", above.id))
    } else {
        ("", "remove one of the two".to_owned())
    };
    let message = format!("`{}` can never fire: `{}` above {what}{contrary}", rule.id, above.id);
    warning(at, message).help(help)
}

fn decides_everything(rule: &Rule) -> bool {
    matches!(rule.effect(), Effect::Decide(_))
        && rule.question == Question::Nothing
        && rule.is_unconditional()
}
