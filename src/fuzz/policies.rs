//! Policies: what checks is the same policy where it is loaded, evaluates, and makes writes that DynamoDB
//! takes.

use std::sync::Arc;

use jiff::ToSpan as _;

use super::{app, now, requests, writes};
use crate::event::{Status, VerificationId, VerificationRequest};
use crate::gate::{Inquiry, Settings};
use crate::policy::{Facts, Policy, StepOutcome};
use crate::replay::{Outcome, Replay};
use crate::store::PrefixLengths;

/// The text of a policy.
pub(super) fn policy(input: &[u8]) {
    let Ok(source) = std::str::from_utf8(input) else { return };
    let checked = match Policy::check(source) {
        Ok(checked) => checked,
        Err(problems) => {
            let n_lines = source.split('\n').count();
            for problem in &problems {
                assert!((1..=n_lines + 1).contains(&problem.line), "{problem} of {n_lines} lines");
                assert!(problem.column > 0 && !problem.message.is_empty(), "{problem}");
            }
            return;
        }
    };
    let compiled = Policy::compile(source).expect("what checks compiles");
    assert_eq!(compiled.policy, checked.policy);
    for problem in checked.failures(now()) {
        let _ = problem.to_string();
    }
    evaluate(&checked.policy);
    replay(checked.policy);
}

/// Every request has a plan, a conclusion whatever the table answers, and writes within DynamoDB's limits.
fn evaluate(policy: &Policy) {
    for request in requests() {
        let (app, stored_number) = (app(), request.number.as_str());
        let facts = Facts { app: app.as_str(), request: &request, stored_number, now: now() };
        let plan = policy.plan(&facts);
        for outcome in [StepOutcome::Fired, StepOutcome::NotFired, StepOutcome::Unknown] {
            let conclusion = plan.conclude(|_| outcome);
            assert!(conclusion.end <= plan.steps.len());
        }
        writes::check(&Inquiry::new(&plan, &PrefixLengths::default(), &facts));
    }
}

/// Requests and results in event time.
fn replay(policy: Policy) {
    let mut replay = Replay::new(Arc::new(policy), "fuzzed", Settings::unconfigured());
    for round in 0..3 {
        for (n, request) in (0..).zip(requests()) {
            let id = VerificationId::new(&format!("{round}-{n}")).unwrap();
            let request = VerificationRequest { id: id.clone(), ..request };
            let at = now() + (round * 600 + n).seconds();
            let first = replay.request_in_full(&app(), &request, at);
            assert!(first.0.is_first && first.1.is_some());
            let repeated = replay.request(&app(), &request, at + 1.second());
            assert_eq!((repeated.verdict, repeated.is_first), (first.0.verdict, false));
            let status = if n % 2 == 0 { Status::Successful } else { Status::Fail };
            let outcome = Outcome {
                id: &id,
                number: Some(&request.number),
                method: Some(&request.method),
                status: Some(&status),
            };
            replay.outcome(&app(), &outcome, at + 2.seconds());
        }
    }
}
