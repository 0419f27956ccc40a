//! Which schedules are run: all that differ in what any item sees, depth first, each from the beginning.
//!
//! Two requests commute where they are about different items, or only read, and are handled in different
//! containers. So of the schedules that differ in the order of such requests alone one is enough (sleep
//! sets), and a request about an item that nobody else can touch is let through at once. Where a bound is
//! set, all schedules are run that depart so often, at most, from the one in which each actor goes on for as
//! long as it can.

use std::collections::BTreeSet;

use super::network::{Fault, RequestId};

/// One step of a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// An actor begins.
    Begin(usize),
    /// A request arrives, or fails.
    Release(RequestId, Option<Fault>),
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begin(actor) => write!(f, "actor {actor}: begins"),
            Self::Release(RequestId { actor, what, nth }, fault) => {
                write!(f, "actor {actor}: {what} ({nth})")?;
                fault.map_or(Ok(()), |fault| write!(f, " {fault:?}"))
            }
        }
    }
}

/// An action that may be next, and what it touches.
#[derive(Clone)]
pub(super) struct Enabled {
    pub(super) action: Action,
    pub(super) actor: usize,
    pub(super) items: BTreeSet<String>,
    pub(super) is_read: bool,
    pub(super) containers: Vec<usize>,
    /// Whether nobody else can come to touch any of it.
    pub(super) is_private: bool,
}

impl Enabled {
    fn commutes_with(&self, other: &Self) -> bool {
        let is_same = match (&self.action, &other.action) {
            (Action::Release(one, _), Action::Release(two, _)) => one == two,
            (one, two) => one == two,
        };
        let is_apart =
            self.actor == other.actor || self.containers.iter().all(|one| !other.containers.contains(one));
        let is_other = self.is_read && other.is_read || self.items.is_disjoint(&other.items);
        !is_same && is_apart && is_other
    }

    fn with_fault(&self, fault: Fault) -> Option<Self> {
        let Action::Release(id, None) = &self.action else { return None };
        // A read that is tried again is as one that came later.
        let matters = !self.is_read || fault == Fault::Throttled;
        matters.then(|| Self { action: Action::Release(id.clone(), Some(fault)), ..self.clone() })
    }
}

/// How much is run.
#[derive(Clone, Copy, Default)]
pub(super) struct Bounds {
    /// How often a schedule departs from the simplest one; none for all there are.
    pub(super) departures: Option<usize>,
    /// What goes wrong, once, at each request in turn.
    pub(super) faults: &'static [Fault],
}

/// A place where a schedule went one way and may go others.
struct Node {
    options: Vec<Enabled>,
    next: usize,
    /// What need not be done here, since all that follows from it was seen.
    sleep: Vec<Enabled>,
    /// How many departures there were before, and which actor acted last.
    departures: usize,
    last: Option<usize>,
    has_failed: bool,
}

/// A search on its way through all schedules.
pub(super) struct Search {
    bounds: Bounds,
    nodes: Vec<Node>,
    depth: usize,
}

impl Search {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, nodes: Vec::new(), depth: 0 }
    }

    /// Begins the next schedule; false where there is none.
    pub(super) fn begin(&mut self, is_first: bool) -> bool {
        self.depth = 0;
        if is_first {
            return true;
        }
        while let Some(node) = self.nodes.last_mut() {
            node.next += 1;
            if node.next < node.options.len() {
                return true;
            }
            self.nodes.pop();
        }
        false
    }

    /// What is next; none where all that could follow was seen.
    pub(super) fn choose(&mut self, enabled: Vec<Enabled>) -> Option<Action> {
        if self.depth == self.nodes.len() {
            let node = self.node(enabled.clone());
            if node.options.is_empty() {
                return None;
            }
            self.nodes.push(node);
        }
        let node = &self.nodes[self.depth];
        let action = node.options[node.next].action.clone();
        self.depth += 1;
        let is_there = |known: &Enabled| match (&known.action, &action) {
            (Action::Release(one, _), Action::Release(two, _)) => one == two,
            (one, two) => one == two,
        };
        assert!(enabled.iter().any(is_there), "{action:?} cannot be repeated: a schedule is not determined");
        Some(action)
    }

    /// The schedule that was run last.
    pub(super) fn schedule(&self) -> Vec<Action> {
        self.nodes.iter().map(|node| node.options[node.next].action.clone()).collect()
    }

    /// How often it went from one actor to another.
    pub(super) fn n_switches(&self) -> usize {
        let actors: Vec<usize> = self.nodes.iter().map(|node| node.options[node.next].actor).collect();
        actors.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// What went wrong in it.
    pub(super) fn fault(&self) -> Option<(RequestId, Fault)> {
        self.schedule().into_iter().find_map(|action| match action {
            Action::Release(id, Some(fault)) => Some((id, fault)),
            _ => None,
        })
    }

    fn node(&self, mut enabled: Vec<Enabled>) -> Node {
        let mut sleep = Vec::new();
        let (mut departures, mut last, mut has_failed) = (0, None, false);
        if let Some(parent) = self.nodes.last() {
            let chosen = &parent.options[parent.next];
            if self.bounds.departures.is_none() {
                let seen = parent.sleep.iter().chain(&parent.options[..parent.next]);
                sleep = seen.filter(|seen| seen.commutes_with(chosen)).cloned().collect();
            }
            departures = parent.departures + departure(parent, chosen);
            last = Some(chosen.actor);
            has_failed = parent.has_failed || matches!(chosen.action, Action::Release(_, Some(_)));
        }
        // Whoever acted last goes on, if he can.
        enabled.sort_by_key(|enabled| (Some(enabled.actor) != last, enabled.actor));
        if let Some(private) = enabled.iter().position(|enabled| enabled.is_private) {
            enabled = vec![enabled.swap_remove(private)];
        }
        if !has_failed {
            let failing = |enabled: &Enabled| {
                self.bounds.faults.iter().filter_map(|fault| enabled.with_fault(*fault)).collect::<Vec<_>>()
            };
            let failing: Vec<Enabled> = enabled.iter().flat_map(failing).collect();
            enabled.extend(failing);
        }
        enabled.retain(|enabled| sleep.iter().all(|asleep: &Enabled| asleep.action != enabled.action));
        let mut node = Node { options: enabled, next: 0, sleep, departures, last, has_failed };
        if let Some(bound) = self.bounds.departures {
            let is_within = |option: &Enabled| node.departures + departure(&node, option) <= bound;
            node.options = node.options.iter().filter(|option| is_within(option)).cloned().collect();
        }
        node
    }
}

/// Whether an option is another than what the actor at work does next.
fn departure(node: &Node, option: &Enabled) -> usize {
    let first = node.options.iter().find(|first| first.actor == option.actor);
    let is_first = first.is_none_or(|first| match (&first.action, &option.action) {
        (Action::Release(one, _), Action::Release(two, _)) => one == two,
        (one, two) => one == two,
    });
    let goes_on = node
        .last
        .is_none_or(|last| last == option.actor || node.options.iter().all(|other| other.actor != last));
    usize::from(!(is_first && goes_on))
}
