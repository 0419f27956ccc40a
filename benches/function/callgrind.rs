//! How many instructions a process took, by valgrind's callgrind.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

/// The command that runs a program under callgrind, whose counts then stand in `out`.
pub(crate) fn command(program: &Path, out: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .arg("--tool=callgrind")
        .arg("--error-exitcode=0")
        .arg(format!("--callgrind-out-file={}", out.display()));
    command.arg(program);
    command
}

/// The instructions of a process that has ended.
pub(crate) fn instructions(out: &Path) -> anyhow::Result<u64> {
    let text =
        std::fs::read_to_string(out).with_context(|| format!("callgrind left no {}", out.display()))?;
    let mut totals = text
        .lines()
        .filter_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")));
    totals
        .next_back()
        .context("no total in the output of callgrind")?
        .trim()
        .parse()
        .context("a total that is not a number")
}
