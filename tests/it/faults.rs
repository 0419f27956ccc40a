//! A matrix of what goes wrong with the table and what the gate promises all the same: two processes over one
//! table, each behind a proxy that fails its requests, under concurrent requests, repeats and results. Then
//! `outcome recover` reads the logs, and the table must be whole.
//!
//! It prints a table: a row for each fault, a column for each promise, and in each cell how many cases were
//! looked at. `SINCH_GATE_TEST_FAULTS` (set to anything) tries each fault on each kind of request, at three
//! rates.

mod judge;
mod lab;
mod rows;
mod traffic;

use tokio::task::{JoinSet, block_in_place};

use judge::{PROMISES, Verdicts};
use lab::Lab;
use rows::Row;

/// Runs rows, one after the other, on a table and gates of their own.
async fn run(word: &'static str, first: usize, rows: Vec<Row>) -> Vec<(String, Verdicts)> {
    let lab = Lab::start(word).await;
    let mut judged = Vec::new();
    for (row, nth) in rows.into_iter().zip(first..) {
        let title = format!("{row}, {word}");
        let traffic = block_in_place(|| traffic::run(&lab, &row, nth));
        judged.push((title, judge::judge(&lab, &row, traffic).await));
    }
    judged
}

fn print(judged: &[(String, Verdicts)]) {
    let width = judged.iter().map(|(title, _)| title.len()).max().unwrap_or_default();
    println!("{:width$} | {}", "", PROMISES.join(" | "));
    for (title, verdicts) in judged {
        let cells = PROMISES.iter().zip(verdicts).map(|(promise, verdict)| {
            let text = match verdict {
                Ok(cases) => cases.to_string(),
                Err(_) => "BROKEN".to_owned(),
            };
            format!("{text:>width$}", width = promise.len())
        });
        println!("{title:width$} | {}", cells.collect::<Vec<_>>().join(" | "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_with_the_table_each_promise_holds() {
    let is_long = std::env::vars().any(|(name, _)| name == "SINCH_GATE_TEST_FAULTS");
    let mut lanes = JoinSet::new();
    for (nth, (word, rows)) in rows::lanes(is_long).into_iter().enumerate() {
        lanes.spawn(run(word, nth * 1_000, rows));
    }
    let judged = lanes.join_all().await.concat();
    print(&judged);
    let broken: Vec<String> = judged
        .iter()
        .flat_map(|(title, verdicts)| PROMISES.iter().zip(verdicts).map(move |cell| (title, cell)))
        .filter_map(|(title, (promise, verdict))| {
            Some(format!("{title}: {promise}: {}", verdict.as_ref().err()?))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
