//! The lists that a policy asks, where nothing is on them, and those with entries that no rule asks.

use std::collections::BTreeMap;

use crate::cli::asked_lists::{AskedLists, Mismatch};
use crate::cli::output;
use crate::clock;
use crate::policy::{Policy, Question};
use crate::signature::AppScope;
use crate::store::Store;
use crate::suggest::nearest;

/// What is to be said of the lists that the rules ask.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Lists {
    /// Lists without an entry, with the rule that asks: as it is before the first attack.
    pub(super) notes: Vec<String>,
    /// Those whose name is nearly that of a list that has entries: a mistake in writing, as it seems.
    pub(super) misspelt: Vec<String>,
}

/// Looks at every list that a policy asks, and at those that no rule asks any more once it is in force for
/// `app`.
///
/// # Errors
/// Where the store fails.
pub(super) async fn lists_of(store: &Store, app: &AppScope, policy: &Policy) -> anyhow::Result<Lists> {
    let now = clock::now();
    let asked: BTreeMap<&str, &str> = policy
        .rules()
        .iter()
        .rev()
        .filter_map(|rule| match &rule.question {
            Question::List(list) => Some((list.as_str(), rule.id.as_str())),
            _ => None,
        })
        .collect();
    let known = store.lists().names().await?;
    let mut lists = Lists::default();
    for (list, rule) in asked {
        if known.contains(list) && !store.lists().is_empty(list, now).await? {
            continue;
        }
        let what = format!("rule `{rule}` asks the list {list}, and nothing is on it");
        let others = known.iter().map(String::as_str).filter(|other| *other != list);
        match nearest(list, others) {
            Some(near) if !store.lists().is_empty(near, now).await? => {
                lists.misspelt.push(format!("{what}; did you mean {near}, which has entries?"));
            }
            _ => lists.notes.push(what),
        }
    }
    let asked = AskedLists::load(store).await?.with(app, policy);
    for mismatch in asked.mismatches(store, now).await? {
        match mismatch {
            Mismatch::NotAsked { list, .. } => {
                lists.notes.push(format!("no rule asks the list {list} then, so its entries do nothing"));
            }
            Mismatch::NotAskedFor { list, app: own } if app.app() == Some(&own) => lists.notes.push(format!(
                "no rule asks the list {list} then for {own}, so its entries do nothing there"
            )),
            Mismatch::NotAskedFor { .. } | Mismatch::Empty { .. } => {}
        }
    }
    Ok(lists)
}

impl Lists {
    /// Says what there is to say, as messages.
    pub(super) fn say(&self) {
        self.notes.iter().for_each(|note| output::message(&format!("note: {note}")));
        self.misspelt.iter().for_each(|problem| output::message(&format!("warning: {problem}")));
    }
}
