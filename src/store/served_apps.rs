//! What the gates of a table serve: which applications, and in which form they store numbers. The operator's
//! tool asks for it, since neither can be seen in a table without reading it from end to end.
//!
//! A gate notes it while it starts, where it is not noted yet; no event ever waits for it.
//!
//! | attribute | type | meaning |
//! |---|---|---|
//! | `apps` | SS | the keys of the applications |
//! | `numbers` | S | how the gate that started last stores numbers, as [`NumberPrivacy::mark`] says it |

use std::collections::BTreeSet;

use super::attribute::{Item, text_of};
use super::expression::Update;
use super::form::{text, texts};
use super::key::ItemKey;
use super::{Store, StoreError};
use crate::privacy::NumberPrivacy;
use crate::signature::AppKey;

/// What the gates of a table serve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// The applications of every gate that ever started on the table.
    pub apps: BTreeSet<AppKey>,
    /// The mark of the form in which numbers are stored; `None` where no gate has noted it.
    pub numbers: Option<String>,
}

impl Store {
    /// What the gates of the table serve.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn served(&self) -> Result<Served, StoreError> {
        let found = self.table.get_batch(&[ItemKey::of_served()]).await?;
        Ok(found.first().map(read).unwrap_or_default())
    }

    /// Notes what a gate serves, where that is news: as a rule this is one read.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn note_served(&self, apps: &[AppKey], privacy: &NumberPrivacy) -> Result<(), StoreError> {
        let noted = self.served().await?;
        let mark = privacy.mark();
        let is_news =
            apps.iter().any(|app| !noted.apps.contains(app)) || noted.numbers.as_ref() != Some(&mark);
        if apps.is_empty() || !is_news {
            return Ok(());
        }
        let mut update = Update::default();
        update.add("apps", texts(apps.iter().map(AppKey::as_str)));
        update.set("numbers", text(&mark));
        self.table.update(&ItemKey::of_served(), update).send().await.map(|_| ())
    }
}

pub(super) fn read(item: &Item) -> Served {
    let apps = item.get("apps").and_then(|apps| apps.as_ss().ok());
    Served {
        apps: apps.into_iter().flatten().filter_map(|app| app.parse().ok()).collect(),
        numbers: text_of(item, "numbers").ok().map(str::to_owned),
    }
}
