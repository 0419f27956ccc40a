//! Windows that newer policies change, against a naive log: nothing is admitted too early under any of them,
//! and what an older one counted is in the way for no longer than the newer one says.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use sinch_gate::quota::{Demand, Measure, Stamp, State, Step, ValueMark, recut, take};

use crate::quota::{START, bucket_ms, demand, moment};
use crate::world::quota_table::changed;

/// What the naive log knows of one admission.
#[derive(Clone, Copy, Debug)]
struct Admission {
    at: i64,
    /// The latest moment that it can have been admitted at, as far as the buckets show.
    latest: i64,
    what: u32,
}

/// The last millisecond of the bucket that a moment falls into.
fn end_of_bucket(window_ms: u64, at: i64) -> i64 {
    let (window, buckets) =
        (i64::try_from(window_ms).unwrap(), i64::try_from((window_ms / 1_000).clamp(1, 20)).unwrap());
    let next = at * buckets / window + 1;
    (next * window + buckets - 1) / buckets - 1
}

/// What the log's moments are under another window. A shorter one fixes them when it is looked at first.
fn under(log: &[Admission], from: u64, to: u64, now: i64) -> Vec<Admission> {
    let moved = |admission: &Admission| {
        let end = end_of_bucket(from, admission.latest);
        let latest = if to < from { end.min(now) } else { end };
        Admission { latest: if from == to { admission.latest } else { latest }, ..*admission }
    };
    log.iter().map(moved).collect()
}

/// Takes, or writes what there is to write where nothing is taken, as the store does; says whether it took.
fn ask(state: &mut Option<State>, demand: Demand, stamp: Stamp, now: Timestamp) -> bool {
    let demands = [demand];
    match take(state.as_ref(), &demands, stamp, now) {
        Step::Write(write) => {
            *state = Some(changed(state.take(), write.change, stamp));
            true
        }
        _ => {
            let change = state.as_ref().and_then(|state| recut(state, &demands, now));
            if let Some(change) = change {
                *state = Some(changed(state.take(), change, stamp));
            }
            false
        }
    }
}

fn window_of(state: &State) -> Option<u64> {
    let counters = state.counters.values().map(|counter| counter.window.as_millis());
    counters.chain(state.values.values().map(|values| values.window.as_millis())).next()
}

/// Long and short windows, since the length of buckets is what matters.
fn windows() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(prop_oneof![1_000_u64..5_000, 2_000_u64..100_000, 600_000_u64..90_000_000], 2..6)
}

fn asks(what: std::ops::Range<u32>) -> impl Strategy<Value = Vec<(i64, u32)>> {
    let step = prop_oneof![6 => 0_i64..1_500, 2 => 0_i64..30_000, 1 => 0_i64..4_000_000];
    prop::collection::vec((step, what), 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn amounts_count_as_long_as_the_window_in_force_says_and_no_longer(
        windows in windows(),
        limit in 1_u32..12,
        asks in asks(1..4),
    ) {
        let (mut state, mut log, mut clock) = (None, Vec::<Admission>::new(), START);
        let mut before = windows[0];
        let per_window = asks.len().div_ceil(windows.len());
        for (n, (step, cost)) in asks.iter().enumerate() {
            clock += step;
            let window = windows[n / per_window];
            let seen = under(&log, before, window, clock);
            let stamp = Stamp::new("app", &n.to_string());
            let took = ask(&mut state, demand(window, limit, *cost), stamp, moment(clock));
            if window < before || state.as_ref().and_then(window_of) == Some(window) {
                log.clone_from(&seen);
                before = window;
            }
            if took {
                log.push(Admission { at: clock, latest: clock, what: *cost });
                // What a shorter window has dropped does not come back.
                let shortest = windows[..=n / per_window].iter().min().copied().unwrap();
                let since = clock - i64::try_from(shortest).unwrap();
                let spent: u32 = log.iter().filter(|one| one.at > since).map(|one| one.what).sum();
                prop_assert!(spent <= limit, "{} of {} within {} ms", spent, limit, shortest);
            } else {
                let since = clock - i64::try_from(window).unwrap() - bucket_ms(window);
                let spent: u32 = seen.iter().filter(|one| one.latest > since).map(|one| one.what).sum();
                prop_assert!(spent + cost > limit, "refused although only {} of {} stand", spent, limit);
            }
        }
    }

    #[test]
    fn values_count_as_long_as_the_window_in_force_says_and_no_longer(
        windows in windows(),
        limit in 1_u32..6,
        asks in asks(0..12),
    ) {
        let (mut state, mut log, mut clock) = (None, Vec::<Admission>::new(), START);
        let mut before = windows[0];
        let per_window = asks.len().div_ceil(windows.len());
        for (n, (step, value)) in asks.iter().enumerate() {
            clock += step;
            let window = windows[n / per_window];
            let seen = under(&log, before, window, clock);
            let stamp = Stamp::new("app", &n.to_string());
            let measure = Measure::Distinct { value: ValueMark::new(&value.to_string()) };
            let took = ask(&mut state, Demand { measure, ..demand(window, limit, 1) }, stamp, moment(clock));
            if window < before || state.as_ref().and_then(window_of) == Some(window) {
                log.clone_from(&seen);
                before = window;
            }
            let different = |log: &[Admission], is_in: &dyn Fn(&Admission) -> bool| {
                log.iter().filter(|one| is_in(one)).map(|one| one.what).collect::<BTreeSet<u32>>().len()
            };
            if took {
                log.push(Admission { at: clock, latest: clock, what: *value });
                let shortest = windows[..=n / per_window].iter().min().copied().unwrap();
                let since = clock - i64::try_from(shortest).unwrap();
                prop_assert!(different(&log, &|one| one.at > since) <= limit as usize);
            } else {
                let since = clock - i64::try_from(window).unwrap() - bucket_ms(window);
                prop_assert!(different(&seen, &|one| one.latest > since) >= limit as usize);
            }
        }
    }
}
