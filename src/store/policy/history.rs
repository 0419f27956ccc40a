//! The history of policies: every version that was ever stored, and whose policies there are.
//!
//! Only the operator's tool asks for it; a function knows what is in force and nothing else.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{ActivePolicy, PolicyItems, read};
use crate::signature::AppScope;
use crate::store::StoreError;
use crate::store::expression::Update;
use crate::store::key::{ItemKey, VERSIONS, partition_of_policies};

/// What the item of all applications holds their names in.
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

impl PolicyItems<'_> {
    /// The history of an application's policies, or of those for all (`*`), as it stands at this moment.
    ///
    /// # Errors
    /// Where the store fails, or a version cannot be read.
    pub async fn history(self, app: &AppScope) -> Result<PolicyHistory, StoreError> {
        let in_force = ItemKey::of_active_policy(app.as_str());
        let mut history = PolicyHistory::default();
        for item in self.table.query(&partition_of_policies(app.as_str())).await? {
            if in_force.is_of(&item) {
                history.in_force = Some(read(&item)?.version);
            } else if ItemKey::of(&item).sk.starts_with(VERSIONS) {
                history.versions.push(read(&item)?);
            }
        }
        history.versions.reverse();
        Ok(history)
    }

    /// The policy in force for an application, or for all (`*`), as it is at this moment.
    ///
    /// # Errors
    /// Where the store fails, or the policy cannot be read.
    pub async fn active(self, app: &AppScope) -> Result<Option<ActivePolicy>, StoreError> {
        self.table.get(&ItemKey::of_active_policy(app.as_str())).await?.as_ref().map(read).transpose()
    }

    /// The applications that have a history, in the order of their keys, the policy for all others first. A
    /// name that is not an application key is left out, since it may be a secret that was given in its place.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn applications(self) -> Result<Vec<AppScope>, StoreError> {
        let found = self.table.get_batch(&[ItemKey::of_applications()]).await?;
        let names = found.first().and_then(|item| item.get(APPLICATIONS)?.as_ss().ok());
        let mut apps: Vec<AppScope> =
            names.into_iter().flatten().filter_map(|name| name.parse().ok()).collect();
        apps.sort();
        Ok(apps)
    }

    /// Notes that an application has a history.
    pub(super) async fn add_application(self, app: &AppScope) -> Result<(), StoreError> {
        let mut update = Update::default();
        update.add(APPLICATIONS, AttributeValue::Ss(vec![app.to_string()]));
        self.table.update(&ItemKey::of_applications(), &update).send().await.map(|_| ())
    }
}
