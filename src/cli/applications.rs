//! The applications that a table knows: those that its gates serve, and those with a policy of their own.

use std::collections::BTreeSet;

use anyhow::{anyhow, bail};

use super::credentials::SAMPLE_KEY;
use super::output;
use super::place::Place;
use crate::signature::{AppKey, AppScope};
use crate::store::{Store, StoreError};
use crate::suggest::nearest;

/// How many applications are named at most.
const MOST_NAMED: usize = 5;

/// The applications that a table knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Applications {
    known: BTreeSet<AppKey>,
    /// Those that gates have noted. As long as there are none, there may be others than the known ones.
    served: BTreeSet<AppKey>,
}

impl Applications {
    /// Asks a table.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn of(store: &Store) -> Result<Self, StoreError> {
        let policies = store.policies();
        let (served, scopes) = tokio::try_join!(store.served(), policies.applications())?;
        let with_policy = scopes.iter().filter_map(AppScope::app).cloned();
        let known = served.apps.iter().cloned().chain(with_policy).collect();
        Ok(Self { known, served: served.apps })
    }

    /// Those that gates have noted.
    pub(super) fn served(&self) -> &BTreeSet<AppKey> {
        &self.served
    }

    /// Those that were seen elsewhere, too.
    pub(super) fn and(mut self, seen: impl IntoIterator<Item = AppKey>) -> Self {
        self.known.extend(seen);
        self
    }

    /// The only one, where there is one and no other.
    pub(super) fn single(&self) -> Option<&AppKey> {
        self.known.first().filter(|_| self.known.len() == 1)
    }

    /// Whether it knows this one.
    pub(super) fn contains(&self, app: &AppKey) -> bool {
        self.known.contains(app)
    }

    /// The application that is meant where none is named: the only one. Whoever has tried the samples and
    /// gone on to an application of their own means that.
    ///
    /// # Errors
    /// Where there are several, or none in a table that is not a file of one's own.
    pub(super) fn only(&self, place: &Place) -> anyhow::Result<AppKey> {
        let all = self.all(place)?;
        match all.as_slice() {
            [only] => Ok(only.clone()),
            several => bail!(
                "which application? the table knows {}: {}\nhint: give --app KEY, or set \
                 SINCH_APPLICATION_KEY",
                several.len(),
                named(several.iter().map(AppKey::as_str))
            ),
        }
    }

    /// All that gates serve, or else all that have a policy; without any other, that of the samples.
    ///
    /// # Errors
    /// Where there are none in a table that is not a file of one's own.
    pub(super) fn all(&self, place: &Place) -> anyhow::Result<Vec<AppKey>> {
        let own = |of: &BTreeSet<AppKey>| -> Vec<AppKey> {
            of.iter().filter(|app| app.as_str() != SAMPLE_KEY).cloned().collect()
        };
        let served = own(&self.served);
        let own = if served.is_empty() { own(&self.known) } else { served };
        if !own.is_empty() {
            return Ok(own);
        }
        let samples: AppKey = SAMPLE_KEY.parse()?;
        if self.contains(&samples) || place.is_file() {
            return Ok(vec![samples]);
        }
        bail!("which application? no gate has begun to serve one from this table yet\nhint: give --app KEY")
    }

    /// Every one in which a verification may be recorded: that of the samples too, unless gates serve others
    /// only.
    ///
    /// # Errors
    /// Where there are none in a table that is not a file of one's own.
    pub(super) fn every(&self, place: &Place) -> anyhow::Result<Vec<AppKey>> {
        let is_served = self.served.iter().any(|app| app.as_str() != SAMPLE_KEY);
        let samples = (!is_served && place.is_file()).then(|| SAMPLE_KEY.parse()).transpose()?;
        let every: BTreeSet<AppKey> = self.known.iter().cloned().chain(samples).collect();
        if every.is_empty() { self.all(place) } else { Ok(every.into_iter().collect()) }
    }

    /// The application as the table writes it, or as it was given.
    pub(super) fn same(&self, given: &AppKey) -> AppKey {
        let exact = self.known.get(given);
        exact.or_else(|| self.known.iter().find(|known| is_same(known, given))).unwrap_or(given).clone()
    }

    /// The application that was given, as the table writes it. As long as no gate has noted which ones it
    /// serves, nothing can be said against one that is not much like another.
    ///
    /// # Errors
    /// Where the table knows others only.
    pub(super) fn find(&self, given: &AppKey) -> anyhow::Result<AppKey> {
        let app = self.same(given);
        if self.contains(&app) || self.served.is_empty() && self.near(given).is_none() {
            return Ok(app);
        }
        let help = self.help_with(given).unwrap_or_default();
        Err(anyhow!("the table knows nothing of application {given}\nhint: {help}"))
    }

    /// The application whose key differs least from the one that was given, if it may be meant.
    fn near(&self, given: &AppKey) -> Option<&str> {
        nearest(given.as_str(), self.known.iter().map(AppKey::as_str))
    }

    /// What to say of an application that is not among them, where nothing was found of it either; `None`
    /// where it is.
    pub(super) fn unknown(&self, given: &AppKey) -> Option<String> {
        if self.contains(&self.same(given)) {
            return None;
        }
        let help = self.help_with(given).map(|help| format!("\nhint: {help}")).unwrap_or_default();
        Some(format!(
            "the table knows nothing of application {given}: no policy of its own, no gate that serves \
             it{help}"
        ))
    }

    /// What may be meant by an application that is not among them; `None` where there are none.
    pub(super) fn help_with(&self, given: &AppKey) -> Option<String> {
        let known = self.known.iter().map(AppKey::as_str);
        match nearest(given.as_str(), known.clone()) {
            Some(near) => Some(format!("did you mean --app {near}?")),
            None => (!self.known.is_empty())
                .then(|| format!("choose from those that are known: {}", named(known))),
        }
    }
}

/// Says so where an application that is asked for is not one that the table knows. The command goes on, since
/// the table may hold records of one that no gate serves any more.
///
/// # Errors
/// Where the store fails.
pub(super) async fn warn_of_unknown(store: &Store, app: Option<&AppKey>) -> Result<(), StoreError> {
    if let Some(app) = app
        && let Err(unknown) = Applications::of(store).await?.find(app)
    {
        output::message(&format!("warning: {unknown}"));
    }
    Ok(())
}

/// The scope that was given, as the table writes it, for a command that changes something there.
///
/// # Errors
/// Where the table knows other applications only, unless the command is to go on `anyway`; or where the store
/// fails.
pub(super) async fn scope_in(store: &Store, given: &AppScope, anyway: bool) -> anyhow::Result<AppScope> {
    let AppScope::One(app) = given else { return Ok(AppScope::All) };
    let known = Applications::of(store).await?;
    if anyway {
        return Ok(AppScope::One(known.same(app)));
    }
    if known.served.is_empty() && known.find(app).is_ok_and(|app| !known.contains(&app)) {
        bail!(
            "nothing changed: no gate has begun to serve application {app} from this table yet, nor any \
             other, so its key cannot be compared\n\
             hint: where it is right, go on with --anyway"
        );
    }
    match known.find(app) {
        Ok(app) => Ok(AppScope::One(app)),
        Err(unknown) => bail!("nothing changed: {unknown}\nhint: where it is right, go on with --anyway"),
    }
}

/// Whether two keys are meant for one: they are compared exactly, but nobody means another application where
/// only the case of letters differs.
pub(super) fn is_same(one: &AppKey, other: &AppKey) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

/// The first of some names, and whether there are more.
pub(super) fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    let more = if names.len() > MOST_NAMED { " and others" } else { "" };
    names.truncate(MOST_NAMED);
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(keys: &[&str]) -> Applications {
        let known: BTreeSet<AppKey> = keys.iter().map(|key| key.parse().unwrap()).collect();
        Applications { served: known.clone(), known }
    }

    /// The application that is meant where this was given, or what is said instead.
    fn meant(of: &[&str], given: Option<&str>) -> String {
        let place = Place::default();
        let found = match given {
            Some(given) => known(of).find(&given.parse().unwrap()),
            None => known(of).only(&place),
        };
        found.map_or_else(|error| error.to_string(), |app| app.to_string())
    }

    #[test]
    fn the_only_application_is_meant_and_of_several_none() {
        assert_eq!(meant(&["shop"], None), "shop");
        assert_eq!(meant(&[SAMPLE_KEY], None), SAMPLE_KEY);
        assert_eq!(meant(&[SAMPLE_KEY, "shop"], None), "shop", "nobody means the samples any more");
        let asks = "which application? the table knows 2: app-1, app-2\n\
                    hint: give --app KEY, or set SINCH_APPLICATION_KEY";
        assert_eq!(meant(&["app-1", "app-2", SAMPLE_KEY], None), asks);
        assert!(meant(&[], None).ends_with("hint: give --app KEY"));
    }

    #[test]
    fn an_application_is_known_in_any_case_and_a_wrong_one_is_set_beside_those_that_are() {
        assert_eq!(meant(&["5F2A-app"], Some("5f2a-APP")), "5F2A-app");
        assert_eq!(meant(&["app", "APP"], Some("APP")), "APP", "exactly, where there is such a one");
        let begin = "the table knows nothing of application shop-app\nhint: ";
        let says = |of: &[&str]| meant(of, Some("shop-app"));
        assert_eq!(says(&["other", "SHOP-ap"]), format!("{begin}did you mean --app SHOP-ap?"));
        assert_eq!(
            says(&["1", "2", "3", "4", "5", "6"]),
            format!("{begin}choose from those that are known: 1, 2, 3, 4, 5 and others")
        );
        assert_eq!(says(&[]), "shop-app", "a table that knows none says nothing against it");
        let unserved = |key: &str| {
            let unserved = Applications { served: BTreeSet::new(), ..known(&["shop-ap"]) };
            unserved.find(&key.parse().unwrap()).is_ok()
        };
        assert!(meant(&[SAMPLE_KEY], Some("shop-app")).ends_with(SAMPLE_KEY), "the samples are known too");
        assert!(unserved("another") && !unserved("shop-app"), "only a likely mistake is one");
    }
}
