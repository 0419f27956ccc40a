//! What the table may hold: policies and items that somebody else wrote, or that were damaged.

use std::time::Duration;

use jiff::ToSpan as _;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::{app, event_of, now};
use crate::gate::{Gate, Outcome, Policies, Settings};
use crate::store::scripted;

/// Where nothing waits for a clock: a pause is over at once.
pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// Replies of the table, one a line: whatever they are, a request is answered in time.
pub(super) fn stored(input: &[u8]) {
    let replies = input.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let bodies: [&[u8]; 4] = [
        include_bytes!("../../events/request-sms.json"),
        include_bytes!("../../events/result-successful.json"),
        include_bytes!("../../events/sms-delivered-successful.json"),
        include_bytes!("../../events/request-sms.json"),
    ];
    runtime().block_on(async {
        let policies = Policies::from_table(vec![app()], Duration::ZERO);
        let gate = Gate::new(scripted(replies), policies, Settings::unconfigured()).serving(vec![app()]);
        gate.warm_up(now()).await;
        for (n, body) in (0..).zip(bodies) {
            let event = event_of(body).expect("it is an event");
            let begun = tokio::time::Instant::now();
            match gate.handle(&app(), &event, now() + n.seconds()).await {
                Outcome::Answer(answer) => {
                    let answer: Value = serde_json::from_str(&answer).expect("an answer is JSON");
                    assert!(matches!(answer["action"].as_str(), Some("allow" | "deny")), "{answer}");
                    let taken = begun.elapsed();
                    assert!(
                        taken <= Settings::BUDGET + Duration::from_millis(100),
                        "answered after {taken:?}"
                    );
                }
                Outcome::Empty | Outcome::Unavailable => {}
            }
        }
    });
}
