//! Requests, copies and outcomes in any order.

use jiff::Timestamp;
use proptest::prelude::*;

/// Some in one block, some of the same country, some of none.
pub(super) const NUMBERS: [&str; 9] = [
    "+46701740605",
    "+46701740606",
    "+46701741999",
    "+46731234567",
    "+447700900123",
    "+12015550123",
    "+998993941234",
    "0046701740605",
    "+33884012345",
];

pub(super) const METHODS: [&str; 3] = ["sms", "callout", "flashcall"];

pub(super) const CUSTOMS: [Option<&str>; 5] = [
    None,
    Some("free text"),
    Some(r#"{"ip": "198.51.100.7", "plan": "gold"}"#),
    Some(r#"{"ip": "198.51.100.7"}"#),
    Some(r#"{"ip": "2001:db8::1", "plan": "trial"}"#),
];

pub(super) const PRICES: [Option<&str>; 4] = [None, Some("0.0453 EUR"), Some("0.21 EUR"), Some("0.03 USD")];

pub(super) const STATUSES: [&str; 5] = ["SUCCESSFUL", "SUCCESSFUL", "FAIL", "ERROR", "PENDING"];

/// The time of the first event, at the earliest.
pub(super) fn beginning() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// One event, and how long after the one before it comes.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) after_ms: i64,
    pub(super) does: Does,
}

#[derive(Clone, Debug)]
pub(super) enum Does {
    /// A request, by positions in the arrays above. Ids are few, so that some come again.
    Ask { app: usize, id: usize, number: usize, method: usize, custom: usize, price: usize },
    /// A result; the number of its request, another one, or none.
    Tell { app: usize, id: usize, status: usize, named: Named },
    /// A delivery.
    Deliver { app: usize, id: usize, named: Named },
}

/// How an outcome names its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    AsRequested,
    NotAtAll,
    /// Without the method, as some of Sinch's samples do.
    WithoutMethod,
}

pub(super) fn any_traffic() -> impl Strategy<Value = Vec<Step>> {
    let one = any_step().prop_map(|step| vec![step]);
    let episodes = prop_oneof![60 => one, 6 => any_second_try(), 1 => any_resend_loop()];
    prop::collection::vec(episodes, 1..60).prop_map(|episodes| episodes.concat())
}

/// A request of one number by SMS.
fn ask(id: usize, number: usize, after_ms: i64) -> Step {
    Step { after_ms, does: Does::Ask { app: 0, id, number, method: 0, custom: 0, price: 1 } }
}

/// What became of one, as Sinch says it.
fn tell(id: usize, status: usize, after_ms: i64) -> Step {
    Step { after_ms, does: Does::Tell { app: 0, id, status, named: Named::AsRequested } }
}

/// Somebody tries again, and verifies then: within the minute in which the first try may still be undecided,
/// or later.
fn any_second_try() -> impl Strategy<Value = Vec<Step>> {
    (40..80_usize, 0..NUMBERS.len(), 1_000_i64..70_000, 1_000_i64..70_000).prop_map(
        |(id, number, again, verified)| {
            vec![ask(id, number, 500), ask(id + 40, number, again), tell(id + 40, 0, verified)]
        },
    )
}

/// One number asks more often than is remembered of a number, and verifies.
fn any_resend_loop() -> impl Strategy<Value = Vec<Step>> {
    let pauses = prop::collection::vec(1_000_i64..90_000, 17..20);
    (0..NUMBERS.len(), pauses, 0..17_usize).prop_map(|(number, pauses, verified)| {
        let asked = pauses.iter().enumerate().map(|(n, pause)| ask(200 + n, number, *pause));
        asked.chain([tell(200 + verified, 0, 5_000), tell(216, 0, 61_000)]).collect()
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![
        6 => 0_i64..1_500,
        4 => 1_000_i64..40_000,
        2 => 30_000_i64..400_000,
        1 => 400_000_i64..9_000_000,
        // Clocks that jump back.
        1 => -30_000_i64..0,
    ];
    (after, any_deed()).prop_map(|(after_ms, does)| Step { after_ms, does })
}

fn any_deed() -> impl Strategy<Value = Does> {
    let app = prop_oneof![5 => Just(0_usize), 1 => Just(1_usize)];
    let named = prop_oneof![
        6 => Just(Named::AsRequested),
        1 => Just(Named::NotAtAll),
        1 => Just(Named::WithoutMethod),
    ];
    // Numbers of one block are asked about more often than others.
    let number = prop_oneof![3 => 0..4_usize, 1 => 0..NUMBERS.len()];
    let ask = (app.clone(), 0..40_usize, number, 0..METHODS.len(), 0..CUSTOMS.len(), 0..PRICES.len());
    let ask = ask.prop_map(|(app, id, number, method, custom, price)| Does::Ask {
        app,
        id,
        number,
        method,
        custom,
        price,
    });
    let tell = (app.clone(), 0..40_usize, 0..STATUSES.len(), named.clone())
        .prop_map(|(app, id, status, named)| Does::Tell { app, id, status, named });
    let deliver = (app, 0..40_usize, named).prop_map(|(app, id, named)| Does::Deliver { app, id, named });
    prop_oneof![8 => ask, 5 => tell, 1 => deliver]
}
