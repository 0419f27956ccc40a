//! The history of policies: every version that was ever stored, and whose policies there are.
//!
//! Only the operator's tool asks for it; a function knows what is in force and nothing else.

use aws_sdk_dynamodb::types::AttributeValue;

use super::attribute::text_of;
use super::expression::Placeholders;
use super::key::pair;
use super::policy::{ActivePolicy, VERSIONS, partition, read};
use super::{Store, StoreError};

/// The partition and sort key of the names of all applications that have a history.
const APPLICATIONS_KEY: (&str, &str) = ("POLICY#*", "APPS");

/// What that item holds them in.
const APPLICATIONS: &str = "apps";

/// What is known of the policies of one application, or of the one for all (`*`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyHistory {
    /// The version in force.
    pub in_force: Option<u64>,
    /// Every version, newest first. One that lost against another at the same moment is among them.
    pub versions: Vec<ActivePolicy>,
}

impl PolicyHistory {
    /// One version.
    #[must_use]
    pub fn version(&self, version: u64) -> Option<&ActivePolicy> {
        self.versions.iter().find(|stored| stored.version == version)
    }

    /// The versions that are or were in force, newest first: each names the one that it replaced.
    pub fn was_in_force(&self) -> impl Iterator<Item = u64> {
        let before = |version: &u64| self.version(*version)?.replaces.filter(|before| before < version);
        std::iter::successors(self.in_force, before)
    }
}

impl Store {
    /// The history of an application's policies, or of those for all (`*`), as it stands at this moment.
    ///
    /// # Errors
    /// Where the store fails, or a version cannot be read.
    pub async fn policy_history(&self, app: &str) -> Result<PolicyHistory, StoreError> {
        let mut history = PolicyHistory::default();
        for item in self.query_partition(&partition(app)).await? {
            match text_of(&item, "sk") {
                Ok("ACTIVE") => history.in_force = Some(read(&item)?.version),
                Ok(sk) if sk.starts_with(VERSIONS) => history.versions.push(read(&item)?),
                _ => {}
            }
        }
        history.versions.reverse();
        Ok(history)
    }

    /// The policy in force for an application, or for all (`*`), as it is at this moment.
    ///
    /// # Errors
    /// Where the store fails, or the policy cannot be read.
    pub async fn active_policy(&self, app: &str) -> Result<Option<ActivePolicy>, StoreError> {
        let key = pair(&partition(app), "ACTIVE");
        let reply = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await?;
        reply.item.as_ref().map(read).transpose()
    }

    /// The applications that have a history, in the order of their keys; `*` is the policy for all others.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn policy_applications(&self) -> Result<Vec<String>, StoreError> {
        let key = [(APPLICATIONS_KEY.0.to_owned(), APPLICATIONS_KEY.1.to_owned())];
        let found = self.get_batch(&key).await?;
        let names = found.first().and_then(|item| item.get(APPLICATIONS)?.as_ss().ok());
        let mut names = names.cloned().unwrap_or_default();
        names.sort();
        Ok(names)
    }

    /// Notes that an application has a history.
    pub(super) async fn add_application(&self, app: &str) -> Result<(), StoreError> {
        let mut p = Placeholders::default();
        let names = p.name(APPLICATIONS);
        let name = p.value(AttributeValue::Ss(vec![app.to_owned()]));
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(pair(APPLICATIONS_KEY.0, APPLICATIONS_KEY.1)))
            .update_expression(format!("ADD {names} {name}"))
            .set_expression_attribute_names(p.names())
            .set_expression_attribute_values(p.values())
            .send()
            .await?;
        Ok(())
    }
}
