//! The command line.

mod check;
mod doctor;
mod down;
mod env;
mod exec;
mod find;
mod status;
mod table;
mod up;
mod version;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::credentials;
use crate::folder::Folder;
use crate::holder;
use machine::init;
use machine::terminal;

/// EC2's network on your own Linux: an EC2-compatible API, and real packets behind it.
#[derive(Parser)]
#[command(name = "enid", version, max_term_width = 100, propagate_version = true)]
#[command(after_help = "A first look:\n  enid up --detach\n  eval \"$(enid env)\"\n  aws ec2 describe-vpcs")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server.
    Up(up::Up),
    /// Print the settings that point AWS tools at the server: eval "$(enid env)".
    Env(env::Env),
    /// Show instances, interfaces, gateways and addresses, and what is wrong with them.
    Status(status::Status),
    /// Read the data folder of a stopped server and say what of it should not be.
    Check(check::Check),
    /// Run a command in an instance: enid exec web -- ip addr
    Exec(exec::Exec),
    /// Open a login shell in an instance.
    Shell(exec::Shell),
    /// Check whether this machine can move packets and run instances, and say what is missing.
    Doctor(doctor::Doctor),
    /// Remove every namespace, link and process that enid made, and nothing else.
    Down(down::Down),
    /// Say which enid this is, and which version of EC2's API it serves.
    Version(version::Version),
}

/// Which enid a command is about.
#[derive(Args)]
struct DataFolder {
    /// The folder that holds enid's data [default: /var/lib/enid for root, else ~/.local/state/enid]
    #[arg(long, value_name = "DIR", env = "ENID_DATA")]
    data: Option<PathBuf>,
}

impl DataFolder {
    fn path(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(Folder::default_path)
    }

    fn folder(&self) -> Folder {
        Folder::at(self.path())
    }
}

/// The first start makes the rows before the key: an empty file beside a key was emptied, by a copy that failed perhaps.
fn ensure_not_emptied(folder: &Folder) -> Result<(), String> {
    let store = folder.store();
    if store.metadata().is_ok_and(|found| found.len() == 0) && credentials::read(folder.path())?.is_some() {
        return Err(format!("{} is empty and was not: put back a copy, or remove it to begin with nothing", store.display()));
    }
    Ok(())
}

/// Prints to standard output. Whoever reads may stop reading (`enid status | head`): that is no fault.
fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("cannot print: {error}")),
        _ => Ok(()),
    }
}

/// The command line's definition, for manuals and the completions of shells.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command that was asked for.
pub fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(first) if first == init::SUBCOMMAND => return init::main(args),
        Some(first) if first == holder::SUBCOMMAND => return holder::main(args),
        _ => {}
    }
    let result = match Cli::parse().command {
        Command::Up(up) => up.run(),
        Command::Env(env) => env.run(),
        Command::Check(check) => check.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Down(down) => down.run(),
        Command::Status(status) => status.run(),
        Command::Version(version) => version.run(),
        Command::Exec(exec) => return exec.run(),
        Command::Shell(shell) => return shell.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::warn(error);
            ExitCode::FAILURE
        }
    }
}
