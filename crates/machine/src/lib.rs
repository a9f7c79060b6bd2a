//! The lightweight instance: processes in network, mount, UTS and PID namespaces and a cgroup of their own, over the host's
//! userland.
//!
//! An instance is not a child of the server. It lives on when the server is stopped or killed, and is found again through
//! `<data>/instances/<id>/running.json`. Its network namespace is the fabric's, which makes a new one before each boot;
//! nothing here touches a link, an address or a route.
//!
//! | file | what it is about |
//! |---|---|
//! | `spec` | what an instance is started from, and its files |
//! | `init` | the launcher, the keeper and pid 1 |
//! | `limits` | how much of the host it may take |
//! | `ended` | how pid 1 is asked for the end, and how an instance ended |
//! | `user_data` | what user data is |
//! | `userland` | the mounts inside |
//! | `tmpfiles` | the folders that packages expect in `/run` |
//! | `console` | its bounded output |
//! | `process` | recognising pid 1 again, signals by pidfd |
//! | `cgroup` | its cgroup |
//! | `watch` | noticing that one ended by itself |
//! | `enter` | `enid exec`, `enid shell` |
//! | `down` | `enid down`, `enid status`, `enid doctor` |

mod cgroup;
mod console;
pub mod descriptors;
mod down;
mod ended;
pub mod enter;
pub mod files;
pub mod folders;
pub mod init;
mod limits;
mod process;
mod spec;
pub mod terminal;
mod tmpfiles;
mod user_data;
mod userland;
mod watch;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use crate::files::{private_dir, remove_flat_dir};
use cgroup::{Cgroup, Parent};
pub use cgroup::{make_cgroup, remove_cgroup};
pub use console::CONSOLE_BYTES_MAX;
pub use down::{Check, Down, check, down, running};
pub use ended::Ended;
use limits::Limiter;
pub use limits::Limits;
use process::Process;
use spec::{Boot, InstanceDir, check_id, instances, remove_if_there};
pub use spec::{MachineSpec, USER_DATA_BYTES_MAX};

/// How long processes may take to end after SIGTERM, before they are killed. EC2 gives minutes; a machine of processes
/// needs less, and who tests a failover waits for it.
const GRACE: Duration = Duration::from_secs(5);

/// How long an instance may take to start: a machine under heavy load needs a second, not ten.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How long killed processes may take to be gone.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// How long the keeper of an instance may take to say how it ended, which takes one write to disk.
const KEEPER_LIMIT: Duration = Duration::from_secs(5);

/// How long to wait for somebody else who starts or stops the same instance: longer than that takes.
const BUSY_LIMIT: Duration = Duration::from_secs(30);

/// A running instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The instance's id.
    pub id: String,
    /// Its pid 1, as the host sees it.
    pub pid: i32,
}

/// How to stop an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Its processes are asked to end, and killed if they do not within some seconds.
    Clean,
    /// Its processes are killed at once (`SkipOsShutdown` of StopInstances).
    Force,
}

/// What goes wrong with instances.
#[derive(Debug)]
pub enum Error {
    /// Not an instance id.
    Id(String),
    /// A specification that cannot be started.
    Spec {
        /// The instance.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The instance runs already.
    Runs(String),
    /// The instance does not run.
    NotRunning(String),
    /// The instance is being started or stopped by somebody else.
    Busy(String),
    /// The instance is ending and takes in no command.
    Stopping(String),
    /// This data folder has no such instance.
    Unknown {
        /// The instance.
        id: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The instance did not start.
    Start {
        /// The instance.
        id: String,
        /// Why.
        reason: String,
    },
    /// The instance's processes are killed and have not ended.
    Lingers(String),
    /// Only root can do this.
    NotRoot,
    /// The system refused.
    System {
        /// What was to be done.
        what: String,
        /// What the kernel said.
        source: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Id(id) => write!(f, "{id:?} is not an instance id (i-0123456789abcdef0 is one)"),
            Error::Spec { id, reason } => write!(f, "instance {id} cannot be started: {reason}"),
            Error::Runs(id) => write!(f, "instance {id} is already running"),
            Error::NotRunning(id) => write!(f, "instance {id} is not running; start it with: aws ec2 start-instances --instance-ids {id}"),
            Error::Busy(id) => write!(f, "instance {id} is being started or stopped"),
            Error::Stopping(id) => write!(f, "instance {id} is stopping"),
            Error::Unknown { id, folder } => {
                write!(f, "there is no instance {id} in {}", folder.display())?;
                match enter::known(folder).as_slice() {
                    [] => write!(f, ", nor any other; --data names the data folder of another server"),
                    known => write!(f, "; it has {}", known.join(", ")),
                }
            }
            Error::Start { id, reason } => write!(f, "instance {id} did not start: {reason}"),
            Error::Lingers(id) => write!(f, "the processes of instance {id} were killed and have not ended yet"),
            Error::NotRoot => write!(f, "entering an instance needs root: run this with sudo"),
            Error::System { what, source } => write!(f, "{what}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::System { source, .. } => Some(source),
            _ => None,
        }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Says what was being done when the system refused.
trait What<T> {
    fn what(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<io::Error>> What<T> for std::result::Result<T, E> {
    fn what(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::System { what: what(), source: source.into() })
    }
}

/// The environment of a process in an instance: nothing of the server's or the caller's.
fn environment() -> [(&'static str, &'static str); 6] {
    [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/sbin"),
        ("HOME", "/root"),
        ("USER", "root"),
        ("LOGNAME", "root"),
        ("LANG", "C.UTF-8"),
        ("TERM", "dumb"),
    ]
}

/// The instances of a data folder: starts them, stops them, and notices when one ends by itself.
///
/// Safe to use from several threads; calls for one instance exclude each other, calls for others do not wait.
pub struct Machines {
    shared: Arc<Shared>,
    watcher: watch::Watcher,
    program: PathBuf,
    userland: Option<PathBuf>,
    grace: Duration,
}

struct Shared {
    /// Absolute and without links.
    data: PathBuf,
    cgroups: Option<Parent>,
    limiter: Limiter,
    /// What instances cannot be limited in, and why.
    unlimited: Vec<String>,
    state: Mutex<State>,
    /// Tells those who wait for an instance that it is no longer being started or stopped.
    freed: Condvar,
    on_end: Box<OnEnd>,
}

/// Is told of an instance that ended by itself, and how.
type OnEnd = dyn Fn(&str, Ended) + Send + Sync;

#[derive(Default)]
struct State {
    machines: BTreeMap<String, Machine>,
    busy: HashSet<String>,
}

struct Machine {
    process: Arc<Process>,
    /// Somebody is stopping it, so its end is no news.
    stopping: bool,
}

impl Machines {
    /// The instances of this data folder, none of which is known yet (see [`take_over`](Machines::take_over)).
    ///
    /// `on_end` is called, on a thread of its own, with the id of an instance that ended without being stopped through
    /// this value, and how it ended.
    pub fn new(data: &Path, on_end: impl Fn(&str, Ended) + Send + Sync + 'static) -> Result<Machines> {
        // The running binary itself, also after its file was replaced or removed.
        Machines::with_program(data, Path::new("/proc/self/exe"), on_end)
    }

    /// As `new`, with another program to run `machine-init` of.
    pub fn with_program(data: &Path, program: &Path, on_end: impl Fn(&str, Ended) + Send + Sync + 'static) -> Result<Machines> {
        let folder = instances(data);
        private_dir(&folder).what(|| format!("cannot make {}", folder.display()))?;
        let data = fs::canonicalize(data).what(|| format!("cannot find {}", data.display()))?;
        let cgroups = Parent::usable(&data).ok();
        let mut limiter = Limiter::find(&data, cgroups.as_ref());
        let unlimited = limiter.try_out();
        let shared = Arc::new(Shared {
            cgroups,
            limiter,
            unlimited,
            data,
            state: Mutex::default(),
            freed: Condvar::new(),
            on_end: Box::new(on_end),
        });
        let watcher = watch::Watcher::start(Arc::clone(&shared)).what(|| "cannot watch processes".to_owned())?;
        Ok(Machines { shared, watcher, program: program.to_owned(), userland: None, grace: GRACE })
    }

    /// Gives instances a copy of what is mounted in another mount namespace, such as `/proc/1/ns/mnt`, than in the server's own.
    pub fn userland(mut self, mounts: Option<PathBuf>) -> Machines {
        self.userland = mounts;
        self
    }

    /// Gives processes another time to end after SIGTERM than the usual five seconds.
    pub fn grace(mut self, grace: Duration) -> Machines {
        self.grace = grace;
        self
    }

    /// Starts an instance and returns when commands can run in it. Its user data, if it is a script, runs on from there,
    /// at the first start only.
    pub fn start(&self, spec: &MachineSpec) -> Result<Running> {
        let _busy = self.shared.exclusive(&spec.id)?;
        self.start_exclusively(spec.clone())
    }

    /// Stops an instance; when this returns well, none of its processes is left.
    pub fn stop(&self, id: &str, how: Stop) -> Result<()> {
        let _busy = self.shared.exclusive(id)?;
        self.stop_exclusively(id, how)
    }

    /// How an instance that does not run ended last, if its keeper could say.
    pub fn how_ended(&self, id: &str) -> Option<Ended> {
        ended::read(&InstanceDir::of(&self.shared.data, id).ok()?)
    }

    /// Forgets how an instance ended: it is to be started again.
    pub fn forget_end(&self, id: &str) -> Result<()> {
        ended::forget(&InstanceDir::of(&self.shared.data, id)?)
    }

    /// Removes everything that is stored about an instance that does not run: its console log, its user data.
    pub fn forget(&self, id: &str) -> Result<()> {
        let _busy = self.shared.exclusive(id)?;
        if self.is_running(id) {
            return Err(Error::Runs(id.to_owned()));
        }
        let dir = InstanceDir::of(&self.shared.data, id)?;
        remove_flat_dir(dir.path()).what(|| format!("cannot remove {}", dir.path().display()))
    }

    /// Whether an instance runs.
    pub fn is_running(&self, id: &str) -> bool {
        self.shared.state().machines.contains_key(id)
    }

    /// What instances cannot be limited in on this host, and why.
    pub fn unlimited(&self) -> &[String] {
        &self.shared.unlimited
    }

    /// The instances of which anything is stored, in the order of their ids.
    pub fn stored(&self) -> Vec<String> {
        let mut ids = enter::known(&instances(&self.shared.data));
        ids.retain(|id| check_id(id).is_ok());
        ids
    }

    /// The running instances, in the order of their ids.
    pub fn list(&self) -> Vec<Running> {
        let state = self.shared.state();
        let running = |(id, machine): (&String, &Machine)| Running { id: id.clone(), pid: machine.process.pid() };
        state.machines.iter().map(running).collect()
    }

    /// The network namespace, by its inode, that the processes of each running instance are in.
    pub fn network_namespaces(&self) -> BTreeMap<String, u64> {
        let ids: Vec<String> = self.shared.state().machines.keys().cloned().collect();
        let found = ids.into_iter().filter_map(|id| Some((self.network_namespace(&id)?.metadata().ok()?.ino(), id)));
        found.map(|(inode, id)| (id, inode)).collect()
    }

    /// The network namespace that the processes of an instance are in, if it runs.
    pub fn network_namespace(&self, id: &str) -> Option<fs::File> {
        let process = Arc::clone(&self.shared.state().machines.get(id)?.process);
        process.network_namespace().ok()?
    }

    /// The most recent output of an instance, at most [`CONSOLE_BYTES_MAX`] bytes.
    pub fn console(&self, id: &str) -> Result<Vec<u8>> {
        let dir = InstanceDir::of(&self.shared.data, id)?;
        console::read(&dir.console()).what(|| format!("cannot read {}", dir.console().display()))
    }

    /// Finds the instances that an earlier server left running, removes what is left of those that ended meanwhile, and
    /// returns the running ones. Problems with one instance do not keep the others from being found; they are returned too.
    pub fn take_over(&self) -> (Vec<Running>, Vec<Error>) {
        let mut problems = Vec::new();
        let mut ids: Vec<String> = enter::known(&instances(&self.shared.data));
        ids.extend(self.shared.cgroups.iter().flat_map(|parent| parent.names().unwrap_or_default()));
        ids.sort();
        ids.dedup();
        for id in ids.iter().filter(|id| check_id(id).is_ok() && !self.is_running(id)) {
            if let Err(error) = self.take_over_one(id) {
                problems.push(error);
            }
        }
        (self.list(), problems)
    }

    fn take_over_one(&self, id: &str) -> Result<()> {
        let _busy = self.shared.exclusive(id)?;
        let dir = InstanceDir::of(&self.shared.data, id)?;
        match process::running(&dir).what(|| format!("cannot tell whether {id} runs"))? {
            Some(process) => self.watch(id, process),
            None => self.shared.clean_up(id),
        }
    }

    fn start_exclusively(&self, spec: MachineSpec) -> Result<Running> {
        let id = spec.id.clone();
        let dir = InstanceDir::of(&self.shared.data, &id)?;
        let found = process::running(&dir).what(|| format!("cannot tell whether {id} runs"))?;
        if found.is_some() || self.is_running(&id) {
            return Err(Error::Runs(id));
        }
        self.shared.clean_up(&id)?;
        ended::forget(&dir)?;
        let cgroup = self.shared.cgroup(&id);
        let limits = spec.limits;
        dir.prepare(&Boot {
            spec,
            data: self.shared.data.clone(),
            cgroup: cgroup.as_ref().map(|cgroup| cgroup.path().to_owned()),
            limited: self.shared.limiter.set(&id, &limits)?,
            userland: self.userland.clone(),
            grace_ms: u64::try_from(self.grace.as_millis()).unwrap_or(u64::MAX),
        })?;
        let make = |cgroup: &Cgroup| cgroup.create().what(|| format!("cannot make {}", cgroup.path().display()));
        let started = self
            .shared
            .cgroups
            .iter()
            .map(Parent::keepers)
            .chain(cgroup)
            .try_for_each(|cgroup| make(&cgroup))
            .and_then(|()| self.launch(&id, &dir))
            .and_then(|()| self.attend(&id, &dir));
        if started.is_err() {
            // The first failure is the one to tell.
            let _ = self.shared.clean_up(&id);
        }
        started
    }

    /// Watches what was just launched.
    fn attend(&self, id: &str, dir: &InstanceDir) -> Result<Running> {
        let failed = || format!("cannot find pid 1 of {id}");
        let ended = || Error::Start { id: id.to_owned(), reason: "its pid 1 ended".to_owned() };
        if let Some(process) = process::running(dir).what(failed)? {
            let pid = process.pid();
            self.watch(id, process)?;
            return Ok(Running { id: id.to_owned(), pid });
        }
        // User data may end what it is the first thing in.
        let record = process::recorded(dir).what(failed)?.ok_or_else(ended)?;
        self.shared.clean_up(id)?;
        let how = ended::read(dir).ok_or_else(ended)?;
        (self.shared.on_end)(id, how);
        Ok(Running { id: id.to_owned(), pid: record.init.pid })
    }

    /// Runs the launcher, and waits for its answer.
    fn launch(&self, id: &str, dir: &InstanceDir) -> Result<()> {
        let mut launcher = Command::new(&self.program)
            .arg0("enid")
            .arg(init::SUBCOMMAND)
            .arg(dir.path())
            .env_clear()
            .envs(environment())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .what(|| format!("cannot run {}", self.program.display()))?;
        let answer = hear(&mut launcher, START_LIMIT);
        if answer.is_err() {
            let _ = launcher.kill();
        }
        let status = launcher.wait().what(|| "cannot wait for the launcher".to_owned())?;
        let answer = answer.what(|| format!("no word from the launcher of {id}"))?;
        match answer.trim_end() {
            init::RUNNING => Ok(()),
            "" => Err(Error::Start { id: id.to_owned(), reason: format!("its launcher ended, {status}") }),
            reason => Err(Error::Start { id: id.to_owned(), reason: reason.to_owned() }),
        }
    }

    fn watch(&self, id: &str, process: Process) -> Result<()> {
        let process = Arc::new(process);
        let machine = Machine { process: Arc::clone(&process), stopping: false };
        self.shared.state().machines.insert(id.to_owned(), machine);
        let watched = self.watcher.add(id, process).what(|| format!("cannot watch {id}"));
        if watched.is_err() {
            self.shared.state().machines.remove(id);
        }
        watched
    }

    fn stop_exclusively(&self, id: &str, how: Stop) -> Result<()> {
        let process = {
            let mut state = self.shared.state();
            let machine = state.machines.get_mut(id).ok_or_else(|| Error::NotRunning(id.to_owned()))?;
            machine.stopping = true;
            Arc::clone(&machine.process)
        };
        let stopped = self.shared.end(id, &process, how, self.grace);
        let mut state = self.shared.state();
        if stopped.is_ok() {
            state.machines.remove(id);
        } else if let Some(machine) = state.machines.get_mut(id) {
            machine.stopping = false;
        }
        stopped
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock with the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cgroup(&self, id: &str) -> Option<Cgroup> {
        self.cgroups.as_ref().map(|parent| parent.instance(id))
    }

    /// Waits its turn to start, stop or clean up an instance.
    fn exclusive(&self, id: &str) -> Result<Exclusive<'_>> {
        self.exclusive_within(id, BUSY_LIMIT)
    }

    fn exclusive_within(&self, id: &str, limit: Duration) -> Result<Exclusive<'_>> {
        check_id(id)?;
        let (mut state, _) =
            self.freed.wait_timeout_while(self.state(), limit, |state| state.busy.contains(id)).unwrap_or_else(PoisonError::into_inner);
        if state.busy.insert(id.to_owned()) { Ok(Exclusive { shared: self, id: id.to_owned() }) } else { Err(Error::Busy(id.to_owned())) }
    }

    /// Ends an instance's processes and removes what it had for running.
    fn end(&self, id: &str, process: &Process, how: Stop, grace: Duration) -> Result<()> {
        let failed = || format!("cannot stop {id}");
        let ended = match how {
            Stop::Clean => {
                process.signal(Signal::SIGTERM).what(failed)?;
                process.ended_within(grace + Duration::from_secs(1)).what(failed)?
            }
            Stop::Force => false,
        };
        if !ended {
            self.kill(id, process).what(failed)?;
            if !process.ended_within(KILL_LIMIT).what(failed)? {
                return Err(Error::Lingers(id.to_owned()));
            }
        }
        self.clean_up(id)
    }

    fn kill(&self, id: &str, process: &Process) -> io::Result<()> {
        if let Some(cgroup) = self.cgroup(id) {
            // Without it the end of pid 1 kills the others all the same.
            let _ = cgroup.kill();
        }
        process.signal(Signal::SIGKILL)
    }

    /// Removes the record and the cgroup of an instance whose pid 1 has ended, with any process left in there.
    fn clean_up(&self, id: &str) -> Result<()> {
        let dir = InstanceDir::of(&self.data, id)?;
        dismiss_keeper(&dir).what(|| format!("cannot await the keeper of {id}"))?;
        let removed =
            self.cgroup(id).map_or(Ok(()), |cgroup| cgroup.remove().what(|| format!("cannot remove {}", cgroup.path().display())));
        for cgroup in self.limiter.old(id) {
            cgroup.remove().what(|| format!("cannot remove {}", cgroup.path().display()))?;
        }
        remove_if_there(&dir.record())?;
        removed
    }

    /// The watcher's news that a pid 1 has ended.
    fn ended(&self, id: &str, process: &Arc<Process>) {
        process.reap();
        let is_news = |state: &State| state.machines.get(id).is_some_and(|now| Arc::ptr_eq(&now.process, process) && !now.stopping);
        // The keeper of a later boot is not the one that has something to say.
        if !is_news(&self.state()) {
            return;
        }
        // Its word is not long in coming.
        let how = InstanceDir::of(&self.data, id).ok().and_then(|dir| dismiss_keeper(&dir).ok().and_then(|()| ended::read(&dir)));
        {
            let mut state = self.state();
            if !is_news(&state) {
                // Stopped on purpose, and perhaps started again since.
                return;
            }
            state.machines.remove(id);
        }
        // Somebody may be starting it again already, and cleans up itself.
        if let Ok(_busy) = self.exclusive_within(id, Duration::ZERO) {
            let _ = self.clean_up(id);
        }
        (self.on_end)(id, how.unwrap_or(Ended::Cut));
    }
}

/// Waits until the keeper of an instance whose pid 1 has ended has said so and is gone.
fn dismiss_keeper(dir: &InstanceDir) -> io::Result<()> {
    let Some(keeper) = process::keeper(dir)? else { return Ok(()) };
    if !keeper.ended_within(KEEPER_LIMIT)? {
        keeper.signal(Signal::SIGKILL)?;
        keeper.ended_within(KILL_LIMIT)?;
    }
    Ok(())
}

/// Held while an instance is started or stopped.
struct Exclusive<'a> {
    shared: &'a Shared,
    id: String,
}

impl Drop for Exclusive<'_> {
    fn drop(&mut self) {
        self.shared.state().busy.remove(&self.id);
        self.shared.freed.notify_all();
    }
}

/// What a launcher says before it ends, within a time limit.
fn hear(launcher: &mut Child, limit: Duration) -> io::Result<String> {
    const ANSWER_BYTES_MAX: usize = 4096;
    let deadline = Instant::now() + limit;
    let mut answer = Vec::new();
    let Some(stdout) = launcher.stdout.as_mut() else {
        return Ok(String::new());
    };
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Err(nix::errno::Errno::EINTR) => continue,
            answer => answer?,
        };
        let mut chunk = [0; 512];
        match stdout.read(&mut chunk)? {
            0 => return Ok(String::from_utf8_lossy(&answer).into_owned()),
            read => answer.extend(&chunk[..read]),
        }
        if answer.len() > ANSWER_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}
