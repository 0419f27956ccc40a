//! The quota arithmetic against a naive log of every admission.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sinch_gate::quota::{Demand, Measure, Return, Share, Stamp, State, Step, Taken, Window, give_back, take};

use crate::world::quota_table::{adjusted, changed};

pub(crate) const START: i64 = 1_790_000_000_000;

/// One caller's attempt, by its own clock.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// How far the caller's clock is from the one before, in milliseconds; clocks jump and differ.
    pub(crate) clock_step: i64,
    pub(crate) cost: u32,
}

/// What the naive log knows of one admission.
#[derive(Clone, Copy, Debug)]
struct Admission {
    /// The furthest-ahead clock that had touched the key by then.
    at: i64,
    cost: u32,
}

pub(crate) fn demand(window_ms: u64, limit: u32, cost: u32) -> Demand {
    Demand {
        rule: "rule".to_owned(),
        window: Window::new(Duration::from_millis(window_ms)).unwrap(),
        limit: Decimal::from(limit),
        measure: Measure::Amount { cost: Decimal::from(cost), grow: None },
        enforced: true,
    }
}

pub(crate) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

/// The length of a bucket, rounded up: a twentieth of the window, and at least a second.
pub(crate) fn bucket_ms(window_ms: u64) -> i64 {
    i64::try_from(window_ms.div_ceil((window_ms / 1_000).clamp(1, 20))).unwrap()
}

fn admitted(log: &[Admission], after: i64, until: i64) -> u32 {
    log.iter().filter(|admission| admission.at > after && admission.at <= until).map(|a| a.cost).sum()
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let step = prop_oneof![
        6 => 0_i64..2_000,
        2 => 0_i64..60_000,
        1 => -5_000_i64..0,
        1 => 0_i64..4_000_000,
    ];
    prop::collection::vec(
        (step, 1_u32..4).prop_map(|(clock_step, cost)| Attempt { clock_step, cost }),
        1..200,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_span_holds_more_than_the_limit_and_no_admission_is_later_than_a_bucket(
        window_ms in 1_000_u64..200_000,
        limit in 1_u32..12,
        attempts in attempts(),
    ) {
        let (mut state, mut log) = (None, Vec::<Admission>::new());
        let mut clock = START;
        let window = i64::try_from(window_ms).unwrap();
        for (n, attempt) in attempts.iter().enumerate() {
            clock += attempt.clock_step;
            let at = log.last().map_or(clock, |last| clock.max(last.at));
            let stamp = Stamp::new("app", &n.to_string());
            match take(state.as_ref(), &[demand(window_ms, limit, attempt.cost)], stamp, moment(clock)) {
                Step::Write(write) => {
                    prop_assert_eq!(write.readings[0].over, false);
                    log.push(Admission { at, cost: attempt.cost });
                    let spent = admitted(&log, at - window, at);
                    prop_assert!(spent <= limit, "{} of {} within the window", spent, limit);
                    state = Some(changed(state.take(), write.change, stamp));
                }
                Step::Refused(readings) => {
                    let spent = admitted(&log, at - window - bucket_ms(window_ms), at);
                    prop_assert!(
                        spent + attempt.cost > limit, "refused although only {} of {} stand", spent, limit
                    );
                    if let Some(retry_at) = readings[0].retry_at {
                        let demand = [demand(window_ms, limit, attempt.cost)];
                        let retried = take(state.as_ref(), &demand, stamp, retry_at);
                        prop_assert!(matches!(retried, Step::Write(_)), "the announced moment admits");
                        let early = moment(retry_at.as_millisecond() - 1);
                        let too_early = take(state.as_ref(), &demand, stamp, early);
                        prop_assert!(matches!(too_early, Step::Refused(_)), "the moment before refuses");
                    }
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn a_give_back_frees_exactly_what_was_taken_and_never_more(
        limit in 1_u32..12,
        attempts in attempts(),
        returned in prop::collection::vec(any::<bool>(), 200),
    ) {
        let mut state: Option<State> = None;
        let mut clock = START;
        let mut held: Vec<(i64, Vec<Share>, Stamp)> = Vec::new();
        for (n, attempt) in attempts.iter().enumerate() {
            clock += attempt.clock_step.max(0);
            let stamp = Stamp::new("app", &n.to_string());
            let demands = [demand(60_000, limit, attempt.cost)];
            if let Step::Write(write) = take(state.as_ref(), &demands, stamp, moment(clock)) {
                state = Some(changed(state.take(), write.change, stamp));
                held.push((clock, write.shares, stamp));
            }
            if returned[n] && let Some((_, shares, stamp)) = held.pop() {
                let before = state.clone().unwrap();
                let back = Return { shares: shares.clone(), verified: Vec::new(), stamp: Some(stamp) };
                let after = match give_back(&before, &back, moment(clock)) {
                    Some(change) => adjusted(before.clone(), change),
                    None => before.clone(),
                };
                let total = |state: &State| state.counters.get("rule").unwrap().admitted.total;
                let freed = total(&before) - total(&after);
                prop_assert!(Taken::Amount(freed) == shares[0].taken || freed.is_zero(), "freed {}", freed);
                state = Some(after);
            }
            if let Some(counter) = state.as_ref().and_then(|state| state.counters.get("rule")) {
                let ring = &counter.admitted;
                let sum = ring.past.iter().fold(ring.current, |sum, amount| sum + amount);
                prop_assert_eq!(ring.total, sum, "the total is the sum of its buckets");
                prop_assert!(!ring.total.is_sign_negative() || ring.total.is_zero());
            }
            let standing: u32 = held
                .iter()
                .filter(|(at, _, _)| *at > clock - 60_000)
                .map(|(_, shares, _)| match shares[0].taken {
                    Taken::Amount(cost) => u32::try_from(cost).unwrap(),
                    Taken::Value { .. } => 0,
                })
                .sum();
            prop_assert!(standing <= limit);
        }
    }
}

#[test]
fn a_repeat_of_a_verification_takes_nothing() {
    let stamp = Stamp::new("app", "1");
    let demands = [demand(60_000, 1, 1)];
    let Step::Write(write) = take(None, &demands, stamp, moment(START)) else { panic!("the first fits") };
    let state = changed(None, write.change, stamp);
    assert!(matches!(take(Some(&state), &demands, stamp, moment(START + 5)), Step::AlreadyTaken(_)));
}

#[test]
fn a_full_monitor_takes_nothing_and_refuses_nothing() {
    let monitor = Demand { enforced: false, rule: "monitor".to_owned(), ..demand(60_000, 1, 1) };
    let enforced = demand(60_000, 10, 1);
    let demands = [monitor, enforced];
    let mut state = None;
    for (n, monitor_is_over) in [(0, false), (1, true), (2, true)] {
        let stamp = Stamp::new("app", &n.to_string());
        let Step::Write(write) = take(state.as_ref(), &demands, stamp, moment(START + n)) else {
            panic!("{n}")
        };
        assert_eq!(write.readings[0].over, monitor_is_over);
        assert_eq!(write.shares.len(), if monitor_is_over { 1 } else { 2 });
        state = Some(changed(state, write.change, stamp));
    }
    let state = state.unwrap();
    assert_eq!(state.counters.get("monitor").unwrap().admitted.total, Decimal::ONE);
    assert_eq!(state.counters.get("rule").unwrap().admitted.total, Decimal::from(3));
}

#[test]
fn an_item_made_anew_is_ahead_of_every_memory_of_the_one_before() {
    let write = |state: Option<&State>, id: &str, millis| {
        let stamp = Stamp::new("app", id);
        match take(state, &[demand(60_000, 1_000, 1)], stamp, moment(millis)) {
            Step::Write(write) => changed(state.cloned(), write.change, stamp),
            other => panic!("{other:?}"),
        }
    };
    // A container remembers an item that took a hundred shares; then the table forgets the item.
    let mut remembered = write(None, "first", START);
    for n in 0..100 {
        remembered = write(Some(&remembered), &n.to_string(), START + n);
    }
    let anew = write(None, "anew", START + 120_000);
    assert!(anew.version > remembered.version, "{} > {}", anew.version, remembered.version);
}
