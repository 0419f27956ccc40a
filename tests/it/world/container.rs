//! The gate as one Lambda container has it: connections, memory and policies of its own, over a common table.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use sinch_gate::endpoint::{Endpoint, Recognition, Reply, SignedPath};
use sinch_gate::event::Status;
use sinch_gate::gate::{Gate, Policies, Settings};
use sinch_gate::meter::Meter;
use sinch_gate::policy::Policy;
use sinch_gate::privacy::NumberPrivacy;
use sinch_gate::record::{Asked, Happening, Said, Story};
use sinch_gate::store::{Answered, RecordKey, Store, StoreError};

use crate::world::sinch::{self, KEY, SECRET, Sent, app};

const PATH: &str = "/sinch/verification";

/// Longer than anything takes, so that a busy machine cannot turn a test of counting into one of speed.
pub(crate) const PATIENT: Duration = Duration::from_secs(600);

/// A container.
pub(crate) struct Container {
    endpoint: Endpoint,
}

impl Container {
    /// A container that follows one policy, warmed up at `now`.
    pub(crate) async fn with_policy(store: Store, policy: &str, budget: Duration, now: Timestamp) -> Self {
        Self::warm(store, pinned(policy), budget, NumberPrivacy::Plain, now).await
    }

    /// A container that has time, and stores numbers in a certain way.
    pub(crate) async fn with_privacy(
        store: Store,
        policy: &str,
        privacy: NumberPrivacy,
        now: Timestamp,
    ) -> Self {
        Self::warm(store, pinned(policy), PATIENT, privacy, now).await
    }

    /// A container that follows the policies of its table, warmed up at `now`.
    pub(crate) async fn with_table(store: Store, ttl: Duration, budget: Duration, now: Timestamp) -> Self {
        let policies = Policies::from_table(vec![app(KEY)], ttl);
        Self::with_policies(store, policies, budget, now).await
    }

    /// A container that follows certain policies, warmed up at `now`.
    pub(crate) async fn with_policies(
        store: Store,
        policies: Policies,
        budget: Duration,
        now: Timestamp,
    ) -> Self {
        Self::warm(store, policies, budget, NumberPrivacy::Plain, now).await
    }

    async fn warm(
        store: Store,
        policies: Policies,
        budget: Duration,
        privacy: NumberPrivacy,
        now: Timestamp,
    ) -> Self {
        let settings = Settings { budget, retention: Duration::from_secs(86_400), privacy };
        let recognition = Recognition {
            keyring: [(KEY.parse().unwrap(), SECRET.parse().unwrap())].into_iter().collect(),
            signed_path: SignedPath::Received,
            tolerance: Duration::from_secs(300),
            outcome_tolerance: Duration::from_secs(86_400),
        };
        let gate = Gate::new(store, policies, settings).serving(vec![KEY.parse().unwrap()]);
        let endpoint = Endpoint::new(gate, recognition);
        endpoint.gate().warm_up(now).await;
        Self { endpoint }
    }

    /// The same container, from now on measured.
    pub(crate) fn measured(self, meter: Meter) -> Self {
        Self { endpoint: self.endpoint.measured(meter) }
    }

    /// Hands over an event, signed at `now`.
    pub(crate) async fn post(&self, event: &Value, now: Timestamp) -> Reply {
        Sent::signed(PATH, event.to_string(), now).hand_to(&self.endpoint, now).await
    }

    /// Asks whether a number may be verified; gives the action.
    pub(crate) async fn ask(&self, id: &str, number: &str, now: Timestamp) -> String {
        sinch::action(&self.post(&sinch::request(id, number), now).await.body)
    }

    /// The story of a verification, as the table has it.
    pub(crate) async fn story(&self, id: &str, now: Timestamp) -> Story {
        let mut stories = self
            .endpoint
            .gate()
            .store()
            .records()
            .stories(&app(KEY), &sinch::reference(id), now)
            .await
            .unwrap();
        assert_eq!(stories.len(), 1, "stories about {id}: {stories:?}");
        stories.remove(0)
    }

    /// Takes in what Sinch said when it was asked about a verification.
    pub(crate) async fn take_in_answer(
        &self,
        id: &str,
        result: Happening,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let subject = self.story(id, now).await.subject;
        let key = RecordKey::new(&app(KEY), subject.reference.as_deref(), id);
        let asked = Asked { at: now, said: Said::Status { status: Status::Fail } };
        let answered = Answered { asked, result: Some(result), cost: None };
        Box::pin(self.endpoint.gate().take_in_answer(&key, &subject, &answered)).await
    }
}

fn pinned(policy: &str) -> Policies {
    let policy = Policy::compile(policy).unwrap_or_else(|problems| panic!("{problems}")).policy;
    Policies::pinned(policy, "test", Duration::from_secs(86_400))
}
