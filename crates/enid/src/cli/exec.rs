//! `enid exec` and `enid shell`: into an instance.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use super::DataFolder;
use crate::machine::enter;

/// Run a command in an instance, with this terminal, and hand back its exit code.
#[derive(Args)]
pub struct Exec {
    #[command(flatten)]
    data: DataFolder,
    /// The instance
    #[arg(value_name = "INSTANCE")]
    id: String,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Open a login shell in an instance.
#[derive(Args)]
pub struct Shell {
    #[command(flatten)]
    data: DataFolder,
    /// The instance
    #[arg(value_name = "INSTANCE")]
    id: String,
}

impl Exec {
    /// Runs it; the exit code is the command's.
    pub fn run(&self) -> ExitCode {
        enter::exec(&self.data.path(), &self.id, &self.command)
    }
}

impl Shell {
    /// Opens it; the exit code is the shell's.
    pub fn run(&self) -> ExitCode {
        enter::shell(&self.data.path(), &self.id)
    }
}
