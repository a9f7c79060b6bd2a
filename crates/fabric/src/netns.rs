//! Network namespaces: made, entered and removed.
//!
//! A namespace lives as long as its bind mount `<data>/netns/<id>`. As with `ip netns`, the folder is a shared mount of its own. A copy
//! of the host's mounts, such as an instance's, holds every namespace that is mounted in it, so whoever makes one must release that
//! folder.

use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;

use nix::mount::{MntFlags, MsFlags};
use nix::sched::{CloneFlags, setns, unshare};

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

/// Makes an empty namespace and keeps it by a bind mount.
///
/// # Errors
/// When it exists already, or cannot be made or mounted.
pub fn create(data: &Path, id: &str) -> io::Result<()> {
    prepare(&data.join(DIRECTORY))?;
    let path = path(data, id);
    // A file without a mount is what a reboot or a crash leaves.
    if is_alive(&path) {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
    let made = thread::scope(|scope| {
        let thread = thread::Builder::new().name("netns".into()).spawn_scoped(scope, || {
            unshare(CloneFlags::CLONE_NEWNET)?;
            let none: Option<&str> = None;
            nix::mount::mount(Some("/proc/thread-self/ns/net"), &path, none, MsFlags::MS_BIND, none)?;
            Ok(())
        })?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("making a namespace panicked")))
    });
    if made.is_err() {
        let _ = fs::remove_file(&path);
    }
    made
}

/// Lets go of a namespace. It ends when no process is left in it. One that does not exist is removed already.
///
/// # Errors
/// When it cannot be unmounted or its file not removed.
pub fn remove(data: &Path, id: &str) -> io::Result<()> {
    let path = path(data, id);
    match nix::mount::umount2(&path, MntFlags::MNT_DETACH) {
        // EINVAL: not a mount.
        Ok(()) | Err(nix::Error::EINVAL | nix::Error::ENOENT) => {}
        Err(error) => return Err(error.into()),
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

/// The ids of all namespaces that are kept.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(data: &Path) -> io::Result<Vec<String>> {
    let directory = data.join(DIRECTORY);
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Ok(id) = entry.file_name().into_string()
            && is_alive(&entry.path())
        {
            ids.push(id);
        }
    }
    ids.sort();
    Ok(ids)
}

/// Undoes the shared mount of the folder, when no namespace is left, and removes the folder.
///
/// # Errors
/// When it is in use.
pub fn remove_directory(data: &Path) -> io::Result<()> {
    let directory = data.join(DIRECTORY);
    if !directory.exists() {
        return Ok(());
    }
    if is_mount(&directory)? {
        nix::mount::umount2(&directory, MntFlags::MNT_DETACH)?;
    }
    fs::remove_dir_all(&directory)
}
