//! The holder: `enid netns-holder <data folder> [<cgroup>]`.
//!
//! The server runs its own binary again for this. The *launcher* leaves the server's surroundings, takes the folder's lock, listens on the
//! socket, and forks the holder, which goes on with one thread and no clock but the one that tells when nobody needs it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::ops::Bound;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nix::fcntl::{AtFlags, Flock, FlockArg, OFlag, open};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, accept4, bind, getsockopt, listen, socket};
use nix::sys::stat::{Mode, SFlag, fstatat, umask};
use nix::unistd::{ForkResult, UnlinkatFlags, dup2_stderr, dup2_stdin, dup2_stdout, fork, unlinkat};

use super::wire::{self, LISTED_MAX, Message};
use machine::init::forget_inherited;
use machine::{descriptors, terminal};

/// The hidden subcommand of the binary.
pub const SUBCOMMAND: &str = "netns-holder";

/// The holder's socket in the data folder.
pub const SOCKET: &str = "holder.sock";

/// What the launcher prints when the holder can be reached; anything else is the reason why it cannot.
pub(super) const HELD: &str = "held";

/// What it prints when another holder has the folder, which is just starting or ending.
pub(super) const BUSY: &str = "busy";

/// How long a holder that nobody needs goes on; a server asks within moments.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// How often a holder looks whether it can be reached.
const LOOK_PERIOD: Duration = Duration::from_secs(30);
/// Servers and commands that ask at once. There is one server to a folder, and few commands.
const CONNECTIONS_MAX: usize = 16;

/// Runs the hidden subcommand; `args` are what follows it on the command line.
///
/// To be called before the process has started any thread.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let (Some(data), cgroup) = (args.next(), args.next()) else {
        terminal::warn(format_args!("{SUBCOMMAND} is how enid keeps its networks; it is not for use by hand"));
        return ExitCode::from(2);
    };
    match launch(Path::new(&data), cgroup.as_deref().map(Path::new)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            terminal::say(BUSY);
            ExitCode::FAILURE
        }
        Err(error) => {
            terminal::say(error);
            ExitCode::FAILURE
        }
    }
}

fn launch(data: &Path, cgroup: Option<&Path>) -> io::Result<()> {
    forget_inherited()?;
    descriptors::allow_many();
    if let Some(cgroup) = cgroup {
        // In the server's own cgroup it would hold as well, as long as nobody ends that whole.
        let _ = fs::write(cgroup.join("cgroup.procs"), "0");
    }
    let folder = open(data, OFlag::O_DIRECTORY | OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    let lock = Flock::lock(folder, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| error)?;
    // Whoever had the socket had the lock too, and is gone.
    let _ = unlinkat(&*lock, SOCKET, UnlinkatFlags::NoRemoveDir);
    let listener = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, None)?;
    umask(Mode::from_bits_truncate(0o177));
    // The path of the folder may be longer than a socket's address.
    bind(listener.as_raw_fd(), &UnixAddr::new(format!("/proc/self/fd/{}/{SOCKET}", lock.as_raw_fd()).as_str())?)?;
    let inode = fstatat(&*lock, SOCKET, AtFlags::AT_SYMLINK_NOFOLLOW)?.st_ino;
    // SAFETY: this process has one thread (see `main`), so the child may do anything.
    match unsafe { fork() }? {
        ForkResult::Parent { .. } => Ok(()),
        ForkResult::Child => {
            // Who asks learns the pid of the process that listened last (SO_PEERCRED of unix(7)): it must be that of the holder.
            let listens = listen(&listener, Backlog::new(64)?);
            terminal::say(listens.map_or_else(|error| error.to_string(), |()| HELD.to_owned()));
            let ended =
                leave_surroundings().map(|()| Process { lock, inode, listener, held: BTreeMap::new(), connections: Vec::new() }.run());
            std::process::exit(i32::from(ended.is_err()))
        }
    }
}

/// Lets go of everything that the holder does not need, so that it keeps nothing busy: output, mounts, the host's network.
fn leave_surroundings() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    drop(null);
    let _ = nix::sys::prctl::set_name(c"enid-holder");
    // It needs hardly any memory, and many depend on it. Not everybody may ask for that.
    let _ = fs::write("/proc/self/oom_score_adj", "-1000");
    if unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET).is_ok() {
        let none: Option<&str> = None;
        let _ = mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none);
        let _ = umount2("/", MntFlags::MNT_DETACH);
    }
    Ok(())
}

struct Process {
    /// The data folder, locked as long as this process lives.
    lock: Flock<OwnedFd>,
    /// The socket's, by which it is told from a later one.
    inode: u64,
    listener: OwnedFd,
    held: BTreeMap<String, File>,
    connections: Vec<OwnedFd>,
}

/// What becomes of a connection after a question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Stays,
    Closes,
    /// And the holder with it.
    Ends,
}

impl Process {
    fn run(mut self) {
        let mut needed = Instant::now();
        loop {
            let ready = self.wait();
            let connections = std::mem::take(&mut self.connections);
            for (position, connection) in connections.into_iter().enumerate() {
                let is_ready = ready.get(position + 1).is_some_and(|ready| *ready);
                match if is_ready { self.attend(&connection) } else { Next::Stays } {
                    Next::Stays => self.connections.push(connection),
                    Next::Closes => {}
                    Next::Ends => return,
                }
            }
            if ready.first() == Some(&true) {
                self.connections.extend(self.accept().filter(|_| self.connections.len() < CONNECTIONS_MAX));
            }
            if !self.held.is_empty() || !self.connections.is_empty() {
                needed = Instant::now();
            }
            if needed.elapsed() >= IDLE_LIMIT || !self.can_be_reached() {
                return;
            }
        }
    }

    /// Waits until there is something to do: for the listener and each connection, whether there is.
    fn wait(&self) -> Vec<bool> {
        let all = std::iter::once(&self.listener).chain(&self.connections);
        let mut sources: Vec<PollFd<'_>> = all.map(|source| PollFd::new(source.as_fd(), PollFlags::POLLIN)).collect();
        let _ = poll(&mut sources, PollTimeout::try_from(LOOK_PERIOD).unwrap_or(PollTimeout::MAX));
        sources.iter().map(|source| source.any().unwrap_or(false)).collect()
    }

    /// A new connection, if its other end is of the same user.
    fn accept(&self) -> Option<OwnedFd> {
        let descriptor = accept4(self.listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK).ok()?;
        // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
        let connection = unsafe { OwnedFd::from_raw_fd(descriptor) };
        let peer = getsockopt(&connection, PeerCredentials).ok()?;
        (peer.uid() == nix::unistd::geteuid().as_raw()).then_some(connection)
    }

    fn attend(&mut self, connection: &OwnedFd) -> Next {
        let (answer, namespace, next) = match wire::receive(connection) {
            Ok(None) => return Next::Closes,
            Err(error) if error.raw_os_error() == Some(libc::EMFILE) => {
                ("error there is no room for one more: raise the limit of open files".to_owned(), None, Next::Stays)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Next::Stays,
            Err(_) => return Next::Closes,
            Ok(Some(Message { text, file })) => match (text.split_once(' ').unwrap_or((&text, "")), file) {
                (("hold", id), Some(file)) if fabric::names::is_namespace(id) => {
                    self.held.insert(id.to_owned(), file);
                    ("ok".to_owned(), None, Next::Stays)
                }
                (("release", id), _) => {
                    self.held.remove(id);
                    ("ok".to_owned(), None, Next::Stays)
                }
                (("take", id), _) => {
                    let namespace = self.held.get(id);
                    (if namespace.is_some() { "ok" } else { "none" }.to_owned(), namespace, Next::Stays)
                }
                (("list", after), _) => (self.list(after), None, Next::Stays),
                (("end", _), _) => {
                    self.held.clear();
                    ("ok".to_owned(), None, Next::Ends)
                }
                _ => ("error this holder does not know the question".to_owned(), None, Next::Stays),
            },
        };
        // Who does not read its answers does not keep the others waiting.
        match wire::send(connection, &answer, namespace) {
            Err(_) if next == Next::Stays => Next::Closes,
            _ => next,
        }
    }

    fn list(&self, after: &str) -> String {
        let mut answer = "ok".to_owned();
        for (id, namespace) in self.held.range::<str, _>((Bound::Excluded(after), Bound::Unbounded)).take(LISTED_MAX) {
            let inode = namespace.metadata().map_or(0, |metadata| metadata.ino());
            let _ = write!(answer, "\n{id} {inode}");
        }
        answer
    }

    /// Whether its socket is still in the folder.
    fn can_be_reached(&self) -> bool {
        let found = fstatat(&*self.lock, SOCKET, AtFlags::AT_SYMLINK_NOFOLLOW);
        found.is_ok_and(|found| found.st_ino == self.inode && SFlag::from_bits_truncate(found.st_mode).contains(SFlag::S_IFSOCK))
    }
}
