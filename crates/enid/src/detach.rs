//! A server in the background: a process in a session of its own that outlives the terminal and writes to a log file. Whoever started
//! it waits until it serves, or learns why it does not.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nix::fcntl::OFlag;
use nix::unistd::{ForkResult, dup2_stderr, dup2_stdin, dup2_stdout, fork, pipe2, setsid};

/// What the server's first byte to its starter says.
const SERVES: u8 = b'+';
const FAILED: u8 = b'-';

/// Which of the two processes this is.
pub enum Side {
    /// The one that was called; with what the server said once it serves.
    Starter(String),
    /// The server.
    Server(Reporter),
}

/// Tells the starter what became of the server. The starter waits for the first word.
#[derive(Default)]
pub struct Reporter(Mutex<Option<File>>);

impl Reporter {
    /// Tells that requests are answered, and what is to be known of it. Only the first word counts.
    pub fn serves(&self, text: &str) {
        self.say(SERVES, text);
    }

    /// Tells why not.
    pub fn failed(&self, why: &str) {
        self.say(FAILED, why);
    }

    fn say(&self, kind: u8, text: &str) {
        if let Some(mut starter) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_ne_bytes();
            let _ = starter.write_all(&[&[kind], &length[..], text.as_bytes()].concat());
        }
    }
}

/// Goes on in a process of its own, whose output is added to a log file. To be called before the process has started any thread.
///
/// # Errors
/// In the starter: when the server ended before it served, with its reason. In the server: none.
pub fn detach(log: &Path) -> Result<Side, String> {
    let failed = |what: &str, error: io::Error| format!("cannot {what}: {error}");
    // Opened by the starter, so that what is wrong with it is seen.
    let file = open_log(log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let (read, write) = pipe2(OFlag::O_CLOEXEC).map_err(|error| failed("make a pipe", error.into()))?;
    // SAFETY: the process has one thread, so the child may do anything.
    match unsafe { fork() }.map_err(|error| failed("start a process", error.into()))? {
        ForkResult::Parent { .. } => {
            drop(write);
            match heard(File::from(read)) {
                Ok((SERVES, text)) => Ok(Side::Starter(text)),
                Ok((_, why)) => Err(why),
                Err(_) => Err(format!("the server ended before it served; its last words are in {}", log.display())),
            }
        }
        ForkResult::Child => {
            drop(read);
            let _ = setsid();
            if let Ok(nothing) = File::open("/dev/null") {
                let _ = dup2_stdin(nothing);
            }
            write_to(file);
            Ok(Side::Server(Reporter(Mutex::new(Some(File::from(write))))))
        }
    }
}

/// The server's word. What the server started may hold the pipe for longer, so its end is not waited for.
fn heard(mut server: File) -> io::Result<(u8, String)> {
    let (mut kind, mut length) = ([0], [0; 4]);
    server.read_exact(&mut kind)?;
    server.read_exact(&mut length)?;
    let mut text = Vec::new();
    server.take(u32::from_ne_bytes(length).into()).read_to_end(&mut text)?;
    Ok((kind[0], String::from_utf8_lossy(&text).into_owned()))
}

/// Writes to the log file anew, which somebody may have moved away.
pub fn reopen(log: &Path) {
    if let Ok(file) = open_log(log) {
        write_to(file);
    }
}

fn open_log(log: &Path) -> io::Result<OwnedFd> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(log).map(OwnedFd::from)
}

fn write_to(log: OwnedFd) {
    let _ = dup2_stdout(log.as_fd());
    let _ = dup2_stderr(log.as_fd());
}

/// Whether standard output is a terminal in whose background this process runs: its shell shows a prompt there.
pub fn is_in_background() -> bool {
    let output = io::stdout();
    // Without a controlling terminal there is no shell that waits at it.
    let foreground = nix::unistd::tcgetpgrp(output.as_fd());
    output.as_raw_fd() >= 0 && foreground.is_ok_and(|group| group != nix::unistd::getpgrp())
}
