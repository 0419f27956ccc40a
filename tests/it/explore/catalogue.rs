//! The scenarios.

use super::scenario::{Does, Scenario, Size, ask, limit, rule, tell};

const NUMBER: &str = "+46701740605";
/// Of the same block.
const NEIGHBOUR: &str = "+46701740606";
const STRANGERS: [&str; 3] = ["+46731000001", "+46731000002", "+46731000003"];
const PARTNERS: [&str; 2] = ["+46761000001", "+46761000002"];

/// What the others are made from.
fn plain() -> Scenario {
    Scenario {
        name: "",
        size: Size::Small,
        rules: Vec::new(),
        listed: vec![("blocklist", "+46709*"), ("safelist", "+467610*")],
        before: Vec::new(),
        actors: Vec::new(),
    }
}

/// What holds.
#[expect(clippy::too_many_lines, reason = "a catalogue is as long as it has entries")]
pub(super) fn all() -> Vec<Scenario> {
    let plain = plain();
    let country = || limit("country", "country", 1);
    vec![
        Scenario {
            name: "becomes known",
            rules: vec![
                limit("number", "number", 2),
                rule("known", Does::Allow).if_verified(true),
                limit("country", "country", 2).releases(),
            ],
            before: vec![ask("s", STRANGERS[0], 0), ask("a", NUMBER, 0)],
            actors: vec![
                vec![tell("a", NUMBER, "SUCCESSFUL", 0)],
                vec![ask("b", NUMBER, 1), tell("b", NUMBER, "SUCCESSFUL", 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "neighbours",
            rules: vec![limit("number", "number", 2), limit("block", "block:3", 2), country()],
            actors: vec![vec![ask("a", NUMBER, 0)], vec![ask("b", NEIGHBOUR, 1)]],
            ..plain.clone()
        },
        Scenario {
            name: "one number",
            rules: vec![
                limit("country", "country", 50).releases(),
                limit("cooldown", "number", 1).within(10),
            ],
            before: vec![ask("s", STRANGERS[0], 0)],
            actors: vec![
                vec![ask("a", NUMBER, 0), tell("a", NUMBER, "SUCCESSFUL", 0)],
                vec![ask("b", NUMBER, 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "double tap",
            rules: vec![
                limit("country", "country", 50).releases(),
                limit("cooldown", "number", 1).within(10),
            ],
            before: vec![ask("s", STRANGERS[0], 0), ask("a", NUMBER, 0)],
            actors: vec![vec![ask("b", NUMBER, 1), tell("a", NUMBER, "SUCCESSFUL", 1)]],
            ..plain.clone()
        },
        Scenario {
            name: "safelist between",
            rules: vec![
                limit("hard", "country", 2),
                rule("partners", Does::AllowListed),
                limit("soft", "country", 1).releases(),
            ],
            before: vec![ask("s", STRANGERS[0], 0)],
            actors: vec![vec![ask("a", PARTNERS[0], 0)], vec![ask("b", PARTNERS[1], 1)]],
            ..plain.clone()
        },
        Scenario {
            name: "known between",
            rules: vec![
                limit("hard", "country", 3).releases(),
                rule("known", Does::Allow).if_verified(true),
                limit("soft", "country", 1).releases(),
            ],
            before: vec![
                ask("first", NUMBER, 0),
                tell("first", NUMBER, "SUCCESSFUL", 0),
                ask("s", STRANGERS[0], 0),
            ],
            actors: vec![
                vec![ask("a", NUMBER, 0), tell("a", NUMBER, "SUCCESSFUL", 0)],
                vec![ask("b", STRANGERS[1], 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "guard for strangers",
            rules: vec![
                limit("cap", "country", 9).releases(),
                limit("guard", "country", 1).releases().if_verified(false),
            ],
            before: vec![
                ask("first", NUMBER, 0),
                tell("first", NUMBER, "SUCCESSFUL", 0),
                ask("s", STRANGERS[0], 0),
            ],
            actors: vec![
                vec![ask("a", NUMBER, 0), tell("a", NUMBER, "SUCCESSFUL", 0)],
                vec![ask("b", STRANGERS[1], 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "copies",
            size: Size::Large,
            rules: vec![limit("number", "number", 1), country().releases()],
            actors: vec![vec![ask("a", NUMBER, 0)], vec![ask("a", NUMBER, 1)]],
            ..plain.clone()
        },
        Scenario {
            name: "copies that ask",
            size: Size::Large,
            rules: vec![rule("blocked", Does::DenyListed), country().releases()],
            actors: vec![vec![ask("a", NUMBER, 0)], vec![ask("a", NUMBER, 1)]],
            ..plain.clone()
        },
        Scenario {
            name: "copies that are refused",
            rules: vec![
                rule("blocked", Does::DenyListed),
                limit("number", "number", 5).releases(),
                country(),
            ],
            before: vec![ask("s", STRANGERS[0], 0)],
            actors: vec![vec![ask("a", NUMBER, 0)], vec![ask("a", NUMBER, 1)]],
            ..plain.clone()
        },
        Scenario {
            name: "copies for the last place",
            size: Size::Large,
            rules: vec![rule("blocked", Does::DenyListed), country().releases()],
            actors: vec![vec![ask("a", NUMBER, 0)], vec![ask("a", NUMBER, 1)], vec![ask("b", NEIGHBOUR, 0)]],
            ..plain.clone()
        },
        Scenario {
            name: "known to be full",
            size: Size::Large,
            rules: vec![rule("blocked", Does::DenyListed), country().releases()],
            actors: vec![
                vec![ask("a", NUMBER, 0), ask("b", NEIGHBOUR, 0)],
                vec![tell("a", NUMBER, "SUCCESSFUL", 1), ask("b", NEIGHBOUR, 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "early result",
            rules: vec![country().releases().grows(150)],
            actors: vec![
                vec![ask("a", NUMBER, 0)],
                vec![tell("a", NUMBER, "SUCCESSFUL", 1), ask("b", NEIGHBOUR, 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "two ends of one number",
            size: Size::Large,
            rules: vec![limit("number", "number", 2).releases(), limit("country", "country", 2).releases()],
            actors: vec![
                vec![ask("a", NUMBER, 0), tell("a", NUMBER, "ERROR", 0)],
                vec![ask("b", NUMBER, 1), tell("b", NUMBER, "SUCCESSFUL", 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "two results of one",
            size: Size::Large,
            rules: vec![limit("country", "country", 2).releases().grows(100)],
            before: vec![ask("s", NUMBER, 0), ask("a", NUMBER, 0)],
            actors: vec![
                vec![tell("a", NUMBER, "SUCCESSFUL", 0)],
                vec![tell("a", NUMBER, "ERROR", 1), tell("a", NUMBER, "SUCCESSFUL", 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "monitor",
            rules: vec![
                limit("watch", "country", 1).releases().grows(50).monitors(),
                limit("country", "country", 2).releases(),
            ],
            before: vec![ask("s", STRANGERS[0], 0)],
            actors: vec![
                vec![ask("a", NUMBER, 0), tell("a", NUMBER, "SUCCESSFUL", 0)],
                vec![ask("b", NEIGHBOUR, 1)],
            ],
            ..plain.clone()
        },
        Scenario {
            name: "one container",
            size: Size::Large,
            rules: vec![
                rule("blocked", Does::DenyListed),
                limit("number", "number", 5).releases(),
                country(),
            ],
            actors: vec![vec![ask("a", NUMBER, 0)], vec![ask("b", NEIGHBOUR, 0)]],
            ..plain.clone()
        },
        Scenario {
            name: "far apart",
            rules: vec![limit("block", "block:3", 3).within(20).releases()],
            before: vec![ask("old", NUMBER, 0)],
            actors: vec![
                vec![ask("a", NUMBER, 0).at(21), tell("a", NUMBER, "SUCCESSFUL", 0).at(22)],
                vec![ask("b", NEIGHBOUR, 1).at(21)],
            ],
            ..plain
        },
    ]
}

/// Those of a size.
pub(super) fn of_size(size: Size) -> Vec<Scenario> {
    all().into_iter().filter(|scenario| scenario.size == size).collect()
}
