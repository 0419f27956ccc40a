//! The quota arithmetic against a naive log of every admission.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sinch_gate::quota::{
    Counter, Demand, Gain, Measure, Return, Share, Stamp, State, Step, Taken, ValueMark, Window, give_back,
    take,
};

use crate::quota_table::{adjusted, changed};

const START: i64 = 1_790_000_000_000;

/// One caller's attempt, by its own clock.
#[derive(Clone, Debug)]
struct Attempt {
    /// How far the caller's clock is from the one before, in milliseconds; clocks jump and differ.
    clock_step: i64,
    cost: u32,
}

/// What the naive log knows of one admission.
#[derive(Clone, Copy, Debug)]
struct Admission {
    /// The furthest-ahead clock that had touched the key by then.
    at: i64,
    cost: u32,
}

fn demand(window_ms: u64, limit: u32, cost: u32) -> Demand {
    Demand {
        rule: "rule".to_owned(),
        window: Window::new(Duration::from_millis(window_ms)).unwrap(),
        limit: Decimal::from(limit),
        measure: Measure::Amount { cost: Decimal::from(cost), grow: None },
        enforced: true,
    }
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

/// The length of a bucket, rounded up: a twentieth of the window, and at least a second.
fn bucket_ms(window_ms: u64) -> i64 {
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
    fn no_span_of_a_window_ever_holds_more_than_the_limit_and_no_admission_is_later_than_a_bucket(
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
                    prop_assert!(spent + attempt.cost > limit, "refused although only {} of {} stand", spent, limit);
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
    fn a_policy_that_changes_the_window_never_forgets_what_still_counts(
        windows in prop::collection::vec(2_000_u64..100_000, 2..5),
        limit in 1_u32..12,
        attempts in attempts(),
    ) {
        let (mut state, mut log) = (None, Vec::<Admission>::new());
        let mut clock = START;
        let per_window = attempts.len().div_ceil(windows.len());
        for (n, attempt) in attempts.iter().enumerate() {
            clock += attempt.clock_step.max(0);
            let window_ms = windows[n / per_window];
            let stamp = Stamp::new("app", &n.to_string());
            if let Step::Write(write) = take(state.as_ref(), &[demand(window_ms, limit, attempt.cost)], stamp, moment(clock)) {
                log.push(Admission { at: clock, cost: attempt.cost });
                // What an earlier, shorter window has dropped cannot come back, so only the shortest counts.
                let remembered = windows[..=n / per_window].iter().min().copied().unwrap();
                let spent = admitted(&log, clock - i64::try_from(remembered).unwrap(), clock);
                prop_assert!(spent <= limit, "{} of {} within {} ms", spent, limit, remembered);
                state = Some(changed(state.take(), write.change, stamp));
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
            if let Step::Write(write) = take(state.as_ref(), &[demand(60_000, limit, attempt.cost)], stamp, moment(clock)) {
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
                let freed = before.counters["rule"].admitted.total - after.counters["rule"].admitted.total;
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

/// What a verification that was admitted still stands for.
#[derive(Clone, Debug)]
struct Standing {
    /// By the furthest-ahead clock.
    at: i64,
    /// By the caller's own clock, which is all that its attempt says.
    said: i64,
    cost: u32,
    is_open: bool,
}

#[derive(Clone, Debug)]
enum Event {
    Ask(Attempt),
    /// An open verification ends verified, or is denied after all.
    Verify(prop::sample::Index),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let step = prop_oneof![6 => 0_i64..2_000, 2 => 0_i64..30_000, 1 => -5_000_i64..0];
    let ask = (step, 1_u32..4).prop_map(|(clock_step, cost)| Event::Ask(Attempt { clock_step, cost }));
    prop::collection::vec(
        prop_oneof![2 => ask, 1 => any::<prop::sample::Index>().prop_map(Event::Verify)],
        1..200,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_open_never_exceeds_a_limit_that_grows_and_releases_free_no_more_than_was_taken(
        window_ms in 5_000_u64..100_000,
        limit in 1_u32..8,
        tenths in 0_u32..30,
        events in events(),
    ) {
        let window = Window::new(Duration::from_millis(window_ms)).unwrap();
        let span = i64::try_from(window_ms).unwrap();
        let grow = (tenths > 0).then(|| Decimal::new(tenths.into(), 1));
        let (mut state, mut log, mut verified) = (None::<State>, Vec::<Standing>::new(), Vec::<(i64, u32)>::new());
        let (mut clock, mut furthest) = (START, 0);
        for (n, event) in events.iter().enumerate() {
            match event {
                Event::Ask(attempt) => {
                    clock += attempt.clock_step;
                    let stamp = Stamp::new("app", &n.to_string());
                    let measure = Measure::Amount { cost: attempt.cost.into(), grow };
                    let demand = Demand { measure, ..demand(window_ms, limit, 1) };
                    if let Step::Write(write) = take(state.as_ref(), &[demand], stamp, moment(clock)) {
                        state = Some(changed(state.take(), write.change, stamp));
                        furthest = furthest.max(clock);
                        log.push(Standing { at: furthest, said: clock, cost: attempt.cost, is_open: true });
                        // Verified amounts may count for a bucket longer than their window.
                        let since = furthest - span - bucket_ms(window_ms);
                        let grown: u32 = verified.iter().filter(|(at, _)| *at > since).map(|(_, cost)| cost).sum();
                        let most = grow.map_or(Decimal::ZERO, |grow| grow * Decimal::from(grown)).max(limit.into());
                        prop_assert!(Decimal::from(open(&log, furthest - span)) <= most, "{:?}", log);
                    }
                }
                Event::Verify(index) => {
                    let open: Vec<usize> = (0..log.len()).filter(|n| log[*n].is_open).collect();
                    let Some(before) = state.clone().filter(|_| !open.is_empty()) else { continue };
                    let chosen = &mut log[open[index.index(open.len())]];
                    chosen.is_open = false;
                    let chosen_cost = chosen.cost;
                    let share = Share {
                        rule: "rule".to_owned(),
                        bucket: window.bucket_at(moment(chosen.said)),
                        window,
                        taken: Taken::Amount(chosen.cost.into()),
                    };
                    let gain = Gain { rule: "rule".to_owned(), window, amount: chosen.cost.into() };
                    let back = Return { shares: vec![share], verified: vec![gain], stamp: None };
                    let Some(change) = give_back(&before, &back, moment(clock)) else { continue };
                    furthest = furthest.max(clock);
                    verified.push((furthest, chosen.cost));
                    let after = adjusted(before.clone(), change);
                    let (was, counted) = (before.counters["rule"].clone(), after.counters["rule"].clone());
                    let freed = was.admitted.total - counted.admitted.total;
                    prop_assert!(was.bucket != counted.bucket || freed <= chosen_cost.into());
                    // What the table counts is never less than what is open.
                    prop_assert!(counted.admitted.total >= open_in_ring(&log, &counted).into(), "{:?}", log);
                    state = Some(after);
                }
            }
        }
    }

    #[test]
    fn different_values_never_exceed_the_limit_in_any_span_and_a_known_one_is_never_refused(
        window_ms in 1_000_u64..100_000,
        limit in 1_u32..6,
        asks in prop::collection::vec((0_i64..6_000, 0_u8..12, prop::bool::weighted(0.2)), 1..150),
    ) {
        let span = i64::try_from(window_ms).unwrap();
        let (mut state, mut log) = (None::<State>, Vec::<(i64, u8)>::new());
        let mut clock = START;
        for (n, (step, value, is_denied)) in asks.iter().enumerate() {
            clock += step;
            let stamp = Stamp::new("app", &n.to_string());
            let demand = Demand {
                measure: Measure::Distinct { value: ValueMark::new(&value.to_string()) },
                ..demand(window_ms, limit, 1)
            };
            let standing = |since: i64| -> BTreeSet<u8> {
                log.iter().filter(|(at, _)| *at > since).map(|(_, value)| *value).collect()
            };
            match take(state.as_ref(), &[demand], stamp, moment(clock)) {
                Step::Write(write) => {
                    let shares = write.shares.clone();
                    let taken = changed(state.take(), write.change, stamp);
                    let known = standing(clock - span).contains(value);
                    if *is_denied {
                        let back = Return { shares, verified: Vec::new(), stamp: Some(stamp) };
                        let change = give_back(&taken, &back, moment(clock)).expect("the stamp is there");
                        state = Some(adjusted(taken, change));
                        continue;
                    }
                    prop_assert!(known || standing(clock - span).len() < limit as usize);
                    log.push((clock, *value));
                    state = Some(taken);
                }
                Step::Refused(_) => {
                    // A denied one that was known already may have kept its value for up to a window longer.
                    prop_assert!(!standing(clock - span).contains(value), "{} is known", value);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}

/// What is open of what was admitted after a moment.
fn open(log: &[Standing], after: i64) -> u32 {
    log.iter().filter(|standing| standing.is_open && standing.at > after).map(|standing| standing.cost).sum()
}

/// What is open of what is in the ring.
fn open_in_ring(log: &[Standing], counter: &Counter) -> u32 {
    let oldest = counter.bucket.saturating_sub(counter.window.buckets());
    let is_in =
        |standing: &&Standing| standing.is_open && counter.window.bucket_at(moment(standing.at)) >= oldest;
    log.iter().filter(is_in).map(|standing| standing.cost).sum()
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
    assert_eq!(state.counters["monitor"].admitted.total, Decimal::ONE);
    assert_eq!(state.counters["rule"].admitted.total, Decimal::from(3));
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
