//! What enid says to whoever started it. The terminal may have been closed and a pipe's reader gone: `println!` and
//! `eprintln!` panic then, and a server must not end, nor a request or a command fail, because nobody listens.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Says what a user who looks on may want to know.
pub fn say(text: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Tells of a request, for `--verbose`.
pub fn log(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says what went wrong.
pub fn warn(problem: impl Display) {
    let _ = writeln!(io::stderr().lock(), "enid: {problem}");
}
