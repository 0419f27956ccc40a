//! What must be known to judge a backtest.

use crate::backtest::{Report, Share};
use crate::cli::output::{self, count};
use crate::cli::traffic::{Read, WINDOW};

/// All of it, one sentence a line.
pub(super) fn caveats(report: &Report, read: &Read) -> Vec<String> {
    let mut lines = of_requests(report);
    lines.extend(of_events(report, read));
    lines.extend(read.first_broken.iter().map(|broken| format!("  {broken}")));
    if report.all.requests == 0 {
        lines.push("there is no request in the traffic".to_owned());
    }
    lines
}

fn many(n: u64, noun: &str) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), noun)
}

/// Those of these that are of something at all.
fn noted<const N: usize>(notes: [(u64, String); N]) -> Vec<String> {
    notes.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text).collect()
}

/// What is not known of requests.
fn of_requests(report: &Report) -> Vec<String> {
    let caveats = &report.caveats;
    let share = |count| Share { count, of: report.all.requests };
    noted([
        (
            caveats.warm_up,
            format!(
                "{} before that only filled the counters, and are not counted above",
                many(caveats.warm_up, "request")
            ),
        ),
        (
            caveats.denied_then,
            format!(
                "{} requests were denied by the policy of that time, so nobody knows what would have become \
                 of them; {} of them would be allowed, and cost {} at most",
                share(caveats.denied_then),
                caveats.denied_then_and_allowed,
                caveats.spend_of_these
            ),
        ),
        (
            caveats.unheard,
            format!("{} requests have no result, and count as unverified", share(caveats.unheard)),
        ),
        (
            caveats.hashed,
            format!(
                "{} requests have a hashed number, of which the last three digits are not known: entries of \
                 lists and prefixes that name them cannot match, and blocks of 10 or 100 numbers cannot be \
                 seen",
                share(caveats.hashed)
            ),
        ),
        (
            caveats.hashed_without_block,
            format!(
                "{} requests have a hashed number without its block: rules by prefix, block, list or calling \
                 code cannot see them",
                share(caveats.hashed_without_block)
            ),
        ),
        (
            caveats.without_price,
            format!("{} requests have no price, and count as free here", share(caveats.without_price)),
        ),
        (
            caveats.blocks_forgotten,
            format!(
                "{} of which little was denied were not counted to the end, since there are too many",
                many(caveats.blocks_forgotten, "block")
            ),
        ),
    ])
}

/// What could not be used of the traffic as it stands.
fn of_events(report: &Report, read: &Read) -> Vec<String> {
    let caveats = &report.caveats;
    let names: Vec<&str> = read.unknown_events.keys().map(String::as_str).collect();
    let n_unknown = read.unknown_events.values().sum();
    let far = caveats.far_such_as.map(output::time).unwrap_or_default();
    noted([
        (
            caveats.far_in_time,
            format!(
                "{} far from all others in time, such as at {far}: counted, but left out of the span above, \
                 since a clock may have been wrong; --from and --to show what lies there",
                many(caveats.far_in_time, "event")
            ),
        ),
        (read.masked, format!("{} left out: the number is masked", many(read.masked, "event"))),
        (caveats.repeats, format!("{} of a request, passed over", many(caveats.repeats, "copy"))),
        (
            caveats.results_without_request,
            format!("{} with results and no request", many(caveats.results_without_request, "verification")),
        ),
        (
            caveats.results_before_request,
            format!(
                "{} with results before the request",
                many(caveats.results_before_request, "verification")
            ),
        ),
        (
            read.out_of_order,
            format!(
                "{} more than {WINDOW:#} out of order, replayed in the order of the file",
                many(read.out_of_order, "event")
            ),
        ),
        (n_unknown, format!("{} of an unknown kind: {}", many(n_unknown, "event"), names.join(", "))),
        (read.broken, format!("{} could not be read", many(read.broken, "line"))),
    ])
}
