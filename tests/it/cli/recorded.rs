//! A gate's file with stories in it whose times are known.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sinch_gate::embedded::Engine;
use sinch_gate::event::SmsResult;
use sinch_gate::phone::PhoneNumber;
use sinch_gate::privacy::{Block, HashKey, NumberPrivacy};
use sinch_gate::record::{Decided, Happening, MonitorHit, QuotaReading, Subject};
use sinch_gate::store::client::Timeouts;
use sinch_gate::store::{Finality, NewDecision, RecordKey, Store};
use sinch_gate::verdict::Verdict;

use crate::world::sample;
use crate::world::tool::{SAMPLE_KEY, Tool};

/// Long enough for stories of any age.
const RETENTION: Duration = Duration::from_secs(3_650 * 86_400);

/// One verification to record.
#[derive(Clone)]
pub(crate) struct Recorded {
    pub(crate) subject: Subject,
    pub(crate) decided: Decided,
    /// What was heard, and how many seconds after the decision.
    pub(crate) heard: Vec<(i64, Happening)>,
}

/// An allowed SMS to a number of Sweden.
pub(crate) fn allowed(id: &str, at: Timestamp) -> Recorded {
    let subject = sample::subject(SAMPLE_KEY, id, "+46701740605");
    let decided = sample::decided(at, Verdict::Allow);
    Recorded { subject, decided, heard: Vec::new() }
}

/// An SMS to Uzbekistan, denied by a quota on its range, which a rule in monitor mode saw too.
pub(crate) fn denied(id: &str, at: Timestamp) -> Recorded {
    let mut recorded = allowed(id, at);
    recorded.subject = sample::subject(SAMPLE_KEY, id, "+998993941207");
    recorded.decided.verdict = Verdict::Deny;
    recorded.decided.rule = Some("number-range".to_owned());
    recorded.decided.reason = "10 of 10 per block:3 in 1d".to_owned();
    recorded.decided.quotas = vec![QuotaReading {
        rule: "number-range".to_owned(),
        total: 10.into(),
        limit: 10.into(),
        currency: None,
        retry_at: None,
    }];
    recorded.decided.monitors = vec![MonitorHit { rule: "pumping-guard".to_owned(), verdict: Verdict::Deny }];
    recorded
}

impl Recorded {
    /// With a result, some seconds later.
    pub(crate) fn ending(mut self, after: i64, status: &str, reason: Option<&str>) -> Self {
        self.heard.push((after, sample::result(status, reason)));
        self
    }

    /// With a delivery, some seconds later.
    pub(crate) fn delivered(mut self, after: i64) -> Self {
        self.heard.push((after, Happening::Delivery { result: SmsResult::Successful }));
        self
    }

    /// With a receipt for a message that did not arrive, some seconds later.
    pub(crate) fn undelivered(mut self, after: i64) -> Self {
        self.heard.push((after, Happening::Delivery { result: SmsResult::Failed }));
        self
    }

    /// With the number as a gate stores it that hashes numbers; `number` says which it is.
    pub(crate) fn hashed(mut self, number: &str) -> Self {
        let number = PhoneNumber::new(number);
        let privacy = NumberPrivacy::Hashed(HashKey::new([7; 16]).unwrap());
        self.subject.number = Some(privacy.stored(&number));
        self.subject.block = Block::of(&number);
        self
    }

    /// Records it.
    pub(crate) async fn write(&self, store: &Store) {
        let Self { subject, decided, heard } = self;
        let key = RecordKey::new(&subject.app, subject.reference.as_deref(), &subject.id);
        let answer = format!(r#"{{"action":"{}"}}"#, decided.verdict);
        let new = NewDecision {
            subject,
            decided,
            answer: &answer,
            token: &subject.id.as_str().into(),
            retention: RETENTION,
        };
        store.records().record(&key, &new, Finality::Settled).await.unwrap();
        for (after, happening) in heard {
            let at = decided.at + SignedDuration::from_secs(*after);
            store.records().add(&key, subject, happening, RETENTION, at).await.unwrap();
        }
    }
}

/// Somebody with a gate's file `gate.db` that holds these stories.
pub(crate) fn tool_with(stories: &[Recorded]) -> Tool {
    let tool = Tool::new();
    write_to(&tool, async |store| {
        for story in stories {
            story.write(store).await;
        }
    });
    tool
}

/// Writes to somebody's file `gate.db`.
pub(crate) fn write_to(tool: &Tool, write: impl AsyncFnOnce(&Store)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let timeouts = Timeouts::within(Duration::from_secs(60));
        let (engine, store) =
            Engine::with_table(Some(&tool.file("gate.db")), "sinch-gate", timeouts).await.unwrap();
        write(&store).await;
        drop(store);
        engine.stop().await;
    });
}
