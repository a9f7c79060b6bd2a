//! Network namespaces: made, entered and removed.
//!
//! A namespace is known by its bind mount `<data>/netns/<id>`. As with `ip netns`, the folder is a shared mount of its own. A copy
//! of the host's mounts, such as an instance's, holds every namespace that is mounted in it, so whoever makes one must release that
//! folder.
//!
//! Bind mounts are seen only in the mount namespace that they were made in, and end with it. So the next server may find none of them,
//! though the instances run. What outlives a server wherever it ran is a [`Keeper`]: a process that has the namespaces open, and the
//! instances' own processes.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;

use nix::mount::{MntFlags, MsFlags};
use nix::sched::{CloneFlags, setns, unshare};

use crate::names;

/// Keeps namespaces beyond the life of this process and of its mount namespace.
pub trait Keeper: Send {
    /// What is kept: the ids, and the inode of each one's namespace. Connects anew to what keeps them, if need be.
    ///
    /// # Errors
    /// When nothing can keep namespaces now.
    fn kept(&mut self) -> io::Result<BTreeMap<String, u64>>;

    /// Keeps a namespace under an id, in place of what was kept under it.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn keep(&mut self, id: &str, namespace: &File) -> io::Result<()>;

    /// Keeps it no more.
    ///
    /// # Errors
    /// When it may still be kept.
    fn release(&mut self, id: &str) -> io::Result<()>;

    /// The namespace that is kept under an id, if there is one.
    ///
    /// # Errors
    /// When that cannot be told.
    fn take(&mut self, id: &str) -> io::Result<Option<File>>;

    /// The instances that run, and the inode of the namespace that each one's processes are in. What is kept must agree with that.
    fn occupied(&mut self) -> BTreeMap<String, u64>;

    /// The namespace that the processes of an instance are in, if it runs.
    fn occupied_by(&mut self, id: &str) -> Option<File>;

    /// Readable when what keeps the namespaces has ended.
    fn descriptor(&self) -> Option<RawFd>;

    /// Whether it has ended since the last call: then nothing is kept until [`Keeper::kept`] is called.
    fn is_lost(&mut self) -> bool;
}

/// Where namespaces are kept below the data folder.
pub const DIRECTORY: &str = "netns";

/// The file that keeps the namespace of a VPC or instance.
pub fn path(data: &Path, id: &str) -> PathBuf {
    data.join(DIRECTORY).join(id)
}

/// Runs the closure on a thread that has joined this namespace. `/proc/sys/net`, new sockets and child processes are those of the
/// namespace there; the rest of the process stays where it is.
///
/// # Errors
/// When the namespace does not exist or cannot be entered.
pub fn run_in<T: Send>(path: &Path, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let file = File::open(path)?;
    run_in_file(&file, work)
}

/// As [`run_in`], for an open namespace file.
///
/// # Errors
/// When the namespace cannot be entered.
pub fn run_in_file<T: Send>(file: &File, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("netns".into()).spawn_scoped(scope, || {
            setns(file, CloneFlags::CLONE_NEWNET)?;
            Ok(work())
        })?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the work in the namespace panicked")))
    })
}

/// The namespace of the calling thread.
///
/// # Errors
/// When `/proc` is not there.
pub fn current() -> io::Result<File> {
    File::open("/proc/thread-self/ns/net")
}

/// Makes the folder for namespaces a shared mount, once.
fn prepare(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    if is_mount(directory)? {
        return Ok(());
    }
    let none: Option<&str> = None;
    nix::mount::mount(Some(directory), directory, none, MsFlags::MS_BIND | MsFlags::MS_REC, none)?;
    nix::mount::mount(none, directory, none, MsFlags::MS_SHARED | MsFlags::MS_REC, none)?;
    Ok(())
}

/// Whether something is mounted here. Asked for every new namespace, so it must not read the list of all mounts.
fn is_mount(path: &Path) -> io::Result<bool> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut stat = MaybeUninit::<libc::statx>::zeroed();
    // SAFETY: the path ends in a zero byte, and the kernel fills what it was given room for.
    let result = unsafe { libc::statx(libc::AT_FDCWD, path.as_ptr(), libc::AT_NO_AUTOMOUNT, 0, stat.as_mut_ptr()) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all zeros are a valid value, and the call succeeded.
    let stat = unsafe { stat.assume_init() };
    // Linux 5.8 and later.
    let mount_root = u64::from(libc::STATX_ATTR_MOUNT_ROOT.cast_unsigned());
    Ok(stat.stx_attributes & mount_root != 0)
}

/// Makes an empty namespace and pins it by a bind mount.
///
/// # Errors
/// When it exists already, or cannot be made or mounted.
pub fn create(data: &Path, id: &str) -> io::Result<File> {
    if is_alive(&path(data, id)) {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    let made: io::Result<File> = thread::scope(|scope| {
        let thread = thread::Builder::new().name("netns".into()).spawn_scoped(scope, || {
            unshare(CloneFlags::CLONE_NEWNET)?;
            current()
        })?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("making a namespace panicked")))
    });
    let made = made?;
    pin(data, id, &made)?;
    Ok(made)
}

/// Puts a namespace's bind mount in its place, instead of whatever is there.
///
/// # Errors
/// When it cannot be mounted.
pub fn pin(data: &Path, id: &str, namespace: &File) -> io::Result<()> {
    // A file without a mount is what a reboot, a crash or a server in another mount namespace leaves. In that namespace it may
    // be a mount still, which ends with the file.
    remove(data, id)?;
    prepare(&data.join(DIRECTORY))?;
    let path = path(data, id);
    OpenOptions::new().write(true).create_new(true).open(&path)?;
    let none: Option<&str> = None;
    let source = format!("/proc/self/fd/{}", namespace.as_raw_fd());
    nix::mount::mount(Some(source.as_str()), &path, none, MsFlags::MS_BIND, none).map_err(|error| {
        let _ = fs::remove_file(&path);
        error.into()
    })
}

/// What tells a namespace from all others.
///
/// # Errors
/// When it cannot be told.
pub fn inode(namespace: &File) -> io::Result<u64> {
    Ok(namespace.metadata()?.ino())
}

/// Removes the bind mount of a namespace, which ends when no process is left in it and nothing else keeps it. One that does not exist is
/// removed already.
///
/// # Errors
/// When it cannot be unmounted or its file not removed.
pub fn remove(data: &Path, id: &str) -> io::Result<()> {
    let path = path(data, id);
    // Mounts can lie on one another.
    loop {
        match nix::mount::umount2(&path, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW) {
            Ok(()) => {}
            // EINVAL: not a mount.
            Err(nix::Error::EINVAL | nix::Error::ENOENT) => break,
            Err(error) => return Err(error.into()),
        }
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether the file holds a namespace.
pub fn is_alive(path: &Path) -> bool {
    nix::sys::statfs::statfs(path).is_ok_and(|stat| stat.filesystem_type() == nix::sys::statfs::FsType(NSFS_MAGIC))
}

/// `linux/magic.h`.
const NSFS_MAGIC: i64 = 0x6e73_6673;

/// The ids of all namespaces that are pinned in this mount namespace.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(data: &Path) -> io::Result<Vec<String>> {
    let mut ids = entries(data)?;
    ids.retain(|id| is_alive(&path(data, id)));
    Ok(ids)
}

/// The inodes of all namespaces that are pinned in this mount namespace.
///
/// # Errors
/// When the folder cannot be read.
pub fn pinned(data: &Path) -> io::Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    for id in list(data)? {
        if let Ok(metadata) = fs::metadata(path(data, &id)) {
            found.insert(id, metadata.ino());
        }
    }
    Ok(found)
}

/// Removes the files that are named as namespaces of enid's and hold none, so that they hold none in another mount namespace either.
///
/// # Errors
/// When the folder cannot be read, or a file not removed.
pub fn remove_empty(data: &Path) -> io::Result<()> {
    for id in entries(data)? {
        if !is_alive(&path(data, &id)) {
            remove(data, &id)?;
        }
    }
    Ok(())
}

/// What the folder has under names that enid gives, in order.
fn entries(data: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(data.join(DIRECTORY)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry?.file_name().into_string();
        ids.extend(name.into_iter().filter(|name| names::is_namespace(name)));
    }
    ids.sort();
    Ok(ids)
}

/// Removes the folder, with its shared mount, when nothing is left in it but files of enid's that hold no namespace. What somebody else
/// has put there stays, and the folder with it.
///
/// # Errors
/// When it is in use.
pub fn remove_directory(data: &Path) -> io::Result<()> {
    let directory = data.join(DIRECTORY);
    remove_empty(data)?;
    let mut entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    if entries.next().is_some() {
        return Ok(());
    }
    drop(entries);
    if is_mount(&directory)? {
        nix::mount::umount2(&directory, MntFlags::MNT_DETACH)?;
    }
    match fs::remove_dir(&directory) {
        // Below the mount there may be something else.
        Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(error),
        _ => Ok(()),
    }
}
