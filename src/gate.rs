//! The gate: what happens to an event, from the verified callback to the answer and the record.
//!
//! It knows neither HTTP nor attribute names. It joins the pure core (`policy`, `quota`) with the `store`,
//! and owns what a failure means: a verified request event is always answered, and in time.
//!
//! | file | what it is |
//! |---|---|
//! | `decide` | one request event, from the question to the answer: the script of the steps below |
//! | `handling` | what the steps of one handling share: the request, its keys |
//! | `deadlines` | how the budget of a decision is divided among its steps |
//! | `inquiry` | what a plan needs to know from the table, and what it would take there; pure |
//! | `ask` | step 1: lists, the number's past and the record, in one trip |
//! | `walk` | step 2: what the rules say with what is known; pure |
//! | `take` | step 3: quotas, attempt and record, in one trip |
//! | `settle`, `stand` | step 4: makes one decision stand; which one that is, is pure |
//! | `keep` | what follows for the attempt and the shares of a handling: they are kept, or given back |
//! | `happening` | results and deliveries |
//! | `reconcile` | what Sinch said when it was asked about results that never came |
//! | `release` | what an ended verification gives back to the quotas |
//! | `policies` | the policies in force, as this process knows them |
//! | `after_bug` | what is left to do where a bug stopped the handling |
//! | `recent` | the answers that were given last, for prompt repeats |
//! | `notice` | what is logged and counted |

mod after_bug;
mod ask;
mod copies;
mod deadlines;
mod decide;
mod final_by_age;
mod handling;
mod inquiry;
mod notice;
mod policies;
mod recent_answers;
#[cfg(feature = "cli")]
mod reconcile;
mod release;
mod result_and_delivery;
#[cfg(test)]
mod sample;
mod settle;
mod take;
mod undo;
mod walk;

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

#[cfg(feature = "cli")]
pub(crate) use final_by_age::decided_before;
#[cfg(feature = "cli")]
pub(crate) use inquiry::{Inquiry, ListStep, QuotaItem};
pub use policies::{InForce, Policies};
#[cfg(feature = "cli")]
pub(crate) use walk::{claims, walk};

use crate::event::{Event, Reference, VerificationId};
use crate::meter::Meter;
use crate::phone::PhoneNumber;
use crate::privacy::NumberPrivacy;
use crate::record::Subject;
use crate::signature::AppKey;
use crate::store::{Store, StoreError};
use notice::{Failed, Failure, UnknownEvent};

/// How long a decision may wait for newer policies that are loaded beside it.
const REFRESH_PATIENCE: Duration = Duration::from_millis(300);

/// A start may wait for the first policies for this part of a decision's budget, which is 300 ms where
/// nothing is configured, and never longer than this.
const PARTS_FOR_START: u32 = 5;
const START_PATIENCE: Duration = Duration::from_secs(5);

/// The most connections that are opened before the first decision.
const MOST_CONNECTIONS: usize = 10;

/// How the gate behaves, apart from its policy.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest that a decision may wait for the store (`DECISION_BUDGET`).
    pub budget: Duration,
    /// How long records are kept (`RECORD_RETENTION_DAYS`).
    pub retention: Duration,
    /// How numbers are stored (`NUMBER_PRIVACY`).
    pub privacy: NumberPrivacy,
}

impl Settings {
    /// The budget where nothing is configured.
    pub(crate) const BUDGET: Duration = Duration::from_millis(1_500);
    /// The retention in days where nothing is configured.
    pub(crate) const RETENTION_DAYS: u32 = 90;

    /// Those of a gate where nothing is configured, as it is replayed.
    #[cfg(feature = "cli")]
    pub(crate) fn unconfigured() -> Self {
        Self {
            budget: Self::BUDGET,
            retention: Duration::from_secs(86_400) * Self::RETENTION_DAYS,
            privacy: NumberPrivacy::Plain,
        }
    }
}

/// What became of an event, and so what Sinch is to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer to a request event, JSON.
    Answer(String),
    /// The event was taken in; the reply is empty.
    Empty,
    /// The event could not be stored.
    Unavailable,
}

/// The gate of all applications, over one store.
#[derive(Debug)]
pub struct Gate {
    store: Store,
    policies: Policies,
    settings: Settings,
    /// The applications that it serves, for those who ask the table.
    serves: Vec<AppKey>,
    recent: recent_answers::RecentAnswers,
    meter: Meter,
}

impl Gate {
    /// A gate. Nothing is loaded yet; see [`Self::warm_up`].
    #[must_use]
    pub fn new(store: Store, policies: Policies, settings: Settings) -> Self {
        let recent = recent_answers::RecentAnswers::default();
        Self { store, policies, settings, serves: Vec::new(), recent, meter: Meter::off() }
    }

    /// The gate of these applications, which it notes in the table when it warms up.
    #[must_use]
    pub fn serving(self, serves: Vec<AppKey>) -> Self {
        Self { serves, ..self }
    }

    /// The gate with what happens in it and in its store measured.
    #[must_use]
    pub fn measured(self, meter: &Meter) -> Self {
        Self { store: self.store.measured(meter), meter: meter.clone(), ..self }
    }

    /// The store behind the gate.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Loads the policies and opens as many connections as a decision by them uses at once, while a Lambda
    /// function starts and has a full processor. A failure is logged and left to the next refresh: the gate
    /// answers by the starter policy until then.
    pub async fn warm_up(&self, now: Timestamp) {
        let deadline = Instant::now() + (self.settings.budget / PARTS_FOR_START).min(START_PATIENCE);
        let loading = self.policies.refresh(&self.store, now);
        let loaded = self.within(deadline, loading, Failure::PoliciesNotLoaded).await;
        // This needs a connection, too, and the one on which the policies were loaded serves it.
        let noting = self.store.note_served(&self.serves, &self.settings.privacy);
        let noting = self.within(deadline, noting, Failure::ServedNotNoted);
        if loaded.is_err() {
            let _ = noting.await;
            return;
        }
        let others = self.policies.most_writes(&self.serves).min(MOST_CONNECTIONS) - 1;
        // Most of these resume the session of the first connection, which costs less than beginning one.
        let opening = self.store.table().open_connections(others);
        let opening = self.within(deadline, opening, Failure::PoliciesNotLoaded);
        let _ = tokio::join!(noting, opening);
    }

    /// Handles one verified event.
    pub async fn handle(&self, app: &AppKey, event: &Event, now: Timestamp) -> Outcome {
        match event {
            // These futures are large; on the heap they do not make those of every caller so.
            Event::Request(request) => Outcome::Answer(Box::pin(self.decide(app, request, now)).await),
            Event::Result(result) => Box::pin(self.result(app, result, now)).await,
            Event::SmsDelivered(delivered) => Box::pin(self.deliver(app, delivered, now)).await,
            Event::Unknown { name } => {
                self.meter.report(&UnknownEvent { app, name });
                Outcome::Empty
            }
        }
    }

    async fn refresh_policies(&self, now: Timestamp) {
        let refresh = self.policies.refresh(&self.store, now);
        let _ = self.within(self.refresh_deadline(), refresh, Failure::PoliciesNotRefreshed).await;
    }

    fn subject(
        &self,
        app: &AppKey,
        id: &VerificationId,
        reference: Option<&Reference>,
        number: Option<&PhoneNumber>,
    ) -> Subject {
        Subject::of(app, id, reference, number, &self.settings.privacy)
    }

    /// The deadline of store calls that begin now.
    fn deadline(&self) -> Instant {
        Instant::now() + self.settings.budget
    }

    /// The deadline of a refresh that begins now.
    fn refresh_deadline(&self) -> Instant {
        Instant::now() + self.settings.budget.min(REFRESH_PATIENCE)
    }

    /// What the store does, if it does it in time. That it failed is logged and counted here, as `failure`.
    async fn within<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, StoreError>>,
        failure: Failure<'_>,
    ) -> Result<T, StoreError> {
        let done = tokio::time::timeout_at(deadline, work).await.unwrap_or(Err(StoreError::Timeout));
        done.inspect_err(|error| self.meter.report(&Failed { failure, error }))
    }
}

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests {
    use super::*;

    #[test]
    fn a_gate_knows_the_applications_that_it_serves() {
        let policy = sample::policy("schema = 1\ndefault = \"allow\"\n");
        let policies = Policies::pinned(policy, "test", Duration::from_secs(60));
        let gate = Gate::new(crate::store::scripted(Vec::new()), policies, Settings::unconfigured());
        let app: AppKey = "app".parse().unwrap();
        assert_eq!(gate.serving(vec![app.clone()]).serves, [app]);
    }
}
