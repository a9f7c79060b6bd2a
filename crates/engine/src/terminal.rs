//! Warnings. Unlike `eprintln!`, nothing here panics where nobody listens.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Says what went wrong.
pub fn warn(problem: impl Display) {
    let _ = writeln!(io::stderr().lock(), "enid: {problem}");
}
