//! What it costs to abuse the gate, and what that costs who runs it, as `SECURITY.md` states it.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use sinch_gate::clock;
use sinch_gate::list::ListEntry;
use sinch_gate::policy::Policy;

use crate::cost_by_item_size::size;
use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{KEY, Sent, delivery, request, result};
use crate::world::tool::read;

const PATH: &str = "/sinch/verification";
const SECURITY: &str = "SECURITY.md";

fn start() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// The document says this.
#[track_caller]
fn check_said(says: &str) {
    let text = read(SECURITY).replace('\n', " ");
    assert!(text.contains(says), "{SECURITY} does not say `{says}`");
}

/// Callbacks that a stranger can make, each as long as it can be.
fn forgeries() -> Vec<Sent> {
    let now = clock::now();
    let body = request("forged", "+46701740605").to_string();
    let signed = || Sent::signed(PATH, body.as_str(), now);
    let long = "x".repeat(4_000);
    let signature = "c2lnbmF0dXJlIG9mIHRoaXJ0eSB0d28gYnl0ZXMgICAg";
    vec![
        Sent { path: format!("/{long}"), ..signed() },
        Sent { method: "DELETE", ..signed() },
        signed().with("authorization", &[]),
        signed().with("authorization", &["Basic eDp5"]),
        signed().with("authorization", &[&format!("Application {long}:{signature}")]),
        signed().with("authorization", &[&format!("Application {KEY}:{signature}")]),
        signed().with("authorization", &[&format!("Application {}:{signature}", &long[..64])]),
        signed().with("x-timestamp", &[&long]),
        signed().with("content-type", &[]),
        Sent { body: vec![b' '; 70_000], ..signed() },
        Sent { body: b"{}".to_vec(), ..signed() },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_callback_costs_a_log_line_and_nothing_of_the_table() {
    let table = TestTable::new().await;
    let proxy = Proxy::to(table.endpoint());
    let endpoint = proxy.endpoint();
    let env = [
        ("CALLBACK_PATH", PATH),
        ("METRICS_NAMESPACE", "sinch-gate"),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        // Not due while this test runs.
        ("POLICY_TTL", "3600"),
    ];
    let place = ["--table", table.name(), "--region", "eu-west-1", "--endpoint-url", &endpoint];
    let gate = GateProcess::start(&place, &env);
    let forgeries = forgeries();
    // The first line that counts also has what the process did while it started.
    gate.send(&forgeries[1]);
    proxy.set(|_| Fate::Answered);
    for sent in &forgeries {
        assert!(gate.send(sent).status >= 400);
    }
    gate.lines_saying("callback refused", 1 + forgeries.len());
    assert_eq!(proxy.seen().len(), 0, "{:?}", proxy.seen());
    let log = gate.end();
    let lines: Vec<&String> = log.iter().filter(|line| line.starts_with('{')).skip(2).collect();
    // One line that says why, and one that counts it.
    assert_eq!(lines.len(), 2 * forgeries.len(), "{lines:#?}");
    let pairs = lines.chunks(2).map(|lines| lines.iter().map(|line| line.len() + 1).sum::<usize>());
    let longest = pairs.max().unwrap();
    // In hundreds, since a time has a digit less now and then.
    check_said(&format!("{} bytes of log at most", longest.next_multiple_of(100)));
}

/// Under the starter policy.
async fn gate(table: &TestTable) -> Container {
    Container::with_policy(table.store(), Policy::starter_source(), PATIENT, start()).await
}

/// Attempts at `numbers`, one a minute and none of them ever verified, until `victim` would be denied, whom a
/// gate beside it is asked about; gives how many were allowed, and for how long the victim is locked out.
async fn lock_out(numbers: impl Iterator<Item = String>, victim: &str, is_known: bool) -> (usize, String) {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    let mut now = start();
    if is_known {
        assert_eq!(gate.ask("long-ago", victim, now).await, "allow");
        assert_eq!(gate.post(&result("long-ago", victim, "SUCCESSFUL"), now).await.status, 200);
        now += SignedDuration::from_hours(24 * 40);
    }
    let mut n_allowed = 0;
    for (n, number) in numbers.enumerate() {
        now += SignedDuration::from_mins(1);
        let id = format!("attack-{n}");
        if gate.ask(&id, &number, now).await == "allow" {
            n_allowed += 1;
        }
    }
    let since = now;
    let hours = |n: u32| since + SignedDuration::from_hours(n.into());
    assert_eq!(gate.ask("victim-at-once", victim, now + SignedDuration::from_mins(1)).await, "deny");
    // A victim who tries again every hour takes nothing, and so does not lock himself out.
    let mut n: u32 = 1;
    while gate.ask(&format!("victim-{n}"), victim, hours(n)).await == "deny" {
        n += 1;
    }
    (n_allowed, if n < 48 { format!("{n} hours") } else { format!("{} days", n.div_ceil(24)) })
}

#[tokio::test]
async fn two_attempts_lock_a_stranger_out_for_a_day_and_a_customer_for_a_week() {
    const VICTIM: &str = "+46701740605";
    let at_the_victim = || (0..2).map(|_| VICTIM.to_owned());
    let stranger = lock_out(at_the_victim(), VICTIM, false).await;
    let customer = lock_out(at_the_victim(), VICTIM, true).await;
    let in_block = ["+46701740001", "+46701741002"].map(str::to_owned).into_iter();
    let block = lock_out(in_block, VICTIM, false).await;
    assert_eq!((stranger.0, customer.0, block.0), (2, 2, 2));
    check_said(&format!(
        "one new customer for {}, one who verified before for {}, ten thousand numbers for {}",
        stranger.1, customer.1, block.1
    ));
}

#[tokio::test]
async fn eight_attempts_lock_a_country_abroad_out_for_hours() {
    let abroad = (0..8).map(|n| format!("+4740{n}12345"));
    let (n_allowed, time) = lock_out(abroad, "+4799912345", false).await;
    assert_eq!(n_allowed, 8);
    check_said(&format!("eight lock out all new customers of a country abroad, for {time}"));
}

/// Attempts that use up what counts for `stranger` and `customer`, who verified lately: only he passes then.
/// So does whoever is on the safelist.
async fn check_passes(attempts: impl Iterator<Item = String>, customer: &str, stranger: &str, listed: &str) {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    assert_eq!(gate.ask("long-ago", customer, start()).await, "allow");
    gate.post(&result("long-ago", customer, "SUCCESSFUL"), start()).await;
    let later = start() + SignedDuration::from_hours(72);
    let safe = ListEntry {
        list: "safelist".to_owned(),
        entry: listed.to_owned(),
        reason: "a customer".to_owned(),
        author: "a test".to_owned(),
        added_at: later,
        expires_at: None,
    };
    table.store().lists().add(&safe).await.unwrap();
    for (n, number) in attempts.enumerate() {
        gate.ask(&format!("attack-{n}"), &number, later).await;
    }
    assert_eq!(gate.ask("stranger", stranger, later).await, "deny");
    assert_eq!(gate.ask("customer", customer, later).await, "allow");
    assert_eq!(gate.ask("listed", listed, later).await, "allow");
}

#[tokio::test]
async fn a_known_customer_and_the_safelist_pass_where_the_block_is_used_up() {
    let attempts = (0..6).map(|n| format!("+4670174{n}00{n}"));
    check_passes(attempts, "+46701740605", "+46701740606", "+46701740607").await;
}

#[tokio::test]
async fn a_known_customer_and_the_safelist_pass_where_the_country_is_used_up() {
    let attempts = (0..8).map(|n| format!("+4740{n}12345"));
    check_passes(attempts, "+4799912345", "+4791112345", "+4792212345").await;
}

/// The write units that a record costs at each of its writes.
async fn units_of_records(table: &TestTable) -> usize {
    let items = table.client().scan().table_name(table.name()).send().await.unwrap().items.unwrap();
    let records =
        items.iter().filter(|item| matches!(&item["pk"], AttributeValue::S(pk) if pk.starts_with("REF#6")));
    let bytes = records.map(|item| item.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>());
    bytes.max().unwrap().div_ceil(1_024)
}

/// The units of a verification with this `custom` and reference: those of its record at request, delivery and
/// result.
async fn units(custom: &str, reference: &str) -> usize {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    let mut sum = 0;
    let number = "+46701740605";
    for event in
        [request("1", number), delivery("1", number, "Successful"), result("1", number, "SUCCESSFUL")]
    {
        let mut event = event;
        event["reference"] = reference.into();
        if !event["custom"].is_null() {
            event["custom"] = custom.into();
        }
        assert_eq!(gate.post(&event, start()).await.status, 200);
        sum += units_of_records(&table).await;
    }
    sum
}

#[tokio::test]
async fn a_device_that_shapes_custom_and_reference_makes_records_dearer_to_a_bound() {
    let usual = units(r#"{"ip":"198.51.100.7"}"#, "order-1").await;
    let longest = units(&"x".repeat(4_096), "order-1").await;
    // Four bytes a character.
    let widest = units(&"\u{1F4F1}".repeat(4_096), "order-1").await;
    // All that a signed body may hold.
    let largest = units(&"x".repeat(32_000), &"r".repeat(32_000)).await;
    check_said(&format!(
        "{usual} write units for its record without, {longest} with 4,096 letters, {widest} with as many \
         emoji"
    ));
    check_said(&format!("{largest} with a body of 64 KiB"));
    // $0.625 per million write units, as the runbook counts.
    let dollars = |units: usize| (units * 5).div_ceil(8);
    check_said(&format!(
        "${} per million by what Sinch passes on, and ${} by what the gate takes",
        dollars(widest),
        dollars(largest)
    ));
}

#[tokio::test]
async fn a_reference_of_somebody_else_hides_and_changes_nothing_of_theirs() {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    let ask = async |id: &str, number: &str| {
        let mut event = request(id, number);
        event["reference"] = "order-1".into();
        gate.post(&event, start()).await
    };
    ask("theirs", "+46701740605").await;
    for n in 0..3 {
        ask(&format!("forged-{n}"), &format!("+4670174000{n}")).await;
    }
    let stories =
        table.store().records().stories(&crate::world::sinch::app(KEY), "order-1", start()).await.unwrap();
    let theirs = stories.iter().find(|story| story.subject.id == "theirs").unwrap();
    assert_eq!(stories.len(), 4);
    assert_eq!(theirs.subject.number.as_ref().unwrap().as_str(), "+46701740605");
}
