//! The drill's own honesty: what it says where the answer is known beforehand.

use sinch_gate::backtest::{Happens, TrafficEvent};
use sinch_gate::drill::{Drill, Goals, Kind, Options, Outcome, all};
use sinch_gate::policy::Policy;
use sinch_gate::verdict::Verdict;

/// So few people and attackers that all scenarios take seconds.
const SCALE: f64 = 0.01;

fn drill(policy: &str, seed: u64) -> Drill {
    let policy = Policy::compile(policy).unwrap().policy;
    Drill::new(policy, "drill", Options { seed, scale: SCALE, people: Vec::new() })
}

fn play(policy: &str, seed: u64) -> Vec<Outcome> {
    let mut drill = drill(policy, seed);
    all().map(|scenario| drill.play(scenario, None).unwrap()).collect()
}

fn only(default: &str) -> String {
    format!("schema = 1\ndefault = \"{default}\"\n")
}

#[test]
fn without_rules_nothing_is_stopped_and_nobody_is_lost() {
    for outcome in play(&only("allow"), 1) {
        let name = outcome.scenario;
        assert_eq!(outcome.stopped, (outcome.kind != Kind::Honest).then_some(0.0), "{name}");
        assert!(outcome.lost.of > 0 && outcome.lost.count == 0, "{name}: {:?}", outcome.lost);
        assert_eq!((outcome.contained_after_seconds, outcome.rules.len()), (None, 0), "{name}");
        assert!(outcome.lost_to_carrier == 0 || name == "carrier-outage", "{name}");
    }
}

#[test]
fn whom_a_carrier_loses_is_not_blamed_on_the_rules() {
    let policy = Policy::compile(&only("allow")).unwrap().policy;
    let mut drill = Drill::new(policy, "drill", Options { seed: 1, scale: 0.5, people: Vec::new() });
    let outage = all().find(|scenario| scenario.name == "carrier-outage").unwrap();
    let outcome = drill.play(outage, None).unwrap();
    assert!(outcome.lost_to_carrier > 0 && outcome.lost.count == 0, "{outcome:?}");
}

#[test]
fn where_everything_is_denied_everything_is_stopped_and_everybody_is_lost() {
    for outcome in play(&only("deny"), 1) {
        let name = outcome.scenario;
        assert_eq!(outcome.stopped, (outcome.kind != Kind::Honest).then_some(1.0), "{name}");
        assert!(outcome.lost.of > 0 && outcome.lost.count == outcome.lost.of, "{name}: {:?}", outcome.lost);
        let contained = (outcome.kind != Kind::Honest).then_some(0);
        assert_eq!(outcome.contained_after_seconds, contained, "{name}");
        assert!(outcome.rules.iter().all(|hits| hits.rule == "default"), "{name}: {:?}", outcome.rules);
    }
}

/// The traffic of a scenario.
fn traffic(policy: &str, seed: u64, name: &str) -> Vec<TrafficEvent> {
    let mut traffic = Vec::new();
    let scenario = all().find(|scenario| scenario.name == name).unwrap();
    let mut sink = |event, _| {
        traffic.push(event);
        Ok(())
    };
    drill(policy, seed).play(scenario, Some(&mut sink)).unwrap();
    traffic
}

#[test]
fn a_seed_decides_everything() {
    let starter = Policy::starter_source();
    for name in ["reacting", "launch-spike"] {
        assert_eq!(traffic(starter, 7, name), traffic(starter, 7, name), "{name}");
        assert_ne!(traffic(starter, 7, name), traffic(starter, 8, name), "{name}");
    }
}

#[test]
fn only_what_was_allowed_has_an_outcome_and_time_never_runs_back() {
    let traffic = traffic(Policy::starter_source(), 1, "duplicates");
    assert!(traffic.is_sorted_by_key(|event| event.at));
    let mut denied = std::collections::BTreeSet::new();
    let (mut n_requests, mut n_results) = (std::collections::BTreeMap::new(), 0);
    for event in &traffic {
        match &event.happens {
            Happens::Request(request, verdict) => {
                *n_requests.entry(request.id.clone()).or_insert(0) += 1;
                if *verdict == Some(Verdict::Deny) {
                    denied.insert(request.id.clone());
                }
            }
            Happens::Result(result) => {
                n_results += 1;
                assert!(!denied.contains(&result.id), "{} was denied", result.id);
            }
            Happens::Delivery(delivered) => assert!(!denied.contains(&delivered.id)),
        }
    }
    assert!(!denied.is_empty() && n_results > 0);
    assert!(n_requests.values().filter(|n| **n == 3).count() >= 60, "callbacks come again");
}

#[test]
fn a_rule_against_the_attacked_block_is_what_stops_it_and_costs_nobody() {
    let rule = "[[rules]]\nid = \"block\"\nverdict = \"deny\"\nwhen.prefix = [\"+99899394\"]\n";
    let policy = format!("{}{rule}", only("allow"));
    let scenario = all().find(|scenario| scenario.name == "sequence").unwrap();
    let outcome = drill(&policy, 1).play(scenario, None).unwrap();
    assert_eq!((outcome.stopped, outcome.contained_after_seconds), (Some(1.0), Some(0)));
    assert_eq!(outcome.rules.len(), 1);
    assert_eq!((outcome.rules[0].rule.as_str(), outcome.rules[0].attack_denied), ("block", 60));
    assert_eq!(outcome.lost.count, 0);
}

#[test]
fn goals_are_means_and_the_least_by_kind() {
    let outcomes = play(&only("deny"), 2);
    let goals = Goals::of(&outcomes);
    assert_eq!(
        (goals.stopped_mean, goals.stopped_worst, goals.slow_worst),
        (Some(1.0), Some(1.0), Some(1.0))
    );
    assert_eq!((goals.adapting_mean, goals.adapting_worst), (Some(1.0), Some(1.0)));
    assert_eq!((goals.lost_on_honest_days, goals.lost_on_attack_days), (Some(1.0), Some(1.0)));
    let honest: Vec<Outcome> = outcomes.into_iter().filter(|outcome| outcome.kind == Kind::Honest).collect();
    let goals = Goals::of(&honest);
    assert_eq!((goals.stopped_mean, goals.adapting_worst, goals.lost_on_attack_days), (None, None, None));
}

/// What the starter does at a quarter of the usual scale, where its limits let a greater share through.
#[test]
fn the_starter_stops_what_was_published_and_hardly_costs_anybody() {
    let least = [
        ("sequence", 0.99),
        ("home-market", 0.93),
        ("price-jump", 0.97),
        ("many-countries", 0.91),
        ("faked-60", 0.96),
        ("customers-turned-abusers", 0.88),
    ];
    let mut drill =
        Drill::new(Policy::starter(), "starter", Options { seed: 1, scale: 0.25, people: Vec::new() });
    let mut play = |name: &str| {
        let scenario = all().find(|scenario| scenario.name == name).unwrap();
        drill.play(scenario, None).unwrap()
    };
    for (name, least) in least {
        let outcome = play(name);
        assert!(outcome.stopped.unwrap() >= least, "{name}: {:?}", outcome.stopped);
        assert!(outcome.lost.value() <= 0.04, "{name}: {:?}", outcome.lost);
    }
    let launch = play("launch-spike").lost;
    assert!(launch.value() <= 0.005, "{launch:?}");
}

/// Both look like people, so only a part can be stopped; at a smaller scale both are below any limit.
#[test]
fn the_starter_stops_a_part_of_what_hides_at_home() {
    for (name, least, most_lost) in [("faked-at-home", 0.04, 0.01), ("hidden-in-launch", 0.15, 0.08)] {
        let scenario = all().find(|scenario| scenario.name == name).unwrap();
        let options = Options { seed: 1, scale: 1.0, people: Vec::new() };
        let outcome = Drill::new(Policy::starter(), "starter", options).play(scenario, None).unwrap();
        assert!(outcome.stopped.unwrap() >= least, "{name}: {:?}", outcome.stopped);
        assert!(outcome.lost.value() <= most_lost, "{name}: {:?}", outcome.lost);
    }
}
