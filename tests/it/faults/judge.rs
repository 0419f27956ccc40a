//! What must hold after a row, by the answers, the logs and the table alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use sinch_gate::clock;
use sinch_gate::record::{Happening, Story};

use super::lab::{LIMIT, Lab, saying};
use super::rows::Row;
use super::traffic::{Asked, Purpose, Traffic};
use crate::world::sinch::{KEY, app, reference};

/// The promises, in the order of the columns.
pub(super) const PROMISES: [&str; 7] =
    ["in time", "one answer", "limit", "kept", "counted once", "on failure", "recovered"];

/// For each promise how many cases were looked at, or what was broken.
pub(super) type Verdicts = Vec<Result<usize, String>>;

/// The budget, and how much longer a busy machine may take.
const IN_TIME: Duration = Duration::from_millis(600 + 2_000);

type Stories = BTreeMap<String, Vec<Story>>;

/// Judges a row; what it left in the logs is recovered meanwhile.
pub(super) async fn judge(lab: &Lab, row: &Row, traffic: Traffic) -> Verdicts {
    let Traffic { asked, lines, .. } = &traffic;
    let unstored: BTreeSet<(String, bool)> = saying(lines, "not stored").iter().map(unstored).collect();
    let unasked: BTreeSet<String> = saying(lines, "decided").iter().filter_map(unasked).collect();
    let before = stories(lab, asked).await;
    tokio::task::block_in_place(|| lab.recover(lines));
    let after = stories(lab, asked).await;
    vec![
        each(asked, answered_in_time),
        each(asked, |asked| has_one_answer(asked, unstored.contains(&(asked.id.clone(), true)))),
        keeps_the_limit(asked, &unasked),
        each(asked, |asked| is_kept(asked, &before[&asked.id], &unstored)),
        counts_once(lab, &traffic).await,
        each(asked, |asked| is_answered_by_the_policy(lab, row, asked)),
        each(asked, |asked| is_whole(asked, &after[&asked.id])),
    ]
}

/// Which verification a line keeps, and whether it keeps its decision.
fn unstored(line: &Value) -> (String, bool) {
    let kept: Value = serde_json::from_str(line["unstored"].as_str().unwrap()).unwrap();
    (kept["subject"]["id"].as_str().unwrap().to_owned(), kept["decided"].is_object())
}

/// The verification that a line allows though some rule did not get a reply.
fn unasked(line: &Value) -> Option<String> {
    let notes = line["notes"].as_str().unwrap_or_default();
    let is_so = line["verdict"] == "allow" && notes.contains("the table did not answer");
    is_so.then(|| line["id"].as_str().unwrap().to_owned())
}

async fn stories(lab: &Lab, asked: &[Asked]) -> Stories {
    let store = lab.table.store();
    let mut stories = Stories::new();
    for asked in asked {
        let of_one = store.records().stories(&app(KEY), &reference(&asked.id), clock::now()).await.unwrap();
        stories.insert(asked.id.clone(), of_one);
    }
    stories
}

/// Looks at each verification.
fn each(asked: &[Asked], check: impl Fn(&Asked) -> Result<(), String>) -> Result<usize, String> {
    for asked in asked {
        check(asked).map_err(|problem| format!("{problem}: {asked:?}"))?;
    }
    Ok(asked.len())
}

fn must(holds: bool, problem: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem.to_owned()) }
}

fn answered_in_time(asked: &Asked) -> Result<(), String> {
    must(asked.refused.is_empty(), "not answered")?;
    must(asked.slowest < IN_TIME, "late")
}

/// One process never changes its answer. Two may differ where the first one could not write what it decided,
/// and said so in its log.
fn has_one_answer(asked: &Asked, is_unstored: bool) -> Result<(), String> {
    for of_gate in &asked.answers {
        must(of_gate.iter().all(|answer| *answer == of_gate[0]), "one process gave two answers")?;
    }
    must(!asked.is_ambiguous() || is_unstored, "two answers, both of which were recorded")
}

/// At most the limit for each number, and one more for each verification that one of the gates denied without
/// being able to record that, that `on_store_failure` allowed, or whose copies waited for each other in vain.
fn keeps_the_limit(asked: &[Asked], unasked: &BTreeSet<String>) -> Result<usize, String> {
    let crowd = asked.iter().filter(|asked| asked.purpose == Purpose::Crowd);
    let mut numbers: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for asked in crowd {
        let (allowed, excess) = numbers.entry(&asked.number).or_default();
        *allowed += usize::from(asked.was_answered("allow"));
        *excess += usize::from(asked.may_lack_a_share() || unasked.contains(&asked.id));
    }
    for (number, (allowed, excess)) in &numbers {
        must(allowed <= &(LIMIT + excess), &format!("{number}: {allowed} allowed of {LIMIT}"))?;
    }
    Ok(numbers.len())
}

/// What was answered is in the table or in the log; a result that was taken in is in the table.
fn is_kept(asked: &Asked, stories: &[Story], unstored: &BTreeSet<(String, bool)>) -> Result<(), String> {
    let is_recorded = stories.iter().any(|story| story.decision.is_some());
    must(is_recorded || unstored.contains(&(asked.id.clone(), true)), "its decision is lost")?;
    let is_told = stories.iter().any(|story| !story.heard.is_empty());
    match asked.told {
        Some(true) => must(is_told, "its result was taken in and is lost"),
        Some(false) => must(unstored.contains(&(asked.id.clone(), false)), "its result is lost"),
        None => Ok(()),
    }
}

/// Whoever is allowed holds a share until he is verified, and nobody gets it back twice; a share too many has
/// its fault, and so has one too few where shares of refused attempts come back: two of their writes fail.
async fn counts_once(lab: &Lab, traffic: &Traffic) -> Result<usize, String> {
    let Traffic { asked, faults, lines, block } = traffic;
    let troubles = lines.iter().filter(|line| line.contains("\"cause\":")).count();
    let is_of_block = |asked: &&Asked| asked.number.starts_with(block.as_str());
    let allowed = asked.iter().filter(is_of_block).filter(|asked| asked.was_answered("allow"));
    let held = allowed.clone().filter(|asked| asked.told.is_none()).count();
    let counted = |key: String, rule: &'static str| async move {
        lab.table.admitted(&key, rule).await.parse::<usize>().unwrap()
    };
    let in_block = counted(format!("block:3#{block}"), "block").await;
    let may_be_missing = match lab.word {
        "allow" => held,
        _ => faults.of_attempts / 2 + allowed.clone().filter(|asked| asked.may_lack_a_share()).count(),
    };
    must(
        in_block + may_be_missing >= held,
        &format!("{held} hold a share of the block, {in_block} counted"),
    )?;
    // A copy that comes at the same moment may take a share of its own on a busy key.
    let copies = asked.iter().filter(|asked| asked.at_once).count();
    let most = held + faults.all + troubles + copies;
    must(in_block <= most, &format!("{held} hold a share of the block, {in_block} counted, {faults:?}"))?;
    let numbers: BTreeSet<&str> = allowed.clone().map(|asked| asked.number.as_str()).collect();
    for number in &numbers {
        let held = allowed.clone().filter(|asked| asked.number == *number).count();
        let counted = counted(format!("number#{number}"), "number").await;
        let may_be_missing = match lab.word {
            "allow" => held,
            _ => allowed.clone().filter(|asked| asked.number == *number && asked.may_lack_a_share()).count(),
        };
        must(counted + may_be_missing >= held, &format!("{number}: {held} allowed, {counted} counted"))?;
        must(counted <= LIMIT.max(held), &format!("{number}: {counted} counted of {LIMIT}"))?;
    }
    Ok(1 + numbers.len())
}

/// What is known without the table decides. For the rest, the policy's word stands for replies that failed.
fn is_answered_by_the_policy(lab: &Lab, row: &Row, asked: &Asked) -> Result<(), String> {
    let all = |answer: &str| asked.all_answers().all(|given| given == answer);
    match asked.purpose {
        Purpose::Abroad => must(all("deny"), "a country is denied whatever the table does"),
        _ if row.is_outage() => must(all(lab.word), "nothing was known, and the policy's word is another"),
        Purpose::Blocked if lab.word == "deny" => must(all("deny"), "a number of the blocklist was allowed"),
        Purpose::Single(_) if lab.word == "allow" => must(all("allow"), "it was within all limits"),
        _ => Ok(()),
    }
}

/// After `outcome recover` there is one record, with an answer that was given and the result that was sent.
fn is_whole(asked: &Asked, stories: &[Story]) -> Result<(), String> {
    let [story] = stories else { return Err(format!("{} records", stories.len())) };
    let decision = story.decision.as_ref().ok_or("no decision")?;
    must(asked.was_answered(&decision.verdict.to_string()), "recorded as something that nobody answered")?;
    let results = story.heard.iter().filter(|heard| matches!(&heard.happening, Happening::Result { .. }));
    must(results.count() == usize::from(asked.told.is_some()), "not the result that was sent")
}
