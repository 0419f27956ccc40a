//! The policies in force, as this process knows them.
//!
//! They are loaded while the process starts and refreshed beside other I/O, never in front of it: a decision
//! uses what is in memory, and the decision after it what was loaded meanwhile.

mod fallback;
mod known;
mod schedule;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::notice::PolicyNews;
use crate::policy::Policy;
use crate::signature::{AppKey, AppScope};
use crate::store::{PrefixLengths, Store, StoreError};
use crate::verdict::Verdict;

use fallback::Fallback;
use known::{Found, Known, has_news};

/// A policy in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The compiled policy.
    pub policy: Arc<Policy>,
    /// What it is called in records and logs: `v12`; `starter` or `fallback`, which are built in; or the file
    /// it was read from.
    pub name: Arc<str>,
    /// The lengths of the list prefixes in use.
    pub lengths: Arc<PrefixLengths>,
    /// Its number in the table; 0 where it is not from there.
    pub version: u64,
    /// Whose it is: an application's own, or that of all.
    pub app: AppScope,
    /// When the table last confirmed it; before that, when it was first asked. `None` where it never was.
    pub confirmed: Option<Timestamp>,
}

impl InForce {
    /// How long ago the table confirmed it.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        // Either way: a moment that is ahead comes from a clock that has been set back since, and a zero
        // would hide that nothing was confirmed after that.
        self.confirmed.map_or(Duration::ZERO, |confirmed| now.duration_since(confirmed).unsigned_abs())
    }
}

/// The very same policy, and the same prefix lengths.
impl PartialEq for InForce {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.policy, &other.policy) && self.lengths == other.lengths
    }
}

/// The policies of all applications.
#[derive(Debug)]
pub struct Policies {
    /// Those whose own policies are asked for; an application without one follows that of all.
    apps: Vec<AppKey>,
    ttl: SignedDuration,
    /// What is in force where none was loaded.
    fallback: Fallback,
    /// Whether the fallback is in force whatever the table holds.
    pinned: bool,
    /// Shared with what compiles, which may outlast the refresh that began it.
    known: Arc<Mutex<Known>>,
}

impl Policies {
    /// Policies from the table, and the built-in starter policy until one has been loaded.
    #[must_use]
    pub fn from_table(apps: Vec<AppKey>, ttl: Duration) -> Self {
        Self::with(apps, ttl, Fallback::built_in(None), false)
    }

    /// The same, but with one verdict for everything, in place of the starter policy, until one has been
    /// loaded; `None` leaves that as it is.
    #[must_use]
    pub fn until_loaded(self, verdict: Option<Verdict>) -> Self {
        match verdict {
            None => self,
            Some(_) => Self { fallback: Fallback::built_in(verdict), ..self },
        }
    }

    /// One policy for all, whatever the table holds; `name` says where it came from.
    #[must_use]
    pub fn pinned(policy: Policy, name: &str, ttl: Duration) -> Self {
        Self::with(Vec::new(), ttl, Fallback::given(policy, name), true)
    }

    fn with(apps: Vec<AppKey>, ttl: Duration, fallback: Fallback, pinned: bool) -> Self {
        let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        Self { apps, ttl, fallback, pinned, known: Arc::default() }
    }

    /// The policy for an application.
    #[must_use]
    pub fn current(&self, app: &AppKey) -> InForce {
        let known = lock(&self.known);
        let lengths = Arc::clone(&known.lengths);
        let own = AppScope::One(app.clone());
        let own = known.stored.get_key_value(&own).or_else(|| known.stored.get_key_value(&AppScope::All));
        if let Some((app, compiled)) = own {
            return InForce {
                policy: Arc::clone(&compiled.policy),
                name: Arc::clone(&compiled.name),
                lengths,
                version: compiled.version,
                app: app.clone(),
                confirmed: compiled.confirmed,
            };
        }
        let confirmed = known.confirmed;
        // The fallback may have to be compiled first, and nobody should wait for that who does not need it.
        drop(known);
        let (policy, name) = (self.fallback.policy(), Arc::clone(&self.fallback.name));
        InForce { policy, name, lengths, version: 0, app: AppScope::All, confirmed }
    }

    /// The most writes that any of these applications' decisions makes at once.
    pub(super) fn most_writes(&self, apps: &[AppKey]) -> usize {
        apps.iter().map(|app| self.current(app).policy.most_writes()).max().unwrap_or(1)
    }

    /// Whether a refresh is due.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        lock(&self.known).schedule.is_due(self.ttl, now)
    }

    /// Loads what is due. Concurrent callers do not repeat it: the first one moves the due time on.
    ///
    /// A new policy is compiled on a thread of its own, so that decisions go on by the old one. It comes into
    /// force even where the caller no longer waits.
    ///
    /// # Errors
    /// Where the store fails; what was in force stays in force.
    pub async fn refresh(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let Some(load) = lock(&self.known).begin(self.ttl, now) else { return Ok(()) };
        let loaded = store.policies().load(&self.apps).await?;
        let before = {
            let mut known = lock(&self.known);
            known.schedule.put_off(self.ttl, now);
            known.stored.clone()
        };
        if self.pinned {
            lock(&self.known).take_up(load, Found::lengths_only(loaded), now);
            return Ok(());
        }
        let has_news = has_news(&loaded, &before);
        let known = Arc::clone(&self.known);
        let take_up = move || {
            let found = Found::of(loaded, &before, now);
            lock(&known).take_up(load, found, now);
        };
        if !has_news {
            take_up();
        } else if let Err(error) = tokio::task::spawn_blocking(take_up).await {
            PolicyNews::NotCompiled { error: &error }.log();
        }
        Ok(())
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
