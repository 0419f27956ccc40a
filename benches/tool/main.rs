//! The tool on large tables: how long its commands take, and how much memory they need.
//!
//! `cargo bench --bench tool -- SINCH-GATE` prints Markdown, for tables of 10 thousand to a million records
//! of one day on the embedded engine; `--quick` does the smallest, and numbers behind the path are other
//! sizes. Importing a list is measured on the first.

#[allow(dead_code, reason = "the other part is for Lambda's events")]
#[path = "../function/callback.rs"]
mod callback;
mod command;
#[path = "../function/message.rs"]
mod message;
#[path = "../peers/process.rs"]
mod process;
mod records;
#[path = "../serve/served.rs"]
mod served;

use std::path::Path;

use crate::command::Took;
use crate::records::Records;

fn main() -> anyhow::Result<()> {
    let (flags, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let Some((tool, sizes)) = paths.split_first() else {
        // As `cargo test` runs every bench, also without arguments.
        println!("name a built `sinch-gate` to measure");
        return Ok(());
    };
    let is_quick = flags.iter().any(|flag| flag == "--quick");
    let mut sizes = sizes.iter().map(|size| size.parse()).collect::<Result<Vec<usize>, _>>()?;
    if sizes.is_empty() {
        sizes = if is_quick { vec![10_000] } else { vec![10_000, 100_000, 1_000_000] };
    }
    let entries = if is_quick { 10_000 } else { 100_000 };
    println!(
        "| records | command | seconds | processor, seconds | most memory, MB |\n|---:|---|---:|---:|---:|"
    );
    for (at, size) in sizes.iter().enumerate() {
        let folder = tempfile::tempdir()?;
        let table = folder.path().join("gate.db");
        let records = Records::make(tool, &table, *size)?;
        let number = records.number(size / 2);
        let commands: [&[&str]; 4] = [
            &["status", "--since", "24h"],
            &["outcome", "tail", "--once", "--since", "24h"],
            &["outcome", "export", "--from", "24h"],
            &["erase", &number, "--yes"],
        ];
        // What is shown of a tail costs as much as an export.
        let is_too_much = |command: &&[&str]| *size > 100_000 && command.contains(&"tail");
        for command in commands.into_iter().filter(|command| !is_too_much(command)) {
            println!("| {size} | `{}` | {} |", command.join(" "), Took::by(tool, &table, command)?);
        }
        if at == 0 {
            import(tool, &table, folder.path(), entries)?;
        }
    }
    Ok(())
}

fn import(tool: &str, table: &Path, folder: &Path, entries: usize) -> anyhow::Result<()> {
    let file = folder.join("numbers.csv");
    let numbers: String = (0..entries).map(|n| format!("+4670{:07}\n", 1_000_000 + n)).collect();
    std::fs::write(&file, numbers)?;
    let file = file.display().to_string();
    let command = ["list", "import", "blocklist", &file, "--reason", "bench", "--author", "bench", "--yes"];
    let took = Took::by(tool, table, &command)?;
    let rate = entries as f64 / took.seconds.as_secs_f64();
    println!("| | `list import`, {entries} entries: {rate:.0} a second | {took} |");
    Ok(())
}
