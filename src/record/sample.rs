//! Stories for unit tests, with as little in them as there can be.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Decided, Happening, Heard, Story, Subject};
use crate::event::Status;
use crate::verdict::Verdict;

/// A verification of which only application and id are known.
pub(crate) fn subject() -> Subject {
    Subject {
        app: "app".parse().unwrap(),
        id: "1".to_owned(),
        reference: None,
        number: None,
        block: None,
        country: None,
        number_type: None,
        method: None,
    }
}

/// A decision at the epoch, by no rule of the policy `v1`.
pub(crate) fn decided(verdict: Verdict) -> Decided {
    Decided {
        at: Timestamp::UNIX_EPOCH,
        verdict,
        rule: None,
        on_store_failure: false,
        reason: String::new(),
        policy: "v1".to_owned(),
        numbering: String::new(),
        quotas: Vec::new(),
        monitors: Vec::new(),
        notes: Vec::new(),
        price: None,
        custom: None,
    }
}

/// A result, some seconds after the epoch.
pub(crate) fn result(second: i64, status: &str, reason: Option<&str>) -> Heard {
    let reason = reason.map(ToOwned::to_owned);
    let happening = Happening::Result { status: Status::parse(status), reason, source: None };
    Heard { at: Timestamp::from_second(second).unwrap(), happening, reconciled: false }
}

/// A story of which nothing was heard yet.
pub(crate) fn story(verdict: Verdict) -> Story {
    Story { subject: subject(), decision: Some(decided(verdict)), heard: Vec::new(), asked: None, cost: None }
}

/// Whatever version wrote it: a part of a record is read, and written again as it was.
#[track_caller]
pub(crate) fn check_kept<T: Serialize + DeserializeOwned>(stored: serde_json::Value) -> T {
    let read: T = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), stored);
    read
}
