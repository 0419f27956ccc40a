//! The replay against the gate: the same traffic, posted to the real gate on an engine and replayed in
//! memory, is decided the same, for the same reason, at the same readings, and leaves the same counters.
//!
//! | part | what |
//! |---|---|
//! | `catalogue` | rules of every kind, and the lists that they look at |
//! | `traffic` | requests, copies and outcomes in any order |
//! | `side_by_side` | one event after the other, to both |

mod catalogue;
mod side_by_side;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sinch_gate::event::{Custom, Method, Status, VerificationId, VerificationRequest};
use sinch_gate::gate::Settings;
use sinch_gate::phone::PhoneNumber;
use sinch_gate::policy::Policy;
use sinch_gate::privacy::NumberPrivacy;
use sinch_gate::replay::{Outcome, Replay};
use sinch_gate::verdict::Verdict;

use side_by_side::{Fault, SideBySide};
use traffic::{Step, any_traffic};

fn check(policy: &str, privacy: NumberPrivacy, fault: Option<Fault>, traffic: &[Step]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Box::pin(async {
        let mut both = SideBySide::new(policy, privacy, fault).await;
        for step in traffic {
            Box::pin(both.step(step)).await?;
        }
        Ok(())
    }))
}

#[test]
fn memory_holds_what_is_live_and_not_all_that_came() {
    let source = "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"r\"\nverdict = \"deny\"\n\
        quota = { per = \"number\", limit = 5, window = \"1h\", release = \"verified\" }\n";
    let settings = Settings {
        budget: Duration::from_secs(1),
        retention: Duration::from_secs(3_600),
        privacy: NumberPrivacy::Plain,
    };
    let policy = Policy::compile(source).unwrap().policy;
    let mut replay = Replay::new(Arc::new(policy), "test", settings);
    let app = "app".parse().unwrap();
    let begin: Timestamp = "2026-10-01T09:00:00Z".parse().unwrap();
    let mut most = 0;
    // Eight hours, of which at most a bit more than two are live: the window or the retention, and an hour in
    // which clocks may jump back.
    for n in 0..8 * 3_600_i64 {
        let request = VerificationRequest {
            id: VerificationId::new(&n.to_string()).unwrap(),
            method: Method::Sms,
            number: PhoneNumber::new(&format!("+4670{n:07}")),
            reference: None,
            custom: None,
            price: None,
            unreadable: Vec::new(),
        };
        assert_eq!(
            replay.request(&app, &request, begin + SignedDuration::from_secs(n)).verdict,
            Verdict::Allow
        );
        let remembered = replay.remembered();
        most =
            [remembered.keys, remembered.numbers, remembered.verifications, most].into_iter().max().unwrap();
    }
    // What is over is dropped when as much has come again.
    assert!((7_200..=2 * 7_900).contains(&most), "{most}");
}

/// A day of new numbers by the starter policy, most of which verify.
#[test]
fn what_is_live_is_small() {
    let settings = Settings {
        budget: Duration::from_secs(1),
        retention: Duration::from_secs(90 * 86_400),
        privacy: NumberPrivacy::Plain,
    };
    let mut replay = Replay::new(Arc::new(Policy::starter()), "starter", settings);
    let app = "669E367E-6BBA-48AB-AF15-266871C28135".parse().unwrap();
    let begin: Timestamp = "2026-10-01T09:00:00Z".parse().unwrap();
    let n_verifications = 20_000;
    for n in 0..n_verifications {
        let number =
            PhoneNumber::new(&format!("+4915{:08}", u64::try_from(n).unwrap() * 48_611 % 100_000_000));
        let at = begin + SignedDuration::from_secs(n * 4);
        let id = VerificationId::new(&format!("019a1f2e-7c3b-7d4e-8f5a-{n:012}")).unwrap();
        let request = VerificationRequest {
            id: id.clone(),
            method: Method::Sms,
            number: number.clone(),
            reference: None,
            custom: Some(Custom::new(format!(r#"{{"ip":"10.{}.{}.1"}}"#, n / 250, n % 250))),
            price: "0.0453 EUR".parse().ok(),
            unreadable: Vec::new(),
        };
        replay.request(&app, &request, at);
        let status = if n % 5 == 0 { Status::Fail } else { Status::Successful };
        let outcome =
            Outcome { id: &id, number: Some(&number), method: Some(&Method::Sms), status: Some(&status) };
        replay.outcome(&app, &outcome, at + SignedDuration::from_secs(30));
    }
    let remembered = replay.remembered();
    assert_eq!(remembered.verifications, 20_000, "{remembered:?}");
    let each = replay.bytes() / 20_000;
    // Its number, its block, its address and so on are live: about five keys.
    assert!((300..1_000).contains(&each), "{each} bytes for each verification, {remembered:?}");
}

/// The comparison is worth something only if it can fail.
#[test]
fn a_broken_replay_is_found_by_the_same_traffic() {
    let any = (catalogue::any_policy(), catalogue::any_privacy(), any_traffic());
    for fault in [Fault::Deaf, Fault::NoMemory, Fault::OtherPrivacy, Fault::NoLists] {
        let mut runner = TestRunner::deterministic();
        let is_found = (0..24).any(|_| {
            let (policy, privacy, traffic) = any.new_tree(&mut runner).unwrap().current();
            check(&policy, privacy, Some(fault), &traffic).is_err()
        });
        assert!(is_found, "{fault:?} was not found");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_decides_and_counts_as_the_gate_does(
        policy in catalogue::any_policy(),
        privacy in catalogue::any_privacy(),
        traffic in any_traffic(),
    ) {
        if let Err(difference) = check(&policy, privacy, None, &traffic) {
            prop_assert!(false, "{}\n{}", difference, policy);
        }
    }
}
