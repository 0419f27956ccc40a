//! The command-line tool.

use std::process::ExitCode;

fn main() -> ExitCode {
    sinch_gate::cli::main()
}
