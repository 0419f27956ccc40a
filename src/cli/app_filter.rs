//! `--app` over many records: only those of one application, and what to say where there are none.

use std::collections::BTreeSet;

use super::applications::{Applications, is_same};
use super::{Exit, output};
use crate::signature::AppKey;
use crate::store::{Store, StoreError};

/// The most applications that are remembered: files may make up any number of them.
const MOST: usize = 10_000;

/// The application that is asked for, and what was seen of it and of others.
pub(super) struct AppFilter<'a> {
    app: Option<&'a AppKey>,
    seen: BTreeSet<AppKey>,
}

impl<'a> AppFilter<'a> {
    /// All applications where there is none.
    pub(super) fn new(app: Option<&'a AppKey>) -> Self {
        Self { app, seen: BTreeSet::new() }
    }

    /// Whether a record of this application is wanted.
    pub(super) fn takes(&mut self, app: &AppKey) -> bool {
        if !self.seen.contains(app) && self.seen.len() < MOST {
            self.seen.insert(app.clone());
        }
        self.app.is_none_or(|wanted| is_same(wanted, app))
    }

    /// The applications of all records so far.
    pub(super) fn seen(&self) -> impl Iterator<Item = &AppKey> {
        self.seen.iter()
    }

    /// Says so where files have traffic, and none of the application: its key may be misspelt.
    pub(super) fn finish_files(self) -> Exit {
        let is_seen = |app: &&AppKey| self.seen.iter().any(|seen| is_same(app, seen));
        let Some(app) = self.app.filter(|app| !self.seen.is_empty() && !is_seen(app)) else {
            return Exit::Done;
        };
        let help = Applications::default().and(self.seen).help_with(app);
        let help = help.map(|help| format!("\nhint: {help}")).unwrap_or_default();
        output::message(&format!("the files have no traffic of application {app}{help}"));
        Exit::Found
    }

    /// Says so where nothing is known of the application: its key may be misspelt.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn finish(self, store: &Store) -> Result<Exit, StoreError> {
        let is_seen = |app: &&AppKey| self.seen.iter().any(|seen| is_same(app, seen));
        let Some(app) = self.app.filter(|app| !is_seen(app)) else { return Ok(Exit::Done) };
        let known = Applications::of(store).await?;
        if known.contains(&known.same(app)) {
            return Ok(Exit::Done);
        }
        let known = known.and(self.seen);
        let help = known.help_with(app).map(|help| format!("\nhint: {help}")).unwrap_or_default();
        output::message(&format!(
            "nothing is known of application {app}: no record in this time, no policy of its own, no gate \
             that serves it{help}"
        ));
        Ok(Exit::Found)
    }
}
