//! What one of those does who act at the same time, and what happens to him.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};

use super::network::Network;
use super::scenario::Step;
use crate::world::container::Container;
use crate::world::sinch::{action, request, result};

/// What happened, in order.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Begun(Step),
    /// With the answer, or the status of the reply.
    Ended(Step, String),
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Begun(step) | Self::Ended(step, _)) = self;
        let Step { id, number, container, at, status } = step;
        let asked = status.map_or("asked about".to_owned(), |status| format!("told to be {status}"));
        write!(f, "{id} of {number} is {asked} in container {container} at {at} s")?;
        match self {
            Self::Begun(_) => Ok(()),
            Self::Ended(_, answer) => write!(f, ", answered {answer}"),
        }
    }
}

/// All that happened so far.
pub(super) type Events = Rc<RefCell<Vec<Event>>>;

/// When a scenario begins.
pub(super) fn begin() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// Posts callbacks, one after the other; a result again where it could not be taken in, as Sinch does.
pub(super) async fn act(
    actor: Option<usize>,
    steps: Vec<Step>,
    containers: Rc<Vec<Container>>,
    events: Events,
    post: Rc<Cell<usize>>,
    network: Option<Arc<Network>>,
) {
    for step in steps {
        let (container, at) = (&containers[step.container], begin() + step.at.seconds());
        let is_denied =
            |event: &Event| matches!(event, Event::Ended(of, answer) if of.id == step.id && answer == "deny");
        if step.status.is_some() && events.borrow().iter().any(is_denied) {
            continue;
        }
        events.borrow_mut().push(Event::Begun(step.clone()));
        let mut reply = String::new();
        for _ in 0..4 {
            let event = match step.status {
                None => request(step.id, step.number),
                Some(status) => result(step.id, step.number, status),
            };
            let answered = container.post(&event, at).await;
            reply = match step.status {
                None => action(&answered.body),
                Some(_) => answered.status.as_u16().to_string(),
            };
            post.set(post.get() + 1);
            if let (Some(network), Some(actor)) = (&network, actor) {
                network.set_actor(Some((actor, post.get())));
            }
            if reply != "503" {
                break;
            }
        }
        events.borrow_mut().push(Event::Ended(step, reply));
    }
}
