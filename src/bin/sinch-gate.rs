//! The command-line tool.

use std::process::ExitCode;

/// Replays allocate and free many small texts, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sinch_gate::cli::main()
}
