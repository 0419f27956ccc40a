//! Which decision stands, by what became of the record. Pure.
//!
//! Copies of one request may be handled at the same time in several containers. These rules keep their
//! answers the same:
//!
//! 1. Whoever writes the record first is first. A denial is written as final at once; an allow that quotas
//!    may still refuse is a prediction, which its own handling turns into a denial or leaves as it is.
//! 2. A prediction becomes final by one conditional write, or by its age, since every handling ends before.
//! 3. A copy that meets a young prediction and was refused nothing makes the allow final. Shares carry the
//!    verification's stamp, so copies share them instead of taking them twice.
//! 4. A copy that would deny waits for the first one, within its budget, and adopts what that says: on a busy
//!    key the stamp of the first may be gone, so a refusal here does not mean one there.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::{Earlier, Recorded, StoreError};
use crate::verdict::Verdict;

/// The age from which a prediction is final, at most: far longer than any handling lasts.
const SETTLING: Duration = Duration::from_secs(60);

/// Room for clocks that differ, where the handling's budget says when a prediction is final.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(3);

/// What to do about a decision once the record has been written, or not.
#[derive(Debug)]
pub(super) enum Standing {
    /// The record says what was decided.
    Keep,
    /// Make this decision final in the record.
    Settle,
    /// Another handling's decision is final: answer that one.
    Adopt(Earlier),
    /// Another handling's prediction is to allow: wait for what becomes of it.
    Wait(Earlier),
    /// Nothing is known of the record: answer, and leave the decision in the log.
    Log(StoreError),
}

/// Which decision stands: `verdict` is this handling's, which `is_as_recorded` where it is what the record
/// was to say; `is_final` says whether the decision of another handling can no longer be turned.
pub(super) fn stand(
    recorded: Result<Recorded, StoreError>,
    is_final: impl Fn(&Earlier) -> bool,
    verdict: Verdict,
    is_as_recorded: bool,
) -> Standing {
    match recorded {
        Ok(Recorded::Ours) if is_as_recorded => Standing::Keep,
        Ok(Recorded::Ours) => Standing::Settle,
        Ok(Recorded::Earlier(earlier)) if is_final(&earlier) => Standing::Adopt(*earlier),
        Ok(Recorded::Earlier(earlier)) if verdict == Verdict::Deny => Standing::Wait(*earlier),
        Ok(Recorded::Earlier(_)) => Standing::Settle,
        // The write that predicted an allow may have taken effect, though nobody said so.
        Err(_) if verdict == Verdict::Deny && !is_as_recorded => Standing::Settle,
        Err(error) => Standing::Log(error),
    }
}

/// Whether a decision of another handling can no longer be turned.
pub(super) fn is_final(earlier: &Earlier, budget: Duration, now: Timestamp) -> bool {
    earlier.settled || is_old(earlier, budget, now)
}

/// Whether no handling that was there when this decision was made can still be at work, where each has this
/// budget.
pub(super) fn is_old(earlier: &Earlier, budget: Duration, now: Timestamp) -> bool {
    earlier.decided.at <= decided_before(budget, now)
}

/// The moment before which every request that was asked is decided by now, where each handling has this
/// budget.
pub(super) fn decided_before(budget: Duration, now: Timestamp) -> Timestamp {
    let settling = SETTLING.min(budget.saturating_mul(2).saturating_add(CLOCK_DIFFERENCE));
    now.saturating_sub(settling).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;
    use crate::gate::sample::{decided, now};

    fn predicted() -> Earlier {
        Earlier { decided: decided("allow", &json!({})), answer: String::new(), settled: false }
    }

    fn earlier() -> Result<Recorded, StoreError> {
        Ok(Recorded::Earlier(Box::new(predicted())))
    }

    #[test]
    fn a_prediction_is_final_once_no_handling_of_its_time_is_left() {
        // The budget in seconds; the age in milliseconds; whether that is old.
        for (budget, age, expected) in [
            (3, 0, false),
            (3, 8_999, false), // twice the budget, and the clocks' difference
            (3, 9_000, true),
            (3, -9_000, false), // it was made by a clock that is ahead
            (0, 3_000, true),
            (600, 59_999, false),
            (600, 60_000, true), // whatever the budget
            (u64::MAX, 60_000, true),
        ] {
            let budget = Duration::from_secs(budget);
            let now = now() + SignedDuration::from_millis(age);
            let case = format!("budget {budget:?}, age {age} ms");
            assert_eq!(is_old(&predicted(), budget, now), expected, "{case}");
            assert_eq!(is_final(&predicted(), budget, now), expected, "{case}");
            assert!(is_final(&Earlier { settled: true, ..predicted() }, budget, now), "{case}");
        }
    }

    #[test]
    fn one_decision_stands_whatever_became_of_the_record() {
        use Verdict::{Allow, Deny};
        let failed = || Err(StoreError::Timeout);
        let ours = || Ok(Recorded::Ours);
        // What became of the record; whether another decision is final; ours; whether the record was to say
        // it.
        let table = [
            (ours(), false, Allow, true, "Keep"),
            (ours(), false, Deny, true, "Keep"),
            (ours(), false, Allow, false, "Settle"), // a monitor was full, or a quota did not answer
            (ours(), false, Deny, false, "Settle"),  // a quota refused what was predicted
            (earlier(), true, Allow, true, "Adopt"),
            (earlier(), true, Deny, false, "Adopt"),
            (earlier(), false, Allow, true, "Settle"),
            (earlier(), false, Allow, false, "Settle"),
            (earlier(), false, Deny, true, "Wait"),
            (earlier(), false, Deny, false, "Wait"),
            (failed(), false, Allow, true, "Log"),
            (failed(), false, Allow, false, "Log"),
            (failed(), false, Deny, true, "Log"), // nothing but a denial was ever to be written
            (failed(), false, Deny, false, "Settle"), // the allow that was predicted may stand there
        ];
        for (recorded, is_final, verdict, is_as_recorded, expected) in table {
            let case = format!("{recorded:?} final {is_final}, {verdict:?} as recorded {is_as_recorded}");
            let found = format!("{:?}", stand(recorded, |_| is_final, verdict, is_as_recorded));
            assert!(found.starts_with(expected), "{case}: {found}");
        }
    }
}
