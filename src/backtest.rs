//! What a policy would have done: recorded traffic, decided anew, and each decision held against what became
//! of the verification.
//!
//! Each [`Side`] replays the traffic by one policy and can do so on a thread of its own. [`Backtest`] takes
//! the events in their order, each with what the sides said, and sums up; [`Report`] is what follows.
//!
//! A verification is labelled by its results for [`OPEN_FOR`]; then it is added to the sums and forgotten. So
//! memory holds a week of traffic, a few bytes for each number that ever verified, and the sums.
//!
//! What a rule adds takes a replay without it: [`Without`]. Such replays come after the first one, as many at
//! a time as there are processors, since each holds all that is live. They need no labels of their own: the
//! first one gives what became of each verification ([`Judged`]).
//!
//! | file | what it is |
//! |---|---|
//! | `event` | what traffic is made of |
//! | `packed` | traffic in little memory |
//! | `side` | one policy over the traffic |
//! | `without` | the candidate without one of its rules |
//! | `label` | what became of a verification |
//! | `open` | the verifications whose results may still come |
//! | `counts`, `groups`, `people`, `rules` | the sums |
//! | `share` | a share, and how sure one can be of it |
//! | `report` | what is said in the end |

mod counts;
mod event;
mod groups;
mod label;
mod open;
mod packed;
mod people;
mod report;
mod rules;
mod share;
mod side;
mod without;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use counts::{Amounts, Counts};
pub use event::{Happens, TrafficEvent};
pub use label::Label;
pub use packed::{PackedTraffic, Packer};
pub use people::Case;
pub use report::{BlockLine, Figure, Figures, Group, Report, RuleLine};
pub use share::{Share, percent};
pub use side::{Said, Side};
pub use without::{Found, Judged, Without};

use crate::figures::{Asked, Days};
use crate::policy::Policy;
use crate::quota::Stamp;
use crate::replay::{Calm, Lists};
use crate::verdict::Verdict;
use groups::{Blocks, Groups, Tally};
use open::{Open, OpenVerifications};
use people::People;
use rules::Rules;

/// How long after its request the results of a verification label it.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A backtest under way.
#[derive(Debug)]
pub struct Backtest {
    /// Whether there is a second policy to compare the candidate with.
    has_against: bool,
    open: OpenVerifications,
    calm: Calm,
    total: Tally,
    by_country: Groups,
    by_method: Groups,
    by_block: Blocks,
    people: People,
    rules: Rules,
    /// What became of verifications, where replays without a rule are to follow.
    judged: Option<Vec<Judged>>,
    /// When what counts begins: what comes before fills the counters of the sides.
    counted_from: Timestamp,
    asked: Asked,
    days: Days,
    n_warm_up: u64,
    n_repeats: u64,
    n_hashed: u64,
    n_opaque: u64,
    n_without_price: u64,
}

impl Backtest {
    /// A backtest of a candidate. The sides that it hears of are the candidate, and the policy that it is
    /// compared with if there is one.
    #[must_use]
    pub fn new(candidate: &Policy, has_against: bool) -> Self {
        Self {
            has_against,
            open: OpenVerifications::default(),
            calm: Calm::default(),
            total: Tally::default(),
            by_country: Groups::new(),
            by_method: Groups::new(),
            by_block: Blocks::default(),
            people: People::default(),
            rules: Rules::new(candidate),
            judged: None,
            counted_from: Timestamp::MIN,
            asked: Asked::default(),
            days: Days::default(),
            n_warm_up: 0,
            n_repeats: 0,
            n_hashed: 0,
            n_opaque: 0,
            n_without_price: 0,
        }
    }

    /// The same, where requests before this time only fill the counters of the sides.
    #[must_use]
    pub fn counting_from(self, counted_from: Timestamp) -> Self {
        Self { counted_from, ..self }
    }

    /// The same, where this span is asked for: what lies in it is shown however far it is from all others.
    #[must_use]
    pub fn asked_for(self, asked: Asked) -> Self {
        Self { asked, ..self }
    }

    /// The same, where replays without a rule are to follow.
    #[must_use]
    pub fn keeping_judged(self) -> Self {
        Self { judged: Some(Vec::new()), ..self }
    }

    /// What became of the verifications that were added to the sums since this was asked last, in the order
    /// of their requests.
    pub fn judged(&mut self) -> impl Iterator<Item = Judged> {
        self.judged.as_mut().map(std::mem::take).unwrap_or_default().into_iter()
    }

    /// Notes that a rule denied nothing from beginning to end, so that without it all is as it was.
    pub fn compare_idle(&mut self, place: usize) {
        self.rules.compare_idle(place, &self.total.denied);
    }

    /// Notes what a replay without a rule came to.
    pub fn compare(&mut self, found: Found) {
        self.rules.compare(found);
    }

    /// Whether an event is of the time that counts.
    #[must_use]
    pub fn counts(&self, event: &TrafficEvent) -> bool {
        event.at >= self.counted_from
    }

    /// Takes an event, and what each side said to it.
    pub fn take(&mut self, event: &TrafficEvent, said: &[&Said]) {
        let counts = self.counts(event);
        if counts {
            self.days.add(event.at);
        }
        if let Some(calm) = self.calm.pass(event.at) {
            for over in self.open.over(calm) {
                self.add(&over);
            }
        }
        match &event.happens {
            Happens::Request(request, then) => match Open::new(event, request, *then, said) {
                Some(open) => self.open.begin(Open { counts, ..open }),
                None => self.n_repeats += u64::from(counts),
            },
            Happens::Result(result) => {
                if let Some(heard) = Label::of(result) {
                    let stamp = Stamp::new(event.app.as_str(), result.id.as_str());
                    self.open.hear(stamp, heard, event.at, counts);
                }
            }
            Happens::Delivery(_) => {}
        }
    }

    /// Sums up what is still open.
    pub fn end(&mut self) {
        for over in self.open.rest() {
            self.add(&over);
        }
    }

    /// Says what follows from it all.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.end();
        Report::of(&self)
    }

    /// Adds a verification whose results are known.
    fn add(&mut self, open: &Open) {
        let Open { label, price, denied, denied_by_against, .. } = *open;
        if let Some(judged) = &mut self.judged {
            let denied_by = open.rule().filter(|_| denied);
            judged.push(Judged { stamp: open.stamp, label, counts: open.counts, denied_by });
        }
        if !open.counts {
            self.n_warm_up += 1;
            return;
        }
        self.total.add(label, price, denied, denied_by_against);
        self.n_hashed += u64::from(open.is_hashed);
        self.n_opaque += u64::from(open.is_opaque);
        self.n_without_price += u64::from(price.is_none());
        for (groups, name) in
            [(&mut self.by_country, open.country), (&mut self.by_method, open.method.as_str())]
        {
            let tally = match groups.get_mut(name) {
                Some(tally) => tally,
                None => groups.entry(name.to_owned()).or_default(),
            };
            tally.add(label, price, denied, denied_by_against);
        }
        if let Some(block) = &open.block {
            self.by_block.add(block, label, denied);
        }
        if label == Label::Verified {
            self.people.add(open.person, open.case(&self.rules), denied_by_against);
        }
        self.rules.add(open);
    }
}

/// What a policy would have done with traffic that is in memory.
#[must_use]
pub fn replayed(policy: &Policy, lists: Arc<Lists>, traffic: &PackedTraffic) -> Report {
    let mut side = Side::new(policy.clone(), "candidate", lists);
    let mut test = Backtest::new(policy, false).counting_from(traffic.counted_from());
    for event in traffic.iter() {
        test.take(&event, &[&side.handle(&event)]);
    }
    test.finish()
}

/// Whether a side denied.
fn is_denial(said: &Said) -> bool {
    matches!(said, Said::Decided { verdict: Verdict::Deny, .. })
}
