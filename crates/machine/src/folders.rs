//! The data folders of this host. Each server that runs as root notes its own in `/run/enid-folders`, so that the instances of
//! all others hide it: those that are there when an instance boots, and those that come later.
//!
//! An entry is called by the folder's device and inode, and counts only while its path leads there: a folder that was removed
//! leaves nothing that could hide another.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::fcntl::{OFlag, openat};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::stat::Mode;

use crate::files::{private_dir, replace};

const REGISTER: &str = "/run/enid-folders";
/// The longest path that Linux takes.
const PATH_BYTES_MAX: u64 = 4096;

/// Notes a data folder.
///
/// # Errors
/// When `/run` cannot be written to.
pub fn note(data: &Path) -> io::Result<()> {
    private_dir(Path::new(REGISTER))?;
    replace(&Path::new(REGISTER).join(name(data)?), data.as_os_str().as_bytes(), 0o600)
}

/// Forgets one that nothing runs of any more.
pub fn forget(data: &Path) {
    if let Ok(name) = name(data) {
        let _ = fs::remove_file(Path::new(REGISTER).join(name));
        let _ = fs::remove_dir(REGISTER);
    }
}

fn name(data: &Path) -> io::Result<String> {
    let found = fs::metadata(data)?;
    Ok(format!("{:x}-{:x}", found.dev(), found.ino()))
}

/// The register, which can be read on when its path leads elsewhere.
pub struct Register {
    folder: OwnedFd,
    news: Inotify,
}

impl Register {
    /// Opens it; none where no server has noted anything.
    pub fn open() -> Option<Register> {
        let news = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok()?;
        // Before it is read, so that nothing is missed.
        news.add_watch(REGISTER, AddWatchFlags::IN_MOVED_TO).ok()?;
        let folder = File::open(REGISTER).ok()?;
        Some(Register { folder: folder.into(), news })
    }

    /// The folders in it that are where it says.
    pub fn folders(&self) -> Vec<PathBuf> {
        let Ok(mut entries) = Dir::openat(&self.folder, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty()) else {
            return Vec::new();
        };
        let found = entries.iter().filter_map(|entry| {
            let noted = OsStr::from_bytes(entry.ok()?.file_name().to_bytes()).to_owned();
            let file =
                openat(&self.folder, noted.as_os_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW, Mode::empty()).ok()?;
            let mut path = Vec::new();
            File::from(file).take(PATH_BYTES_MAX).read_to_end(&mut path).ok()?;
            let path = PathBuf::from(std::ffi::OsString::from_vec(path));
            (path.is_absolute() && name(&path).is_ok_and(|name| *name == *noted)).then_some(path)
        });
        found.collect()
    }

    /// Takes the news in; what is readable then tells of newer ones.
    pub fn take_news(&self) {
        while self.news.read_events().is_ok() {}
    }
}

impl AsFd for Register {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.news.as_fd()
    }
}
