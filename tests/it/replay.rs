//! The replay against the gate: the same traffic, posted to the real gate on an engine and replayed in memory,
//! is decided the same, for the same reason, at the same readings, and leaves the same counters.
//!
//! | part | what |
//! |---|---|
//! | `catalogue` | rules of every kind, and the lists that they look at |
//! | `traffic` | requests, copies and outcomes in any order |
//! | `side_by_side` | one event after the other, to both |

mod catalogue;
mod side_by_side;
mod traffic;

use proptest::prelude::*;

use side_by_side::SideBySide;
use traffic::{Step, any_traffic};

fn check(policy: &str, traffic: &[Step]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Box::pin(async {
        let mut both = SideBySide::new(policy).await;
        for step in traffic {
            Box::pin(both.step(step)).await?;
        }
        Ok(())
    }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_decides_and_counts_as_the_gate_does(
        policy in catalogue::any_policy(),
        traffic in any_traffic(),
    ) {
        if let Err(difference) = check(&policy, &traffic) {
            prop_assert!(false, "{}\n{}", difference, policy);
        }
    }
}
