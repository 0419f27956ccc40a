//! Every interleaving of two callers on one quota item, with a bucket that turns, a share that is given back
//! and a reply that gets lost: the promise must hold in each of them.
//!
//! The callers do what `store::quota` does, one conditional write at a time, on a table that is one `Option`.

use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sinch_gate::quota::{
    Demand, GiveBack, Measure, Return, Share, Stamp, State, Step, Window, Write, give_back, give_back_unseen,
    take, take_unseen,
};

use crate::world::quota_table;

const WINDOW_MS: i64 = 20_000;
const START_MS: i64 = 1_790_000_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(START_MS + millis).unwrap()
}

fn demands(limit: u32) -> [Demand; 1] {
    [Demand {
        rule: "rule".to_owned(),
        window: Window::new(Duration::from_millis(WINDOW_MS.unsigned_abs())).unwrap(),
        limit: Decimal::from(limit),
        measure: Measure::Amount { cost: Decimal::ONE, grow: None },
        enforced: true,
    }]
}

/// One conditional write on the table; `Err` where its condition does not hold.
fn write(table: &mut Option<State>, write: &Write, stamp: Stamp) -> Result<(), ()> {
    *table = Some(quota_table::change(table.as_ref(), &write.change, stamp).ok_or(())?);
    Ok(())
}

/// What a caller does next.
#[derive(Clone, Debug)]
enum Next {
    Take(Write),
    GiveBack(GivingBack),
    Done,
}

/// How far a give-back has got.
#[derive(Clone, Debug)]
struct GivingBack {
    back: Return,
    change: GiveBack,
    /// Whether the write is refused once it took effect.
    is_stamped: bool,
    /// Whether an earlier try may have taken effect.
    is_unclear: bool,
}

/// Whether a share is given back, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Returns {
    /// It stays.
    No,
    /// The verification is denied by something else; its stamp proves what it holds.
    Denied,
    /// The verification ended verified; only its time is known, and no stamp.
    Released,
}

#[derive(Clone, Debug)]
struct Caller {
    stamp: Stamp,
    returns: Returns,
    next: Next,
    /// When it was admitted, and until a give-back may have taken effect.
    admitted: Option<i64>,
}

#[derive(Clone, Debug)]
struct World {
    table: Option<State>,
    now: i64,
    limit: u32,
    callers: [Caller; 2],
    /// Admissions from before.
    earlier: Vec<i64>,
    turns_left: u32,
    losses_left: u32,
}

impl World {
    /// Runs one write of one caller; with `is_lost`, its reply gets lost.
    fn step(&mut self, who: usize, is_lost: bool) {
        let (limit, now) = (self.limit, self.now);
        let caller = &mut self.callers[who];
        match caller.next.clone() {
            Next::Done => {}
            Next::Take(first) => {
                let mut done = write(&mut self.table, &first, caller.stamp);
                if is_lost {
                    // The SDK sends the very same write again.
                    done = write(&mut self.table, &first, caller.stamp);
                }
                caller.next = if done.is_ok() {
                    caller.admitted = Some(now);
                    after_admission(caller, first.shares, now)
                } else {
                    match take(self.table.as_ref(), &demands(limit), caller.stamp, at(now)) {
                        Step::Write(write) => Next::Take(write),
                        Step::AlreadyTaken(_) => {
                            caller.admitted = Some(now);
                            after_admission(caller, Vec::new(), now)
                        }
                        Step::Refused(_) | Step::Untouched(_) => Next::Done,
                    }
                };
            }
            Next::GiveBack(giving) => {
                let after = self.table.as_ref().and_then(|state| quota_table::adjust(state, &giving.change));
                let is_done = after.is_some();
                if is_done {
                    self.table = after;
                    caller.admitted = None;
                }
                caller.next = match (is_lost, is_done) {
                    // The reply of a write that was refused is lost, too: nobody knows which it was.
                    (true, _) if giving.is_stamped => {
                        Next::GiveBack(GivingBack { is_unclear: true, ..giving })
                    }
                    (true, _) | (false, true) => Next::Done,
                    (false, false) => {
                        self.table.as_ref().map_or(Next::Done, |state| giving.again(state, now))
                    }
                };
            }
        }
    }

    /// The promise: what stands in the window never exceeds the limit, and is never more than was counted.
    fn check(&self, path: &[String]) {
        let admitted =
            self.callers.iter().filter_map(|caller| caller.admitted).chain(self.earlier.iter().copied());
        let standing = admitted.filter(|when| *when > self.now - WINDOW_MS).count();
        assert!(standing <= self.limit as usize, "{standing} of {} after {path:?}", self.limit);
        let counter = self.table.as_ref().and_then(|state| state.counters.get("rule"));
        if let Some(counter) = counter {
            let ring = &counter.admitted;
            let sum = ring.past.iter().fold(ring.current, |sum, amount| sum + amount);
            assert_eq!(ring.total, sum, "after {path:?}");
            assert!(
                ring.total >= Decimal::from(standing),
                "{standing} stand, {} counted: {path:?}",
                ring.total
            );
        }
    }
}

impl GivingBack {
    /// The next try, given the state that stood in the way of the one before.
    fn again(self, state: &State, now: i64) -> Next {
        let is_stamped = self.back.is_stamped_in(state);
        match give_back(state, &self.back, at(now)) {
            Some(change) if is_stamped || !self.is_unclear => {
                Next::GiveBack(Self { change, is_stamped, ..self })
            }
            _ => Next::Done,
        }
    }
}

fn after_admission(caller: &Caller, mut shares: Vec<Share>, now: i64) -> Next {
    let is_stamped = caller.returns == Returns::Denied;
    if caller.returns == Returns::Released {
        // The attempt was opened at the beginning, by the caller's clock.
        shares.iter_mut().for_each(|share| share.bucket = share.window.bucket_at(at(0)));
    }
    let back = Return { shares, verified: Vec::new(), stamp: is_stamped.then_some(caller.stamp) };
    if caller.returns == Returns::No || back.is_empty() {
        return Next::Done;
    }
    let change = give_back_unseen(&back, at(now)).expect("there is something to give back");
    Next::GiveBack(GivingBack { back, change, is_stamped, is_unclear: false })
}

/// Tries every order of what can happen next; gives the number of complete runs.
fn explore(world: &World, path: &mut Vec<String>) -> usize {
    world.check(path);
    let mut n_runs = 0;
    let mut visit = |name: String, next: World| {
        path.push(name);
        n_runs += explore(&next, path);
        path.pop();
    };
    for who in 0..2 {
        if matches!(world.callers[who].next, Next::Done) {
            continue;
        }
        for is_lost in [false, true] {
            if is_lost && world.losses_left == 0 {
                continue;
            }
            let mut next = world.clone();
            next.losses_left -= u32::from(is_lost);
            next.step(who, is_lost);
            visit(
                format!("{}{}", if who == 0 { "A" } else { "B" }, if is_lost { " lost" } else { "" }),
                next,
            );
        }
    }
    if world.turns_left > 0 && world.callers.iter().any(|caller| !matches!(caller.next, Next::Done)) {
        let mut next = world.clone();
        next.turns_left -= 1;
        next.now += WINDOW_MS / 20;
        visit("turn".to_owned(), next);
    }
    if n_runs == 0 { 1 } else { n_runs }
}

/// The ways a caller may begin: as one that expects the key to be new, or to be in use, or that remembers it.
fn beginnings(limit: u32, stamp: Stamp, remembered: Option<&State>) -> Vec<Write> {
    let mut steps = vec![
        take(None, &demands(limit), stamp, at(0)),
        take_unseen(remembered, &demands(limit), stamp, at(0)),
    ];
    steps.extend(remembered.map(|state| take(Some(state), &demands(limit), stamp, at(0))));
    steps
        .into_iter()
        .filter_map(|step| if let Step::Write(write) = step { Some(write) } else { None })
        .collect()
}

#[test]
fn the_promise_holds_in_every_interleaving() {
    let stamps = [Stamp::new("app", "a"), Stamp::new("app", "b")];
    let mut n_runs = 0;
    let beginnings_of_time = [(1, None), (1, Some(-WINDOW_MS)), (2, Some(-1_500)), (2, Some(0))];
    for ((limit, earlier), returns) in beginnings_of_time
        .into_iter()
        .flat_map(|begin| [(begin, Returns::Denied), (begin, Returns::Released)])
    {
        // What stands in the table before: nothing, or one admission, in this bucket or an earlier one.
        let mut table = None;
        if let Some(when) = earlier {
            let before = Stamp::new("app", "earlier");
            let Step::Write(first) = take(None, &demands(limit), before, at(when)) else { panic!("it fits") };
            write(&mut table, &first, before).unwrap();
        }
        for a in beginnings(limit, stamps[0], table.as_ref()) {
            for b in beginnings(limit, stamps[1], table.as_ref()) {
                let caller = |stamp, returns, write| Caller {
                    stamp,
                    returns,
                    next: Next::Take(write),
                    admitted: None,
                };
                let world = World {
                    table: table.clone(),
                    now: 0,
                    limit,
                    callers: [caller(stamps[0], returns, a.clone()), caller(stamps[1], Returns::No, b)],
                    earlier: earlier.into_iter().collect(),
                    turns_left: 1,
                    losses_left: 1,
                };
                n_runs += explore(&world, &mut Vec::new());
            }
        }
    }
    assert!(n_runs > 2_000, "only {n_runs} runs");
}
