//! Lists that do not go with the rules in force.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::asked_lists::{AskedLists, Mismatch};
use crate::signature::AppKey;
use crate::store::{Store, StoreError, StoredPolicies};

/// A list with entries that no rule asks, or one that a rule asks and nothing is on.
#[derive(Debug, Serialize)]
pub(super) struct OddList {
    list: String,
    /// `not_asked`, `not_asked_for` or `empty`.
    state: &'static str,
    /// A list that rules ask, where its name is nearly the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<String>,
    /// Whose rule asks for the empty list, or whose own policy does not ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    /// The rule that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip)]
    in_words: String,
}

/// Finds them.
///
/// # Errors
/// Where the store fails.
pub(super) async fn odd_lists(
    store: &Store,
    stored: StoredPolicies,
    served: BTreeSet<AppKey>,
    now: Timestamp,
) -> Result<Vec<OddList>, StoreError> {
    let mismatches = AskedLists::of(stored, served).mismatches(store, now).await?;
    Ok(mismatches.into_iter().map(OddList::of).collect())
}

impl OddList {
    fn of(mismatch: Mismatch) -> Self {
        let in_words = mismatch.to_string();
        match mismatch {
            Mismatch::NotAsked { list, near } => {
                Self { list, state: "not_asked", near, app: None, rule: None, in_words }
            }
            Mismatch::NotAskedFor { list, app } => {
                let app = Some(app.to_string());
                Self { list, state: "not_asked_for", near: None, app, rule: None, in_words }
            }
            Mismatch::Empty { list, asker } => {
                let (app, rule) = (Some(asker.app.to_string()), Some(asker.rule.to_string()));
                Self { list, state: "empty", near: None, app, rule, in_words }
            }
        }
    }
}

/// What is wrong with lists whose entries do nothing, one by one.
pub(super) fn idle(lists: &[OddList]) -> impl Iterator<Item = &str> {
    lists.iter().filter(|list| list.rule.is_none()).map(|list| list.in_words.as_str())
}

/// The lists that nothing is on, with the rules that ask them; `None` where there are none.
pub(super) fn empty(lists: &[OddList]) -> Option<String> {
    let name = |list: &OddList| Some(format!("{} (rule {})", list.list, list.rule.as_ref()?));
    let names: Vec<String> = lists.iter().filter_map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
