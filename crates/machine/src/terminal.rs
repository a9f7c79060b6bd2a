//! What enid says to whoever started it. The terminal may have been closed and a pipe's reader gone: `println!` and
//! `eprintln!` panic then, and a server must not end, nor a request or a command fail, because nobody listens.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

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

/// Whether standard output shows colours, and somebody wants them (<https://no-color.org>).
pub fn has_colours() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && !unwanted && !dumb
}

/// How many rows standard output's terminal has; as many as they used to have where it does not say.
pub fn height() -> usize {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the call fills in what it is given, or fails.
    let asked = unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) };
    if asked == 0 && size.ws_row > 0 { size.ws_row.into() } else { 24 }
}
