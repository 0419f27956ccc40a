//! Policies: immutable, numbered versions, and one item that says which is in force.
//!
//! A version holds the text as its author wrote it. It is compiled where it is used, by the code that also
//! checks it before it is stored, so there is one form of a policy and nothing to drift apart.

mod history;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use history::{PolicyHistory, Timeline};

use super::attribute::{Item, number, number_of, text, text_of};
use super::key::{ItemKey, VERSIONS, app_of_policies, partition_of_policies};
use super::list::{PrefixLengths, read_lengths};
use super::{StoreError, Table, Written};
use crate::signature::{AppKey, AppScope};

/// A policy that is or was in force for one application, or for all (`*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivePolicy {
    /// Its number, from 1.
    pub version: u64,
    /// Its text, TOML.
    pub source: String,
    /// Who put it in force.
    pub author: String,
    /// Why.
    pub message: String,
    /// When.
    pub applied_at: Timestamp,
    /// The version that was in force before it; `None` for the first.
    pub replaces: Option<u64>,
    /// The version whose text it brought back, [`PolicyHistory::STARTER`] for the built-in one; `None` where
    /// it came from a file.
    pub restores: Option<u64>,
}

/// All that a gate needs to know about policies and lists, read in one trip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPolicies {
    /// By whose they are.
    pub active: BTreeMap<AppScope, ActivePolicy>,
    /// Whose policy is there but cannot be read, and why.
    pub unreadable: BTreeMap<AppScope, String>,
    /// The prefix lengths in use.
    pub lengths: PrefixLengths,
}

impl StoredPolicies {
    /// The policy that an application follows: its own, or else that of all. `None` where neither was ever
    /// applied, so that the built-in one is in force.
    ///
    /// # Errors
    /// Where that policy cannot be read, with the reason.
    pub fn for_app(&self, app: &AppKey) -> Result<Option<&ActivePolicy>, &str> {
        for whose in [&AppScope::One(app.clone()), &AppScope::All] {
            if let Some(problem) = self.unreadable.get(whose) {
                return Err(problem);
            }
            if let Some(active) = self.active.get(whose) {
                return Ok(Some(active));
            }
        }
        Ok(None)
    }

    /// Whether one stands in the table for all applications, though it may not be readable. Where none does,
    /// the starter policy is in force.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn has_one_for_all(&self) -> bool {
        self.active.contains_key(&AppScope::All) || self.unreadable.contains_key(&AppScope::All)
    }
}

/// A policy to put in force.
#[derive(Clone, Debug)]
pub struct NewVersion<'a> {
    /// The application, or all that have no policy of their own.
    pub app: &'a AppScope,
    /// The version that its author had in mind as the one in force; `None` for the first.
    pub replaces: Option<u64>,
    /// The version whose text is brought back, [`PolicyHistory::STARTER`] for the built-in one.
    pub restores: Option<u64>,
    /// The text, TOML, checked already.
    pub source: &'a str,
    /// Who puts it in force.
    pub author: &'a str,
    /// Why.
    pub message: &'a str,
}

/// How often a number is looked for while others take numbers.
const TRIES: u32 = 20;

/// The policies in a table.
#[derive(Clone, Copy, Debug)]
pub struct PolicyItems<'a> {
    table: &'a Table,
}

impl<'a> PolicyItems<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self { table }
    }

    /// Reads the policies in force and the prefix lengths, in one trip.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn load(self, apps: &[AppKey]) -> Result<StoredPolicies, StoreError> {
        let own = apps.iter().map(AppKey::as_str);
        let scopes = own.chain([AppScope::All.as_str()]);
        let mut keys: Vec<ItemKey> = scopes.map(ItemKey::of_active_policy).collect();
        keys.push(ItemKey::of_lists());
        let mut policies = StoredPolicies::default();
        for item in self.table.get_batch(&keys).await? {
            if ItemKey::of_lists().is_of(&item) {
                policies.lengths = read_lengths(&item);
                continue;
            }
            let ItemKey { pk, .. } = ItemKey::of(&item);
            // Only what was asked for comes back, and that has the name of a scope.
            let Some(Ok(app)) = app_of_policies(&pk).map(str::parse::<AppScope>) else { continue };
            match read(&item) {
                Ok(policy) => policies.active.insert(app, policy).map(|_| ()),
                Err(error) => policies.unreadable.insert(app, error.to_string()).map(|_| ()),
            };
        }
        Ok(policies)
    }

    /// Stores a policy as the next version and puts it in force; gives its number.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where another policy is in force than the author had in mind; or where the
    /// store fails.
    pub async fn apply(self, new: &NewVersion<'_>, now: Timestamp) -> Result<u64, StoreError> {
        self.add_application(new.app).await?;
        // The version first: were it the other way round, a failure between the two would leave a policy in
        // force that the history does not know. A number is used once, even if it never comes into force.
        let version = self.store_version(new, now).await?;
        match self.put(new, version, &ItemKey::of_active_policy(new.app.as_str()), new.replaces, now).await? {
            Written::Done(_) => Ok(version),
            // Its reply was lost, and the SDK tried again: nobody else has the number.
            Written::Refused(Some(other)) if other.version == version => Ok(version),
            Written::Refused(other) => Err(StoreError::Conflict(other.map_or_else(
                || "no policy is in force any more; apply it again".to_owned(),
                |policy| {
                    format!(
                        "version {} was put in force meanwhile, at {} by {}: “{}”; look at it, then apply \
                         again",
                        policy.version, policy.applied_at, policy.author, policy.message
                    )
                },
            ))),
        }
    }

    /// Stores a policy under the next number that is free.
    async fn store_version(self, new: &NewVersion<'_>, now: Timestamp) -> Result<u64, StoreError> {
        for _ in 0..TRIES {
            let version = self.latest_version(new.app).await? + 1;
            match self
                .put(new, version, &ItemKey::of_policy_version(new.app.as_str(), version), None, now)
                .await?
            {
                Written::Done(_) => return Ok(version),
                // Somebody else took the number; whether theirs comes into force is not known yet.
                Written::Refused(_) => {}
            }
        }
        Err(StoreError::Conflict("too many others apply policies at this moment; apply it again".to_owned()))
    }

    async fn latest_version(self, app: &AppScope) -> Result<u64, StoreError> {
        let versions = self.table.beginning_with(&partition_of_policies(app.as_str()), VERSIONS);
        let reply = versions.scan_index_forward(false).limit(1).send().await?;
        reply.items().first().map_or(Ok(0), |item| read(item).map(|policy| policy.version))
    }

    /// Puts a policy's item, where there is none (`replaces` is `None`) or in the place of that version.
    /// Gives the policy that stands in its way, if any does.
    async fn put(
        self,
        new: &NewVersion<'_>,
        version: u64,
        key: &ItemKey,
        replaces: Option<u64>,
        now: Timestamp,
    ) -> Result<Written<Option<ActivePolicy>>, StoreError> {
        let mut item = key.attributes();
        item.insert("version".to_owned(), number(version));
        item.insert("source".to_owned(), text(new.source));
        item.insert("author".to_owned(), text(new.author));
        item.insert("message".to_owned(), text(new.message));
        item.insert("applied_at".to_owned(), number(now.as_second()));
        item.extend(new.replaces.map(|replaced| ("replaces".to_owned(), number(replaced))));
        item.extend(new.restores.map(|restored| ("restores".to_owned(), number(restored))));
        let put = self.table.put_if(item, |request| match replaces {
            None => request.condition_expression("attribute_not_exists(pk)"),
            Some(replaces) => request
                .condition_expression("#version = :replaces")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":replaces", number(replaces)),
        });
        put.await?.read(|item| (!item.is_empty()).then(|| read(&item)).transpose())
    }
}

fn read(item: &Item) -> Result<ActivePolicy, StoreError> {
    let of_item = |name| text_of(item, name).map(str::to_owned);
    let version_of = |name| item.contains_key(name).then(|| number_of(item, name)).transpose();
    let read = || {
        let applied_at = number_of(item, "applied_at")?;
        Ok(ActivePolicy {
            version: number_of(item, "version")?,
            source: of_item("source")?,
            author: of_item("author")?,
            message: of_item("message")?,
            applied_at: Timestamp::from_second(applied_at).map_err(|_| "`applied_at` is out of range")?,
            replaces: version_of("replaces")?,
            restores: version_of("restores")?,
        })
    };
    read().map_err(|problem: String| StoreError::unreadable(&ItemKey::of(item), problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_follows_its_own_policy_or_else_that_of_all() {
        let active = |version| ActivePolicy {
            version,
            source: String::new(),
            author: String::new(),
            message: String::new(),
            applied_at: Timestamp::UNIX_EPOCH,
            replaces: None,
            restores: None,
        };
        let mut stored = StoredPolicies::default();
        let [own, other]: [AppKey; 2] =
            ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
                .map(|key| key.parse().unwrap());
        assert_eq!(stored.for_app(&own), Ok(None));
        stored.unreadable.insert(AppScope::All, "broken".to_owned());
        stored.active.insert(AppScope::One(own.clone()), active(7));
        assert_eq!(stored.for_app(&own), Ok(Some(&active(7))));
        assert_eq!(stored.for_app(&other), Err("broken"));
        stored.unreadable.insert(AppScope::One(own.clone()), "torn".to_owned());
        assert_eq!(stored.for_app(&own), Err("torn"));
        stored.unreadable.remove(&AppScope::All);
        stored.active.insert(AppScope::All, active(3));
        assert_eq!(stored.for_app(&other), Ok(Some(&active(3))));
    }
}
