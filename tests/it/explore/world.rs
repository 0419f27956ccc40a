//! One schedule of a scenario, from an empty table to the last reply: the gate's own code on the embedded
//! engine, while a search says which request is next.
//!
//! Time stands still but while somebody does nothing but wait; then it goes on to when that is over. So no
//! request is slower than a pause, and no budget is spent but by a wait that nobody ends.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::ToSpan as _;
use sinch_gate::list::ListEntry;
use sinch_gate::store::Store;
use sinch_gate::store::client::Timeouts;

use super::actor::{Event, Events, act, begin};
use super::network::Network;
use super::scenario::{Does, Scenario, Step};
use super::search::{Action, Enabled, Search};
use super::seen::Seen;
use crate::world::container::Container;
use crate::world::sinch::{KEY, reference};

const TABLE: &str = "explored";

/// As it is where nobody sets it.
const BUDGET: Duration = Duration::from_millis(1_500);

/// The container that nobody used before everything was over.
const LATE: usize = 2;

/// When no handling can be at work any more.
const MUCH_LATER: i64 = 61;

/// What a schedule led to.
pub(super) struct Ran {
    pub(super) events: Vec<Event>,
    /// By item and rule: what is counted once all is done, and after everything was asked once more.
    pub(super) counted: BTreeMap<(String, &'static str), u32>,
    pub(super) counted_late: BTreeMap<(String, &'static str), u32>,
    /// By verification: what the record says, and what is answered much later elsewhere.
    pub(super) recorded: BTreeMap<&'static str, String>,
    pub(super) late: BTreeMap<&'static str, String>,
}

/// The containers and the engine of a scenario.
pub(super) struct World {
    scenario: Scenario,
    policy: String,
    network: Arc<Network>,
    client: Client,
}

type Acting = Pin<Box<dyn Future<Output = ()>>>;

/// One of those who act at the same time.
struct Actor {
    /// None before it begins, and after it is done.
    acting: Option<Acting>,
    has_begun: bool,
    post: Rc<Cell<usize>>,
    containers: Vec<usize>,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let network = Network::new();
        let client = network.connection(Timeouts::within(BUDGET)).client().clone();
        Self { policy: scenario.policy(), scenario: scenario.clone(), network, client }
    }

    /// Runs one schedule; none where the search has seen all that could follow.
    pub(super) async fn run(&self, search: &mut Search) -> Option<Ran> {
        fastrand::seed(7);
        self.network.reset();
        let containers = Rc::new(self.containers().await);
        let events = Events::default();
        let before = self.scenario.before.clone();
        act(None, before, Rc::clone(&containers), Rc::clone(&events), Rc::default(), None).await;
        if !self.act_all(&containers, &events, search).await {
            return None;
        }
        self.network.set_actor(None);
        let counted = self.counted().await;
        let recorded = self.recorded().await;
        let mut late = BTreeMap::new();
        for step in self.asked() {
            let at = begin() + (step.at + MUCH_LATER).seconds();
            late.insert(step.id, containers[LATE].ask(step.id, step.number, at).await);
        }
        let events = events.take();
        Some(Ran { events, counted, counted_late: self.counted().await, recorded, late })
    }

    async fn containers(&self) -> Vec<Container> {
        self.network.set_actor(None);
        self.store().table().create().await.unwrap();
        for (list, entry) in &self.scenario.listed {
            let entry = ListEntry {
                list: (*list).to_owned(),
                entry: (*entry).to_owned(),
                reason: "a test".to_owned(),
                author: "a test".to_owned(),
                added_at: begin(),
                expires_at: None,
            };
            self.store().lists().add(&entry).await.unwrap();
        }
        let mut containers = Vec::new();
        for _ in 0..=LATE {
            containers.push(Container::with_policy(self.store(), &self.policy, BUDGET, begin()).await);
        }
        containers
    }

    /// The store of a container of its own.
    fn store(&self) -> Store {
        Store::new(self.network.connection(Timeouts::within(BUDGET)), TABLE)
    }

    fn asked(&self) -> impl Iterator<Item = &Step> {
        self.scenario.steps().filter(|step| step.status.is_none())
    }

    /// Lets all actors act, in the order that the search says; false where it does not want to know what
    /// follows.
    async fn act_all(&self, containers: &Rc<Vec<Container>>, events: &Events, search: &mut Search) -> bool {
        let actors = self.scenario.actors.iter().enumerate().map(|(n, steps)| {
            let post = Rc::new(Cell::new(0));
            let network = Some(Arc::clone(&self.network));
            let (containers, events, posts) = (Rc::clone(containers), Rc::clone(events), Rc::clone(&post));
            let acting = act(Some(n), steps.clone(), containers, events, posts, network);
            let containers = steps.iter().map(|step| step.container).collect();
            Actor { acting: Some(Box::pin(acting)), has_begun: false, post, containers }
        });
        let mut actors: Vec<Actor> = actors.collect();
        let mut seen = Seen::default();
        let driving = poll_fn(|cx| {
            let flag = Arc::new(Flag { is_set: AtomicBool::new(false), waker: cx.waker().clone() });
            let waker = Waker::from(Arc::clone(&flag));
            loop {
                flag.is_set.store(false, Ordering::Relaxed);
                self.poll_all(&mut actors, &waker);
                if flag.is_set.load(Ordering::Relaxed) {
                    continue;
                }
                if actors.iter().all(|actor| actor.acting.is_none()) {
                    return Poll::Ready(true);
                }
                // Somebody only waits for time to pass.
                let is_waiting =
                    |n: usize| self.network.parked(|parked| parked.iter().all(|parked| parked.id.actor != n));
                if actors
                    .iter()
                    .enumerate()
                    .any(|(n, actor)| actor.has_begun && actor.acting.is_some() && is_waiting(n))
                {
                    return Poll::Pending;
                }
                let enabled = self.enabled(&actors, &seen);
                match search.choose(enabled) {
                    None => return Poll::Ready(false),
                    Some(Action::Begin(n)) => actors[n].has_begun = true,
                    Some(Action::Release(id, fault)) => {
                        self.network.parked(|parked| seen.note(parked.iter().find(|p| p.id == id).unwrap()));
                        self.network.release(&id, fault);
                    }
                }
            }
        });
        let is_done = tokio::task::unconstrained(driving).await;
        self.network.set_actor(None);
        is_done
    }

    fn poll_all(&self, actors: &mut [Actor], waker: &Waker) {
        let mut cx = Context::from_waker(waker);
        for (n, actor) in actors.iter_mut().enumerate().filter(|(_, actor)| actor.has_begun) {
            let Some(acting) = &mut actor.acting else { continue };
            self.network.set_actor(Some((n, actor.post.get())));
            if acting.as_mut().poll(&mut cx).is_ready() {
                actor.acting = None;
            }
        }
    }

    /// What may be next.
    fn enabled(&self, actors: &[Actor], seen: &Seen) -> Vec<Enabled> {
        let others =
            |n: usize| actors.iter().enumerate().filter(move |(m, actor)| *m != n && actor.acting.is_some());
        let shares_container = |n: usize| {
            others(n).any(|(_, other)| other.containers.iter().any(|one| actors[n].containers.contains(one)))
        };
        let beginning =
            actors.iter().enumerate().filter(|(_, actor)| !actor.has_begun).map(|(n, actor)| Enabled {
                action: Action::Begin(n),
                actor: n,
                items: [].into(),
                is_read: true,
                containers: actor.containers.clone(),
                is_private: !shares_container(n),
            });
        self.network.parked(|parked| {
            let is_fresh = parked.iter().any(|parked| !seen.is_again(parked));
            let releasing =
                parked.iter().filter(|parked| !is_fresh || !seen.is_again(parked)).map(|parked| {
                    let n = parked.id.actor;
                    let is_touched =
                        others(n).any(|(m, _)| parked.items.iter().any(|item| self.may_touch(m, item)));
                    Enabled {
                        action: Action::Release(parked.id.clone(), None),
                        actor: n,
                        items: parked.items.clone(),
                        is_read: parked.is_read,
                        containers: actors[n].containers.clone(),
                        is_private: !is_touched && !shares_container(n),
                    }
                });
            beginning.chain(releasing).collect()
        })
    }

    /// Whether an actor may come to use an item.
    fn may_touch(&self, actor: usize, item: &str) -> bool {
        let steps = &self.scenario.actors[actor];
        if item.starts_with("REF#") {
            return steps.iter().any(|step| item.ends_with(&format!(" {}", step.id)));
        }
        !item.contains("#number#") || steps.iter().any(|step| item.contains(step.number))
    }

    async fn counted(&self) -> BTreeMap<(String, &'static str), u32> {
        let mut counted = BTreeMap::new();
        for rule in &self.scenario.rules {
            let Does::Limit(limit) = &rule.does else { continue };
            for step in self.asked() {
                let key = limit.key(step.number);
                let n = self.counted_by(&key, rule.id).await;
                counted.insert((key, rule.id), n);
            }
        }
        counted
    }

    async fn counted_by(&self, key: &str, rule: &str) -> u32 {
        let text = |text: String| AttributeValue::S(text);
        let getting = self.client.get_item().table_name(TABLE);
        let getting =
            getting.key("pk", text(format!("QUOTA#{KEY}#{key}"))).key("sk", text("STATE".to_owned()));
        let item = getting.send().await.unwrap().item;
        let total = item.as_ref().and_then(|item| {
            item.get("w")?.as_m().ok()?.get(rule)?.as_m().ok()?.get("t")?.as_n().ok().cloned()
        });
        total.map_or(0, |total| total.parse().unwrap())
    }

    async fn recorded(&self) -> BTreeMap<&'static str, String> {
        let mut recorded = BTreeMap::new();
        for step in self.asked() {
            let stories = self
                .store()
                .records()
                .stories(&KEY.parse().unwrap(), &reference(step.id), begin())
                .await
                .unwrap();
            let decision = stories.into_iter().find_map(|story| story.decision);
            recorded.extend(decision.map(|decided| (step.id, decided.verdict.to_string())));
        }
        recorded
    }
}

/// Wakes whoever drives the actors, and notes that somebody was woken.
struct Flag {
    is_set: AtomicBool,
    waker: Waker,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.is_set.store(true, Ordering::Relaxed);
        self.waker.wake_by_ref();
    }
}
