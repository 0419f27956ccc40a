//! Lists and the rules in force that do not go together.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::{AskedLists, Asker};
use crate::signature::AppKey;
use crate::store::{Store, StoreError};

/// A list and the rules in force that do not go together.
#[derive(PartialEq, Eq, Debug)]
pub(in crate::cli) enum Mismatch {
    /// There are entries, and no rule asks for them.
    NotAsked {
        /// The list.
        list: String,
        /// A list that rules ask, where its name is nearly the same.
        near: Option<String>,
    },
    /// There are entries, and the own policy of an application does not ask for them, while others do.
    NotAskedFor {
        /// The list.
        list: String,
        /// The application.
        app: AppKey,
    },
    /// A rule asks, and there are no entries.
    Empty {
        /// The list.
        list: String,
        /// The first rule that asks it.
        asker: Asker,
    },
}

impl AskedLists {
    /// The lists with entries that no rule asks, and the rules whose list is empty.
    ///
    /// # Errors
    /// Where the store fails.
    pub(in crate::cli) async fn mismatches(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> Result<Vec<Mismatch>, StoreError> {
        let mut names: BTreeSet<String> = store.lists().names().await?;
        names.extend(self.names().map(str::to_owned));
        let mut found = Vec::new();
        for list in names {
            let asker = self.askers(&list).into_iter().next();
            match (asker, store.lists().is_empty(&list, now).await?) {
                (Some(asker), true) => found.push(Mismatch::Empty { list, asker }),
                (None, false) if self.unknown.is_empty() => {
                    let near = self.near(&list).map(ToOwned::to_owned);
                    found.push(Mismatch::NotAsked { list, near });
                }
                (Some(_), false) => found.extend(
                    self.not_asking(&list)
                        .map(|app| Mismatch::NotAskedFor { list: list.clone(), app: app.clone() }),
                ),
                (None, _) => {}
            }
        }
        Ok(found)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked { list, near } => {
                write!(f, "no rule in force asks the list {list}, so its entries do nothing")?;
                near.iter().try_for_each(|near| write!(f, "; did you mean {near}?"))
            }
            Self::NotAskedFor { list, app } => {
                write!(
                    f,
                    "the own policy of {app} does not ask the list {list}, so its entries do nothing there"
                )
            }
            Self::Empty { list, asker } => {
                write!(f, "nothing is on the list {list}, which rule `{}` asks", asker.rule)?;
                asker.app.app().map_or(Ok(()), |app| write!(f, " for {app}"))
            }
        }
    }
}
