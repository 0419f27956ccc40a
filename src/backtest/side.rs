//! One policy over the traffic.

use std::sync::Arc;

use super::event::{Happens, TrafficEvent};
use crate::gate::Settings;
use crate::policy::Policy;
use crate::replay::{Lists, Outcome, Replay};
use crate::verdict::Verdict;

/// A policy, and what it has counted so far.
#[derive(Clone, Debug)]
pub struct Side {
    replay: Replay,
}

/// What a policy said to an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Said {
    /// Nothing, since there was nothing to decide.
    #[default]
    Nothing,
    /// A verdict about a first request.
    Decided {
        /// The verdict.
        verdict: Verdict,
        /// The deciding rule, by its place in the policy.
        rule: Option<usize>,
        /// The rules in monitor mode that would have denied.
        would_deny: Vec<usize>,
    },
}

impl Side {
    /// A policy that has seen nothing yet, in a gate as it is set up where nothing else is said.
    #[must_use]
    pub fn new(policy: Policy, name: &str, lists: Arc<Lists>) -> Self {
        let replay = Replay::new(Arc::new(policy), name, Settings::unconfigured());
        Self { replay: replay.with_lists(lists) }
    }

    /// Hands an event to the policy. What became of a verification that it denied would not have happened, so
    /// that is kept from it.
    pub fn handle(&mut self, event: &TrafficEvent) -> Said {
        let TrafficEvent { at, app, happens } = event;
        let outcome = match happens {
            Happens::Request(request, _) => {
                let ruling = self.replay.request(app, request, *at);
                if !ruling.is_first {
                    return Said::Nothing;
                }
                let denials = ruling.monitors.iter().filter(|(_, verdict)| *verdict == Verdict::Deny);
                let would_deny = denials.map(|(rule, _)| *rule).collect();
                return Said::Decided { verdict: ruling.verdict, rule: ruling.rule, would_deny };
            }
            Happens::Result(result) => Outcome::from(&**result),
            Happens::Delivery(delivered) => Outcome::from(&**delivered),
        };
        if self.replay.verdict(app, outcome.id, *at) != Some(Verdict::Deny) {
            self.replay.outcome(app, &outcome, *at);
        }
        Said::Nothing
    }
}
