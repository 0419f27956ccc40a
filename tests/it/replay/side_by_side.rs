//! One event after the other, to the gate and to the replay.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use sinch_gate::event::{
    Custom, Event, Method, Reference, SmsDelivered, SmsResult, Status, VerificationId, VerificationRequest,
    VerificationResult,
};
use sinch_gate::gate::{Gate, Outcome as Answered, Policies, Settings};
use sinch_gate::phone::PhoneNumber;
use sinch_gate::policy::Policy;
use sinch_gate::privacy::{HashKey, NumberPrivacy};
use sinch_gate::quota::{Counter, Ring, State};
use sinch_gate::record::Decided;
use sinch_gate::replay::{Lists, Outcome, Replay};
use sinch_gate::signature::AppKey;
use sinch_gate::store::{QuotaKey, RecordKey};
use sinch_gate::verdict::Verdict;

use super::catalogue::entries;
use super::traffic::{CUSTOMS, Does, METHODS, NUMBERS, Named, PRICES, STATUSES, Step, beginning};
use crate::world::engine::TestTable;

const NAME: &str = "candidate";

/// What is wrong with a replay, to see that the comparison finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It hears of no outcome.
    Deaf,
    /// It takes a repeat for a verification of its own.
    NoMemory,
    /// It keeps numbers in another form.
    OtherPrivacy,
    /// Its lists are empty.
    NoLists,
}

pub(super) struct SideBySide {
    table: TestTable,
    gate: Gate,
    replay: Replay,
    fault: Option<Fault>,
    n_asked: usize,
    now: Timestamp,
    /// The numbers that were asked about last, by application and id.
    asked: BTreeMap<(usize, usize), (usize, usize)>,
}

fn app(n: usize) -> AppKey {
    ["669E367E-6BBA-48AB-AF15-266871C28135", "another-app"][n].parse().unwrap()
}

fn id(n: usize) -> VerificationId {
    VerificationId::new(&format!("verification-{n}")).unwrap()
}

fn reference(n: usize) -> Option<Reference> {
    // Some have none.
    (!n.is_multiple_of(3)).then(|| Reference::new(&format!("order-{n}")).unwrap())
}

impl SideBySide {
    pub(super) async fn new(policy: &str, privacy: NumberPrivacy, fault: Option<Fault>) -> Self {
        let policy = Policy::compile(policy).unwrap_or_else(|problems| panic!("{problems}\n{policy}")).policy;
        let table = TestTable::new().await;
        let store = table.store();
        for entry in entries() {
            store.lists().add(&entry).await.unwrap();
        }
        let settings = Settings {
            budget: Duration::from_secs(600),
            retention: Duration::from_secs(90 * 86_400),
            privacy,
        };
        let mut of_replay = settings.clone();
        if fault == Some(Fault::OtherPrivacy) {
            of_replay.privacy = other_than(&settings.privacy);
        }
        let replay = Replay::new(Arc::new(policy.clone()), NAME, of_replay);
        let listed = if fault == Some(Fault::NoLists) { Vec::new() } else { entries() };
        let replay = replay.with_lists(Arc::new(Lists::new(listed)));
        let policies = Policies::pinned(policy, NAME, Duration::from_secs(86_400));
        let gate = Gate::new(store, policies, settings);
        gate.warm_up(beginning()).await;
        Self { table, gate, replay, fault, n_asked: 0, now: beginning(), asked: BTreeMap::new() }
    }

    pub(super) async fn step(&mut self, step: &Step) -> Result<(), String> {
        self.now += SignedDuration::from_millis(step.after_ms);
        let found = match &step.does {
            Does::Ask { app, id: n, number, method, custom, price } => {
                let request = VerificationRequest {
                    id: id(*n),
                    method: Method::parse(METHODS[*method]),
                    number: PhoneNumber::new(NUMBERS[*number]),
                    reference: reference(*n),
                    custom: CUSTOMS[*custom].map(Custom::new),
                    price: PRICES[*price].map(|price| price.parse().unwrap()),
                    unreadable: Vec::new(),
                };
                self.asked.entry((*app, *n)).or_insert((*number, *method));
                self.ask(&self::app(*app), request).await
            }
            Does::Tell { app, id: n, status, named } => {
                let (number, method) = self.named(*app, *n, *named);
                let result = VerificationResult {
                    id: id(*n),
                    method,
                    number,
                    reference: reference(*n),
                    custom: None,
                    status: Status::parse(STATUSES[*status]),
                    reason: None,
                    source: None,
                    unreadable: Vec::new(),
                };
                self.replay_hears(*app, &Outcome::from(&result));
                self.hear(&self::app(*app), Event::Result(result)).await
            }
            Does::Deliver { app, id: n, named } => {
                let (number, method) = self.named(*app, *n, *named);
                let delivered = SmsDelivered {
                    id: id(*n),
                    method,
                    number,
                    reference: reference(*n),
                    custom: None,
                    sms_result: SmsResult::Successful,
                    unreadable: Vec::new(),
                };
                self.replay_hears(*app, &Outcome::from(&delivered));
                self.hear(&self::app(*app), Event::SmsDelivered(delivered)).await
            }
        };
        let found = match found {
            Ok(()) => self.compare_counters().await,
            Err(difference) => Err(difference),
        };
        found.map_err(|difference| format!("at {}, {step:?}: {difference}", self.now))
    }

    fn named(&self, app: usize, id: usize, named: Named) -> (Option<PhoneNumber>, Method) {
        let (number, method) = self.asked.get(&(app, id)).copied().unwrap_or((id % NUMBERS.len(), 0));
        let number = (named != Named::NotAtAll).then(|| PhoneNumber::new(NUMBERS[number]));
        let method = if named == Named::AsRequested { METHODS[method] } else { "" };
        (number, Method::parse(method))
    }

    fn replay_hears(&mut self, app: usize, outcome: &Outcome<'_>) {
        if self.fault != Some(Fault::Deaf) {
            self.replay.outcome(&self::app(app), outcome, self.now);
        }
    }

    async fn hear(&self, app: &AppKey, event: Event) -> Result<(), String> {
        match Box::pin(self.gate.handle(app, &event, self.now)).await {
            Answered::Empty => Ok(()),
            other => Err(format!("the gate says {other:?}")),
        }
    }

    async fn ask(&mut self, app: &AppKey, request: VerificationRequest) -> Result<(), String> {
        let mut seen = request.clone();
        self.n_asked += 1;
        if self.fault == Some(Fault::NoMemory) {
            seen.id = VerificationId::new(&format!("{}-{}", seen.id.as_str(), self.n_asked)).unwrap();
        }
        let (ruling, decided) = self.replay.request_in_full(app, &seen, self.now);
        let key = RecordKey::new(app, request.reference.as_ref().map(Reference::as_str), request.id.as_str());
        let event = Event::Request(request);
        let Answered::Answer(answer) = Box::pin(self.gate.handle(app, &event, self.now)).await else {
            return Err("the gate gave no answer".to_owned());
        };
        let recorded = self.gate.store().records().find(&key).await.unwrap().unwrap().decided;
        let allows = answer.contains(r#""action":"allow""#);
        if allows != (ruling.verdict == Verdict::Allow) {
            return Err(format!(
                "the gate answers {answer}, the replay {ruling:?}\n{recorded:#?}\n{decided:#?}"
            ));
        }
        let rule = ruling.rule.map(|rule| self.replay.policy().rules()[rule].id.to_string());
        if rule != recorded.rule {
            return Err(format!("the rule is {:?}, in the replay {rule:?}", recorded.rule));
        }
        match decided {
            Some(decided) if !is_recorded_as(&decided, &recorded) => {
                Err(format!("the gate:\n{recorded:#?}\nthe replay:\n{decided:#?}"))
            }
            _ => Ok(()),
        }
    }

    /// Compares all that is counted, and so what the next readings will be.
    async fn compare_counters(&self) -> Result<(), String> {
        let client = self.table.client();
        let scan = client.scan().table_name(self.table.name()).filter_expression("sk = :state");
        let scan = scan.expression_attribute_values(":state", AttributeValue::S("STATE".to_owned()));
        for item in scan.send().await.unwrap().items.unwrap_or_default() {
            let key = QuotaKey::named(item["pk"].as_s().unwrap().clone());
            let counted = self.gate.store().quotas().peek(&key).await.unwrap();
            let (gate, replay) = (counted.map(in_essence), self.replay.counted(&key).map(in_essence));
            if gate != replay {
                let name = key.name();
                return Err(format!("{name}: the gate counts\n{gate:#?}\nthe replay\n{replay:#?}"));
            }
        }
        Ok(())
    }
}

fn other_than(privacy: &NumberPrivacy) -> NumberPrivacy {
    match privacy {
        NumberPrivacy::Plain => NumberPrivacy::Hashed(HashKey::new([7; 16]).unwrap()),
        NumberPrivacy::Hashed(_) => NumberPrivacy::Plain,
    }
}

/// Whether the gate would record a decision so. An allow is recorded while quotas are asked, so what they say
/// is left out of its record where it changes nothing.
fn is_recorded_as(decided: &Decided, recorded: &Decided) -> bool {
    let knows_quotas = recorded.quotas.iter().all(|reading| decided.quotas.contains(reading));
    let knows_notes = recorded.notes.iter().all(|note| decided.notes.contains(note));
    let mut expected = decided.clone();
    if decided.verdict == Verdict::Allow && knows_quotas && knows_notes {
        expected.quotas.clone_from(&recorded.quotas);
        expected.notes.clone_from(&recorded.notes);
    }
    expected == *recorded
}

/// A state without what no arithmetic depends on: its version, and empty buckets at the far end of a ring.
fn in_essence(state: State) -> State {
    let counters = state.counters.into_iter().map(|(name, counter)| {
        let trimmed = |ring: Ring| Ring::new(ring.current, ring.past);
        let (admitted, verified) = (trimmed(counter.admitted), trimmed(counter.verified));
        (name, Counter { admitted, verified, ..counter })
    });
    State { version: 0, counters: counters.collect(), ..state }
}
