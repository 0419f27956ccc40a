//! Which records Sinch is to be asked about, and when.

use jiff::{SignedDuration, Timestamp};

use crate::event::Status;
use crate::record::{Heard, Said, Story};
use crate::verdict::Verdict;

/// How a record stands towards a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// How it ended is known, and what else was to be known.
    Complete,
    /// How it ended is not known.
    Open,
    /// How it ended was found out by asking, and its price was not known then.
    Unpriced,
    /// All that is known of its end is a wrong code, which the right one may have followed.
    Doubtful,
    /// It was asked about not long ago.
    Waiting,
    /// It was denied here, and nothing says that it started all the same: Sinch knows nothing of it.
    Denied,
}

/// How the record of a verification stands that was first heard of at `begun`.
pub(super) fn standing(story: &Story, begun: Timestamp, now: Timestamp) -> Standing {
    let is_over = story.heard.iter().any(|heard| heard.final_status().is_some());
    let is_doubtful = is_over && is_doubtful(story);
    if is_over && !is_doubtful && !is_price_wanted(story) {
        return Standing::Complete;
    }
    let is_denied = story.decision.as_ref().is_some_and(|decided| decided.verdict == Verdict::Deny);
    if is_denied && story.heard.is_empty() {
        return Standing::Denied;
    }
    if story.asked.as_ref().is_some_and(|asked| now < next_question(begun, asked.at)) {
        return Standing::Waiting;
    }
    match (is_over, is_doubtful) {
        (false, _) => Standing::Open,
        (true, true) => Standing::Doubtful,
        (true, false) => Standing::Unpriced,
    }
}

/// Whether all that was heard of its end is a wrong code, and Sinch has not said since how it ended.
fn is_doubtful(story: &Story) -> bool {
    let is_answered = story.asked.as_ref().is_some_and(|asked| match &asked.said {
        Said::Status { status } => status.is_final(),
        Said::NotFound => true,
        Said::Mismatch { .. } | Said::Failed { .. } => false,
    });
    let mut ends = story.heard.iter().filter(|heard| heard.final_status().is_some());
    !is_answered && ends.all(Heard::is_wrong_code)
}

/// When to ask again: at twice the age of the last question, so that the gaps grow and nobody has to count.
fn next_question(begun: Timestamp, asked: Timestamp) -> Timestamp {
    let age = asked.duration_since(begun).max(SignedDuration::ZERO);
    asked.saturating_add(age).unwrap_or(Timestamp::MAX)
}

/// Whether the price may have become known since the answer that settled the record. It is asked for once
/// more and never again. What Sinch does not charge has none.
fn is_price_wanted(story: &Story) -> bool {
    let settled = story.heard.iter().find(|heard| heard.reconciled && heard.final_status().is_some());
    let (Some(settled), Some(asked)) = (settled, &story.asked) else { return false };
    let is_charged = settled.final_status().is_none_or(Status::is_charged);
    let is_unasked = match asked.said {
        Said::Status { .. } => asked.at <= settled.at,
        Said::Failed { .. } => true,
        Said::NotFound | Said::Mismatch { .. } => false,
    };
    story.cost.is_none() && is_charged && is_unasked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SmsResult;
    use crate::record::{Asked, Cost, Happening, sample};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    /// A story that began at minute 0, decided so.
    fn story(verdict: Verdict) -> Story {
        sample::story(verdict)
    }

    fn result(minute: i64, status: &str, reconciled: bool) -> Heard {
        Heard { reconciled, ..sample::result(minute * 60, status, None) }
    }

    fn asked(minute: i64, said: Said) -> Option<Asked> {
        Some(Asked { at: at(minute), said })
    }

    fn pending() -> Said {
        Said::Status { status: Status::Pending }
    }

    #[track_caller]
    fn check(story: &Story, minute: i64, expected: Standing) {
        assert_eq!(standing(story, at(0), at(minute)), expected, "at minute {minute}");
    }

    #[test]
    fn what_never_ended_is_open_whatever_else_was_heard() {
        let mut open = story(Verdict::Allow);
        check(&open, 10, Standing::Open);
        open.heard = vec![result(1, "PENDING", false), result(2, "SOMETHING_NEW", false)];
        check(&open, 10, Standing::Open);
        open.decision = None;
        check(&open, 10, Standing::Open);
        open.heard.push(result(3, "FAIL", false));
        check(&open, 10, Standing::Complete);
    }

    #[test]
    fn a_denied_one_is_asked_about_only_where_it_was_heard_of_later() {
        let mut denied = story(Verdict::Deny);
        check(&denied, 10, Standing::Denied);
        denied.heard = vec![Heard {
            at: at(1),
            happening: Happening::Delivery { result: SmsResult::Successful },
            reconciled: false,
        }];
        check(&denied, 10, Standing::Open);
    }

    #[test]
    fn the_gaps_between_questions_grow() {
        let mut open = story(Verdict::Allow);
        let failed = Said::Failed { cause: "HTTP 500".to_owned() };
        for said in [pending(), Said::NotFound, Said::Mismatch { member: "method".to_owned() }, failed] {
            open.asked = asked(10, said);
            check(&open, 19, Standing::Waiting);
            check(&open, 20, Standing::Open);
        }
        open.asked = asked(100, pending());
        check(&open, 199, Standing::Waiting);
        check(&open, 200, Standing::Open);
    }

    #[test]
    fn a_wrong_code_is_an_end_only_when_sinch_says_so() {
        let mut wrong = story(Verdict::Allow);
        wrong.heard = vec![sample::result(60, "FAIL", Some("Invalid code"))];
        check(&wrong, 10, Standing::Doubtful);
        wrong.asked = asked(10, pending());
        check(&wrong, 19, Standing::Waiting);
        check(&wrong, 20, Standing::Doubtful);
        for said in [Said::NotFound, Said::Status { status: Status::Fail }] {
            wrong.asked = asked(10, said);
            check(&wrong, 4_000, Standing::Complete);
        }
        wrong.asked = None;
        wrong.heard.push(result(2, "SUCCESSFUL", false));
        check(&wrong, 10, Standing::Complete);
    }

    #[test]
    fn a_price_that_was_not_known_is_asked_for_once_more() {
        let mut settled = story(Verdict::Allow);
        settled.heard = vec![result(10, "FAIL", true)];
        settled.asked = asked(10, Said::Status { status: Status::Fail });
        check(&settled, 19, Standing::Waiting);
        check(&settled, 20, Standing::Unpriced);
        let failed = asked(20, Said::Failed { cause: "HTTP 500".to_owned() });
        let failed = Story { asked: failed, ..settled.clone() };
        check(&failed, 39, Standing::Waiting);
        check(&failed, 40, Standing::Unpriced);
        let priced = Story { cost: Some(Cost::default()), ..settled.clone() };
        check(&priced, 20, Standing::Complete);
        settled.asked = asked(20, Said::Status { status: Status::Fail });
        check(&settled, 4_000, Standing::Complete);
    }

    #[test]
    fn what_is_not_charged_or_came_by_callback_has_no_price_to_wait_for() {
        for (status, reconciled) in [("ERROR", true), ("DENIED", true), ("SUCCESSFUL", false)] {
            let mut settled = story(Verdict::Allow);
            settled.heard = vec![result(10, status, reconciled)];
            settled.asked = asked(10, pending());
            check(&settled, 4_000, Standing::Complete);
        }
    }
}
