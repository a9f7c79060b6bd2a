//! `enid exec i-… -- command` and `enid shell i-…`: a command inside a running instance, as if typed there.
//!
//! Three processes: the *caller* stays outside and hands signals and the exit code through; the *porter* enters the
//! instance's namespaces and starts the *command*, which is in the PID namespace because it is born after that. A PID
//! namespace ends only when the outside parents of its processes have reaped them, so the porter ignores ctrl-Z: a suspended
//! `enid exec` must not keep an instance from stopping.
//!
//! The terminal is shared, not copied: what is a terminal outside is one inside, and job control works.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, Uid, User, fork, getppid};

use super::cgroup::{Cgroup, Parent};
use super::process::{Process, running};
use super::spec::{Boot, InstanceDir, instances};
use super::{Error, Result, What, environment};
use crate::terminal;

/// The exit code for enid's own failures, as of `docker exec` and `env`: none of the command's usual ones.
pub const OWN_FAILURE: u8 = 125;
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Runs a command in an instance of this data folder, and answers its exit code: 128 and the signal's number if a signal
/// ended it, 125 when enid itself failed, 126 and 127 when the command cannot be run or is not there.
///
/// The command gets the caller's input, output and terminal, keeps the working folder where the instance has it too, and a
/// plain root environment. To be called before the process has started any thread.
pub fn exec(data: &Path, id: &str, command: &[OsString]) -> ExitCode {
    let Some((program, args)) = command.split_first() else {
        terminal::warn(format_args!("no command was given; `enid shell {id}` opens a shell"));
        return ExitCode::from(2);
    };
    let mut inner = Command::new(program);
    inner.args(args);
    let folder = std::env::current_dir().ok();
    finish(enter(data, id, inner, folder))
}

/// Opens a login shell in an instance: root's own shell, in root's home.
///
/// To be called before the process has started any thread.
pub fn shell(data: &Path, id: &str) -> ExitCode {
    let shell = User::from_uid(Uid::from_raw(0))
        .ok()
        .flatten()
        .map(|root| root.shell)
        .filter(|shell| shell.is_absolute())
        .unwrap_or_else(|| PathBuf::from("/bin/sh"));
    let mut login_name = OsString::from("-");
    login_name.push(shell.file_name().unwrap_or(OsStr::new("sh")));
    let mut inner = Command::new(&shell);
    inner.arg0(login_name).env("SHELL", &shell);
    finish(enter(data, id, inner, None))
}

fn finish(code: Result<u8>) -> ExitCode {
    ExitCode::from(code.unwrap_or_else(|error| {
        terminal::warn(format_args!("{error}"));
        OWN_FAILURE
    }))
}

fn enter(data: &Path, id: &str, inner: Command, folder: Option<PathBuf>) -> Result<u8> {
    if !Uid::effective().is_root() {
        return Err(Error::NotRoot);
    }
    let instance = find(data, id)?;
    // Opened out here, where the hierarchy is mounted; the command writes to it when it is born.
    let own = Parent::of(data).ok().and_then(|parent| parent.instance(id).gate().ok());
    let has_cgroup = own.is_some();
    let limited = Boot::load(&InstanceDir::of(data, id)?).map(|boot| boot.limited).unwrap_or_default();
    let gates: Vec<File> = own.into_iter().chain(limited.into_iter().filter_map(|path| Cgroup::at(path).gate().ok())).collect();
    let signals = listen(&[])?;
    let caller = nix::unistd::getpid();
    // SAFETY: this process has one thread (see `exec`), so the child may do anything.
    match unsafe { fork() }.what(|| "cannot fork".to_owned())? {
        ForkResult::Parent { child } => attend(child, &signals),
        ForkResult::Child => {
            drop(signals);
            let code = porter(id, &instance, has_cgroup, gates, inner, folder, caller).unwrap_or_else(|error| {
                terminal::warn(format_args!("{error}"));
                OWN_FAILURE
            });
            std::process::exit(code.into())
        }
    }
}

/// The instance's pid 1, or why there is none and what to do about it.
fn find(data: &Path, id: &str) -> Result<Process> {
    let dir = InstanceDir::of(data, id)?;
    if !dir.path().is_dir() {
        return Err(Error::Unknown { id: id.to_owned(), folder: instances(data) });
    }
    running(&dir).what(|| format!("cannot tell whether {id} runs"))?.ok_or_else(|| Error::NotRunning(id.to_owned()))
}

fn porter(
    id: &str,
    instance: &Process,
    has_cgroup: bool,
    gates: Vec<File>,
    inner: Command,
    folder: Option<PathBuf>,
    caller: Pid,
) -> Result<u8> {
    // Terminal signals go to the whole foreground group, so the command gets them without the porter.
    let signals = listen(&[Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU])?;
    // Whoever kills `enid exec` beyond its power to react hangs up on the command, as a broken ssh connection does.
    set_pdeathsig(Signal::SIGHUP).what(|| "cannot follow the caller".to_owned())?;
    if getppid() != caller {
        return Ok(OWN_FAILURE);
    }
    let mut namespaces = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS;
    namespaces |= CloneFlags::CLONE_NEWIPC;
    namespaces.set(CloneFlags::CLONE_NEWCGROUP, has_cgroup);
    // All at once through the pidfd: they are those of this very process, also if its pid has since been given away.
    setns(instance, namespaces).what(|| "cannot enter the instance".to_owned())?;
    // SAFETY: as in `enter`.
    let forked = match unsafe { fork() } {
        // A PID namespace whose pid 1 is ending takes in nobody (pid_namespaces(7)).
        Err(Errno::ENOMEM) => return Err(Error::Stopping(id.to_owned())),
        forked => forked.what(|| "cannot fork in the instance".to_owned())?,
    };
    match forked {
        ForkResult::Parent { child } => attend(child, &signals),
        ForkResult::Child => {
            drop(signals);
            std::process::exit(become_command(gates, inner, folder).into())
        }
    }
}

/// Becomes the command. Comes back only with the exit code of a failure.
fn become_command(gates: Vec<File>, mut inner: Command, folder: Option<PathBuf>) -> u8 {
    for mut gate in gates {
        if let Err(error) = gate.write_all(b"0") {
            terminal::warn(format_args!("cannot enter the instance's cgroup: {error}"));
            return OWN_FAILURE;
        }
    }
    let home = PathBuf::from("/root");
    let _ = [folder, Some(home), Some(PathBuf::from("/"))].into_iter().flatten().find(|folder| std::env::set_current_dir(folder).is_ok());
    let _ = SigSet::empty().thread_set_mask();
    // What the caller's own parent left open is not the instance's business.
    // SAFETY: only marks descriptors to be closed by exec(2).
    unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int) };
    let given: Vec<_> = inner.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    let terminal = std::env::var_os("TERM").map(|term| (OsString::from("TERM"), term));
    let error = inner.env_clear().envs(environment()).envs(terminal).envs(given).exec();
    let name = inner.get_program().to_string_lossy().into_owned();
    if error.kind() == io::ErrorKind::NotFound {
        terminal::warn(format_args!("{name}: command not found"));
        NOT_FOUND
    } else {
        terminal::warn(format_args!("{name}: {error}"));
        NOT_EXECUTABLE
    }
}

/// Takes in the signals that are to be handed on, and those of `ignored`, which then do nothing.
fn listen(ignored: &[Signal]) -> Result<SignalFd> {
    let mut wanted = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGUSR1, Signal::SIGUSR2] {
        wanted.add(signal);
    }
    let mut blocked = wanted;
    for signal in ignored {
        blocked.add(*signal);
    }
    blocked
        .thread_set_mask()
        .and_then(|()| SignalFd::with_flags(&wanted, SfdFlags::SFD_CLOEXEC))
        .what(|| "cannot listen for signals".to_owned())
}

/// Hands signals on to a child until it ends, and answers its exit code.
fn attend(child: Pid, signals: &SignalFd) -> Result<u8> {
    loop {
        match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(_, code)) => return Ok(u8::try_from(code).unwrap_or(OWN_FAILURE)),
            Ok(WaitStatus::Signaled(_, signal, _)) => {
                return Ok(128 + u8::try_from(signal as i32).unwrap_or(0));
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error).what(|| "lost sight of the command".to_owned()),
        }
        let taken = match signals.read_signal() {
            Ok(Some(taken)) => taken,
            Ok(None) | Err(Errno::EINTR) => continue,
            Err(error) => return Err(error).what(|| "cannot read signals".to_owned()),
        };
        // The terminal's own signals have reached the child already; a second ctrl-C would be one too many.
        let from_terminal = taken.ssi_code == libc::SI_KERNEL;
        if let Some(signal) = i32::try_from(taken.ssi_signo).ok().and_then(|n| Signal::try_from(n).ok())
            && signal != Signal::SIGCHLD
            && !from_terminal
        {
            let _ = kill(child, signal);
        }
    }
}

/// The ids under a data folder, for messages.
pub(super) fn known(folder: &Path) -> Vec<String> {
    let mut ids: Vec<String> =
        fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    ids.sort();
    ids
}
