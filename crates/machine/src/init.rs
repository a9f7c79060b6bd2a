//! `enid machine-init <instance folder>`: makes the namespaces of an instance and becomes its pid 1.
//!
//! The server runs its own binary again for this, so it begins as a process with one thread, in which fork(2) is safe and
//! namespaces can be changed. Three processes share the work:
//!
//! * the *launcher* leaves the server's session, forks the keeper, hands its word on, and goes;
//! * the *keeper* joins the network namespace and makes the others, forks pid 1, waits until its mounts are done and records
//!   both in `running.json`. It stays, as pid 1's parent: only a parent learns how a process ended, and how pid 1 ended is
//!   what tells a reboot from a shutdown (pid_namespaces(7)). It writes that to `ended.json`, also while no server runs;
//! * *pid 1* enters the cgroup and arranges the mounts, then waits for the keeper's word. It hears nothing if the keeper died
//!   before the record was written, and goes too: whatever runs is recorded, and whatever is recorded can be entered.
//!
//! Pid 1 then reaps, copies output to the console, runs user data once, and ends everything when a signal asks it to.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, openat};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl::{set_name, set_pdeathsig};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, chdir, dup2_stderr, dup2_stdin, dup2_stdout, fork, getpid, getppid, pipe2, sethostname, setsid};

use super::cgroup::Cgroup;
use super::console::Console;
use super::ended::{self, Asked};
use super::process::{Identity, Record, record};
use super::spec::{Boot, InstanceDir};
use super::{Ended, Error, Result, What, environment, user_data, userland};
use crate::folders::Register;
use crate::{descriptors, terminal};

/// The hidden subcommand of the binary.
pub const SUBCOMMAND: &str = "machine-init";

/// What the launcher prints when the instance runs; anything else is the reason why it does not.
pub(super) const RUNNING: &str = "running";

const USER_DATA_MARK: &str = "user-data-ran";

/// How often pid 1 looks whether all processes have ended.
const END_POLL: Duration = Duration::from_millis(5);

/// Runs the hidden subcommand; `args` are what follows it on the command line.
///
/// To be called before the process has started any thread.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let (Some(dir), None) = (args.next(), args.next()) else {
        terminal::warn(format_args!("{SUBCOMMAND} is how enid starts an instance; it is not for use by hand"));
        return ExitCode::from(2);
    };
    match launch(&InstanceDir::at(PathBuf::from(dir))) {
        Ok(()) => {
            terminal::say(RUNNING);
            ExitCode::SUCCESS
        }
        Err(error) => {
            terminal::say(error);
            ExitCode::FAILURE
        }
    }
}

fn launch(dir: &InstanceDir) -> Result<()> {
    forget_inherited().what(|| "cannot leave the server's surroundings".to_owned())?;
    let boot = Boot::load(dir)?;
    let launcher = getpid();
    let (word, tell) = pipe2(OFlag::O_CLOEXEC).what(|| "cannot make a pipe".to_owned())?;
    // SAFETY: this process has one thread (see `main`), so the child may do anything.
    match unsafe { fork() }.what(|| "cannot fork".to_owned())? {
        ForkResult::Child => {
            drop(word);
            keep(&boot, dir, File::from(tell), launcher)
        }
        ForkResult::Parent { .. } => {
            drop(tell);
            hear(word, "its keeper ended").map_err(|reason| Error::Start { id: boot.spec.id.clone(), reason })
        }
    }
}

/// Waits for the word that all is well; anything else is the reason why it is not.
fn hear(word: OwnedFd, silence: &str) -> std::result::Result<(), String> {
    let mut answer = String::new();
    let heard = File::from(word).take(4096).read_to_string(&mut answer);
    match (heard, answer.as_str()) {
        (Ok(_), RUNNING) => Ok(()),
        (Ok(_), "") => Err(silence.to_owned()),
        (Ok(_), _) => Err(answer),
        (Err(error), _) => Err(format!("{silence}: {error}")),
    }
}

/// The keeper's side of the launch, and its life. Returns to nobody.
fn keep(boot: &Boot, dir: &InstanceDir, tell: File, launcher: Pid) -> ! {
    // Until the instance runs, whoever gives up on the launcher gives up on this too.
    let _ = set_pdeathsig(Signal::SIGKILL);
    if getppid() != launcher {
        std::process::exit(1)
    }
    let _ = set_name(c"enid-keeper");
    // Nothing short of SIGKILL may keep it from its one duty.
    let _ = SigSet::all().thread_set_mask();
    let mut tell = Some(tell);
    let begun = begin(boot, dir, &mut tell);
    // What pid 1 is not to have open is opened after it was forked.
    let begun = begun.and_then(|child| Ok((child, File::open(dir.path()).what(|| format!("cannot open {}", dir.path().display()))?)));
    let mut say = |word: &str| tell.take().map(|mut tell| tell.write_all(word.as_bytes()));
    match begun {
        Err(error) => {
            let _ = say(&error.to_string());
            std::process::exit(1)
        }
        Ok((child, folder)) => {
            let _ = set_pdeathsig(None);
            withdraw(child);
            let _ = say(RUNNING);
            let how = await_end(child);
            let written = ended::write(&folder, how);
            std::process::exit(i32::from(written.is_err()))
        }
    }
}

/// Lets go of what is the server's: its input and output, and its mounts, which would be kept busy.
fn withdraw(child: Pid) {
    if let Ok(mounts) = File::open(format!("/proc/{child}/ns/mnt")) {
        if let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") {
            let _ = dup2_stdin(&null).and_then(|()| dup2_stdout(&null)).and_then(|()| dup2_stderr(&null));
        }
        let _ = setns(mounts, CloneFlags::CLONE_NEWNS);
        let _ = chdir("/");
    }
}

fn await_end(child: Pid) -> Ended {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            Ok(status @ (WaitStatus::Exited(..) | WaitStatus::Signaled(..))) => return ended::judge(&status),
            Ok(_) => {}
            Err(_) => return Ended::Cut,
        }
    }
}

/// Makes the namespaces and pid 1, and records it. `tell` is the keeper's alone.
fn begin(boot: &Boot, dir: &InstanceDir, tell: &mut Option<File>) -> Result<Pid> {
    let mut gates = Vec::new();
    for path in boot.cgroup.iter().chain(&boot.limited) {
        gates.push(Cgroup::at(path.clone()).gate().what(|| format!("cannot open the cgroup {}", path.display()))?);
    }
    // Out of the server's cgroup, whose end must not be this one's, and not into the instance's, which is the guest's.
    if let Some(path) = boot.cgroup.as_ref().and_then(|path| path.parent()) {
        let entered = Cgroup::of_keepers(path).gate().and_then(|mut gate| gate.write_all(b"0"));
        entered.what(|| format!("cannot enter a cgroup in {}", path.display()))?;
    }
    let netns = &boot.spec.netns;
    let netns_file = File::open(netns).what(|| format!("cannot open the network namespace {}", netns.display()))?;
    setns(netns_file, CloneFlags::CLONE_NEWNET).what(|| format!("cannot join the network namespace {}", netns.display()))?;
    // The mount and cgroup namespaces are pid 1's to make: the keeper still needs the host's files and /proc.
    let own = CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWIPC;
    unshare(own).what(|| "cannot make namespaces".to_owned())?;

    let (ready, tell_ready) = pipe2(OFlag::O_CLOEXEC).what(|| "cannot make a pipe".to_owned())?;
    let (go, tell_go) = pipe2(OFlag::O_CLOEXEC).what(|| "cannot make a pipe".to_owned())?;
    // SAFETY: as in `launch`.
    match unsafe { fork() }.what(|| "cannot fork".to_owned())? {
        ForkResult::Child => {
            drop((ready, tell_go, tell.take()));
            become_pid_1(boot, dir, gates, tell_ready, go)
        }
        ForkResult::Parent { child } => {
            drop((tell_ready, go, gates));
            hear(ready, "its pid 1 ended").map_err(|reason| Error::Start { id: boot.spec.id.clone(), reason })?;
            Identity::of(child.as_raw())
                .and_then(|init| Ok(Record { init, keeper: Some(Identity::of(getpid().as_raw())?) }))
                .and_then(|found| record(dir, &found))
                .what(|| format!("cannot write {}", dir.record().display()))?;
            File::from(tell_go).write_all(b"go").what(|| "pid 1 ended".to_owned())?;
            Ok(child)
        }
    }
}

/// Leaves behind what a process gets from the one that started it: its session (so that ctrl-C there does not reach here),
/// folder, descriptors, umask and signal settings.
pub fn forget_inherited() -> nix::Result<()> {
    // Refused only to one who leads a process group, hence a session change is not needed for signals either.
    let _ = setsid();
    // SAFETY: nothing in this process has opened a descriptor yet, and the standard ones stay.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    descriptors::allow_usual();
    umask(Mode::from_bits_truncate(0o022));
    chdir("/")?;
    SigSet::empty().thread_set_mask()?;
    for signal in Signal::iterator().filter(|s| !matches!(s, Signal::SIGKILL | Signal::SIGSTOP)) {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: no handler is installed, the default is restored.
        unsafe { sigaction(signal, &default) }?;
    }
    Ok(())
}

/// Pid 1's side of the launch. Returns to nobody.
fn become_pid_1(boot: &Boot, dir: &InstanceDir, gates: Vec<File>, tell_ready: OwnedFd, go: OwnedFd) -> ! {
    let mut tell_ready = File::from(tell_ready);
    let mut asked = Asked::OUTSIDE;
    match enter_cgroups(boot, gates).and_then(|()| Init::set_up(boot, dir)) {
        Ok(init) => {
            let told = tell_ready.write_all(RUNNING.as_bytes());
            drop(tell_ready);
            let mut word = Vec::new();
            if told.is_ok() && File::from(go).read_to_end(&mut word).is_ok() && word == b"go" {
                asked = init.run();
            }
        }
        Err(error) => {
            let _ = tell_ready.write_all(error.to_string().as_bytes());
        }
    }
    // The kernel kills what is left in the PID namespace when its pid 1 ends (pid_namespaces(7)).
    std::process::exit(ended::exit_code(asked.how))
}

fn enter_cgroups(boot: &Boot, gates: Vec<File>) -> Result<()> {
    for mut gate in gates {
        gate.write_all(b"0").what(|| "cannot enter the instance's cgroup".to_owned())?;
    }
    if boot.cgroup.is_some() {
        unshare(CloneFlags::CLONE_NEWCGROUP).what(|| "cannot make a cgroup namespace".to_owned())?;
    }
    Ok(())
}

/// Pid 1 at work.
struct Init {
    console: Console,
    /// The reading end of what processes inherit as output.
    output: File,
    signals: SignalFd,
    /// Tells of data folders that other servers make.
    others: Option<Register>,
    grace: Duration,
    first_boot: Option<FirstBoot>,
}

/// User data that has not been looked at yet.
struct FirstBoot {
    folder: OwnedFd,
    user_data: Vec<u8>,
}

impl Init {
    fn set_up(boot: &Boot, dir: &InstanceDir) -> Result<Init> {
        let io = |what: &'static str| move || what.to_owned();
        let console = Console::open(&dir.console()).what(io("cannot open the console log"))?;
        let first_boot = FirstBoot::pending(dir)?;
        let (output, input) = pipe2(OFlag::O_CLOEXEC).what(io("cannot make a pipe"))?;
        fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).what(io("cannot set up the console"))?;
        let null = File::open("/dev/null").what(io("cannot open /dev/null"))?;
        dup2_stdin(&null).and_then(|()| dup2_stdout(&input)).and_then(|()| dup2_stderr(&input)).what(io("cannot set up the console"))?;
        sethostname(boot.spec.host_label()).what(io("cannot set the host name"))?;
        let _ = set_name(c"enid-init");
        if let Some(mounts) = &boot.userland {
            // The server of a service sees little of the host, most of it read-only; an instance is the host's own userland.
            let enter = File::open(mounts).and_then(|file| Ok(setns(file, CloneFlags::CLONE_NEWNS)?));
            enter.what(|| format!("cannot enter the mount namespace {}", mounts.display()))?;
        }
        unshare(CloneFlags::CLONE_NEWNS).what(io("cannot make a mount namespace"))?;
        let others = userland::build(boot, dir)?;
        // A signal that pid 1 has not asked for must not end it, and those it asked for come through the descriptor.
        SigSet::all().thread_set_mask().what(io("cannot block signals"))?;
        let mut wanted = ended::asking_signals();
        wanted.add(Signal::SIGCHLD);
        let signals =
            SignalFd::with_flags(&wanted, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).what(io("cannot listen for signals"))?;
        Ok(Init { console, output: File::from(output), signals, others, grace: Duration::from_millis(boot.grace_ms), first_boot })
    }

    /// Serves until somebody asks for the end, and says who and for what.
    fn run(mut self) -> Asked {
        self.say("booted");
        let mut user_data = None;
        if let Some(first_boot) = self.first_boot.take() {
            if let Some(reason) = first_boot.not_run() {
                self.say(&format!("user data is kept and not run: {reason}"));
            }
            match first_boot.start() {
                Ok(pid) => user_data = pid,
                Err(error) => self.say(&format!("cannot run user data: {error}")),
            }
        }
        loop {
            let asked = self.wait(PollTimeout::NONE);
            for status in reaped() {
                if user_data.is_some() && status.pid() == user_data {
                    user_data = None;
                    self.copy_output();
                    self.say(&match status {
                        WaitStatus::Exited(_, code) => format!("user data exited with {code}"),
                        WaitStatus::Signaled(_, signal, _) => {
                            format!("user data was ended by {signal}")
                        }
                        _ => "user data ended".to_owned(),
                    });
                }
            }
            if let Some(asked) = asked {
                self.end(asked);
                return asked;
            }
        }
    }

    /// A clean shutdown, as EC2's stop is one: everyone is asked to end and given time. Who is left is killed by the kernel
    /// when pid 1 returns.
    fn end(&mut self, asked: Asked) {
        self.say(if asked.how == Ended::Reboot { "rebooting" } else { "shutting down" });
        if asked.at_once {
            self.copy_output();
            return;
        }
        let everyone = Pid::from_raw(-1);
        let _ = kill(everyone, Signal::SIGTERM);
        // A stopped process takes no SIGTERM before it continues.
        let _ = kill(everyone, Signal::SIGCONT);
        hang_up_terminals();
        let deadline = Instant::now() + self.grace;
        while Instant::now() < deadline {
            reaped();
            // Processes that `enid exec` brought in are not children, so waitpid does not tell when all have ended.
            if kill(everyone, None) == Err(Errno::ESRCH) {
                break;
            }
            self.wait(PollTimeout::try_from(END_POLL).unwrap_or(PollTimeout::ZERO));
        }
        if kill(everyone, Signal::SIGKILL).is_ok() {
            self.say("processes that did not end were killed");
        }
        self.copy_output();
    }

    /// Waits for output or a signal. The end, when one that asks for it has come.
    fn wait(&mut self, timeout: PollTimeout) -> Option<Asked> {
        let heard = [Some(self.signals.as_fd()), Some(self.output.as_fd()), self.others.as_ref().map(AsFd::as_fd)];
        let mut fds: Vec<PollFd<'_>> = heard.into_iter().flatten().map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        let _ = poll(&mut fds, timeout);
        let others_told = fds.get(2).and_then(PollFd::any).unwrap_or_default();
        self.copy_output();
        if let Some(others) = self.others.as_ref().filter(|_| others_told)
            && let Err(error) = userland::hide_others(others)
        {
            self.say(&error.to_string());
        }
        let mut asked = None;
        while let Ok(Some(signal)) = self.signals.read_signal() {
            asked = ended::asked(signal.ssi_signo, signal.ssi_pid).or(asked);
        }
        asked
    }

    /// Copies what has been written so far, one pipe's worth at most, so that a process that writes without end cannot keep
    /// pid 1 from reaping.
    fn copy_output(&mut self) {
        let mut chunk = [0; 16 * 1024];
        for _ in 0..4 {
            match self.output.read(&mut chunk) {
                // A full disk must not end the instance: its console loses lines then.
                Ok(read) if read > 0 => drop(self.console.write(&chunk[..read])),
                _ => return,
            }
        }
    }

    fn say(&mut self, line: &str) {
        let _ = self.console.write(format!("[enid] {line}\n").as_bytes());
    }
}

impl FirstBoot {
    /// The user data, where this boot is the first that sees it.
    fn pending(dir: &InstanceDir) -> Result<Option<FirstBoot>> {
        let folder = File::open(dir.path()).what(|| format!("cannot open {}", dir.path().display()))?;
        match fs::read(dir.user_data()) {
            Ok(user_data) if !user_data.is_empty() && !dir.path().join(USER_DATA_MARK).exists() => {
                Ok(Some(FirstBoot { folder: folder.into(), user_data }))
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).what(|| format!("cannot read {}", dir.user_data().display()))
            }
            _ => Ok(None),
        }
    }

    /// Why it is not run, unless it is.
    fn not_run(&self) -> Option<&'static str> {
        user_data::why_not_run(&self.user_data)
    }

    /// Starts it if it is a script: once per instance, whether it succeeds or not, as cloud-init does.
    fn start(self) -> io::Result<Option<Pid>> {
        // The folder is out of sight by now, so the mark is made through a descriptor taken before.
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY | OFlag::O_CLOEXEC;
        match openat(&self.folder, USER_DATA_MARK, flags, Mode::from_bits_truncate(0o600)) {
            Err(Errno::EEXIST) => return Ok(None),
            answer => drop(answer?),
        }
        if self.not_run().is_some() {
            return Ok(None);
        }
        let folder = Path::new("/run/enid");
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        let path = folder.join("user-data");
        fs::write(&path, &self.user_data)?;
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
        // SAFETY: pid 1 has one thread (see `main`), so the child may do anything.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Some(child)),
            ForkResult::Child => {
                let _ = SigSet::empty().thread_set_mask();
                let _ = setsid();
                let error = Command::new(&path).env_clear().envs(environment()).exec();
                terminal::log(format_args!("[enid] cannot run user data: {error}"));
                std::process::exit(126)
            }
        }
    }
}

/// Everyone who has ended since the last call.
fn reaped() -> Vec<WaitStatus> {
    std::iter::from_fn(|| match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::StillAlive) | Err(_) => None,
        Ok(status) => Some(status),
    })
    .collect()
}

/// An interactive shell ignores SIGTERM and ends when its terminal hangs up, which is what a machine's end means to it.
/// Only those with a terminal: to a daemon SIGHUP means "read the configuration again".
fn hang_up_terminals() {
    let Ok(entries) = fs::read_dir("/proc") else {
        return;
    };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let has_terminal = fs::read_to_string(entry.path().join("stat")).is_ok_and(|stat| {
            let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            // Field 7 is tty_nr (proc(5)); the name was field 2.
            after_name.split_ascii_whitespace().nth(4).is_some_and(|tty| tty != "0")
        });
        if pid > 1 && has_terminal {
            let _ = kill(Pid::from_raw(pid), Signal::SIGHUP);
        }
    }
}
