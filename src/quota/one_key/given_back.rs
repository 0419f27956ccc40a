//! What comes back to one key, step by step.

use super::*;

/// The length of a bucket of an hour.
const BUCKET: i64 = 180 * SECOND;

/// A state after some verifications, and the shares of each of them.
fn taken(demands: &[Demand], at_millis: &[i64]) -> (State, Vec<Vec<Share>>) {
    let (mut state, mut shares) = (None::<State>, Vec::new());
    for (id, millis) in (1..).zip(at_millis) {
        shares.push(write(take(state.as_ref(), demands, stamp(id), at(*millis))).shares);
        state = Some(after(state, demands, id, *millis));
    }
    (state.unwrap(), shares)
}

fn total(state: &State) -> Decimal {
    state.counters.get("rule").unwrap().admitted.total
}

/// What a write takes out of each bucket of a counter, the first bucket being 0.
fn cuts(write: &GiveBack) -> Vec<(u64, u32)> {
    let GiveBack::Adjust { counters, .. } = write else { panic!("{write:?}") };
    let first = window(HOUR).bucket_at(at(0));
    let cuts = counters.values().flat_map(|adjustment| &adjustment.cuts);
    cuts.map(|(bucket, amount)| (bucket - first, u32::try_from(*amount).unwrap())).collect()
}

fn back(shares: &[Share], id: u32) -> Return {
    Return { shares: shares.to_vec(), verified: Vec::new(), stamp: Some(stamp(id)) }
}

fn gain(amount: u32) -> Return {
    let gain = Gain { rule: "rule".to_owned(), window: window(HOUR), amount: amount.into() };
    Return { verified: vec![gain], ..Return::default() }
}

#[test]
fn a_share_comes_back_once() {
    let (mut state, shares) = taken(&[demand("rule", 9)], &[0, 0, 0]);
    let back = back(&shares[1], 2);
    assert!(
        back.is_stamped_in(&state) && !Return { stamp: Some(stamp(7)), ..back.clone() }.is_stamped_in(&state)
    );
    let write = give_back(&state, &back, at(SECOND)).unwrap();
    assert_eq!(cuts(&write), [(0, 1)]);
    assert_eq!(give_back_unseen(&back, at(SECOND)), Some(write.clone()));
    let version = state.version;
    assert!(write.make_to(&mut state));
    assert_eq!((total(&state), state.version), (2.into(), version + 1));
    let changed = state.clone();
    assert!(!write.make_to(&mut state), "its stamp is gone");
    assert_eq!(state, changed);
    assert_eq!(give_back(&state, &back, at(SECOND)), None);
}

#[test]
fn a_share_leaves_the_earliest_buckets_that_it_may_be_in() {
    let (mut state, shares) = taken(&[demand("rule", 9)], &[0, BUCKET, BUCKET, 2 * BUCKET]);
    let of_two = Share { taken: Taken::Amount(2.into()), ..shares[0][0].clone() };
    let write = give_back(&state, &back(&[of_two], 1), at(2 * BUCKET)).unwrap();
    assert_eq!(cuts(&write), [(0, 1), (1, 1)]);
    assert!(write.make_to(&mut state));
    assert_eq!(total(&state), 2.into());
    // The last bucket in which it counts, and the first in which it does not.
    for (bucket, expected) in [(20, vec![(0, 1)]), (21, vec![])] {
        let (state, shares) = taken(&[demand("rule", 9)], &[0, bucket * BUCKET]);
        let unstamped = Return { stamp: None, ..back(&shares[0], 1) };
        let write = give_back(&state, &unstamped, at(bucket * BUCKET));
        assert_eq!(write.as_ref().map(cuts).unwrap_or_default(), expected, "bucket {bucket}");
        let unseen = give_back_unseen(&unstamped, at(bucket * BUCKET));
        assert_eq!(unseen.as_ref().map(cuts).unwrap_or_default(), expected, "bucket {bucket}");
    }
    // What a clock that is ahead took is in no bucket that the key knows.
    let (state, shares) = taken(&[demand("rule", 9)], &[0]);
    let ahead = Share { bucket: shares[0][0].bucket + 1, ..shares[0][0].clone() };
    assert_eq!(give_back(&state, &Return { stamp: None, ..back(&[ahead], 1) }, at(0)), None);
}

#[test]
fn a_value_comes_back_unless_another_verification_relies_on_it() {
    let demands = [distinct("values", 9, "a")];
    let (mut alone, shares) = taken(&demands, &[0]);
    let write = give_back(&alone, &back(&shares[0], 1), at(0)).unwrap();
    assert_eq!(Some(&write), give_back_unseen(&back(&shares[0], 1), at(0)).as_ref());
    assert!(write.make_to(&mut alone));
    assert!(alone.values.get("values").unwrap().members.is_empty());
    assert!(!write.make_to(&mut alone));
    let (mut shared, shares) = taken(&demands, &[0, 0]);
    let unstamped = Return { stamp: None, ..back(&shares[0], 1) };
    assert_eq!(give_back(&shared, &unstamped, at(0)), None);
    assert!(!give_back_unseen(&unstamped, at(0)).unwrap().make_to(&mut shared));
    assert_eq!(shared.values.get("values").unwrap().members.len(), 1);
}

#[test]
fn what_verified_lifts_a_limit_that_grows_in_the_bucket_of_now() {
    let grows =
        Demand { measure: Measure::Amount { cost: 1.into(), grow: Some(2.into()) }, ..demand("rule", 3) };
    let (mut state, _) = taken(std::slice::from_ref(&grows), &[0]);
    let limit = |state: &State, millis| readings_of(state, &[&grows], at(millis))[0].limit;
    assert_eq!(limit(&state, 0), 3.into());
    let write = give_back(&state, &gain(4), at(SECOND)).unwrap();
    assert!(matches!(write, GiveBack::Adjust { .. }));
    assert_eq!(give_back_unseen(&gain(4), at(SECOND)), Some(write.clone()));
    assert!(write.make_to(&mut state));
    assert_eq!(limit(&state, 0), 8.into());
    let later = give_back(&state, &gain(1), at(BUCKET)).unwrap();
    let GiveBack::Replace { seen, state: next } = &later else { panic!("{later:?}") };
    assert_eq!((*seen, limit(next, BUCKET)), (state.version, 10.into()));
    assert_eq!(next.version, at(BUCKET).as_millisecond().unsigned_abs());
    assert!(!give_back_unseen(&gain(1), at(BUCKET)).unwrap().make_to(&mut state), "the bucket has to turn");
    let mut elsewhere = State { version: state.version + 1, ..state.clone() };
    assert!(!later.make_to(&mut elsewhere) && later.make_to(&mut state));
    assert_eq!(&state, &**next);
    // What ended verified four buckets after the first leaves the window first.
    assert_eq!(limit(&state, 21 * BUCKET), 3.into());
    assert_eq!(give_back(&state, &gain(0), at(BUCKET)), None);
}

#[test]
fn a_write_holds_only_where_the_counter_is_as_it_was_thought_to_be() {
    let (state, shares) = taken(&[demand("rule", 9)], &[0]);
    let unstamped = Return { stamp: None, ..back(&shares[0], 1) };
    let write = give_back_unseen(&unstamped, at(0)).unwrap();
    let holds = |state: &State| write.make_to(&mut state.clone());
    let with = |change: &dyn Fn(&mut Counter)| {
        let mut state = state.clone();
        change(state.counters.get_mut("rule").unwrap());
        state
    };
    assert!(holds(&state) && holds(&with(&|_| ())));
    assert!(!holds(&with(&|counter| counter.window = window(HOUR / 2))));
    assert!(!holds(&with(&|counter| counter.bucket += 21)));
    assert!(!holds(&with(&|counter| counter.bucket -= 1)));
    assert!(!holds(&with(&|counter| counter.admitted.current = Decimal::ZERO)));
    assert!(!holds(&State::default()));
    let mut turned = after(Some(state.clone()), &[demand("rule", 9)], 2, 20 * BUCKET);
    assert!(write.make_to(&mut turned), "the last bucket in which it counts");
    let another_window = Share { window: window(HOUR / 2), ..shares[0][0].clone() };
    assert_eq!(give_back(&state, &Return { stamp: None, ..back(&[another_window], 1) }, at(0)), None);
}

#[test]
fn too_much_for_one_expression_replaces_the_state() {
    let demands = |n_rules: u32| (0..n_rules).map(|n| demand(&format!("rule-{n}"), 9)).collect::<Vec<_>>();
    for (n_rules, is_adjustment) in [(36, true), (37, false)] {
        let (state, shares) = taken(&demands(n_rules), &[0]);
        let back = back(&shares[0], 1);
        let write = give_back(&state, &back, at(0)).unwrap();
        assert_eq!(matches!(write, GiveBack::Adjust { .. }), is_adjustment, "{n_rules} rules");
        let unseen = give_back_unseen(&back, at(0)).unwrap();
        let brings_state = GiveBack::Replace { seen: 0, state: Box::default() };
        assert_eq!(unseen == brings_state, !is_adjustment, "{n_rules} rules");
        let mut after = state.clone();
        assert!(write.make_to(&mut after) && !back.is_stamped_in(&after));
        assert!(after.counters.values().all(|counter| counter.admitted.total.is_zero()));
        assert!(after.version > state.version);
        assert_eq!(give_back(&after, &back, at(0)), None);
    }
}

#[test]
fn a_stamp_alone_is_nothing_to_give_back() {
    assert!(back(&[], 1).is_empty() && !gain(1).is_empty());
    assert_eq!(give_back_unseen(&Return::default(), at(0)), None);
}

#[test]
fn marks_are_read_as_they_are_shown() {
    let (mark, stamp) = (ValueMark::new("value"), stamp(1));
    assert_eq!(ValueMark::parse(&mark.to_string()), Some(mark));
    assert_eq!(Stamp::parse(&stamp.to_string()), Some(stamp));
    assert_eq!((mark.to_string().len(), stamp.to_string().len()), (16, 16));
    assert_eq!((ValueMark::parse("no mark"), Stamp::parse("no mark")), (None, None));
    assert_eq!(Stamp::from_bytes(stamp.to_bytes()), stamp);
    assert!(stamp.slot() < SLOTS && stamp.given_back() != stamp);
}
