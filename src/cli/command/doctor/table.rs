//! The table: whether it is there, and has the shape that the gate needs.

use super::check::Check;
use crate::store::{Described, Expiry, Store, StoreError};

/// Checks the table; gives its description where there is one. An embedded engine's file is protected
/// by whatever protects files.
pub(super) async fn check(store: &Store, is_embedded: bool) -> (Vec<Check>, Option<Described>) {
    let described = match store.table().describe().await {
        Ok(described) => described,
        Err(error) => {
            return (vec![failure("table", store.table().name(), &error, "dynamodb:DescribeTable")], None);
        }
    };
    let checks = vec![
        shape(store.table().name(), &described),
        expiry(store.table().name(), &store.table().expiry().await),
        if is_embedded {
            Check::not_known("protection", "a file is as safe as its disk and its backups")
        } else {
            protection(&described, &store.table().is_recoverable().await)
        },
    ];
    (checks, Some(described))
}

/// What a failure of the table means, and what to do. `right` is the one that was needed.
pub(super) fn failure(name: &'static str, table: &str, error: &StoreError, right: &str) -> Check {
    match error {
        StoreError::Refused { code, .. } if code == "AccessDeniedException" => Check::found(
            name,
            format!("these credentials lack the right {right}"),
            format!("allow {right} on the table {table}, or use another --profile"),
        ),
        StoreError::Refused { code, .. } if code == "ResourceNotFoundException" => Check::found(
            name,
            format!("there is no table {table} in this account and region"),
            "take the output TableName of the deployment and its --region; without a deployment, `sam deploy \
             --guided` makes the table",
        ),
        StoreError::Timeout | StoreError::Unreachable(_) => Check::found(
            name,
            error.to_string(),
            "check the network, --region and --endpoint-url, then run this again",
        ),
        _ => Check::found(name, error.to_string(), "check --table, --region and --profile"),
    }
}

fn shape(table: &str, described: &Described) -> Check {
    let differences = described.differences();
    if differences.is_empty() {
        return Check::ok("table", format!("{table} has keys and index as needed, and is on demand"));
    }
    Check::found(
        "table",
        format!("{table} is not as template.yaml makes it: {}", differences.join("; ")),
        "keys cannot be changed, so a table with others must be made anew; index and billing can be changed \
         in place",
    )
}

fn expiry(table: &str, expiry: &Result<Expiry, StoreError>) -> Check {
    const ADVICE: &str = "enable time to live on `expires_at`, or old items are kept and paid for ever";
    match expiry {
        Ok(Expiry::Enabled) => Check::ok("expiry", "old items are deleted by `expires_at`"),
        Ok(Expiry::Disabled) => Check::found("expiry", "nothing is ever deleted", ADVICE),
        Ok(Expiry::By(other)) => {
            Check::found("expiry", format!("time to live is on `{other}`, not on `expires_at`"), ADVICE)
        }
        Err(error) => failure("expiry", table, error, "dynamodb:DescribeTimeToLive"),
    }
}

/// Never more than advice: a gate works without.
fn protection(described: &Described, recoverable: &Result<bool, StoreError>) -> Check {
    let mut told = Vec::new();
    let mut missing = Vec::new();
    let deletion = ("deletion protection", described.is_protected);
    let recovery = ("point-in-time recovery", recoverable.as_ref().ok().copied());
    for (name, state) in [deletion, recovery] {
        match state {
            Some(true) => told.push(format!("{name} on")),
            Some(false) => {
                told.push(format!("{name} off"));
                missing.push(name);
            }
            None => told.push(format!("{name} not known")),
        }
    }
    let what = told.join(", ");
    let check = if recoverable.is_ok() {
        Check::ok("protection", what)
    } else {
        Check::not_known("protection", what)
    };
    match recoverable {
        Err(StoreError::Refused { code, .. }) if code == "AccessDeniedException" => {
            check.advise("to know it, allow dynamodb:DescribeContinuousBackups")
        }
        _ if missing.is_empty() => check,
        _ => check.advise(format!("in production, consider {}", missing.join(" and "))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    fn refused(code: &str) -> StoreError {
        StoreError::Refused { code: code.to_owned(), message: "no".to_owned() }
    }

    #[test]
    fn a_right_that_is_missing_is_named() {
        let check = failure("table", "t", &refused("AccessDeniedException"), "dynamodb:DescribeTable");
        assert_eq!(
            check.in_words(),
            "these credentials lack the right dynamodb:DescribeTable; allow dynamodb:DescribeTable on the \
             table t, or use another --profile"
        );
        assert_eq!(expiry("t", &Err(refused("AccessDeniedException"))).state, State::Found);
    }

    #[test]
    fn items_that_never_expire_are_found() {
        assert_eq!(expiry("t", &Ok(Expiry::Enabled)).state, State::Ok);
        assert_eq!(expiry("t", &Ok(Expiry::Disabled)).state, State::Found);
        let other = expiry("t", &Ok(Expiry::By("ttl".to_owned())));
        assert!(other.what.contains("on `ttl`, not on `expires_at`"), "{other:?}");
    }

    #[test]
    fn protection_is_advice_and_never_a_finding() {
        let described = Described { is_protected: Some(false), ..Described::default() };
        let off = protection(&described, &Ok(false));
        assert_eq!(
            off.in_words(),
            "deletion protection off, point-in-time recovery off; in production, consider deletion \
             protection and point-in-time recovery"
        );
        assert_eq!(off.state, State::Ok);
        let denied = protection(&described, &Err(refused("AccessDeniedException")));
        assert_eq!(denied.state, State::NotKnown);
        assert!(denied.in_words().ends_with("allow dynamodb:DescribeContinuousBackups"), "{denied:?}");
    }
}
