//! The other side of the holder: a server that has namespaces held, and `enid down`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::sockopt::{PeerCredentials, ReceiveTimeout, SendTimeout};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, getsockopt, setsockopt, socket};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use super::process::{BUSY, HELD, SOCKET, SUBCOMMAND};
use super::{CGROUP, wire};
use crate::control::short_path;

/// How long the holder may take to answer. It takes microseconds.
const ANSWER_SECONDS: i64 = 5;
/// How long a holder may take to start, or another one to end.
const START_LIMIT: Duration = Duration::from_secs(10);

/// A connection to the holder of a data folder.
pub struct Holder {
    socket: OwnedFd,
    pid: Pid,
}

impl Holder {
    /// The holder of a data folder; none when there is none.
    ///
    /// # Errors
    /// When that cannot be told.
    pub fn find(data: &Path) -> io::Result<Option<Self>> {
        match Self::connect(data) {
            Ok(holder) => Ok(Some(holder)),
            Err(error) if wire::is_end(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The holder of a data folder, which is started if there is none.
    ///
    /// # Errors
    /// When it does not start.
    pub fn find_or_start(data: &Path) -> io::Result<Self> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Some(holder) = Self::find(data)? {
                return Ok(holder);
            }
            // Beside one that is just starting or ending, another one does not start.
            match start(data) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy && Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(20));
                }
                started => started?,
            }
        }
    }

    fn connect(data: &Path) -> io::Result<Self> {
        let (_folder, path) = short_path(&data.join(SOCKET))?;
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
        let limit = TimeVal::seconds(ANSWER_SECONDS);
        setsockopt(&socket, ReceiveTimeout, &limit)?;
        setsockopt(&socket, SendTimeout, &limit)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(&path)?)?;
        let peer = getsockopt(&socket, PeerCredentials)?;
        if peer.uid() != nix::unistd::geteuid().as_raw() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{} is another user's", data.join(SOCKET).display())));
        }
        Ok(Self { socket, pid: Pid::from_raw(peer.pid()) })
    }

    /// What it holds: the inodes of namespaces, by their ids.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn list(&self) -> io::Result<BTreeMap<String, u64>> {
        let mut found = BTreeMap::new();
        loop {
            let after = found.last_key_value().map_or("", |(id, _): (&String, _)| id);
            let (answer, _) = self.ask(&format!("list {after}"), None)?;
            let lines = answer.lines().skip(1).filter_map(|line| line.split_once(' '));
            let more: Vec<_> = lines.filter_map(|(id, inode)| Some((id.to_owned(), inode.parse().ok()?))).collect();
            let is_last = more.len() < wire::LISTED_MAX;
            found.extend(more);
            if is_last {
                return Ok(found);
            }
        }
    }

    /// Has it hold a namespace.
    ///
    /// # Errors
    /// When it does not.
    pub fn hold(&self, id: &str, namespace: &File) -> io::Result<()> {
        self.ask(&format!("hold {id}"), Some(namespace)).map(drop)
    }

    /// Has it let go of a namespace.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn release(&self, id: &str) -> io::Result<()> {
        self.ask(&format!("release {id}"), None).map(drop)
    }

    /// A namespace that it holds.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn take(&self, id: &str) -> io::Result<Option<File>> {
        self.ask(&format!("take {id}"), None).map(|(_, namespace)| namespace)
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        let mut sockets = [PollFd::new(self.socket.as_fd(), PollFlags::empty())];
        let ended = poll(&mut sockets, PollTimeout::ZERO).is_ok() && sockets[0].any() == Some(true);
        if ended && self.pid.as_raw() > 1 {
            // Its zombie is this process's where that is pid 1 of a container.
            let _ = waitpid(self.pid, Some(WaitPidFlag::WNOHANG));
        }
        ended
    }

    /// Ends it, and with it every namespace that nothing else holds.
    ///
    /// # Errors
    /// When it does not end.
    pub fn end(self, data: &Path) -> io::Result<()> {
        // One that does not listen is killed. It is the process that it says, as long as its end of the socket is open.
        if self.ask("end", None).is_err() && !self.has_ended() && self.pid.as_raw() > 1 {
            kill(self.pid, Signal::SIGKILL)?;
        }
        let deadline = Instant::now() + START_LIMIT;
        while !self.has_ended() {
            if Instant::now() >= deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("process {} does not end", self.pid)));
            }
            thread::sleep(Duration::from_millis(2));
        }
        match fs::remove_file(data.join(SOCKET)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn ask(&self, question: &str, namespace: Option<&File>) -> io::Result<(String, Option<File>)> {
        wire::send(&self.socket, question, namespace)?;
        let answer = wire::receive(&self.socket)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        match answer.text.split_once(' ') {
            Some(("error", reason)) => Err(io::Error::other(reason.to_owned())),
            _ => Ok((answer.text, answer.file)),
        }
    }
}

impl AsRawFd for Holder {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// Removes the cgroup of a holder that has ended.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_cgroup(data: &Path) -> io::Result<()> {
    machine::remove_cgroup(data, CGROUP)
}

/// Starts a holder and waits until it can be reached.
fn start(data: &Path) -> io::Result<()> {
    // The running binary itself, also after its file was replaced or removed.
    let mut launcher = Command::new("/proc/self/exe")
        .arg0("enid")
        .arg(SUBCOMMAND)
        .arg(data)
        .args(machine::make_cgroup(data, CGROUP))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut answer = String::new();
    // The launcher waits for nobody, so it comes to an end.
    let heard = launcher.stdout.take().map_or(Ok(0), |stdout| stdout.take(4096).read_to_string(&mut answer));
    let status = launcher.wait()?;
    heard?;
    match answer.trim_end() {
        HELD => Ok(()),
        BUSY => Err(io::ErrorKind::ResourceBusy.into()),
        "" => Err(io::Error::other(format!("the holder of the networks did not start: it ended, {status}"))),
        reason => Err(io::Error::other(format!("the holder of the networks did not start: {reason}"))),
    }
}
