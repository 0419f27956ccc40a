//! What several rules take from one key, and what comes back to it, step by step.

mod given_back;

use std::time::Duration;

use super::*;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
/// The beginning of a bucket of an hour, which lasts three minutes.
const START: i64 = 497_223 * HOUR;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(START + millis).unwrap()
}

fn window(millis: i64) -> Window {
    Window::new(Duration::from_millis(millis.unsigned_abs())).unwrap()
}

fn stamp(id: u32) -> Stamp {
    Stamp::new("app", &id.to_string())
}

fn demand(rule: &str, limit: u32) -> Demand {
    let measure = Measure::Amount { cost: Decimal::ONE, grow: None };
    Demand { rule: rule.to_owned(), window: window(HOUR), limit: limit.into(), measure, enforced: true }
}

fn watched(rule: &str, limit: u32) -> Demand {
    Demand { enforced: false, ..demand(rule, limit) }
}

fn distinct(rule: &str, limit: u32, value: &str) -> Demand {
    Demand { measure: Measure::Distinct { value: ValueMark::new(value) }, ..demand(rule, limit) }
}

/// As many demands as this, each with room.
fn many(n_rules: usize) -> Vec<Demand> {
    (0..n_rules).map(|n| demand(&format!("rule-{n:02}"), 9)).collect()
}

#[track_caller]
fn write(step: Step) -> Write {
    let Step::Write(write) = step else { panic!("{step:?}") };
    write
}

/// The state after a verification has taken what it asks for.
#[track_caller]
fn after(state: Option<State>, demands: &[Demand], id: u32, millis: i64) -> State {
    let change = write(take(state.as_ref(), demands, stamp(id), at(millis))).change;
    change.made_to(state.unwrap_or_default(), stamp(id))
}

/// The totals that are known of each, and whether it is full.
fn totals(readings: &[Reading]) -> Vec<(Decimal, bool)> {
    readings.iter().map(|reading| (reading.total, reading.over)).collect()
}

#[test]
fn a_first_use_and_a_bucket_that_turned_replace_the_state_and_what_is_between_adds() {
    let demands = [demand("a", 9), demand("b", 9)];
    let first = write(take(None, &demands, stamp(1), at(0)));
    assert!(matches!(first.change, Change::Replace { seen: None, .. }));
    let state = after(None, &demands, 1, 0);
    assert_eq!(state.version, at(0).as_millisecond().unsigned_abs());
    let second = write(take(Some(&state), &demands, stamp(2), at(SECOND)));
    let Change::Add(rooms) = &second.change else { panic!("{second:?}") };
    assert_eq!(rooms.iter().map(|room| room.rule.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(totals(&second.readings), [(2.into(), false), (2.into(), false)]);
    let state = second.change.made_to(state, stamp(2));
    let turned = write(take(Some(&state), &demands, stamp(3), at(180 * SECOND)));
    let Change::Replace { seen, state: next } = turned.change else { panic!("{turned:?}") };
    assert_eq!((seen, next.version), (Some(state.version), at(180 * SECOND).as_millisecond().unsigned_abs()));
    assert_eq!(totals(&turned.readings), [(3.into(), false), (3.into(), false)]);
    // A clock that is behind still makes a version that nobody has seen.
    let behind = after(Some(*next.clone()), &[demand("c", 9)], 4, 0);
    assert_eq!(behind.version, next.version + 1);
}

#[test]
fn one_write_adds_to_thirty_two_counters_at_most() {
    for (n_rules, is_addition) in [(32, true), (33, false)] {
        let demands = many(n_rules);
        let state = after(None, &demands, 1, 0);
        let change = write(take(Some(&state), &demands, stamp(2), at(0))).change;
        assert_eq!(matches!(change, Change::Add(_)), is_addition, "{n_rules} rules");
        let unseen = write(take_unseen(Some(&state), &demands, stamp(2), at(0)));
        assert_eq!(matches!(unseen.change, Change::Add(_)), is_addition, "{n_rules} rules");
        assert_eq!(unseen.shares.len(), n_rules);
    }
    let one = write(take_unseen(None, &many(1), stamp(1), at(0)));
    assert!(matches!(one.change, Change::Add(_)));
}

#[test]
fn a_full_counter_refuses_for_all_and_one_that_is_only_watched_for_none() {
    let state = after(None, &[demand("full", 1), demand("free", 9)], 1, 0);
    let refused = take(Some(&state), &[demand("free", 9), demand("full", 1)], stamp(2), at(0));
    let Step::Refused(readings) = refused else { panic!("{refused:?}") };
    assert_eq!(totals(&readings), [(2.into(), false), (1.into(), true)]);
    assert_eq!((readings[0].retry_at, readings[1].retry_at), (None, Some(at(HOUR + 180 * SECOND))));

    let beside = write(take(Some(&state), &[demand("free", 9), watched("full", 1)], stamp(2), at(0)));
    assert!(matches!(beside.change, Change::Add(_)), "what is full needs no write");
    assert_eq!(beside.shares.iter().map(|share| share.rule.as_str()).collect::<Vec<_>>(), ["free"]);
    assert_eq!(totals(&beside.readings), [(2.into(), false), (1.into(), true)]);
    let alone = take(Some(&state), &[watched("full", 1)], stamp(2), at(0));
    assert!(matches!(alone, Step::Untouched(_)), "{alone:?}");
}

#[test]
fn a_repeat_takes_nothing_and_reads_what_it_holds() {
    let demands = [demand("rule", 1), distinct("values", 3, "a")];
    let state = after(None, &demands, 1, 0);
    let repeated = take(Some(&state), &demands, stamp(1), at(SECOND));
    let held = readings_of(&state, &demands, at(SECOND));
    assert_eq!(totals(&held), [(1.into(), false), (1.into(), false)]);
    assert_eq!((held[1].limit, held[1].retry_at), (3.into(), None));
    assert_eq!(repeated, Step::AlreadyTaken(held));
}

#[test]
fn only_who_holds_no_share_yet_finds_a_counter_full() {
    let demands = [demand("full", 1), demand("free", 9)];
    let state = after(None, &demands, 1, 0);
    let found = |id, demands: &[Demand]| {
        let found = full(&state, demands, stamp(id), at(SECOND));
        found.into_iter().map(|reading| reading.map(|reading| reading.rule)).collect::<Vec<_>>()
    };
    assert_eq!(found(2, &demands), [Some("full".to_owned()), None]);
    assert_eq!(found(1, &demands), [None, None]);
    // Under a shorter window it is not known yet when in its bucket the share was taken.
    let shorter = [Demand { window: window(HOUR / 2), ..demand("full", 1) }];
    assert_eq!(found(2, &shorter), [None]);
    assert!(matches!(recut(&state, &shorter, at(SECOND)), Some(Change::Replace { .. })));
    assert_eq!(recut(&state, &demands, at(SECOND)), None);
}

#[test]
fn a_state_counts_until_it_runs_out_and_the_counter_of_a_dropped_rule_as_long() {
    let later = after(None, &[demand("rule", 1), distinct("values", 1, "a")], 1, 0);
    let end = i64::try_from(later.runs_out_at()).unwrap() - START;
    assert_eq!(end, HOUR + 180 * SECOND);
    for one in [demand("rule", 1), distinct("values", 1, "b")] {
        let refused = take(Some(&later), &[&one], stamp(2), at(end - 1));
        assert!(matches!(refused, Step::Refused(_)), "{refused:?}");
        write(take(Some(&later), &[&one], stamp(2), at(end)));
    }
    let names = |millis| {
        let state = after(Some(later.clone()), &[demand("other", 1)], 2, millis);
        let counters: Vec<String> = state.counters.into_iter().map(|(name, _)| name).collect();
        (counters, state.values.into_iter().count())
    };
    assert_eq!(names(end - 1), (vec!["other".to_owned(), "rule".to_owned()], 1));
    assert_eq!(names(end), (vec!["other".to_owned()], 0));
    let short = after(None, &[Demand { window: window(SECOND), ..demand("rule", 1) }], 1, 0);
    assert!(short.runs_out_at() < later.runs_out_at());
    assert_eq!(State::default().runs_out_at(), 0);
}

#[test]
fn a_longer_name_takes_as_much_more_memory() {
    let bytes = |demand: Demand| after(None, &[demand], 1, 0).bytes();
    assert_eq!(bytes(demand("a-long-name", 1)) - bytes(demand("a", 1)), 10);
    assert_eq!(bytes(distinct("a-long-name", 1, "a")) - bytes(distinct("a", 1, "a")), 10);
    assert!(bytes(demand("a", 1)) > size_of::<State>() + size_of::<Counter>());
    let two = after(Some(after(None, &[distinct("a", 9, "a")], 1, 0)), &[distinct("a", 9, "b")], 2, 0);
    assert_eq!(two.bytes() - bytes(distinct("a", 9, "a")), 2 * size_of::<(ValueMark, Member)>());
}

#[test]
fn what_was_verified_takes_memory_too() {
    let counter = |admitted: usize, verified: usize| {
        let ring = |n| Ring::new(Decimal::ONE, vec![Decimal::ONE; n]);
        Counter { admitted: ring(admitted), verified: ring(verified), ..Counter::new(window(HOUR), at(0)) }
    };
    assert_eq!(counter(3, 0).bytes(), 3 * size_of::<Decimal>());
    assert_eq!(counter(3, 2).bytes(), 5 * size_of::<Decimal>());
}

#[test]
fn a_limit_says_when_it_has_room_again_unless_it_never_will() {
    let two = |cost: u32| {
        let measure = Measure::Amount { cost: cost.into(), grow: None };
        Demand { measure, ..demand("rule", 2) }
    };
    let state = after(None, &[two(2)], 1, 0);
    let retry_at = |cost| {
        let Step::Refused(readings) = take(Some(&state), &[two(cost)], stamp(2), at(0)) else { panic!() };
        readings[0].retry_at
    };
    let free = Some(at(HOUR + 180 * SECOND));
    assert_eq!((retry_at(1), retry_at(2), retry_at(3)), (free, free, None));
}

#[test]
fn room_for_another_value_comes_when_enough_of_them_have_left() {
    let one = |limit, value| distinct("values", limit, value);
    let state = after(Some(after(None, &[one(9, "a")], 1, 0)), &[one(9, "b")], 2, 180 * SECOND);
    let retry_at = |limit| {
        let step = take(Some(&state), &[one(limit, "c")], stamp(3), at(200 * SECOND));
        let Step::Refused(readings) = step else { panic!("{step:?}") };
        readings[0].retry_at
    };
    assert_eq!(retry_at(2), Some(at(HOUR + 180 * SECOND)));
    assert_eq!(retry_at(1), Some(at(HOUR + 360 * SECOND)));
}

#[test]
fn values_move_under_a_shorter_window_only_while_their_bucket_lasts() {
    let full_under = |state: &State, length, millis| {
        let demand = Demand { window: window(length), ..distinct("values", 1, "b") };
        full(state, &[&demand], stamp(9), at(millis))[0].is_some()
    };
    let state = after(None, &[distinct("values", 1, "a")], 1, 0);
    assert!(full_under(&state, HOUR, SECOND));
    assert!(!full_under(&state, HOUR / 2, SECOND));
    assert!(full_under(&state, HOUR / 2, 180 * SECOND), "its bucket is over");
}

#[test]
fn a_counter_of_something_else_than_verifications_is_known_by_its_rule() {
    assert_eq!(demand("per-number#money", 1).rule_id(), "per-number");
    assert_eq!(demand("per-number", 1).rule_id(), "per-number");
}
