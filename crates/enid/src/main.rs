//! The enid binary: EC2's network on your own Linux.

mod chance;
mod cli;
mod commit;
mod config;
mod control;
mod credentials;
mod errors;
mod folder;
mod ops;
mod server;
mod store;
mod supervisor;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
