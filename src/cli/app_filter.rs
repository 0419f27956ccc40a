//! `--app` over many records: only those of one application, and what to say where there are none.

use std::collections::BTreeSet;

use super::{Exit, output};
use crate::signature::{AppKey, AppScope};
use crate::store::{Store, StoreError};
use crate::suggest::nearest;

/// How many applications are named where the one that was asked for is not known.
const MOST_NAMED: usize = 5;

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
        let is_wanted = self.app.is_none_or(|wanted| wanted == app);
        self.is_seen |= is_wanted;
        if !is_wanted && !self.others.contains(app) {
            self.others.insert(app.clone());
        }
        is_wanted
    }

    /// Says so where the application has neither a record among those that were seen nor a policy of its own:
    /// its key may be misspelt.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn finish(self, store: &Store) -> Result<Exit, StoreError> {
        let Some(app) = self.app.filter(|_| !self.is_seen) else { return Ok(Exit::Done) };
        let scopes = store.policies().applications().await?;
        let mut known: BTreeSet<&AppKey> = scopes.iter().filter_map(AppScope::app).collect();
        if known.contains(app) {
            return Ok(Exit::Done);
        }
        known.extend(&self.others);
        let known: Vec<&str> = known.into_iter().map(AppKey::as_str).collect();
        output::message(&unknown(app, &known));
        Ok(Exit::Found)
    }
}

/// What to say of an application that nothing is known of, given those that are known.
fn unknown(app: &AppKey, known: &[&str]) -> String {
    let help = match nearest(app.as_str(), known.iter().copied()) {
        Some(near) => format!("\nhint: did you mean --app {near}?"),
        None if known.is_empty() => String::new(),
        None => {
            let more = if known.len() > MOST_NAMED { " and others" } else { "" };
            let named: Vec<&str> = known.iter().copied().take(MOST_NAMED).collect();
            format!("\nhint: choose from those that are known: {}{more}", named.join(", "))
        }
    };
    format!("nothing is known of application {app}: no record in this time, and no policy of its own{help}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_that_is_not_known_is_set_beside_those_that_are() {
        let says = |known: &[&str]| unknown(&"shop-app".parse().unwrap(), known);
        let begin =
            "nothing is known of application shop-app: no record in this time, and no policy of its own";
        assert_eq!(says(&[]), begin);
        assert_eq!(says(&["other", "shop-ap"]), format!("{begin}\nhint: did you mean --app shop-ap?"));
        assert_eq!(
            says(&["1", "2", "3", "4", "5", "6"]),
            format!("{begin}\nhint: choose from those that are known: 1, 2, 3, 4, 5 and others")
        );
    }
}
