//! Which decision stands, by what became of the record. Pure.
//!
//! Copies of one request may be handled at the same time in several containers. These rules keep their
//! answers the same:
//!
//! 1. Whoever writes the record first is first. A denial is written as final at once; an allow that quotas
//!    may still refuse is a prediction, which its own handling turns into a denial or leaves as it is.
//! 2. A prediction becomes final by one conditional write, or by its age
//!    ([`final_by_age`](super::final_by_age)), since every handling ends before.
//! 3. A copy that meets a young prediction and was refused nothing makes the allow final. Shares carry the
//!    verification's stamp, so copies share them instead of taking them twice.
//! 4. A copy that would deny waits for the first one, within its budget, and adopts what that says: on a busy
//!    key the stamp of the first may be gone, so a refusal here does not mean one there.

use crate::store::{Earlier, Recorded, StoreError};
use crate::verdict::Verdict;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gate::sample::decided;

    fn predicted() -> Earlier {
        Earlier { decided: decided("allow", &json!({})), answer: String::new(), settled: false }
    }

    fn earlier() -> Result<Recorded, StoreError> {
        Ok(Recorded::Earlier(Box::new(predicted())))
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
