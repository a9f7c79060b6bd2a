//! Pid 1 of an instance as seen from the host: who it is, whether it still runs, and signals that reach it or nobody.
//!
//! A pid alone names whoever has it now. A process is identified by its pid, its start time, the boot it belongs to and
//! the PID namespace the pid was read in, and is signalled through a pidfd taken before that identity was checked.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use serde::{Deserialize, Serialize};

use super::spec::InstanceDir;
use crate::files::replace;

/// What tells one process from every other that ever had its pid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) pid: i32,
    /// Field 22 of `/proc/<pid>/stat`, in clock ticks since boot.
    start_ticks: u64,
    boot_id: String,
    /// The inode of the PID namespace in which the pid counts.
    pid_namespace: u64,
}

impl Identity {
    pub(super) fn of(pid: i32) -> io::Result<Identity> {
        let stat = Stat::read(pid)?;
        Ok(Identity { pid, start_ticks: stat.start_ticks, boot_id: boot_id()?, pid_namespace: pid_namespace()? })
    }

    /// The process, if it still runs. Zombies have ended.
    pub(super) fn open(&self) -> io::Result<Option<Process>> {
        if self.pid <= 1 || self.boot_id != boot_id()? || self.pid_namespace != pid_namespace()? {
            return Ok(None);
        }
        // The pidfd comes first: if the identity read afterwards is the recorded one, the pid had not been recycled when
        // the pidfd was taken.
        let Some(fd) = pidfd_open(self.pid)? else {
            return Ok(None);
        };
        match Stat::read(self.pid) {
            Ok(stat) if stat.start_ticks == self.start_ticks && !stat.ended() => Ok(Some(Process { pid: self.pid, fd })),
            Ok(_) => Ok(None),
            Err(error) if gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Who runs an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Its pid 1.
    #[serde(flatten)]
    pub(super) init: Identity,
    /// The parent of that, which an earlier enid had not.
    pub(super) keeper: Option<Identity>,
}

/// Reads who runs an instance, as its keeper recorded it.
pub(super) fn recorded(dir: &InstanceDir) -> io::Result<Option<Record>> {
    match fs::read(dir.record()) {
        // It is written as a whole, so only a power failure leaves a damaged one, and nothing outlived that.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Records who runs an instance.
pub(super) fn record(dir: &InstanceDir, who: &Record) -> io::Result<()> {
    let json = serde_json::to_vec(who).map_err(io::Error::other)?;
    replace(&dir.record(), &json, 0o600)
}

/// The running pid 1 of an instance, if there is one.
pub(super) fn running(dir: &InstanceDir) -> io::Result<Option<Process>> {
    match recorded(dir)? {
        Some(record) => record.init.open(),
        None => Ok(None),
    }
}

/// The keeper of an instance, if it still runs.
pub(super) fn keeper(dir: &InstanceDir) -> io::Result<Option<Process>> {
    match recorded(dir)?.and_then(|record| record.keeper) {
        Some(identity) => identity.open(),
        None => Ok(None),
    }
}

/// A process that cannot be confused with a later one of the same pid.
#[derive(Debug)]
pub(super) struct Process {
    pid: i32,
    fd: OwnedFd,
}

impl Process {
    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// Signals it; one that has ended is no error.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        // SAFETY: the pidfd is owned and open; a null siginfo means "as kill(2)".
        let answer = unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.fd.as_raw_fd(), signal as libc::c_int, std::ptr::null::<libc::siginfo_t>(), 0)
        };
        match answer {
            0 => Ok(()),
            _ => match io::Error::last_os_error() {
                error if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
                error => Err(error),
            },
        }
    }

    /// Whether it has ended, waiting for that at most so long.
    pub(super) fn ended_within(&self, limit: Duration) -> io::Result<bool> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let mut fds = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, timeout) {
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(0) | Err(nix::errno::Errno::EINTR) => {}
                Ok(_) => {
                    self.reap();
                    return Ok(true);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The network namespace that it is in; none when it has ended.
    pub(super) fn network_namespace(&self) -> io::Result<Option<fs::File>> {
        match fs::File::open(format!("/proc/{}/ns/net", self.pid)) {
            // If it has not ended by now, the pid was still its own.
            Ok(namespace) => Ok((!self.ended_within(Duration::ZERO)?).then_some(namespace)),
            Err(error) if gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes its zombie away where this process is its parent, as it is when enid is pid 1 of a container. In all other
    /// cases somebody else does that.
    pub(super) fn reap(&self) {
        let _ = waitid(Id::PIDFd(self.fd.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG);
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

struct Stat {
    state: u8,
    start_ticks: u64,
}

impl Stat {
    fn read(pid: i32) -> io::Result<Stat> {
        Stat::parse(&fs::read(format!("/proc/{pid}/stat"))?)
            .ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat is not as proc(5) says")))
    }

    fn parse(stat: &[u8]) -> Option<Stat> {
        // The second field, the command's name, is in parentheses and may hold spaces and parentheses itself.
        let after_name = stat.iter().rposition(|b| *b == b')')?;
        let rest = std::str::from_utf8(&stat[after_name + 1..]).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        let start_ticks = fields.nth(18)?.parse().ok()?;
        Some(Stat { state, start_ticks })
    }

    fn ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }
}

fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim_end().to_owned())
}

fn pid_namespace() -> io::Result<u64> {
    Ok(fs::metadata(Path::new("/proc/self/ns/pid"))?.ino())
}

/// A pidfd (close-on-exec by definition), or none if nobody has that pid.
fn pidfd_open(pid: i32) -> io::Result<Option<OwnedFd>> {
    // SAFETY: pidfd_open(2) takes two integers.
    let answer = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    match i32::try_from(answer) {
        // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
        Ok(fd) if fd >= 0 => Ok(Some(unsafe { OwnedFd::from_raw_fd(fd) })),
        _ => match io::Error::last_os_error() {
            // EINVAL and ENOENT: the pid is now the id of a thread.
            error if matches!(error.raw_os_error(), Some(libc::ESRCH | libc::EINVAL | libc::ENOENT)) => Ok(None),
            error => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_start_time() {
        let stat = b"7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 5 6";
        let stat = Stat::parse(stat).unwrap();
        assert_eq!((stat.state, stat.start_ticks), (b'S', 4242));
        assert!(Stat::parse(b"7 (a) S 1").is_none());
    }

    #[test]
    fn a_recycled_pid_is_not_the_recorded_process() {
        let me = i32::try_from(std::process::id()).unwrap();
        let mine = Identity::of(me).unwrap();
        assert_eq!(mine.open().unwrap().map(|p| p.pid()), Some(me));
        for other in [
            Identity { start_ticks: mine.start_ticks - 1, ..mine.clone() },
            Identity { boot_id: "another boot".into(), ..mine.clone() },
            Identity { pid_namespace: 1, ..mine.clone() },
            Identity { pid: 1, ..mine.clone() },
        ] {
            assert!(other.open().unwrap().is_none(), "{other:?}");
        }
    }
}
