//! `policy drill`: simulated people and attackers against a policy.

mod shown;
mod stories;
mod traffic;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::given_lists::GivenLists;
use super::{compile, read};
use crate::backtest::TrafficEvent;
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::progress::Progress;
use crate::cli::traffic::{Reading, Wanted, read_files};
use crate::drill::{Drill as Game, Goals, Options, Outcome, OwnPeople, OwnPerson, Scenario, all};
use crate::policy::Policy;
use crate::replay::Lists;
use crate::suggest::nearest;
use traffic::TrafficFile;

/// Try a policy on simulated people and attackers.
///
/// Somebody who is denied tries again twice and gives up; an attacker who is denied goes on, adapts or moves;
/// and only what was allowed has an outcome. Each scenario is played twice, by the policy and by none at all,
/// with the same people: the difference is what the policy stopped, and whom it cost. Everything is simulated
/// after what was published (see --list), so trust the order of magnitude.
///
/// Lists are empty but for those given with --lists. The same --seed gives the same figures.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy drill policy.toml --scenario sequence --scale 0.05")]
pub(in crate::cli) struct Drill {
    /// The policy's file; the starter policy if not given
    policy: Option<PathBuf>,
    /// Only these scenarios; all if not given
    #[arg(long = "scenario", value_name = "NAME", num_args = 1.., value_parser = scenario)]
    scenarios: Vec<&'static Scenario>,
    /// What decides chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many people and attackers, as a multiple of the usual
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    scale: f64,
    /// Write the traffic to this file, which must not exist, as `outcome export` does
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Write whole stories instead, one per line, each with its decision, as `outcome export --stories` does
    #[arg(long, requires = "write")]
    stories: bool,
    /// Recorded traffic whose people come in the place of simulated ones; nobody in it should be an attacker
    #[arg(long, value_name = "FILE", num_args = 1..)]
    people: Vec<PathBuf>,
    #[command(flatten)]
    lists: GivenLists,
    /// Say what each scenario is, and where it was published
    #[arg(long)]
    list: bool,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    policy: &'a str,
    seed: u64,
    scale: f64,
    scenarios: &'a [Outcome],
    goals: &'a Goals,
}

impl Drill {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let scenarios: Vec<&Scenario> =
            if self.scenarios.is_empty() { all().collect() } else { each_once(&self.scenarios) };
        if self.list {
            shown::list(&scenarios, self.format)?;
            return Ok(Exit::Done);
        }
        let (name, policy) = match &self.policy {
            None => ("starter".to_owned(), Policy::starter()),
            Some(file) => {
                let Some(checked) = compile(file, &read(file)?) else { return Ok(Exit::Found) };
                (file.display().to_string(), checked.policy)
            }
        };
        let people = if self.people.is_empty() { Vec::new() } else { people_in(&self.people)? };
        if self.policy.is_some() {
            self.lists.check(&[&policy])?;
            self.lists.warn(&policy, false);
        }
        let lists = Lists::new(self.lists.read()?);
        let options = Options { seed: self.seed, scale: self.scale, people };
        let game = Game::new(policy, &name, options).with_lists(lists);
        let file = self.write.as_deref().map(|file| TrafficFile::create(file, self.stories));
        let outcomes = play(game, &scenarios, file.transpose()?)?;
        let goals = Goals::of(&outcomes);
        match self.format {
            Format::Table => shown::print(&name, self.seed, self.scale, &outcomes, &goals),
            Format::Json => output::json(&Whole {
                policy: &name,
                seed: self.seed,
                scale: self.scale,
                scenarios: &outcomes,
                goals: &goals,
            })?,
        }
        Ok(Exit::Done)
    }
}

/// Scenarios in the order of all of them, which is the order of time in what is written.
fn each_once(named: &[&'static Scenario]) -> Vec<&'static Scenario> {
    all().filter(|scenario| named.iter().any(|one| one.name == scenario.name)).collect()
}

fn play(
    mut game: Game,
    scenarios: &[&Scenario],
    mut file: Option<TrafficFile>,
) -> anyhow::Result<Vec<Outcome>> {
    let progress = Progress::of(scenarios.len(), "scenarios");
    let mut outcomes = Vec::new();
    for scenario in scenarios {
        let outcome = match &mut file {
            Some(file) => game.play(scenario, Some(&mut |event, decided| file.write(event, decided))),
            None => game.play(scenario, None),
        };
        outcomes.push(outcome.with_context(|| format!("the scenario {} broke off", scenario.name))?);
        file.as_mut().map_or(Ok(()), TrafficFile::end_scenario)?;
        progress.add(1);
    }
    file.map_or(Ok(()), TrafficFile::finish)?;
    Ok(outcomes)
}

/// The people in files of traffic.
fn people_in(files: &[PathBuf]) -> anyhow::Result<Vec<OwnPerson>> {
    let mut people = OwnPeople::default();
    let wanted = Wanted { app: None, from: Timestamp::MIN, to: Timestamp::MAX, is_strict: false };
    let mut sink = |event: TrafficEvent| {
        people.take(&event);
        Ok(())
    };
    let found = read_files(files, Reading::new(wanted, &mut sink))?;
    for broken in &found.first_broken {
        output::message(&format!("passed over: {broken}"));
    }
    let people = people.finish();
    if people.is_empty() {
        bail!("there is no request in the traffic\nhint: give --people a file that `outcome export` wrote");
    }
    Ok(people)
}

/// Reads the name of a scenario.
fn scenario(name: &str) -> anyhow::Result<&'static Scenario> {
    all().find(|scenario| scenario.name == name).with_context(|| {
        match nearest(name, all().map(|scenario| scenario.name)) {
            Some(near) => format!("there is no such scenario; did you mean `{near}`?"),
            None => "there is no such scenario; `policy drill --list` names all".to_owned(),
        }
    })
}

/// Reads a factor above 0.
fn factor(text: &str) -> anyhow::Result<f64> {
    let factor = text.parse().ok().filter(|factor| (0.001..=100.0).contains(factor));
    factor.context("write a number from 0.001 to 100, such as 0.1")
}
