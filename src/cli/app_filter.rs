//! `--app` over many records: only those of one application, and what to say where there are none.

use std::collections::BTreeSet;

use super::applications::{Applications, is_same};
use super::{Exit, output};
use crate::signature::AppKey;
use crate::store::{Store, StoreError};

/// The application that is asked for, and what was seen of it and of others.
pub(super) struct AppFilter<'a> {
    app: Option<&'a AppKey>,
    is_seen: bool,
    others: BTreeSet<AppKey>,
}

impl<'a> AppFilter<'a> {
    /// All applications where there is none.
    pub(super) fn new(app: Option<&'a AppKey>) -> Self {
        Self { app, is_seen: false, others: BTreeSet::new() }
    }

    /// Whether a record of this application is wanted.
    pub(super) fn takes(&mut self, app: &AppKey) -> bool {
        let is_wanted = self.app.is_none_or(|wanted| is_same(wanted, app));
        self.is_seen |= is_wanted;
        if !is_wanted && !self.others.contains(app) {
            self.others.insert(app.clone());
        }
        is_wanted
    }

    /// Says so where nothing is known of the application: its key may be misspelt.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn finish(self, store: &Store) -> Result<Exit, StoreError> {
        let Some(app) = self.app.filter(|_| !self.is_seen) else { return Ok(Exit::Done) };
        let known = Applications::of(store).await?;
        if known.contains(&known.same(app)) {
            return Ok(Exit::Done);
        }
        let known = known.and(self.others);
        let help = known.help_with(app).map(|help| format!("\nhint: {help}")).unwrap_or_default();
        output::message(&format!(
            "nothing is known of application {app}: no record in this time, no policy of its own, no gate \
             that serves it{help}"
        ));
        Ok(Exit::Found)
    }
}
