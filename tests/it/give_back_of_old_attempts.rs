//! What a number's attempts give back, however old they are: a write that DynamoDB accepts, and that gives
//! back everything that still counts.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sinch_gate::quota::{
    Demand, Gain, Measure, Return, Share, Stamp, State, Step, Taken, ValueMark, Window, give_back,
    give_back_unseen, take, take_unseen,
};

use crate::quota::moment;
use crate::world::quota_table;

const NOW: i64 = 1_790_000_000_000;
const DAY: i64 = 86_400_000;

/// A rule with a limit that nothing reaches.
fn demand(rule: usize, window_ms: u64) -> Demand {
    Demand {
        rule: format!("rule-{rule}"),
        window: Window::new(Duration::from_millis(window_ms)).unwrap(),
        limit: Decimal::from(100_000),
        measure: Measure::Amount { cost: Decimal::ONE, grow: Some(Decimal::ONE) },
        enforced: true,
    }
}

fn took(state: Option<State>, demands: &[Demand], stamp: Stamp, now: Timestamp) -> (State, Vec<Share>) {
    match take(state.as_ref(), demands, stamp, now) {
        Step::Write(write) => (quota_table::changed(state, write.change, stamp), write.shares),
        other => panic!("{other:?}"),
    }
}

/// The state after a give-back, in one try or in two. There may be nothing that still counts.
fn given_back(state: State, back: &Return, now: Timestamp) -> State {
    let Some(first) = give_back_unseen(back, now) else { return state };
    match quota_table::adjust(&state, &first) {
        Some(after) => after,
        None => match give_back(&state, back, now) {
            Some(second) => quota_table::adjusted(state, second),
            None => state,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn all_shares_that_still_count_come_back(
        // The second and third kind meet buckets of one name, under windows of an hour and of a day.
        mut ages in prop::collection::vec(
            prop_oneof![
                0..80 * DAY,
                (0_i64..60).prop_map(|n| n * 21 * 180_000),
                (0_i64..60).prop_map(|n| n * 21 * DAY / 20),
            ],
            1..17,
        ),
        n_rules in 1_usize..20,
        verifies in any::<bool>(),
    ) {
        ages.sort_unstable_by(|one, other| other.cmp(one));
        let windows = [3_600_000, 86_400_000, 20_000, 2_678_400_000];
        let demands: Vec<Demand> = (0..n_rules).map(|rule| demand(rule, windows[rule % 4])).collect();
        let (mut state, mut shares) = (None, Vec::new());
        for (n, age) in ages.iter().enumerate() {
            let (next, more) = took(state, &demands, Stamp::new("app", &n.to_string()), moment(NOW - age));
            state = Some(next);
            shares.extend(more);
        }
        let gain = |demand: &Demand| Gain {
            rule: demand.rule.clone(),
            window: demand.window,
            amount: Decimal::ONE,
        };
        let verified = if verifies { demands.iter().map(gain).collect() } else { Vec::new() };
        let back = Return { shares, verified, stamp: None };
        let after = given_back(state.unwrap(), &back, moment(NOW));
        // The next take rolls what has left the window.
        let (then, _) = took(Some(after), &demands, Stamp::new("app", "next"), moment(NOW));
        for (rule, counter) in then.counters.iter() {
            prop_assert_eq!(counter.admitted.total, Decimal::ONE, "{}", rule);
            prop_assert_eq!(counter.verified.total, Decimal::from(u8::from(verifies)), "{}", rule);
        }
    }
}

#[test]
fn writes_are_possible_for_any_number_of_rules() {
    for n_rules in (1..=70).chain([100, 200]) {
        for distinct in [false, true] {
            let of = |rule| match distinct {
                false => demand(rule, 86_400_000),
                true => Demand {
                    measure: Measure::Distinct { value: ValueMark::new("value") },
                    ..demand(rule, 86_400_000)
                },
            };
            let demands: Vec<Demand> = (0..n_rules).map(of).collect();
            let stamp = |n: u32| Stamp::new("app", &n.to_string());
            let (first, _) = took(None, &demands, stamp(1), moment(NOW));
            let (second, shares) = took(Some(first.clone()), &demands, stamp(2), moment(NOW));
            if let Step::Write(write) = take_unseen(None, &demands, stamp(2), moment(NOW)) {
                // Whatever was tried, it took the shares or nothing.
                let unseen = quota_table::change(Some(&first), &write.change, stamp(2));
                assert!(unseen.is_none_or(|unseen| unseen.counters == second.counters));
            }
            let back = Return { shares, verified: Vec::new(), stamp: Some(stamp(2)) };
            let after = given_back(second, &back, moment(NOW));
            assert_eq!(after.counters, first.counters, "{n_rules}");
            assert!(give_back(&after, &back, moment(NOW)).is_none(), "it was given back already");
        }
    }
}

#[test]
fn a_share_ahead_of_the_clock_does_not_hide_the_others() {
    let demands = [demand(0, 20_000)];
    let (mut state, mut shares) = (None, Vec::new());
    for (n, at) in [(0, -30_000), (1, -15_000), (2, 5_000)] {
        let (next, more) = took(state, &demands, Stamp::new("app", &n.to_string()), moment(NOW + at));
        state = Some(next);
        shares.extend(more);
    }
    assert!(shares.iter().all(|share| share.taken == Taken::Amount(Decimal::ONE)));
    let back = Return { shares, verified: Vec::new(), stamp: None };
    let after = given_back(state.unwrap(), &back, moment(NOW));
    assert!(after.counters.get("rule-0").unwrap().admitted.total.is_zero());
}
