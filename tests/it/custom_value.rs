//! Values of `custom` as quotas and conditions see them: absent ones, and addresses in all their spellings.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::decision::{check, check_key, check_notes};
use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::sinch::{action, request};

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// Asks for a number each time, with `custom.ip` as given; how many are allowed of a quota of two.
async fn n_allowed(addresses: &[&str]) -> usize {
    let policy = "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"address\"\nverdict = \"deny\"\n\
                  quota = { per = \"custom.ip\", limit = 2, window = \"1d\" }\n";
    let table = TestTable::new().await;
    let gate = Container::with_policy(table.store(), policy, PATIENT, now()).await;
    let mut n_allowed = 0;
    for (n, address) in addresses.iter().enumerate() {
        let mut event = request(&format!("ask-{n}"), &format!("+4670174060{n}"));
        event["custom"] = json!(json!({ "ip": address }).to_string());
        n_allowed += usize::from(action(&gate.post(&event, now()).await.body) == "allow");
    }
    n_allowed
}

#[tokio::test]
async fn people_without_an_address_do_not_share_one() {
    assert_eq!(n_allowed(&["", "", "", " "]).await, 4);
}

#[tokio::test]
async fn whoever_has_a_network_of_addresses_counts_once() {
    let network: Vec<String> = (1..7).map(|host| format!("2001:db8:0:1::{host}")).collect();
    let network: Vec<&str> = network.iter().map(String::as_str).collect();
    assert_eq!(n_allowed(&network).await, 2);
    assert_eq!(n_allowed(&["2001:db8:0:2::1", "2001:DB8:0:2::1", "2001:db8:0:2:0:0:0:1"]).await, 2);
    assert_eq!(n_allowed(&["198.51.100.7", "::ffff:198.51.100.7", "::ffff:c633:6407"]).await, 2);
    assert_eq!(n_allowed(&["198.51.100.7", "198.51.100.8", "198.51.100.9"]).await, 3);
}

/// An event with this `custom.ip`.
fn with_ip(ip: &str) -> Value {
    json!({ "custom": json!({ "ip": ip }).to_string() })
}

#[test]
fn a_blank_value_is_a_missing_one() {
    let rules = r#"
        [[rules]]
        id = "counted"
        verdict = "deny"
        quota = { per = "custom.ip", limit = 1, window = "1d" }

        [[rules]]
        id = "different"
        verdict = "deny"
        quota = { per = "country", distinct = "custom.ip", limit = 1, window = "1d" }

        [[rules]]
        id = "named"
        verdict = "deny"
        when.custom.ip = "198.51.100.7"
    "#;
    for blank in ["", " ", "\t\u{a0}"] {
        check_notes(
            rules,
            &with_ip(blank),
            &[
                "`counted` did not apply: the event has no `custom.ip`",
                "`different` did not apply: the event has no `custom.ip`",
                "`named` did not apply: the event has no `custom.ip`",
            ],
        );
    }
}

#[track_caller]
fn check_ip(ip: &str, expected: &str) {
    check_key("\"custom.ip\"", &with_ip(ip), "+46701740605", &format!("custom.ip {expected}"));
}

#[test]
fn an_address_has_one_key() {
    for (ip, expected) in [
        ("198.51.100.7", "198.51.100.7"),
        (" 198.51.100.7 ", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("::FFFF:C633:6407", "198.51.100.7"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("2001:DB8:0:2:0:0:0:1", "2001:db8:0:2::/64"),
        ("::1", "::/64"),
        // What is not an address alone stays the text that it is.
        ("198.51.100.007", "198.51.100.007"),
        ("198.51.100.7:443", "198.51.100.7:443"),
        ("session 7", "session 7"),
    ] {
        check_ip(ip, expected);
    }
}

#[test]
fn a_quota_says_how_much_of_an_address_counts() {
    for (bits, expected) in [
        (1, "::/1"),
        (48, "2001:db8:ff::/48"),
        (127, "2001:db8:ff:ff::2/127"),
        (128, "2001:db8:ff:ff::3/128"),
    ] {
        let per = format!("\"custom.ip\", ip6_prefix = {bits}");
        check_key(&per, &with_ip("2001:db8:ff:ff::3"), "+46701740605", &format!("custom.ip {expected}"));
        check_key(&per, &with_ip("198.51.100.7"), "+46701740605", "custom.ip 198.51.100.7");
    }
}

#[test]
fn a_condition_compares_addresses_and_not_their_spelling() {
    let rules = r#"
        [[rules]]
        id = "source"
        verdict = "deny"
        when.custom.ip = ["::FFFF:198.51.100.7", "2001:DB8:0:2:0:0:0:1", "office"]
    "#;
    for (ip, expected) in [
        ("198.51.100.7", "deny by source"),
        ("::ffff:198.51.100.7", "deny by source"),
        ("2001:db8:0:2::1", "deny by source"),
        ("2001:db8:0:2::2", "allow by default"),
        ("office", "deny by source"),
        ("Office", "allow by default"),
    ] {
        check(rules, &with_ip(ip), &[], expected);
    }
}

/// An IPv6 address, written at random: with or without zeros, in either case, in full or short.
fn spelt() -> impl Strategy<Value = (Ipv6Addr, String)> {
    let address = any::<u128>().prop_map(Ipv6Addr::from);
    let sparse = any::<[bool; 8]>().prop_map(|on| Ipv6Addr::from(on.map(u16::from)));
    (prop_oneof![address, sparse], any::<[bool; 3]>()).prop_map(|(address, [short, padded, upper])| {
        let groups = address
            .segments()
            .map(|group| if padded { format!("{group:04x}") } else { format!("{group:x}") });
        let text = if short { address.to_string() } else { groups.join(":") };
        (address, if upper { text.to_uppercase() } else { text })
    })
}

proptest! {
    #[test]
    fn every_spelling_of_an_ipv6_address_counts_under_its_network((address, text) in spelt()) {
        prop_assume!(address.to_ipv4_mapped().is_none());
        let network = Ipv6Addr::from(u128::from(address) >> 64 << 64);
        check_ip(&text, &format!("{network}/64"));
    }

    #[test]
    fn an_ipv4_address_is_itself_in_every_form(bits in any::<u32>(), upper in any::<bool>()) {
        let address = Ipv4Addr::from(bits);
        let mapped = format!("::ffff:{address}");
        let hex = format!("0:0:0:0:0:ffff:{:x}:{:x}", bits >> 16, bits & 0xffff);
        for text in [address.to_string(), mapped, hex] {
            check_ip(&if upper { text.to_uppercase() } else { text }, &address.to_string());
        }
    }
}
