//! A fire drill: made-up people and attackers against a policy, in a closed loop.
//!
//! Somebody who is denied tries again twice and gives up; an attacker who is denied goes on, adapts or moves;
//! only what was allowed has an outcome. Each [`Scenario`] is played twice with the same people, by the
//! policy and by none at all, and the difference is what the policy did: what the attack did not get, and the
//! people who would have verified and never did. The seed decides everything, so a drill can be repeated.
//!
//! | file | what it is |
//! |---|---|
//! | `scenario` | what a scenario is |
//! | `honest`, `published`, `adapting` | the scenarios, by groups |
//! | `stage` | what scenarios are set up with |
//! | `market`, `block` | countries and prices, blocks of numbers |
//! | `person`, `attacker` | how people and attackers behave |
//! | `own_people` | people taken from recorded traffic |
//! | `world` | the loop |
//! | `tally`, `outcome`, `goals` | the sums |
//! | `dice` | chance, by a seed |

mod adapting;
mod attacker;
mod block;
mod dice;
mod goals;
mod honest;
mod market;
mod outcome;
mod own_people;
mod person;
mod published;
mod scenario;
#[cfg(test)]
mod shapes;
mod stage;
mod tally;
mod world;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use goals::Goals;
pub use outcome::{Outcome, RuleHits};
pub use own_people::{OwnPeople, OwnPerson};
pub use scenario::{Kind, Scenario};
pub use world::Sink;

use crate::gate::Settings;
use crate::policy::Policy;
use crate::replay::{Lists, Replay};
use crate::signature::AppKey;
use dice::Dice;
use person::Person;
use stage::{Cast, Plans, Stage};
use tally::Tally;
use world::World;

/// When the first scenario begins, 2026-01-05T00:00:00Z; the others follow, so that their traffic can stand
/// in one file.
const FIRST_DAY: Timestamp = Timestamp::constant(1_767_571_200, 0);

/// How far the beginnings of two scenarios are apart: longer than any of them lasts.
const APART: i32 = 60;

/// A policy that allows everything.
const NO_RULES: &str = "schema = 1\ndefault = \"allow\"\n";

/// How a drill is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// What decides chance.
    pub seed: u64,
    /// How many people and attackers, as a multiple of the usual.
    pub scale: f64,
    /// People taken from recorded traffic, in the place of made-up ones; none for made-up ones.
    pub people: Vec<OwnPerson>,
}

/// A drill of one policy.
#[derive(Debug)]
pub struct Drill {
    policy: Arc<Policy>,
    name: String,
    none: Arc<Policy>,
    options: Options,
    lists: Arc<Lists>,
    plans: Plans,
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// Its traffic cannot be written.
    #[error("cannot write the traffic")]
    Write(#[from] std::io::Error),
    /// Its name is not one that an application can have.
    #[error("the name of the scenario cannot be an application's")]
    Name(#[from] crate::signature::AppKeyError),
}

/// All scenarios, by groups.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    honest::ALL.iter().chain(published::all()).chain(adapting::all())
}

impl Drill {
    /// A drill of a policy; `name` is what decisions call it.
    #[must_use]
    pub fn new(policy: Policy, name: &str, options: Options) -> Self {
        let none = Policy::compile(NO_RULES).map_or_else(|_| Policy::starter(), |compiled| compiled.policy);
        Self {
            policy: Arc::new(policy),
            name: name.to_owned(),
            none: Arc::new(none),
            options,
            lists: Arc::default(),
            plans: Plans::default(),
        }
    }

    /// The same with these lists.
    #[must_use]
    pub fn with_lists(self, lists: Lists) -> Self {
        Self { lists: Arc::new(lists), ..self }
    }

    /// Plays a scenario; its traffic goes to the sink, if there is one.
    ///
    /// # Errors
    /// Where the sink does.
    pub fn play(&mut self, scenario: &Scenario, sink: Option<Sink<'_>>) -> Result<Outcome, DrillError> {
        let without = self.run(scenario, &Arc::clone(&self.none), None)?;
        let with = self.run(scenario, &Arc::clone(&self.policy), sink)?;
        Ok(Outcome::of(scenario, &self.policy, &without, &with))
    }

    fn run(
        &mut self,
        scenario: &Scenario,
        policy: &Arc<Policy>,
        sink: Option<Sink<'_>>,
    ) -> Result<Played, DrillError> {
        let app: AppKey = format!("drill-{}", scenario.name).parse()?;
        let place = all().take_while(|other| other.name != scenario.name).map(|_| APART).sum::<i32>();
        let start = FIRST_DAY.checked_add(SignedDuration::from_hours(24 * i64::from(place)));
        let cast = self.cast(scenario);
        let first_of_all = stage::day(scenario.days.0);
        let counted = cast.people.iter().map(|(at, _)| *at >= first_of_all).collect();
        let replay = Replay::new(Arc::clone(policy), &self.name, Settings::unconfigured());
        let replay = replay.with_lists(Arc::clone(&self.lists));
        let world = World::new(replay, app, start.unwrap_or(FIRST_DAY), cast).with_sink(sink);
        let (tally, people) = world.play()?;
        Ok(Played { tally, people, counted })
    }

    fn cast(&mut self, scenario: &Scenario) -> Cast {
        let Options { seed, scale, people } = &self.options;
        let dice = Dice::named(*seed, scenario.name);
        let mut stage = Stage::new(dice, *scale, scenario.days, &mut self.plans, people);
        (scenario.set_up)(&mut stage);
        stage.cast()
    }
}

/// What came of a scenario under one policy.
struct Played {
    tally: Tally,
    people: Vec<Person>,
    /// Whether each of the people came while it counts.
    counted: Vec<bool>,
}
