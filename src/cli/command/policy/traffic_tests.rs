//! The tests of a policy over recorded traffic: whom it may turn away.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::backtest::{Backtest, Report, Side, TrafficEvent, percent};
use crate::cli::traffic::{Reading, Wanted, read_files};
use crate::clock;
use crate::policy::{Checked, Policy, Problem, TrafficTest};
use crate::replay::Lists;

/// Runs all tests of a policy; gives those that fail. Traffic is looked for beside the policy's file. Lists
/// are taken for empty, so that the same files always give the same answer.
pub(super) fn failures(file: &Path, checked: &Checked) -> Vec<Problem> {
    let mut failures = checked.failures(clock::now());
    let over_traffic = checked.tests.over_traffic.iter();
    failures.extend(over_traffic.filter_map(|test| failure(file, &checked.policy, test)));
    failures
}

fn failure(file: &Path, policy: &Policy, test: &TrafficTest) -> Option<Problem> {
    let traffic = file.parent().unwrap_or(Path::new("")).join(&test.traffic);
    let report = match backtest(&traffic, policy) {
        Ok(report) => report,
        Err(error) => {
            let help = "write it with `sinch-gate outcome export`, beside the policy; where there is no time \
                        for that, take the test out of the file";
            return Some(test.failure(&format!("{error:#}"), Some(help.to_owned())));
        }
    };
    let harm = report.turned_away;
    if harm.share.of == 0 {
        return Some(test.failure(&format!("nobody verified in {}", traffic.display()), None));
    }
    (harm.value > test.max_harm).then(|| {
        let worst = report.worst.first().and_then(|case| case.rule.clone());
        let why =
            format!("it turns away {} people who verified, more than {}", harm.share, percent(test.max_harm));
        let by = worst.map_or_else(String::new, |rule| format!("the worst case is by `{rule}`; "));
        test.failure(&why, Some(format!("{by}`sinch-gate policy backtest` shows whom")))
    })
}

fn backtest(traffic: &Path, policy: &Policy) -> anyhow::Result<Report> {
    let mut side = Side::new(policy.clone(), "candidate", Arc::new(Lists::default()));
    let mut test = Backtest::new(policy, false);
    let mut sink = |event: TrafficEvent| {
        test.take(&event, &[&side.handle(&event)]);
        Ok(())
    };
    let wanted = Wanted { app: None, from: Timestamp::MIN, to: Timestamp::MAX, is_strict: true };
    read_files(&[traffic.to_owned()], Reading::new(wanted, &mut sink))?;
    Ok(test.finish())
}
