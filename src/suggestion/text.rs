//! The policy file.

use super::gaps::in_words;
use super::rule::{SuggestedRule, Tried, denied_by, trial_id};
use super::shape::Shape;
use super::survey::Survey;
use crate::backtest::{Report, percent};
use crate::policy::Policy;

/// How wide comments are.
const WIDTH: usize = 110;

/// What is known once the policy was backtested.
pub(super) struct Outcome<'a> {
    pub(super) report: &'a Report,
    pub(super) gaps: &'a [String],
}

/// The rules so far, and below them a new one under each of several limits, all of which only watch.
pub(super) fn trial(survey: &Survey, rules: &[SuggestedRule], shape: &Shape, limits: &[String]) -> String {
    let mut text = head(survey);
    rules.iter().for_each(|rule| text.push_str(&written(rule, survey, limit_of(rule))));
    for (place, limit) in limits.iter().enumerate() {
        text.push_str(&shape.written(&trial_id(shape, place), Some(limit), true, survey));
    }
    text
}

/// The whole policy, with comments.
pub(super) fn policy(
    survey: &Survey,
    rules: &[SuggestedRule],
    max_harm: f64,
    outcome: Option<&Outcome<'_>>,
) -> String {
    let mut text = String::new();
    if let Some(outcome) = outcome {
        text.push_str(&introduction(survey, max_harm, outcome));
    }
    text.push_str(&head(survey));
    text.push_str(&volumes(rules));
    for rule in rules {
        text.push('\n');
        let line = outcome.and_then(|outcome| {
            outcome.report.rules.iter().find(|line| line.rule == rule.shape.id).map(denied_by)
        });
        let about = match line {
            Some(denied) if rule.shape.verdict == "deny" => {
                format!("{} {}", rule.shape.about, basis(rule, denied))
            }
            _ => rule.shape.about.to_owned(),
        };
        text.push_str(&comment(&about));
        let limit = if names_limit(rule) { Some(format!("\"@{}\"", rule.shape.id)) } else { limit_of(rule) };
        text.push_str(&written(rule, survey, limit));
    }
    text
}

fn written(rule: &SuggestedRule, survey: &Survey, limit: Option<String>) -> String {
    rule.shape.written(rule.shape.id, limit.as_deref(), rule.watches.is_some(), survey)
}

fn limit_of(rule: &SuggestedRule) -> Option<String> {
    rule.chosen().map(|chosen| chosen.limit.clone())
}

/// Whether the limit of a rule is of a volume, which stands at the head of the file.
fn names_limit(rule: &SuggestedRule) -> bool {
    rule.chosen().is_some() && rule.shape.counts.as_ref().is_some_and(|counts| counts.is_volume)
}

/// The limits that follow the volume of the business, by the names of their rules.
fn volumes(rules: &[SuggestedRule]) -> String {
    let named = rules.iter().filter(|rule| names_limit(rule));
    let lines: String =
        named.filter_map(|rule| Some(format!("{} = [{}]\n", rule.shape.id, limit_of(rule)?))).collect();
    if lines.is_empty() { lines } else { comment("Your usual volume, with room to grow, by rule.") + &lines }
}

/// What the policy begins with: all that only its operator can know.
fn head(survey: &Survey) -> String {
    let home = listed(&mut survey.home.iter().map(String::as_str));
    let small = small();
    format!(
        "schema = 1\ndefault = \"allow\"\non_store_failure = \"allow\"\n\n[sets]\n# Your markets: where \
         people verify. Add those that you are about to open.\nhome = [{home}]\n# Few numbers in all, so ten \
         thousand neighbours are a large part of the country.\nsmall = [\n  {small}\n]\n"
    )
}

/// Countries with few numbers in all, line by line, as the starter policy has them.
fn small() -> String {
    let set = Policy::starter_source().split_once("\nsmall = [").and_then(|(_, rest)| rest.split_once(']'));
    let lines = set.map_or("", |(members, _)| members).lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n  ")
}

/// Texts as the members of a list.
pub(super) fn listed(names: &mut dyn Iterator<Item = &str>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn introduction(survey: &Survey, max_harm: f64, outcome: &Outcome<'_>) -> String {
    let report = outcome.report;
    let all = &survey.report.all;
    let mut text = comment("What only you can know. Look at this block first.");
    text.push_str("#\n");
    let from = report.from.map(|from| format!("{from:.0}")).unwrap_or_default();
    text.push_str(&comment(&format!(
        "Suggested from {} requests within {} from {from} on; {} people verified. The limits are the \
         tightest that would have turned away at most {} of these; what stands above a rule is what it \
         would have done below the rules above it.",
        all.requests,
        in_words(survey.span()),
        survey.report.turned_away.share.of,
        percent(max_harm)
    )));
    report.sentences("It").iter().for_each(|sentence| text.push_str(&comment(sentence)));
    let price = survey.price.map_or_else(
        || "Currency: not known, since no request has a price.".to_owned(),
        |(currency, price)| {
            format!("Currency: {currency}; a verification costs {} {currency} on average.", price.round_dp(4))
        },
    );
    text.push_str(&comment(&price));
    text.push_str("#\n");
    text.push_str(&comment("What this traffic could not show:"));
    outcome.gaps.iter().for_each(|gap| text.push_str(&comment(&format!("- {gap}"))));
    text.push('\n');
    text
}

/// What a rule is based on; `fixed` is what one without a limit denied.
fn basis(rule: &SuggestedRule, fixed: (u64, u64)) -> String {
    let (denied, verified) = rule.chosen().map_or(fixed, |chosen| (chosen.denied, chosen.verified));
    let mut words = String::new();
    if let Some(enough) = rule.enough_for_all().filter(|_| rule.watches.is_none()) {
        // Below the lowest limit nothing was tried, so it says nothing of how far people go.
        let lowest =
            if rule.tried.first() == Some(enough) { ", the lowest limit that was tried" } else { "" };
        words.push_str(&format!("All who verified stayed within {}{lowest}. ", unquoted(&enough.limit)));
    }
    words.push_str(&format!("It would have denied {denied} requests, {verified} verified"));
    if let Some(tighter) = rule.tighter() {
        let Tried { limit, denied, verified } = tighter;
        words.push_str(&format!("; with {}, {denied} requests, {verified} verified", unquoted(limit)));
    }
    words.push('.');
    if let Some(why) = &rule.watches {
        words.push_str(&format!(" It only watches: {why}."));
    }
    words
}

fn unquoted(limit: &str) -> &str {
    limit.trim_matches('"')
}

/// Words as lines of a comment.
pub(super) fn comment(words: &str) -> String {
    let mut lines = String::new();
    let mut line = "#".to_owned();
    for word in words.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = "#".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}
