//! The age at which a prediction that nobody made final is final all the same, since no handling that could
//! turn it is left. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::Earlier;

/// The age from which a prediction is final, at most: far longer than any handling lasts.
const SETTLING: Duration = Duration::from_secs(60);

/// Room for clocks that differ, where the handling's budget says when a prediction is final.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(3);

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
pub(crate) fn decided_before(budget: Duration, now: Timestamp) -> Timestamp {
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
}
