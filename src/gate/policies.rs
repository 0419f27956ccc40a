//! The policies in force, as this process knows them.
//!
//! They are loaded while the process starts and refreshed beside other I/O, never in front of it: a decision
//! uses what is in memory, and the decision after it what was loaded meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::policy::Policy;
use crate::store::{ActivePolicy, PrefixLengths, Store, StoreError, StoredPolicies};

/// How soon a load that failed is tried again.
const RETRY: SignedDuration = SignedDuration::from_secs(1);

/// A policy in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The compiled policy.
    pub policy: Arc<Policy>,
    /// What it is called in records and logs: `v12`, `starter`, or the file it was read from.
    pub name: Arc<str>,
    /// The lengths of the list prefixes in use.
    pub lengths: Arc<PrefixLengths>,
    /// Its number in the table; 0 where it is not from there.
    pub version: u64,
    /// Whose it is: an application's own, or of all (`*`).
    pub app: Arc<str>,
    /// When the table last confirmed it; before that, when it was first asked. `None` where it never was.
    pub confirmed: Option<Timestamp>,
}

impl InForce {
    /// How long ago the table confirmed it.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        let age = self.confirmed.map(|confirmed| now.duration_since(confirmed));
        // Clocks of concurrent callbacks may be a little apart.
        age.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default()
    }
}

/// The same version, and so the same policy; and the same prefix lengths.
impl PartialEq for InForce {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.lengths == other.lengths
    }
}

/// The policies of all applications.
#[derive(Debug)]
pub struct Policies {
    /// Asked for by name; an application without a policy of its own follows `*`.
    apps: Vec<String>,
    ttl: SignedDuration,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    /// What is in force where the table holds no policy.
    fallback: Compiled,
    /// Whether the fallback is in force whatever the table holds.
    pinned: bool,
    /// By application key, or `*`.
    stored: HashMap<String, Compiled>,
    lengths: Arc<PrefixLengths>,
    /// When the next refresh is due; `None` until the first load.
    due: Option<Timestamp>,
}

impl Known {
    fn is_due(&self, now: Timestamp) -> bool {
        self.due.is_none_or(|due| now >= due)
    }
}

#[derive(Clone, Debug)]
struct Compiled {
    policy: Arc<Policy>,
    name: Arc<str>,
    version: u64,
    confirmed: Option<Timestamp>,
}

impl Compiled {
    /// A policy that is not from the table.
    fn local(policy: Policy, name: &str) -> Self {
        Self { policy: Arc::new(policy), name: name.into(), version: 0, confirmed: None }
    }
}

impl Policies {
    /// Policies from the table, and the built-in starter policy until one has been loaded.
    #[must_use]
    pub fn from_table(apps: Vec<String>, ttl: Duration) -> Self {
        Self::with(apps, ttl, Compiled::local(Policy::starter(), "starter"), false)
    }

    /// One policy for all, whatever the table holds; `name` tells where it came from.
    #[must_use]
    pub fn pinned(policy: Policy, name: &str, ttl: Duration) -> Self {
        Self::with(Vec::new(), ttl, Compiled::local(policy, name), true)
    }

    fn with(apps: Vec<String>, ttl: Duration, fallback: Compiled, pinned: bool) -> Self {
        let known = Known { fallback, pinned, stored: HashMap::new(), lengths: Arc::default(), due: None };
        let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        Self { apps, ttl, known: Mutex::new(known) }
    }

    /// The policy for an application.
    #[must_use]
    pub fn current(&self, app: &str) -> InForce {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let own = known.stored.get_key_value(app).or_else(|| known.stored.get_key_value("*"));
        let (app, compiled) = own.map_or(("*", &known.fallback), |(app, compiled)| (app, compiled));
        InForce {
            version: compiled.version,
            app: app.into(),
            confirmed: compiled.confirmed,
            policy: Arc::clone(&compiled.policy),
            name: Arc::clone(&compiled.name),
            lengths: Arc::clone(&known.lengths),
        }
    }

    /// Whether a refresh is due.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).is_due(now)
    }

    /// Loads what is due. Concurrent callers do not repeat it: the first one moves the due time on.
    ///
    /// # Errors
    /// Where the store fails; what was in force stays in force.
    pub async fn refresh(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.is_due(now) {
                return Ok(());
            }
            // Should this load fail or be given up, the next one is soon.
            known.due = now.checked_add(RETRY).ok();
            known.fallback.confirmed.get_or_insert(now);
        }
        let loaded = store.load_policies(&self.apps).await?;
        self.install(loaded, now);
        Ok(())
    }

    fn install(&self, loaded: StoredPolicies, now: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.due = now.checked_add(self.ttl).ok();
        known.lengths = Arc::new(loaded.lengths);
        if known.pinned || loaded.active.is_empty() && loaded.unreadable.is_empty() {
            known.fallback.confirmed = Some(now);
        }
        if known.pinned {
            return;
        }
        let mut stored = HashMap::new();
        for (app, active) in &loaded.active {
            stored
                .extend(compile(active, known.stored.get(app), now).map(|compiled| (app.clone(), compiled)));
        }
        for (app, problem) in &loaded.unreadable {
            tracing::error!(app, problem, "stored policy cannot be read; the one before it stays in force");
            stored.extend(known.stored.get(app).map(|known| (app.clone(), known.clone())));
        }
        known.stored = stored;
    }
}

/// Compiles a stored policy. One that does not compile never replaces a good one; it can only be there
/// because something other than this version's tool has written it, and what stays in force is not confirmed.
fn compile(active: &ActivePolicy, known: Option<&Compiled>, now: Timestamp) -> Option<Compiled> {
    let name = format!("v{}", active.version);
    if let Some(known) = known
        && *known.name == *name
    {
        return Some(Compiled { confirmed: Some(now), ..known.clone() });
    }
    match Policy::compile(&active.source) {
        Ok(compiled) => {
            tracing::info!(policy = name, "policy in force");
            let policy = Arc::new(compiled.policy);
            Some(Compiled { policy, name: name.into(), version: active.version, confirmed: Some(now) })
        }
        Err(problems) => {
            let first = problems.first().map(ToString::to_string);
            tracing::error!(
                policy = name,
                problem = first,
                "stored policy cannot be read; the one before it stays in force"
            );
            known.cloned()
        }
    }
}
