//! Quotas on an engine, from policy to table: here it shows if DynamoDB would refuse a write, or count
//! differently.

use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;
use serde_json::json;
use sinch_gate::policy::Policy;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::sinch::{action, request, result};

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// A policy of rules that deny beyond these quotas. A store that fails denies.
fn policy(quotas: &[String]) -> String {
    let rule = |(n, quota)| format!("[[rules]]\nid = \"r{n}\"\nverdict = \"deny\"\nquota = {{ {quota} }}\n");
    let rules: String = quotas.iter().enumerate().map(rule).collect();
    format!("schema = 1\ndefault = \"allow\"\non_store_failure = \"deny\"\n{rules}")
}

async fn container(table: &TestTable, policy: &str) -> Container {
    Container::with_policy(table.store(), policy, PATIENT, now()).await
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % end.unsigned_abs()).unwrap()
    }
}

/// What still counts for the block of a number once it verified, after attempts some minutes before that.
async fn counted_after_success(table: &TestTable, gate: &Container, n: usize, minutes: &[i64]) -> String {
    // Blocks of its own, since the key's time never runs back.
    let number = format!("+4670{n:02}00605");
    for (attempt, ago) in minutes.iter().enumerate() {
        assert_eq!(gate.ask(&format!("{n}-{attempt}"), &number, now() - ago.minutes()).await, "allow");
    }
    let id = format!("{n}-last");
    assert_eq!(gate.ask(&id, &number, now()).await, "allow");
    assert_eq!(gate.post(&result(&id, &number, "SUCCESSFUL"), now() + 1.second()).await.status, 200);
    table.admitted(&format!("block:3#+4670{n:02}00"), "thousand-block").await
}

#[tokio::test]
async fn a_success_gives_back_whatever_failed_attempts_the_number_has_from_before() {
    let table = TestTable::new().await;
    let gate = container(&table, Policy::starter_source()).await;
    // A bucket of a day is 72 minutes; the names of buckets come round after 21 of them.
    let bucket = 72;
    assert_eq!(counted_after_success(&table, &gate, 0, &[21 * bucket]).await, "0");
    assert_eq!(counted_after_success(&table, &gate, 1, &[63 * bucket, 42 * bucket, 3]).await, "0");
    let mut dice = Dice(1);
    for n in 2..20 {
        let mut minutes: Vec<i64> = (0..6).map(|_| 10 + dice.below(80 * 24 * 60)).collect();
        minutes.sort_unstable_by(|one, other| other.cmp(one));
        // More within a day would meet the limit.
        minutes.dedup_by(|one, other| other.abs_diff(*one) < 1_500);
        assert_eq!(counted_after_success(&table, &gate, n, &minutes).await, "0", "{minutes:?}");
    }
}

#[tokio::test]
async fn prices_of_any_length_add_up_to_no_more_than_the_limit() {
    let table = TestTable::new().await;
    let quota = r#"per = "country", limit = "15.00 EUR", window = "20s""#.to_owned();
    // The state can always be read: one that could not would deny.
    let gate = container(&table, &policy(&[quota])).await;
    let (mut dice, mut log) = (Dice(7), Vec::<(i64, Decimal)>::new());
    for n in 0..160_i64 {
        let decimals: String = (0..27).map(|_| dice.below(10).to_string()).collect();
        let price = format!("1.{decimals}7");
        let mut event = request(&n.to_string(), &format!("+4670174{n:04}"));
        event["price"] = json!({ "currencyId": "EUR", "amount": price });
        let (at, price) = (n * 400, price.parse::<Decimal>().unwrap());
        let answer = action(&gate.post(&event, now() + at.milliseconds()).await.body);
        let spent =
            |since: i64| log.iter().filter(|(at, _)| *at > since).map(|(_, price)| price).sum::<Decimal>();
        let limit = Decimal::from(15);
        if answer == "allow" {
            assert!(spent(at - 20_000) + price <= limit, "{n}: {log:?}");
            log.push((at, price));
        } else {
            // A window and one of its buckets, and what rounding adds.
            assert!(spent(at - 21_000) + price > limit - Decimal::new(1, 6), "{n}: {log:?}");
        }
    }
}

#[tokio::test]
async fn a_rule_that_counts_something_else_starts_anew() {
    let table = TestTable::new().await;
    let ask = async |quota: &str, id: &str| {
        let gate =
            container(&table, &policy(&[format!("per = \"country\", window = \"7d\", {quota}")])).await;
        gate.ask(id, "+46701740605", now()).await
    };
    assert_eq!(ask("limit = 1", "count").await, "allow");
    assert_eq!(ask("limit = 1", "count again").await, "deny");
    assert_eq!(ask("limit = \"0.05 EUR\"", "euros").await, "allow");
    assert_eq!(ask("limit = \"0.05 EUR\"", "euros again").await, "deny");
    assert_eq!(ask("limit = \"0.05 USD\", assume = \"0.05 USD\"", "dollars").await, "allow");
    assert_eq!(ask("limit = \"0.05 USD\", assume = \"0.05 USD\"", "dollars again").await, "deny");
    assert_eq!(ask("limit = 1, distinct = \"number\"", "numbers").await, "allow");
    assert_eq!(ask("limit = 1, distinct = \"method\"", "methods").await, "allow");
    assert_eq!(ask("limit = 1", "count once more").await, "deny", "its old counter is still there");
}

#[tokio::test]
async fn any_number_of_quotas_on_one_key_is_counted_and_given_back() {
    for (n_rules, options) in
        [(45, ""), (60, ""), (30, "distinct = \"number\""), (20, "release = \"verified\", grow = 1.0")]
    {
        let table = TestTable::new().await;
        let quotas: Vec<String> = (0..n_rules)
            .map(|n| {
                let limit = if n == n_rules - 1 { 17 } else { 99 };
                format!("per = \"country\", window = \"{}d\", limit = {limit}, {options}", 1 + n % 20)
            })
            .collect();
        let gate = container(&table, &policy(&quotas)).await;
        for n in 0..17_i64 {
            // One number where shares are released, so that its success frees them all.
            let number = if options.starts_with("release") { 0 } else { n };
            let (id, number) = (n.to_string(), format!("+467017406{number:02}"));
            let at = now() + (n * 80).minutes();
            assert_eq!(gate.ask(&id, &number, at).await, "allow", "{n} of {n_rules} {options}");
        }
        let late = now() + 1_361.minutes();
        if options.starts_with("release") {
            assert_eq!(gate.post(&result("16", "+46701740600", "SUCCESSFUL"), late).await.status, 200);
            // Of seventeen attempts the oldest may have been forgotten.
            assert!(table.admitted("country#SE", "r19").await.parse::<u32>().unwrap() <= 9);
        }
        let expected = if options.starts_with("release") { "allow" } else { "deny" };
        assert_eq!(gate.ask("last", "+46701749999", late).await, expected, "{n_rules} {options}");
    }
}

#[tokio::test]
async fn a_window_that_was_made_shorter_is_in_force_at_once() {
    for (limit, options) in [("1", ""), ("\"0.05 EUR\"", ""), ("1", ", distinct = \"number\"")] {
        for long in ["10m", "1h", "1d", "31d"] {
            let table = TestTable::new().await;
            let of = |window: &str| {
                policy(&[format!("per = \"country\", limit = {limit}, window = \"{window}\"{options}")])
            };
            let before = container(&table, &of(long)).await;
            assert_eq!(before.ask("before", "+46701740600", now()).await, "allow");
            let after = container(&table, &of("2s")).await;
            let mut answers = String::new();
            for n in 1..=4_i64 {
                let number = format!("+4670174070{n}");
                answers += &after.ask(&n.to_string(), &number, now() + (n * 2).seconds()).await;
                answers += " ";
            }
            // Counted from the first look: two seconds, and a bucket of one second.
            assert_eq!(answers, "deny deny allow deny ", "{long} {limit}{options}");
        }
    }
}
