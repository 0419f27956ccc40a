//! A policy from history: limits that would have turned away no more than a stated share of the people who
//! verified.
//!
//! Nothing is estimated. For each rule several limits, from tight to wide, watch the same traffic in monitor
//! mode below the rules that are chosen already, and the tightest is taken that turns away no more than the
//! rule's part of the bound. In the end the whole policy is backtested, and widened where it must be.
//!
//! | file | what it is |
//! |---|---|
//! | `survey` | what the traffic is like: markets, prices, how much there is |
//! | `faked` | successes that look faked, which are not people |
//! | `shape` | the rules that are suggested, without their limits |
//! | `rule` | a rule with the limits that were tried, and the one that was taken |
//! | `text` | the policy file |
//! | `starter` | the starter policy, with its head filled |
//! | `gaps` | what the traffic is too little to say |

mod faked;
mod gaps;
mod rule;
mod shape;
mod starter;
mod survey;
mod text;

use std::sync::Arc;

use serde::Serialize;

use crate::backtest::{PackedTraffic, Report, replayed};
use crate::policy::Policy;
use crate::replay::Lists;
use rule::SuggestedRule;
use shape::SHAPES;
pub use starter::fill_starter;
use survey::Survey;

/// The fewest people who verified from whom a limit is taken.
pub const FEWEST_PEOPLE: u64 = 30;

/// How many times a window must fit into the traffic before its limit is enforced.
pub const FEWEST_WINDOWS: u32 = 2;

/// How many limits of a rule are tried at once. With those of the rules above, a policy has room for them.
const AT_ONCE: usize = 7;

/// A policy that was made from traffic.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The policy file, whose comments say what each limit is based on.
    pub text: String,
    /// What it would have done with the traffic.
    pub report: Report,
    /// Where people verify.
    pub home: Vec<String>,
    /// The rules, from top to bottom.
    pub rules: Vec<RuleOfSuggestion>,
    /// What could not be known from the traffic, in words.
    pub gaps: Vec<String>,
}

/// A suggested rule, and what it is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleOfSuggestion {
    /// Its id.
    pub rule: &'static str,
    /// Its limit, as the policy has it; `None` where it has none that was taken from the traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Requests that it denies, or would deny where it only watches; for one with a limit, below the rules
    /// above it.
    pub denied: u64,
    /// Those of them that ended verified.
    pub verified_denied: u64,
    /// Why it only watches, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watches: Option<String>,
}

/// Why there is no suggestion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuggestionError {
    /// Limits are taken from people, and there are none.
    #[error("nobody verified in the traffic, so there is nothing to take limits from")]
    NobodyVerified,
    /// Markets are countries, and no number that asked has one.
    #[error("no number in the traffic has a country, so there are no markets to take limits from")]
    NoCountry,
    /// What was written does not compile.
    #[error("the suggested policy does not compile: {0}")]
    DoesNotCompile(String),
}

/// Makes a policy from traffic that turns away no more than `max_harm` of the people who verified in it.
/// `begins` hears of each rule before limits are tried for it.
///
/// # Errors
/// Where nobody verified.
pub fn suggest(
    traffic: &PackedTraffic,
    lists: &Arc<Lists>,
    max_harm: f64,
    mut begins: impl FnMut(&str),
) -> Result<Suggestion, SuggestionError> {
    let without = faked::without_faked(traffic);
    let (traffic, n_faked) = without.as_ref().map_or((traffic, 0), |(without, n)| (without, *n));
    let mut survey = Survey::of(traffic, lists)?;
    survey.n_faked = n_faked;
    let replay = |text: &str| Ok(replayed(&compiled(text)?, Arc::clone(lists), traffic));
    let mut rules: Vec<SuggestedRule> = Vec::new();
    let mut left = survey.people_within(max_harm);
    let fitting: Vec<_> = SHAPES.iter().filter(|shape| survey.fits(shape)).collect();
    for (place, shape) in fitting.iter().enumerate() {
        let limits = shape.limits(&survey);
        if limits.is_empty() {
            rules.push(SuggestedRule::new(shape));
            continue;
        }
        begins(shape.id);
        let n_left = fitting.iter().skip(place).filter(|shape| shape.has_limit()).count();
        let most = left.div_ceil(u64::try_from(n_left).unwrap_or(1));
        let mut rule = SuggestedRule::new(shape);
        for limits in limits.chunks(AT_ONCE) {
            let report = replay(&text::trial(&survey, &rules, shape, limits))?;
            rule.try_out(limits, &report);
            if rule.takes(most) {
                break;
            }
        }
        let rule = rule.watching(gaps::too_little_for(shape, &survey));
        left = left.saturating_sub(rule.turned_away());
        rules.push(rule);
    }
    loop {
        let report = replay(&text::policy(&survey, &rules, max_harm, None))?;
        let is_within = report.turned_away.share.count <= survey.people_within(max_harm);
        if is_within || !rule::widen(&mut rules, &report) {
            let gaps = gaps::gaps(&survey, &rules, max_harm);
            let outcome = text::Outcome { report: &report, gaps: &gaps };
            let text = text::policy(&survey, &rules, max_harm, Some(&outcome));
            let rules = rules.iter().map(|rule| rule.summary(&report)).collect();
            return Ok(Suggestion { text, report, home: survey.home, rules, gaps });
        }
    }
}

fn compiled(text: &str) -> Result<Policy, SuggestionError> {
    let checked = Policy::compile(text);
    checked
        .map(|compiled| compiled.policy)
        .map_err(|problems| SuggestionError::DoesNotCompile(problems.to_string()))
}
