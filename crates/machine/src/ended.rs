//! How an instance ended: asked for from inside, as a shutdown or a reboot, or not.
//!
//! | who | how | means |
//! |---|---|---|
//! | reboot(2) with RESTART inside | the kernel ends pid 1 with SIGHUP | reboot |
//! | reboot(2) with HALT or POWER_OFF inside | the kernel ends pid 1 with SIGINT | shutdown |
//! | SIGINT or SIGRTMIN+5 from inside | pid 1 ends all and exits | reboot |
//! | SIGTERM, SIGPWR, SIGRTMIN+3 or +4 from inside | the same | shutdown |
//! | SIGRTMIN+13, +14, +15 | the same, at once | shutdown, shutdown, reboot |
//! | SIGTERM from the host, or anything that kills pid 1 | | the power was cut |
//!
//! The signals are those that systemd has for the same (systemd(1)). `shutdown.sh` sends them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use nix::fcntl::{OFlag, openat, renameat};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::sys::wait::WaitStatus;
use serde::{Deserialize, Serialize};

use super::spec::{InstanceDir, remove_if_there};

/// The commands that ask pid 1 for the end, in a shell's language so that they need nothing but a shell. They tell what they
/// are by the name that they are called by.
pub(super) const COMMANDS: &str = include_str!("shutdown.sh");

/// The names of the commands.
pub(super) const NAMES: [&str; 4] = ["halt", "poweroff", "reboot", "shutdown"];

/// How an instance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It shut itself down: halted or powered off.
    PowerOff,
    /// It asked to be booted again.
    Reboot,
    /// It was ended from outside, or died.
    Cut,
}

/// What pid 1 was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) how: Ended,
    /// Without asking the processes first.
    pub(super) at_once: bool,
}

impl Asked {
    pub(super) const OUTSIDE: Asked = Asked { how: Ended::Cut, at_once: false };
}

/// The first real-time signal of the C library, which programs count from.
const RTMIN: u32 = 34;

const INT: u32 = Signal::SIGINT as u32;
const TERM: u32 = Signal::SIGTERM as u32;
const PWR: u32 = Signal::SIGPWR as u32;

/// Signals that ask pid 1 for the end.
const ASKING: [u32; 9] = [INT, TERM, PWR, RTMIN + 3, RTMIN + 4, RTMIN + 5, RTMIN + 13, RTMIN + 14, RTMIN + 15];

/// What a signal asks for; `sender` is 0 for one from outside the PID namespace, where only SIGTERM is heeded.
pub(super) fn asked(signal: u32, sender: u32) -> Option<Asked> {
    let how = match signal {
        TERM if sender == 0 => return Some(Asked::OUTSIDE),
        _ if sender == 0 => return None,
        INT => Ended::Reboot,
        TERM | PWR => Ended::PowerOff,
        _ => match signal.checked_sub(RTMIN)? {
            3 | 4 | 13 | 14 => Ended::PowerOff,
            5 | 15 => Ended::Reboot,
            _ => return None,
        },
    };
    Some(Asked { how, at_once: signal >= RTMIN + 13 })
}

/// The signals that [`asked`] knows.
pub(super) fn asking_signals() -> SigSet {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset(3) initialises the set, and sigaddset(3) refuses what is no signal.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in ASKING {
            libc::sigaddset(set.as_mut_ptr(), signal.cast_signed());
        }
        SigSet::from_sigset_t_unchecked(set.assume_init())
    }
}

/// What pid 1 exits with. Exit codes rather than reboot(2): a slip there would take the host.
pub(super) fn exit_code(how: Ended) -> i32 {
    match how {
        Ended::Cut => 0,
        Ended::PowerOff => 64,
        Ended::Reboot => 65,
    }
}

/// How pid 1 ended, by what its parent learned.
pub(super) fn judge(status: &WaitStatus) -> Ended {
    match status {
        WaitStatus::Exited(_, 64) | WaitStatus::Signaled(_, Signal::SIGINT, _) => Ended::PowerOff,
        WaitStatus::Exited(_, 65) | WaitStatus::Signaled(_, Signal::SIGHUP, _) => Ended::Reboot,
        _ => Ended::Cut,
    }
}

const FILE: &str = "ended.json";
const FILE_NEW: &str = "ended.json.new";

/// Leaves word of how it ended in the instance's folder, which may be out of sight.
pub(super) fn write(folder: &File, how: Ended) -> io::Result<()> {
    let flags = OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_WRONLY | OFlag::O_CLOEXEC;
    let mut file = File::from(openat(folder, FILE_NEW, flags, Mode::from_bits_truncate(0o600))?);
    file.write_all(&serde_json::to_vec(&how)?)?;
    // A power failure right after it must not make it another end.
    file.sync_all()?;
    Ok(renameat(folder.as_fd(), FILE_NEW, folder.as_fd(), FILE)?)
}

/// The word that was left; none while it runs, and of one whose keeper was killed.
pub(super) fn read(dir: &InstanceDir) -> Option<Ended> {
    serde_json::from_slice(&fs::read(dir.path().join(FILE)).ok()?).ok()
}

/// Forgets it, before the next start.
pub(super) fn forget(dir: &InstanceDir) -> super::Result<()> {
    remove_if_there(&dir.path().join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_what_by_signals() {
        let how = |signal, sender| asked(signal, sender).map(|asked| (asked.how, asked.at_once));
        assert_eq!(how(15, 0), Some((Ended::Cut, false)), "the server's own stop");
        assert_eq!(how(15, 7), Some((Ended::PowerOff, false)));
        assert_eq!(how(2, 7), Some((Ended::Reboot, false)));
        assert_eq!([37, 38, 39].map(|signal| how(signal, 7).unwrap().0), [Ended::PowerOff, Ended::PowerOff, Ended::Reboot]);
        assert_eq!([47, 48, 49].map(|signal| how(signal, 7).unwrap().0), [Ended::PowerOff, Ended::PowerOff, Ended::Reboot]);
        assert!(how(49, 7).unwrap().1 && !how(39, 7).unwrap().1);
        assert_eq!((how(39, 0), how(17, 7), how(40, 7)), (None, None, None));
    }

    #[test]
    fn what_pid_1_exits_with_is_what_its_keeper_makes_of_it() {
        let pid = nix::unistd::Pid::from_raw(2);
        for how in [Ended::PowerOff, Ended::Reboot, Ended::Cut] {
            assert_eq!(judge(&WaitStatus::Exited(pid, exit_code(how))), how);
        }
        assert_eq!(judge(&WaitStatus::Signaled(pid, Signal::SIGHUP, false)), Ended::Reboot);
        assert_eq!(judge(&WaitStatus::Signaled(pid, Signal::SIGINT, false)), Ended::PowerOff);
        assert_eq!(judge(&WaitStatus::Signaled(pid, Signal::SIGKILL, false)), Ended::Cut);
    }
}
