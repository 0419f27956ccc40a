//! The history of policies: every version that was ever stored, and whose policies there are.
//!
//! Only the operator's tool asks for it; a function knows what is in force and nothing else.

use std::collections::BTreeMap;

use super::{ActivePolicy, PolicyItems, StoredPolicies, read};
use crate::signature::{AppKey, AppScope};
use crate::store::StoreError;
use crate::store::expression::Update;
use crate::store::form::texts;
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

/// What was in force, as somebody sees it who takes changes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The versions to go back through, oldest first; the text of the last one is in force.
    kept: Vec<u64>,
    /// The versions that were taken back, each with the one that did it.
    pub rolled_back: BTreeMap<u64, u64>,
}

impl Timeline {
    /// The version before the one that is in force, leaving out what was taken back; `None` where there is
    /// none.
    #[must_use]
    pub fn before(&self) -> Option<u64> {
        self.kept.iter().rev().nth(1).copied()
    }
}

impl PolicyHistory {
    /// The number of the built-in starter policy, which is in force before the first version.
    pub const STARTER: u64 = 0;

    /// What was in force, with what was taken back left out: who goes back twice is two changes back, and
    /// not where he began.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        let mut kept = vec![Self::STARTER];
        let mut rolled_back = BTreeMap::new();
        let mut in_order: Vec<u64> = self.was_in_force().collect();
        in_order.reverse();
        for stored in in_order.into_iter().filter_map(|version| self.version(version)) {
            let text_of = stored.restores.unwrap_or(stored.version);
            match kept.iter().position(|version| *version == text_of) {
                Some(at) => {
                    let gone = kept.split_off(at + 1);
                    rolled_back.extend(gone.into_iter().map(|version| (version, stored.version)));
                }
                None => {
                    rolled_back.remove(&text_of);
                    kept.push(text_of);
                }
            }
        }
        Timeline { kept, rolled_back }
    }

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

    /// The version of this number among the policies of an application, and among those for all, as far as
    /// there are such.
    ///
    /// # Errors
    /// Where the store fails, or one of them cannot be read.
    pub async fn versions(
        self,
        app: &AppKey,
        version: u64,
    ) -> Result<Vec<(AppScope, ActivePolicy)>, StoreError> {
        let mut found = Vec::new();
        for scope in [AppScope::One(app.clone()), AppScope::All] {
            let key = ItemKey::of_policy_version(scope.as_str(), version);
            if let Some(item) = self.table.get(&key).await? {
                found.push((scope, read(&item)?));
            }
        }
        Ok(found)
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

    /// The policies in force of all applications that have a history, and the prefix lengths, in two trips.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn load_all(self) -> Result<StoredPolicies, StoreError> {
        let scopes = self.applications().await?;
        let apps: Vec<AppKey> = scopes.iter().filter_map(AppScope::app).cloned().collect();
        self.load(&apps).await
    }

    /// Notes that an application has a history.
    pub(super) async fn add_application(self, app: &AppScope) -> Result<(), StoreError> {
        let mut update = Update::default();
        update.add(APPLICATIONS, texts([app.as_str()].iter()));
        self.table.update(&ItemKey::of_applications(), update).send().await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// Versions from 1, each with the version whose text it brought back.
    fn timeline(restores: &[Option<u64>]) -> Timeline {
        let version = |(version, restores): (u64, &Option<u64>)| ActivePolicy {
            version,
            source: String::new(),
            author: String::new(),
            message: String::new(),
            applied_at: Timestamp::UNIX_EPOCH,
            replaces: (version > 1).then(|| version - 1),
            restores: *restores,
        };
        let mut versions: Vec<ActivePolicy> = (1..).zip(restores).map(version).collect();
        versions.reverse();
        PolicyHistory { in_force: versions.first().map(|newest| newest.version), versions }.timeline()
    }

    #[track_caller]
    fn check(restores: &[Option<u64>], before: Option<u64>, rolled_back: &[(u64, u64)]) {
        let timeline = timeline(restores);
        assert_eq!(timeline.before(), before);
        assert_eq!(timeline.rolled_back, rolled_back.iter().copied().collect());
    }

    #[test]
    fn each_step_back_goes_further_back() {
        check(&[], None, &[]);
        check(&[None], Some(0), &[]);
        check(&[None, None], Some(1), &[]);
        // Back to 1: what was bad is not where the next step leads.
        check(&[None, None, Some(1)], Some(0), &[(2, 3)]);
        check(&[None, None, None, Some(2), Some(1)], Some(0), &[(3, 4), (2, 5)]);
        check(&[None, None, None, Some(1)], Some(0), &[(3, 4), (2, 4)]);
        check(&[None, Some(0)], None, &[(1, 2)]);
    }

    #[test]
    fn what_comes_after_a_step_back_can_be_taken_back_by_itself() {
        check(&[None, None, Some(1), None], Some(1), &[(2, 3)]);
        // Forward again to 2, which is not rolled back any more.
        check(&[None, None, Some(1), Some(2)], Some(1), &[]);
        // A text that was applied again, rather than gone back to, is a change like any other.
        check(&[None, None, None, None], Some(3), &[]);
    }
}
