//! Rules that can never fire, since a rule above decides all that they look at or since they look at nothing.
//!
//! A rule covers another if it looks at all that the other looks at, as far as their conditions show: what a
//! country has to do with a calling code is not known here.

use std::borrow::Cow;
use std::time::Duration;

use super::Placed;
use crate::policy::condition::{Bits, Conditions, Extent, Listed, Numbered, PriceRange};
use crate::policy::problem::{Finding, ProblemReport, Span, warning};
use crate::policy::rule::{Effect, Question, Rule};
use crate::verdict::Verdict;

/// Warns of each rule that can never fire.
pub(in crate::policy) fn report_unreachable(rules: &[Placed<'_>], report: &mut ProblemReport) {
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

/// Whether nothing gets past a rule.
pub(super) fn decides_everything(rule: &Rule) -> bool {
    matches!(rule.effect(), Effect::Decide(_))
        && rule.question == Question::Nothing
        && rule.is_unconditional()
}

/// What a rule looks at, in a form that is compared quickly: each rule is compared with every one below it.
struct Scope<'r> {
    rule: &'r Rule,
    when: Terms<'r>,
    unless: Terms<'r>,
}

/// The conditions under `when` or `unless`.
struct Terms<'r> {
    of_event: Vec<Term<'r>>,
    verified_within: Option<Duration>,
}

/// A condition.
struct Term<'r> {
    key: Cow<'static, str>,
    matched: Matched<'r>,
}

/// What a condition matches.
enum Matched<'r> {
    /// Values, by their numbers among all that the rules list.
    Values(Bits),
    /// A range of prices.
    Prices(&'r PriceRange),
}

/// What each of these rules looks at.
fn scopes<'r>(rules: impl Iterator<Item = &'r Rule> + Clone) -> Vec<Scope<'r>> {
    let conditions = rules.clone().flat_map(|rule| rule.when.iter().chain(rule.unless.iter()));
    let lists: Vec<&dyn Listed> = conditions
        .filter_map(|condition| match condition.extent() {
            Extent::Values(list) => Some(list),
            Extent::Prices(_) => None,
        })
        .collect();
    let numbered = Numbered::of(&lists);
    let terms = |conditions| Terms::of(conditions, &numbered);
    rules.map(|rule| Scope { rule, when: terms(&rule.when), unless: terms(&rule.unless) }).collect()
}

impl Scope<'_> {
    /// Whether every verification that makes the rule `below` fire makes this one fire too.
    fn covers(&self, below: &Self) -> bool {
        let (above, other) = (self.rule, below.rule);
        let is_in_force = above.active.is_none() || above.active == other.active;
        let asks_no_more = || match &above.question {
            Question::Nothing => true,
            Question::List(_) => above.question == other.question,
            Question::Quota(quota) => {
                above.question == other.question
                    && (quota.options.fill_with_more() || above.sees_the_same_as(other))
            }
        };
        let excludes_no_more = || {
            above.unless.is_empty()
                || !other.unless.is_empty() && below.unless.follow_from(&self.unless)
                || self.unless.are_excluded_by(&below.when)
        };
        above.sample.is_none()
            && is_in_force
            && self.when.follow_from(&below.when)
            && asks_no_more()
            && excludes_no_more()
    }

    /// Whether `unless` takes away all that `when` lets in.
    fn cancels_itself(&self) -> bool {
        !self.rule.unless.is_empty() && self.unless.follow_from(&self.when)
    }
}

impl<'r> Terms<'r> {
    fn of(conditions: &'r Conditions, numbered: &Numbered) -> Self {
        let terms = conditions.iter().map(|condition| Term {
            key: condition.key(),
            matched: match condition.extent() {
                Extent::Values(list) => Matched::Values(numbered.matched_by(list)),
                Extent::Prices(range) => Matched::Prices(range),
            },
        });
        Self { of_event: terms.collect(), verified_within: conditions.verified_within }
    }

    /// Whether all of these match wherever all of `given` do.
    fn follow_from(&self, given: &Self) -> bool {
        let is_verified =
            self.verified_within.is_none_or(|then| given.verified_within.is_some_and(|given| given <= then));
        is_verified && self.of_event.iter().all(|then| given.of_event.iter().any(|given| given.implies(then)))
    }

    /// Whether these can never all match where all of `given` do.
    fn are_excluded_by(&self, given: &Self) -> bool {
        given.of_event.iter().any(|given| self.of_event.iter().any(|other| given.excludes(other)))
    }
}

impl Term<'_> {
    /// Whether the condition `then` matches wherever this one does.
    fn implies(&self, then: &Self) -> bool {
        self.key == then.key
            && match (&self.matched, &then.matched) {
                (Matched::Values(given), Matched::Values(then)) => given.is_within(then),
                (Matched::Prices(given), Matched::Prices(then)) => given.is_within(then),
                // Conditions under one key are of one form.
                (Matched::Values(_), Matched::Prices(_)) | (Matched::Prices(_), Matched::Values(_)) => false,
            }
    }

    /// Whether this condition and the other never match the same verification.
    fn excludes(&self, other: &Self) -> bool {
        self.key == other.key
            && match (&self.matched, &other.matched) {
                (Matched::Values(one), Matched::Values(other)) => one.shares_nothing_with(other),
                (Matched::Prices(one), Matched::Prices(other)) => one.shares_nothing_with(other),
                (Matched::Values(_), Matched::Prices(_)) | (Matched::Prices(_), Matched::Values(_)) => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    /// Whether a rule with the one's keys covers a rule with the other's.
    fn covers_text(above: &str, below: &str) -> bool {
        let source = format!(
            "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"above\"\nverdict = \"deny\"\n{above}\n\
             [[rules]]\nid = \"below\"\nverdict = \"deny\"\n{below}\n"
        );
        let policy =
            Policy::compile(&source).unwrap_or_else(|problems| panic!("{problems}\n{source}")).policy;
        let scopes = scopes(policy.rules().iter());
        let [above, below] = scopes.as_slice() else { panic!("two rules") };
        above.covers(below)
    }

    #[track_caller]
    fn check(above: &str, below: &str) {
        assert!(covers_text(above, below), "{above}\ndoes not cover\n{below}");
        assert!(above == below || !covers_text(below, above), "{below}\ncovers\n{above}");
    }

    #[track_caller]
    fn check_neither(one: &str, other: &str) {
        assert!(!covers_text(one, other), "{one}\ncovers\n{other}");
        assert!(!covers_text(other, one), "{other}\ncovers\n{one}");
    }

    #[test]
    fn fewer_conditions_and_more_values_cover() {
        check(r#"when.country = ["SE", "NO"]"#, r#"when.country = "SE""#);
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nwhen.method = \"sms\"");
        check(r#"when.calling_code = [46, 47]"#, "when.calling_code = 47");
        check(r#"when.number_type = ["mobile", "pager"]"#, r#"when.number_type = "pager""#);
        check(r#"when.prefix = "+46*""#, r#"when.prefix = ["+4670*", "+4671*"]"#);
        check(
            r#"when.price = { above = "0.10 EUR" }"#,
            r#"when.price = { above = "0.20 EUR", below = "1 EUR" }"#,
        );
        check(r#"when.custom.plan = ["free", "trial"]"#, r#"when.custom.plan = "trial""#);
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nsample = 0.1");
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nlist = \"blocklist\"");
        check(r#"list = "blocklist""#, "when.country = \"SE\"\nlist = \"blocklist\"");
    }

    #[test]
    fn a_longer_past_covers_a_shorter_one() {
        check(r#"when.verified_within = "90d""#, "when.verified_within = \"30d\"\nwhen.method = \"sms\"");
        check(r#"unless.verified_within = "30d""#, r#"unless.verified_within = "90d""#);
        check(r#"when.country = "SE""#, "when.country = \"SE\"\nunless.verified_within = \"90d\"");
        check_neither(r#"when.verified_within = "30d""#, r#"unless.verified_within = "30d""#);
    }

    #[test]
    fn what_is_excepted_above_must_be_excepted_below() {
        check(r#"unless.country = "SE""#, r#"unless.country = ["SE", "NO"]"#);
        check(r#"unless.country = "SE""#, r#"when.country = "NO""#);
        check("unless.country = \"SE\"\nunless.method = \"sms\"", r#"unless.method = "sms""#);
        check_neither(r#"unless.country = "SE""#, r#"when.country = ["SE", "NO"]"#);
        check_neither(r#"unless.country = "SE""#, r#"when.method = "sms""#);
    }

    #[test]
    fn what_differs_or_happens_only_at_times_does_not_cover() {
        check_neither(r#"when.country = "SE""#, r#"when.country = "NO""#);
        check_neither(r#"when.country = "SE""#, "when.calling_code = 46");
        check_neither(r#"when.price = { above = "0.10 EUR" }"#, r#"when.price = { above = "0.10 SEK" }"#);
        check_neither(r#"list = "blocklist""#, r#"list = "other""#);
        let quota =
            r#"quota = { per = "country", limit = 5, window = "1d", release = "verified", grow = 1.5 }"#;
        check_neither(quota, &format!("when.method = \"sms\"\n{quota}"));
        check(quota, quota);
        let fills = r#"quota = { per = "country", limit = 5, window = "1d" }"#;
        check(fills, &format!("when.method = \"sms\"\n{fills}"));
        let active = "active.from = 2026-01-01T00:00:00Z";
        check(active, &format!("when.country = \"SE\"\n{active}"));
        assert!(!covers_text("sample = 0.5", r#"when.country = "SE""#));
        assert!(!covers_text("active.from = 2026-01-01T00:00:00Z", r#"when.country = "SE""#));
        assert!(!covers_text(
            r#"quota = { per = "number", limit = 5, window = "1d" }"#,
            r#"quota = { per = "number", limit = 9, window = "7d" }"#
        ));
    }
}
