//! The run of one scenario: events in virtual time, from the arrival of a verification to its answer.

mod beside;

use std::collections::HashMap;

use fastrand::Rng;
use jiff::Timestamp;
use sinch_gate::quota::{self, Change, Step};

use crate::container::Container;
use crate::partition::{Index, Lists};
use crate::report::Report;
use crate::schedule::Schedule;
use crate::table::{Key, Reply, Table};
use crate::traffic::{ATTACKED, Arrival, Arrivals, Scenario};
use crate::underway::{Found, Request, Underway, Work};
use beside::Errand;

/// There and back again; like all times here, in microseconds.
const ROUND_TRIP: u64 = 5_000;
const ONE_WAY: u64 = ROUND_TRIP / 2;

/// How often the SDK sends a request that is throttled, and how long it waits at most before the second time.
const SENDS: u32 = 3;
const FIRST_BACKOFF: u64 = 20_000;

/// How often the store tries a write whose condition fails.
const TRIES: u32 = 12;

/// How long quotas are asked: what the gate leaves for that of its budget of 1.5 seconds.
const PATIENCE: u64 = 1_125_000;

/// The buckets of the hourly quotas; one turns in the middle of the run.
const BUCKET_MS: i64 = 180_000;
const SOME_BUCKET: i64 = 9_944_445;

/// What happens at a moment.
enum Event {
    /// A verification comes.
    Arrival(Arrival),
    /// A request reaches the table.
    AtTable(Request),
    /// Its reply reaches the container.
    Answered(Request, Reply),
    /// A request beside the quotas reaches the table.
    ErrandAtTable(Errand),
    /// The lists have answered, or are given up.
    Asked(u64),
    /// The same of the record.
    Recorded(u64),
    /// The record of a denial has been set right.
    Settled(u64),
}

/// One run.
pub(crate) struct Simulation {
    start: i64,
    arrivals: Arrivals,
    containers: Vec<Container>,
    table: Table,
    index: Index,
    lists: Lists,
    schedule: Schedule<Event>,
    underway: HashMap<u64, Underway>,
    random: Rng,
    report: Report,
    next_id: u64,
}

impl Simulation {
    pub(crate) fn new(scenario: Scenario) -> anyhow::Result<Self> {
        let half = i64::try_from(scenario.seconds)? * 500;
        Ok(Self {
            start: (SOME_BUCKET * BUCKET_MS - half) * 1_000,
            arrivals: scenario.arrivals(),
            containers: (0..scenario.containers()).map(|_| Container::default()).collect(),
            table: Table::default(),
            index: Index::grown_for(scenario.rate),
            lists: Lists::default(),
            schedule: Schedule::new(),
            underway: HashMap::new(),
            random: Rng::with_seed(11),
            report: Report::default(),
            next_id: 0,
        })
    }

    /// Runs until every verification is answered.
    pub(crate) fn run(mut self) -> anyhow::Result<Report> {
        self.expect_next();
        while let Some((at, event)) = self.schedule.next() {
            match event {
                Event::Arrival(arrival) => {
                    self.expect_next();
                    self.arrive(arrival)?;
                }
                Event::AtTable(request) => self.reach_table(request, at),
                Event::Answered(request, reply) => self.answered(request, reply, at),
                Event::ErrandAtTable(errand) => self.run_errand(errand, at),
                Event::Asked(id) => self.take(id, at),
                Event::Recorded(id) => self.received(id, at),
                Event::Settled(id) => self.give_back(id, at),
            }
        }
        self.report.hottest = self.table.hottest;
        self.report.throttled = self.table.throttled;
        self.report.sent = self.table.charged + self.table.throttled;
        self.report.writes += self.table.charged;
        Ok(self.report)
    }

    fn expect_next(&mut self) {
        if let Some(arrival) = self.arrivals.next() {
            self.schedule.put(arrival.at, Event::Arrival(arrival));
        }
    }

    /// Looks into memory, and asks the lists.
    fn arrive(&mut self, arrival: Arrival) -> anyhow::Result<()> {
        let at = arrival.at;
        let now = Timestamp::from_microsecond(self.start + i64::try_from(at)?)?;
        let container = self.random.usize(0..self.containers.len());
        let Some(memory) = self.containers.get(container) else { return Ok(()) };
        let is_certain =
            arrival.asks.iter().any(|(key, demands)| memory.refuses(*key, demands, arrival.stamp, now));
        self.report.refused_from_memory += u64::from(is_certain);
        let id = self.next_id;
        self.next_id += 1;
        let begun = Underway {
            found: if is_certain { vec![Found::Refused] } else { Vec::new() },
            arrival,
            now,
            container,
            waiting: 0,
            in_one_trip: true,
            in_one_trip_but_for_block: true,
            is_recorded: true,
            is_settled: is_certain,
        };
        self.underway.insert(id, begun);
        self.ask_lists(id, at);
        Ok(())
    }

    /// Asks all quotas at once where memory refused none of them; either way beside the write of the record.
    fn take(&mut self, id: u64, at: u64) {
        let Some(verification) = self.underway.get_mut(&id) else { return };
        let Some(memory) = self.containers.get(verification.container) else { return };
        let Arrival { stamp, asks, .. } = &verification.arrival;
        let mut writes = Vec::new();
        if verification.found.is_empty() {
            for (ask, (key, demands)) in asks.iter().enumerate() {
                verification.found.push(match memory.first_step(*key, demands, *stamp, verification.now) {
                    Step::Write(write) => {
                        writes.push((ask, write));
                        Found::Nothing
                    }
                    // Another verification filled the quota while the lists were asked.
                    Step::Refused(_) => Found::Refused,
                    // No number is verified twice.
                    Step::AlreadyTaken(_) | Step::Untouched(_) => Found::Nothing,
                });
            }
        }
        verification.waiting = writes.len() + 1;
        self.write_record(id, at);
        for (ask, write) in writes {
            self.send(Request { id, ask, work: Work::Take(write), sends: 0, tries: 0 }, at);
        }
    }

    fn send(&mut self, request: Request, at: u64) {
        self.schedule.put(at + ONE_WAY, Event::AtTable(request));
    }

    fn reach_table(&mut self, mut request: Request, at: u64) {
        let Some(verification) = self.underway.get(&request.id) else { return };
        let Some((key, _)) = verification.arrival.asks.get(request.ask) else { return };
        let stamp = verification.arrival.stamp;
        request.sends += 1;
        let reply = match &request.work {
            Work::Take(write) => self.table.write(*key, &write.change, stamp, at),
            Work::GiveBack(shares) => self.table.give_back(*key, shares, stamp, at),
        };
        self.schedule.put(at + ONE_WAY, Event::Answered(request, reply));
    }

    fn answered(&mut self, mut request: Request, reply: Reply, at: u64) {
        let Some(verification) = self.underway.get_mut(&request.id) else { return };
        let Some((key, demands)) = verification.arrival.asks.get(request.ask) else { return };
        let Some(memory) = self.containers.get_mut(verification.container) else { return };
        let (stamp, now) = (verification.arrival.stamp, verification.now);
        let seen = match &reply {
            Reply::Done(state) => Some(state),
            Reply::Stale(state) => state.as_ref(),
            Reply::Throttled => None,
        };
        if let Some(state) = seen {
            memory.remember(*key, state.clone(), now);
        }
        let is_attacked = matches!(key, Key::Country { country: ATTACKED, .. });
        let Work::Take(write) = request.work else {
            self.report.held -= u64::from(is_attacked && matches!(reply, Reply::Done(_)));
            // A give-back that gets lost is not sent again.
            self.received(request.id, at);
            return;
        };
        let is_late = at > verification.arrival.at + PATIENCE;
        let is_done = matches!(reply, Reply::Done(_));
        verification.in_one_trip &= is_done;
        verification.in_one_trip_but_for_block &= is_done || matches!(key, Key::Block(_));
        let found = match reply {
            Reply::Done(_) => Found::Held(write.shares),
            Reply::Throttled if request.sends < SENDS && !is_late => {
                let backoff = self.random.u64(0..FIRST_BACKOFF << (request.sends - 1));
                self.send(Request { work: Work::Take(write), ..request }, at + backoff);
                return;
            }
            Reply::Throttled => Found::Failed,
            Reply::Stale(state) => match quota::take(state.as_deref(), demands, stamp, now) {
                Step::Write(write) if request.tries + 1 < TRIES && !is_late => {
                    let is_swap = matches!(write.change, Change::Replace { .. });
                    let pause = match request.tries {
                        tries if tries >= 2 && is_swap => self.random.u64(0..5_000 << tries.min(4)),
                        _ => 0,
                    };
                    request.tries += 1;
                    self.send(Request { work: Work::Take(write), sends: 0, ..request }, at + pause);
                    return;
                }
                Step::Write(_) => Found::Failed,
                Step::Refused(_) => Found::Refused,
                Step::AlreadyTaken(_) | Step::Untouched(_) => Found::Held(Vec::new()),
            },
        };
        if is_attacked {
            match found {
                Found::Held(_) => self.report.held += 1,
                Found::Refused => _ = self.report.held_at_first_refusal.get_or_insert(self.report.held),
                Found::Nothing | Found::Failed => {}
            }
        }
        if let Some(slot) = verification.found.get_mut(request.ask) {
            *slot = found;
        }
        self.received(request.id, at);
    }

    /// Goes on when the last reply is there: a denial must be recorded before anything is given back.
    fn received(&mut self, id: u64, at: u64) {
        let Some(verification) = self.underway.get_mut(&id) else { return };
        verification.waiting -= 1;
        if verification.waiting > 0 {
            return;
        }
        let must_give_back = verification.is_refused() && !verification.is_settled;
        verification.is_settled |= must_give_back;
        match (must_give_back, verification.is_recorded) {
            (true, true) => {
                self.report.writes += 1;
                self.schedule.put(at + ROUND_TRIP, Event::Settled(id));
            }
            // The log has it.
            (true, false) => self.give_back(id, at),
            (false, _) => self.finish(id, at),
        }
    }

    fn give_back(&mut self, id: u64, at: u64) {
        let Some(verification) = self.underway.get_mut(&id) else { return };
        let mut returns = Vec::new();
        for (ask, found) in verification.found.iter_mut().enumerate() {
            if let Found::Held(shares) = found
                && !shares.is_empty()
            {
                returns.push((ask, std::mem::take(shares)));
            }
        }
        verification.waiting = returns.len();
        if returns.is_empty() {
            self.finish(id, at);
        }
        for (ask, shares) in returns {
            self.send(Request { id, ask, work: Work::GiveBack(shares), sends: 0, tries: 0 }, at);
        }
    }

    fn finish(&mut self, id: u64, at: u64) {
        let Some(verification) = self.underway.remove(&id) else { return };
        let (is_refused, has_failed) = (verification.is_refused(), verification.has_failed());
        let report = &mut self.report;
        report.decisions += 1;
        report.latencies.push(at - verification.arrival.at);
        report.in_one_trip += u64::from(verification.in_one_trip);
        report.in_one_trip_but_for_blocks += u64::from(verification.in_one_trip_but_for_block);
        report.refused += u64::from(is_refused);
        report.store_failures += u64::from(has_failed && !is_refused);
        if verification.arrival.is_attack {
            report.attack_admitted += u64::from(!is_refused);
        } else {
            report.honest += 1;
            report.honest_refused += u64::from(is_refused);
        }
    }
}
