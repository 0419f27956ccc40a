//! The traffic of a scenario as the records that a gate would have made of it.

use std::collections::HashMap;

use crate::backtest::{Happens, TrafficEvent};
use crate::event::{VerificationId, VerificationRequest};
use crate::privacy::NumberPrivacy;
use crate::record::{Decided, Happening, Heard, Story, Subject};
use crate::signature::AppKey;

/// The stories of a scenario, in the order of their requests.
#[derive(Debug, Default)]
pub(super) struct Stories {
    all: Vec<Story>,
    places: HashMap<VerificationId, usize>,
}

impl Stories {
    /// Takes an event, and the decision where it is the first request of its verification.
    pub(super) fn take(&mut self, event: TrafficEvent, decided: Option<Decided>) {
        let TrafficEvent { at, app, happens } = event;
        let (id, happening) = match &happens {
            Happens::Request(request, _) => return self.begin(&app, request, decided),
            Happens::Result(result) => (&result.id, Happening::from(&**result)),
            Happens::Delivery(delivered) => (&delivered.id, Happening::from(&**delivered)),
        };
        // Only what was asked for has an outcome, so the story has begun. A repeated callback adds nothing.
        if let Some(story) = self.places.get(id).and_then(|place| self.all.get_mut(*place))
            && !story.heard.iter().any(|heard| heard.happening == happening)
        {
            story.heard.push(Heard { at, happening, reconciled: false });
        }
    }

    /// Begins a story; a repeat of a request, which has no decision of its own, adds nothing.
    fn begin(&mut self, app: &AppKey, request: &VerificationRequest, decided: Option<Decided>) {
        let Some(decided) = decided else { return };
        let (reference, number) = (request.reference.as_ref(), Some(&request.number));
        let subject = Subject {
            method: Some(request.method.clone()),
            ..Subject::of(app, &request.id, reference, number, &NumberPrivacy::Plain)
        };
        self.places.insert(request.id.clone(), self.all.len());
        let decision = Some(decided);
        self.all.push(Story { subject, decision, heard: Vec::new(), asked: None, cost: None });
    }

    /// All of them, so that the next scenario begins anew.
    pub(super) fn take_all(&mut self) -> Vec<Story> {
        std::mem::take(self).all
    }
}
