//! Policies: immutable, numbered versions, and one item that says which is in force.
//!
//! A version holds the text as its author wrote it. It is compiled where it is used, by the code that also
//! checks it before it is stored, so there is one form of a policy and nothing to drift apart.

mod history;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use history::PolicyHistory;

use super::attribute::{Item, number, number_of, text, text_of};
use super::key::{ItemKey, VERSIONS, app_of_policies, partition_of_policies};
use super::list::{PrefixLengths, read_lengths};
use super::{StoreError, Table, Written};

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
}

/// All that a gate needs to know about policies and lists, read in one trip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPolicies {
    /// By application key, or `*`.
    pub active: BTreeMap<String, ActivePolicy>,
    /// Applications whose policy is there but cannot be read, and why.
    pub unreadable: BTreeMap<String, String>,
    /// The prefix lengths in use.
    pub lengths: PrefixLengths,
}

/// A policy to put in force.
#[derive(Clone, Debug)]
pub struct NewVersion<'a> {
    /// The application key, or `*` for all that have no policy of their own.
    pub app: &'a str,
    /// The version that its author had in mind as the one in force; `None` for the first.
    pub replaces: Option<u64>,
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
    pub async fn load(self, apps: &[String]) -> Result<StoredPolicies, StoreError> {
        // `*` is asked for in any case, and only once: DynamoDB refuses a key that is named twice.
        let own = apps.iter().map(String::as_str).filter(|app| *app != "*");
        let mut keys: Vec<ItemKey> = own.chain(["*"]).map(ItemKey::of_active_policy).collect();
        keys.push(ItemKey::of_lists());
        let mut policies = StoredPolicies::default();
        for item in self.table.get_batch(&keys).await? {
            if ItemKey::of_lists().is_of(&item) {
                policies.lengths = read_lengths(&item);
                continue;
            }
            let ItemKey { pk, .. } = ItemKey::of(&item);
            let app = app_of_policies(&pk).unwrap_or(&pk).to_owned();
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
        match self.put(new, version, &ItemKey::of_active_policy(new.app), new.replaces, now).await? {
            Written::Done(_) => Ok(version),
            // The write was done, but its reply was lost and the SDK tried again: the number is nobody
            // else's.
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
            match self.put(new, version, &ItemKey::of_policy_version(new.app, version), None, now).await? {
                Written::Done(_) => return Ok(version),
                // Somebody else took the number; whether theirs comes into force is not known yet.
                Written::Refused(_) => {}
            }
        }
        Err(StoreError::Conflict("too many others apply policies at this moment; apply it again".to_owned()))
    }

    async fn latest_version(self, app: &str) -> Result<u64, StoreError> {
        let reply = self
            .table
            .client
            .query()
            .table_name(self.table.name())
            .key_condition_expression("pk = :pk AND begins_with(sk, :versions)")
            .expression_attribute_values(":pk", text(partition_of_policies(app)))
            .expression_attribute_values(":versions", text(VERSIONS))
            .scan_index_forward(false)
            .limit(1)
            .consistent_read(true)
            .send()
            .await?;
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
    let read = || {
        let applied_at = number_of(item, "applied_at")?;
        Ok(ActivePolicy {
            version: number_of(item, "version")?,
            source: of_item("source")?,
            author: of_item("author")?,
            message: of_item("message")?,
            applied_at: Timestamp::from_second(applied_at).map_err(|_| "`applied_at` is out of range")?,
            replaces: item.contains_key("replaces").then(|| number_of(item, "replaces")).transpose()?,
        })
    };
    read().map_err(|problem: String| StoreError::unreadable(&ItemKey::of(item), problem))
}
