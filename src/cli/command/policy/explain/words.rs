//! What became of the rules of a policy, in words.

use super::evidence::Evidences;
use crate::cli::output;
use crate::decision::Evidence;
use crate::policy::{Course, Facts, Plan, Quota, StepQuestion, Traced};
use crate::quota::Reading;

/// The kinds of what may become of a rule, for programs.
pub(super) fn course(course: &Course<'_>) -> &'static str {
    match course {
        Course::NotReached => "not_reached",
        Course::NotActive
        | Course::NotSampled
        | Course::WhenDiffers(_)
        | Course::Excepted
        | Course::Lacks(_) => "skipped",
        Course::NotFired | Course::Unknown => "quiet",
        Course::WouldDecide(_) => "monitors",
        Course::Responded => "responds",
        Course::Decided(_) => "decided",
    }
}

/// What became of a rule, with what its list or quota said.
pub(super) fn in_words(
    traced: &Traced<'_>,
    plan: &Plan<'_>,
    evidence: &Evidences,
    facts: &Facts<'_>,
) -> String {
    let words = traced.in_words(facts).to_string();
    let step = traced.step.filter(|_| traced.course != Course::NotReached);
    let asked = step.and_then(|step| Some((plan.steps.get(step)?, evidence.by_step.get(step)?)));
    let Some((step, found)) = asked else { return words };
    let said = match evidence.is_told {
        true => said(&step.question, found),
        false => assumed(&step.question, found),
    };
    if traced.course == Course::NotFired { said } else { format!("{words}; {said}") }
}

/// What the table said.
fn said(question: &StepQuestion<'_>, found: &Evidence) -> String {
    match (question, found) {
        (StepQuestion::List(list), Evidence::NotListed) => format!("not on {list}"),
        (_, Evidence::Listed(entry)) => {
            let until = entry.expires_at.map(|at| format!(" until {}", output::time(at))).unwrap_or_default();
            format!("{} is on {}{until}: {}", entry.entry, entry.list, entry.reason)
        }
        (_, Evidence::Excluded) => "the number's past is not as `verified_within` asks".to_owned(),
        (_, Evidence::PastFits(Some(at))) => format!("the number verified at {}", output::time(*at)),
        (_, Evidence::PastFits(None)) => "the number never verified".to_owned(),
        (StepQuestion::Quota { quota, .. }, Evidence::Room(reading)) => {
            format!("has room: {} with this one", stand(quota, reading))
        }
        (StepQuestion::Quota { quota, .. }, Evidence::Full(reading)) => {
            let retry = reading.retry_at.map(|at| format!(", room again at {}", output::time(at)));
            format!("no room: {}{}", stand(quota, reading), retry.unwrap_or_default())
        }
        (question, found) => assumed(question, found),
    }
}

/// What is taken for granted where no table is asked.
fn assumed(question: &StepQuestion<'_>, found: &Evidence) -> String {
    match (question, found) {
        (StepQuestion::Past, _) | (_, Evidence::Excluded | Evidence::PastFits(_)) => {
            "needs the table: assumed never verified".to_owned()
        }
        (StepQuestion::List(list), _) => format!("needs the table: assumed not on {list}"),
        (StepQuestion::Quota { quota, .. }, _) => format!("needs counters: assumed to have room of {quota}"),
    }
}

/// How much of a quota is used. A limit that has grown, or that of a shard, differs from the rule's.
fn stand(quota: &Quota, reading: &Reading) -> String {
    let (total, limit) = (reading.total.normalize(), quota.limit.amount().normalize());
    if reading.limit > limit {
        let all = quota.at_limit(reading.limit);
        return format!("{total} of {all}, where the limit has grown from {limit}");
    }
    let shard = Some(reading.limit).filter(|here| *here < limit);
    let shard = shard.map(|here| format!(" ({} in this shard)", here.normalize()));
    format!("{total} of {quota}{}", shard.unwrap_or_default())
}
