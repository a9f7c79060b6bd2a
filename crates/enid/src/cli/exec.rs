//! `enid exec` and `enid shell`: into an instance.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::{DataFolder, find};
use machine::enter;
use machine::terminal;

/// Run a command in an instance, with this terminal, and hand back its exit code.
#[derive(Args)]
pub struct Exec {
    #[command(flatten)]
    data: DataFolder,
    /// The instance: its id, the beginning of its id, or its Name tag
    #[arg(value_name = "INSTANCE")]
    instance: String,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Open a login shell in an instance.
#[derive(Args)]
pub struct Shell {
    #[command(flatten)]
    data: DataFolder,
    /// The instance: its id, the beginning of its id, or its Name tag
    #[arg(value_name = "INSTANCE")]
    instance: String,
}

impl Exec {
    /// Runs it; the exit code is the command's.
    pub fn run(&self) -> ExitCode {
        with(&self.data, &self.instance, |data, id| enter::exec(data, id, &self.command))
    }
}

impl Shell {
    /// Opens it; the exit code is the shell's.
    pub fn run(&self) -> ExitCode {
        with(&self.data, &self.instance, enter::shell)
    }
}

fn with(data: &DataFolder, meant: &str, run: impl FnOnce(&Path, &str) -> ExitCode) -> ExitCode {
    match find::instance(&data.folder(), meant) {
        Ok(id) => run(&data.path(), &id),
        Err(error) => {
            terminal::warn(error);
            ExitCode::from(enter::OWN_FAILURE)
        }
    }
}
