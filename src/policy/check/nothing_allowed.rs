//! A policy that allows nothing: one line can close all sign-ups.

use super::Placed;
use super::unreachable::decides_everything;
use crate::policy::problem::{ProblemReport, Span, warning};
use crate::policy::rule::Effect;
use crate::verdict::Verdict;

/// Warns where no verification can be allowed, whatever it is: no rule that is reached allows, and what is
/// left is denied by the policy's `default`, given with its place, or by a rule without conditions.
pub(in crate::policy) fn report_nothing_allowed(
    rules: &[Placed<'_>],
    default: (Verdict, &Span),
    report: &mut ProblemReport,
) {
    let end = rules.iter().position(|placed| decides_everything(placed.rule));
    let reached = end.and_then(|end| rules.get(..=end)).unwrap_or(rules);
    if reached.iter().any(|placed| placed.rule.effect() == Effect::Decide(Verdict::Allow)) {
        return;
    }
    let last = end.and_then(|end| rules.get(end));
    let (at, what) = match (last, default) {
        (Some(last), _) => (&last.at, format!("`{}` denies everything, and no rule above it", last.rule.id)),
        (None, (Verdict::Deny, at)) => (at, "`default` denies, and no rule".to_owned()),
        (None, (Verdict::Allow, _)) => return,
    };
    let help = "every verification will be denied; where that is not meant, write default = \"allow\", or a \
                rule with verdict = \"allow\"";
    report.push(warning(at, format!("this policy allows nothing: {what} allows")).help(help));
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    /// A rule with this verdict and these further keys.
    fn rule(verdict: &str, more: &str) -> String {
        format!("[[rules]]\nid = \"{verdict}-{}\"\nverdict = \"{verdict}\"\n{more}\n", more.len())
    }

    #[track_caller]
    fn check(default: &str, rules: &[String], expected: Option<&str>) {
        let source = format!("schema = 1\ndefault = \"{default}\"\n{}", rules.concat());
        let warnings = Policy::check(&source).unwrap().warnings;
        let found = warnings.iter().find(|warning| warning.message.starts_with("this policy allows nothing"));
        assert_eq!(found.map(|warning| warning.message.as_str()), expected, "{source}");
    }

    #[test]
    fn a_policy_that_denies_everybody_is_noticed() {
        let by_default = Some("this policy allows nothing: `default` denies, and no rule allows");
        let when = "when.country = [\"SE\"]";
        check("allow", &[], None);
        check("deny", &[], by_default);
        check("deny", &[rule("deny", when)], by_default);
        check("deny", &[rule("allow", when)], None);
        check("deny", &[rule("allow", "list = \"safelist\"")], None);
        check("deny", &[rule("allow", "mode = \"monitor\"")], by_default);
        let by_rule =
            Some("this policy allows nothing: `deny-0` denies everything, and no rule above it allows");
        check("allow", &[rule("deny", "")], by_rule);
        check("deny", &[rule("deny", ""), rule("allow", when)], by_rule);
        check("allow", &[rule("allow", when), rule("deny", "")], None);
    }
}
