//! The enid binary: EC2's network on your own Linux.

use std::process::ExitCode;

fn main() -> ExitCode {
    enid::cli::main()
}
