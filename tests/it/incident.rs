//! An attack at night, played against two running gates with the built tool: it is seen, blocked, stopped by
//! a rule, and everything is undone.

use crate::world::night::{BEFORE, Night};

/// What somebody writes that night.
const TIGHTER: &str = r#"
[[rules]]
id = "known"
verdict = "allow"
when.verified_within = "90d"

[[rules]]
id = "ranges"
verdict = "deny"
quota = { per = "block:4", limit = 3, window = "1d", release = "verified", grow = 0.5 }

[[tests]]
name = "customers at home go on"
number = "+46701740605"
expect = "allow"

[[tests]]
name = "a full range is denied"
number = "+998993951207"
quotas_used = ["ranges"]
expect = "deny"
rule = "ranges"
"#;

#[test]
fn an_attack_is_seen_blocked_stopped_and_the_change_undone() {
    let mut night = Night::begin();
    for n in 605..609 {
        night.sign_up(&format!("+46701740{n}"));
    }

    // The attack, and what whoever is on call sees.
    assert_eq!(night.attack("+998993941", 0..24), 24);
    let status = night.run(&["status", "--format", "json"]).exits(0).json().remove(0);
    assert_eq!(status["requests"], 28);
    let seen = night.run(&["status"]).exits(0).shows("UZ        24").shows("+998993941*");
    assert!(seen.stdout.contains("v1 28"), "{seen}");

    // Blocked for six hours, everywhere.
    night
        .run(&["list", "add", "blocklist", "+99899394*", "--reason", "pumping", "--for", "6h"])
        .exits(0)
        .says("+99899394* is on blocklist until");
    night.take_up();
    assert_eq!(night.attack("+998993942", 0..4), 0);

    // It moves on to the next range, so the policy gets a rule; the first draft does harm, and is refused.
    assert_eq!(night.attack("+998993951", 0..6), 6);
    let harmful =
        TIGHTER.replacen("verdict = \"allow\"", "verdict = \"deny\"", 1).replace("when.", "unless.");
    night.tool.write("policy.toml", &format!("{BEFORE}{harmful}"));
    night.run(&["policy", "apply", "policy.toml", "-m", "stop it"]).exits(2).says("customers at home go on");
    night.tool.write("policy.toml", &format!("{BEFORE}{TIGHTER}"));
    night.tool.run(&["policy", "check", "policy.toml"]).exits(0);
    night.run(&["policy", "diff", "policy.toml"]).exits(2).shows("ranges");
    let explain = ["policy", "explain", "policy.toml", "--method", "sms", "--number"];
    night.run(&[&explain[..], &["+998993942000"]].concat()).exits(2).shows("blocked");
    night.run(&[&explain[..], &["+46701740605"]].concat()).exits(0).shows("known");
    night.run(&["policy", "apply", "policy.toml", "-m", "stop it"]).exits(0).says("version 2 is in force");
    night.take_up();

    // The attack ends, and customers notice nothing.
    assert_eq!(night.attack("+998993952", 0..20), 3);
    night.sign_up("+46701740605");
    night.sign_up("+46701740655");
    let (id, _) = night.ask("+998993952099");
    night
        .run(&["outcome", "show", &crate::world::sinch::reference(&id)])
        .exits(0)
        .shows("deny by rule ranges: 3 of 3 unverified per block:4 in 1d");

    // In the morning everything is as it was.
    night
        .run(&["policy", "rollback", "-m", "over", "--yes"])
        .exits(0)
        .says("version 3 is in force")
        .says("ranges");
    night.take_up();
    assert_eq!(night.attack("+998993953", 0..6), 6);
    let history = night.run(&["policy", "history", "--format", "json"]).exits(0).json();
    let messages: Vec<&str> = history.iter().filter_map(|version| version["reason"].as_str()).collect();
    assert_eq!(messages, ["rollback to v1: over", "stop it", "first policy"]);
}
