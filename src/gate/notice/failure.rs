//! An operation of the store fails. The gate goes on without it; each failure is counted by its cause.

use crate::meter::Notice;
use crate::metrics::Tally;
use crate::quota::Demand;
use crate::store::{QuotaKey, StoreError};
use crate::telemetry::quoted;

/// What the gate goes without where an operation of the store fails.
#[derive(Clone, Copy)]
pub(in crate::gate) enum Failure<'a> {
    /// The policies, while the process starts.
    PoliciesNotLoaded,
    /// What the gate serves, in the table; the next process that starts notes it.
    ServedNotNoted,
    /// Newer policies.
    PoliciesNotRefreshed,
    /// List entries, the number's past and the verification's own record.
    ListsNotRead { id: &'a str },
    /// What the quotas of one item say.
    QuotaNotTaken { id: &'a str, key: &'a QuotaKey, demands: &'a [Demand] },
    /// The attempt at the number, though it may have been opened all the same.
    AttemptNotOpened { id: &'a str },
    /// An attempt that claims what is held, and nothing else.
    AttemptNotAmended { id: &'a str },
    /// Shares that may be given back, since no attempt claims them any more.
    AttemptNotWithdrawn { id: &'a str },
    /// What a verification frees that ended before its request was handled.
    EarlyEndingNotReleased { id: &'a str },
    /// Shares that nobody needs any more; their window frees them in the end.
    SharesNotGivenBack { id: &'a str, key: &'a QuotaKey },
    /// A small item for the number; it is tried again next time.
    SurplusNotForgotten { id: &'a str },
    /// Nothing that is known yet: it is tried again, or what becomes of it has a line of its own.
    Unanswered,
}

/// An operation of the store failed.
pub(in crate::gate) struct Failed<'a> {
    pub(in crate::gate) failure: Failure<'a>,
    pub(in crate::gate) error: &'a StoreError,
}

impl Notice for Failed<'_> {
    fn log(&self) {
        let error = self.error;
        let cause = error.name();
        match self.failure {
            Failure::PoliciesNotLoaded => {
                tracing::warn!(cause, %error, "policies not loaded; the fallback policy is in force");
            }
            Failure::ServedNotNoted => tracing::debug!(cause, %error, "applications not noted"),
            Failure::PoliciesNotRefreshed => {
                tracing::warn!(cause, %error, "policies not refreshed; the known ones stay in force");
            }
            Failure::ListsNotRead { id } => {
                tracing::warn!(cause, %error, id = &*quoted(id), "lists and the past not read");
            }
            Failure::QuotaNotTaken { id, key, demands } => {
                let rules = demands.iter().map(Demand::rule_id).collect::<Vec<&str>>().join(", ");
                tracing::warn!(cause, %error, id = &*quoted(id), ?key, rules, "quota not taken");
            }
            Failure::AttemptNotOpened { id } => {
                tracing::warn!(cause, %error, id = &*quoted(id), "attempt not opened");
            }
            Failure::AttemptNotAmended { id } => {
                tracing::warn!(cause, %error, id = &*quoted(id), "attempt not amended");
            }
            Failure::AttemptNotWithdrawn { id } => {
                tracing::warn!(cause, %error, id = &*quoted(id), "attempt not withdrawn");
            }
            Failure::EarlyEndingNotReleased { id } => {
                tracing::warn!(cause, %error, id = &*quoted(id), "early ending not released");
            }
            Failure::SharesNotGivenBack { id, key } => {
                tracing::warn!(cause, ?key, %error, id = &*quoted(id), "shares not given back");
            }
            Failure::SurplusNotForgotten { id } => {
                tracing::debug!(cause, id = &*quoted(id), "surplus attempts not forgotten");
            }
            Failure::Unanswered => {}
        }
    }

    fn count(&self, tally: &mut Tally) {
        tally.store_failed(self.error.name());
    }
}

/// The table answered, and one of the items is not what this version writes.
pub(in crate::gate) struct ItemNotRead<'a> {
    pub(in crate::gate) id: &'a str,
    pub(in crate::gate) error: &'a StoreError,
}

impl Notice for ItemNotRead<'_> {
    fn log(&self) {
        let Self { id, error } = *self;
        tracing::warn!(cause = error.name(), %error, id = &*quoted(id), "an item could not be read");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rust_decimal::Decimal;

    use super::*;
    use crate::quota::{Measure, Window};
    use crate::telemetry::lines_of;

    fn demand(rule: &str) -> Demand {
        Demand {
            rule: rule.to_owned(),
            window: Window::new(Duration::from_secs(86_400)).unwrap(),
            limit: Decimal::ONE,
            measure: Measure::Amount { cost: Decimal::ONE, grow: None },
            enforced: true,
        }
    }

    const CAUSE: &str = r#""cause":"timeout","error":"no answer in time from DynamoDB""#;

    #[test]
    fn what_fails_for_a_verification_names_it_and_is_counted_by_its_cause() {
        let (id, key) = ("1", &QuotaKey::named("QUOTA#app#number#+46701740605".to_owned()));
        let demands = &[demand("cooldown"), demand("per-number")];
        let warn = |message: &str, rest: &str| {
            format!(r#"{{"level":"WARN","message":"{message}",{CAUSE},"id":"1"{rest}}}"#)
        };
        let taken = r#","key":"QUOTA#app#number","rules":"cooldown, per-number""#;
        let table = [
            (Failure::ListsNotRead { id }, warn("lists and the past not read", "")),
            (Failure::QuotaNotTaken { id, key, demands }, warn("quota not taken", taken)),
            (Failure::AttemptNotOpened { id }, warn("attempt not opened", "")),
            (Failure::AttemptNotAmended { id }, warn("attempt not amended", "")),
            (Failure::AttemptNotWithdrawn { id }, warn("attempt not withdrawn", "")),
            (Failure::EarlyEndingNotReleased { id }, warn("early ending not released", "")),
            (
                Failure::SharesNotGivenBack { id, key },
                concat!(
                    r#"{"level":"WARN","message":"shares not given back","cause":"timeout","#,
                    r#""key":"QUOTA#app#number","error":"no answer in time from DynamoDB","id":"1"}"#
                )
                .to_owned(),
            ),
            (
                Failure::SurplusNotForgotten { id },
                r#"{"level":"DEBUG","message":"surplus attempts not forgotten","cause":"timeout","id":"1"}"#
                    .to_owned(),
            ),
        ];
        for (failure, line) in table {
            let failed = Failed { failure, error: &StoreError::Timeout };
            assert_eq!(lines_of(|| failed.log()), [line]);
            let (mut found, mut expected) = (Tally::default(), Tally::default());
            failed.count(&mut found);
            expected.store_failed("timeout");
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_fails_for_all_verifications_says_which_policies_decide() {
        let (loaded, refreshed) = (Failure::PoliciesNotLoaded, Failure::PoliciesNotRefreshed);
        for (failure, message) in [
            (loaded, "policies not loaded; the fallback policy is in force"),
            (refreshed, "policies not refreshed; the known ones stay in force"),
        ] {
            let lines = lines_of(|| Failed { failure, error: &StoreError::Timeout }.log());
            assert_eq!(lines, [format!(r#"{{"level":"WARN","message":"{message}",{CAUSE}}}"#)]);
        }
        let unanswered = Failed { failure: Failure::Unanswered, error: &StoreError::Timeout };
        assert_eq!(lines_of(|| unanswered.log()), Vec::<String>::new());
    }
}
