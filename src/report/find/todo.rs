//! What to do about an attack.

use super::{act, advice, backtest, backtest_starter, reads};
use crate::backtest::Share;
use crate::report::model::{Command, Kind, was_stopped};
use crate::report::question::Question;

/// The most blocks that the first command names, which stands in the first lines of a report.
const AT_ONCE: usize = 10;

/// To put blocks on the list that denies, and to look for limits; that nothing is urgent where the gate
/// stopped it.
pub(super) fn commands(blocks: &[String], kind: Kind, question: &Question, denied: Share) -> Vec<Command> {
    let mut commands = Vec::new();
    let was_stopped = was_stopped(denied);
    if was_stopped {
        commands.push(advice(
            "The gate stopped it, so nothing is urgent: see that people of the place still verify",
        ));
    }
    match blocks {
        [] => {}
        [_] => commands.push(deny(question, "Deny the block for a week", blocks)),
        few if few.len() <= AT_ONCE => {
            commands.push(deny(question, &format!("Deny the {} blocks for a week", few.len()), few));
        }
        many => {
            let (worst, rest) = many.split_at(AT_ONCE);
            let first = format!("Deny the {AT_ONCE} worst of the {} blocks for a week", many.len());
            commands.push(deny(question, &first, worst));
            commands.push(deny(question, &format!("Deny the other {} blocks, too", rest.len()), rest));
        }
    }
    match kind {
        // Limits that are taken from the traffic would be of no use: the attacked country would pass for a
        // market with many customers.
        Kind::FakedSuccesses => commands.push(count_money(question, denied)),
        _ if was_stopped => {}
        // A limit that is taken from the traffic of one country is of little use where each has a few.
        Kind::ManyCountries => {
            commands.extend((2 * denied.count < denied.of).then(|| {
                let does = "See how much of it the starter policy would have denied, and whom else";
                backtest_starter(question, does)
            }));
            let does = "See whether limits that are taken from this traffic would have denied more of it";
            commands.push(reads(question, does, "policy suggest"));
        }
        _ => commands.push(reads(question, "Look for limits that would have stopped it", "policy suggest")),
    }
    commands
}

fn deny(question: &Question, does: &str, blocks: &[String]) -> Command {
    let prefixes: Vec<String> = blocks.iter().map(|block| format!("'{block}'")).collect();
    let (list, prefixes) = (question.deny_list(), prefixes.join(" "));
    act(
        format!("{does}{}", question.table_wanted()),
        format!("sinch-gate list add {list} {prefixes} --for 7d --reason pumping{}", question.table),
    )
}

/// Whoever fakes successes passes limits that look at conversion.
fn count_money(question: &Question, denied: Share) -> Command {
    let is_limited = 2 * denied.count >= denied.of;
    match (is_limited, &question.policy) {
        (true, Some(_)) => backtest(
            question,
            "The gate denied most of it. Should the rest cost too much, try what a lower limit on the \
             money of a country would have denied, and whom else",
        ),
        (true, None) => backtest_starter(
            question,
            "The gate denied most of it. Should the rest cost too much, lower your limit on the money of a \
             country; see beside it which rules of the starter policy would have denied it, and whom else",
        ),
        (false, _) => backtest_starter(
            question,
            "Count money by country as well, since conversion proves nothing here; see how much of it the \
             starter policy would have denied, which does so, and whom else",
        ),
    }
}
