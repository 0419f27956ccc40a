//! Quotas that verifications give back to, that grow, and that count different values, against naive logs.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use rust_decimal::Decimal;
use sinch_gate::quota::{
    Counter, Demand, Gain, Measure, Return, Share, Stamp, State, Step, Taken, ValueMark, Window, give_back,
    take,
};

use crate::quota::{Attempt, START, bucket_ms, demand, moment};
use crate::world::quota_table::{adjusted, changed};

/// A verification that was admitted, and what it still holds.
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
    fn what_is_open_never_exceeds_a_limit_that_grows_and_releases_free_what_was_taken(
        window_ms in 5_000_u64..100_000,
        limit in 1_u32..8,
        tenths in 0_u32..30,
        events in events(),
    ) {
        let window = Window::new(Duration::from_millis(window_ms)).unwrap();
        let span = i64::try_from(window_ms).unwrap();
        let grow = (tenths > 0).then(|| Decimal::new(tenths.into(), 1));
        let mut state = None::<State>;
        let mut log = Vec::<Standing>::new();
        let mut verified = Vec::<(i64, u32)>::new();
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
                        let grown = verified.iter().filter(|(at, _)| *at > since);
                    let grown: u32 = grown.map(|(_, cost)| cost).sum();
                        let by_growth = grow.map_or(Decimal::ZERO, |grow| grow * Decimal::from(grown));
                    let most = by_growth.max(limit.into());
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
                    let counter_of = |state: &State| state.counters.get("rule").unwrap().clone();
                    let (was, counted) = (counter_of(&before), counter_of(&after));
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
    fn different_values_never_exceed_the_limit_and_a_known_one_is_never_refused(
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
