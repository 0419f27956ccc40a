//! What was found, for the tests of views.

use std::collections::BTreeMap;

use super::{ATTACK, figures, hour};
use crate::backtest::Share;
use crate::figures::Spend;
use crate::report::model::*;

fn evidence(what: &str, found: &str, usual: Option<&str>) -> Evidence {
    Evidence { what: what.to_owned(), found: found.to_owned(), usual: usual.map(ToOwned::to_owned) }
}

pub(super) fn findings() -> Vec<Finding> {
    vec![pumping(), outage(), hurting_rule()]
}

fn cost(requests: u64) -> Spend {
    figures(requests, 0, 0, 0, 31).unverified_spend
}

fn act(does: &str, command: &str) -> Command {
    Command { does: does.to_owned(), command: Some(command.to_owned()) }
}

fn in_country(code: &str) -> Place {
    Place { country: Some(code.to_owned()), ..Place::default() }
}

fn pumping() -> Finding {
    Finding {
        kind: Kind::BlockCollapsed,
        severity: Severity::Attack,
        title: "Numbers of +99899394* ask for codes that nobody enters".to_owned(),
        place: Place {
            blocks: vec!["+99899394*".to_owned()],
            method: Some("sms".to_owned()),
            ..in_country("UZ")
        },
        parts: Vec::new(),
        from: hour(ATTACK.start),
        to: Some(hour(ATTACK.end)),
        may_be_older: false,
        cost: cost(996),
        without_price: 0,
        denied: Share { count: 640, of: 1648 },
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: None,
        evidence: vec![
            evidence("verified of ended", "12 of 1008 (1.2 %)", Some("82.1 %")),
            evidence("numbers asked about once", "1411", None),
            evidence("delivered", "1008 of 1008", None),
        ],
        rests_on: "at least 30 ended and fewer than a fifth of the usual conversion".to_owned(),
        act: vec![
            act(
                "Put the block on the blocklist for a week",
                "sinch-gate list add blocklist '+99899394*' --for 7d",
            ),
            act(
                "See what it would have stopped",
                "sinch-gate policy backtest policy.toml --traffic drill.jsonl",
            ),
        ],
    }
}

fn outage() -> Finding {
    Finding {
        kind: Kind::CarrierOutage,
        severity: Severity::Harm,
        title: "Messages to PL do not arrive".to_owned(),
        place: in_country("PL"),
        parts: Vec::new(),
        from: hour(150),
        to: Some(hour(160)),
        may_be_older: false,
        cost: cost(20),
        without_price: 0,
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: Some(61),
        evidence: vec![evidence("messages that did not arrive", "70 of 70", Some("0.4 %"))],
        rests_on: "at least 20 receipts, more than half of them of failures".to_owned(),
        act: vec![Command { does: "Ask Sinch about the route; block nobody".to_owned(), command: None }],
    }
}

fn hurting_rule() -> Finding {
    Finding {
        kind: Kind::RuleHurtsPeople,
        severity: Severity::Harm,
        title: "per-number turns away people who verify later".to_owned(),
        place: Place { rule: Some("per-number".to_owned()), ..Place::default() },
        parts: Vec::new(),
        from: hour(3),
        to: None,
        may_be_older: false,
        cost: cost(0),
        without_price: 0,
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: Some(14),
        evidence: vec![evidence("people denied who verified later", "14 of 140 (10.0 %)", None)],
        rests_on: "at least 10 people and a twentieth of those denied".to_owned(),
        act: vec![act("See whom", "sinch-gate outcome find --rule per-number")],
    }
}
