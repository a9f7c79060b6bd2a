//! The cgroup of an instance: `enid-<data folder>/<instance id>` in the host's cgroup2 hierarchy.
//!
//! It ends all processes of an instance at once (`cgroup.kill`) and finds leftovers, beside whatever manages the host's
//! cgroups and on hosts that mount cgroup2 next to version 1. An instance runs without one too: its PID namespace alone
//! already ends with its pid 1. Controllers are the business of `limits`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The name of the cgroup of keepers, which no instance has.
const KEEPERS: &str = "keepers";

/// How deep cgroups made inside an instance may nest before clean-up gives up on them.
const DEPTH_MAX: usize = 32;

/// Makes a cgroup beside those of a data folder's instances; none where the host has no usable hierarchy.
pub fn make_cgroup(data: &Path, name: &str) -> Option<PathBuf> {
    let cgroup = Parent::usable(data).ok()?.instance(name);
    cgroup.create().ok()?;
    Some(cgroup.0)
}

/// Removes such a cgroup, and the one around it when that is empty then.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_cgroup(data: &Path, name: &str) -> io::Result<()> {
    let Ok(parent) = Parent::of(data) else { return Ok(()) };
    parent.instance(name).remove()?;
    parent.remove_if_empty();
    Ok(())
}

/// The cgroup that holds those of all instances of a data folder.
#[derive(Clone, Debug)]
pub(super) struct Parent(PathBuf);

impl Parent {
    /// Where this data folder's cgroups belong, whether or not anything is there yet.
    ///
    /// Errors say in words why there is no usable hierarchy.
    pub(super) fn of(data: &Path) -> Result<Parent, String> {
        let mounts = fs::read("/proc/self/mountinfo").map_err(|error| format!("cannot read /proc/self/mountinfo: {error}"))?;
        let root = mount_point(&mounts).ok_or("no cgroup2 hierarchy is mounted")?;
        Ok(Parent(root.join(Parent::name(data).map_err(|error| format!("{}: {error}", data.display()))?)))
    }

    /// What the cgroup of a data folder is called, in whatever hierarchy.
    pub(super) fn name(data: &Path) -> io::Result<String> {
        let folder = fs::metadata(data)?;
        // Device and inode rather than the path: two containers may well have the same path on one cgroup hierarchy.
        Ok(format!("enid-{:x}-{:x}", folder.dev(), folder.ino()))
    }

    /// Whether the hierarchy has a controller to give.
    pub(super) fn has(&self, controller: &str) -> bool {
        self.0.parent().is_some_and(|root| lists(&root.join("cgroup.controllers"), controller))
    }

    /// Enables a controller for the instances' cgroups.
    pub(super) fn enable(&self, controller: &str) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        for path in self.0.parent().into_iter().chain([self.0.as_path()]) {
            let file = path.join("cgroup.subtree_control");
            if !lists(&file, controller) {
                fs::write(file, format!("+{controller}"))?;
            }
        }
        Ok(())
    }

    /// As `of`, after making sure that cgroups can be made and used there.
    pub(super) fn usable(data: &Path) -> Result<Parent, String> {
        let parent = Parent::of(data)?;
        let probe = parent.instance(&format!("probe-{}", std::process::id()));
        let tried = probe.create().and_then(|()| {
            let kill = probe.0.join("cgroup.kill").try_exists()?;
            probe.remove()?;
            Ok(kill)
        });
        match tried {
            Ok(true) => Ok(parent),
            Ok(false) => Err("this kernel's cgroup2 has no cgroup.kill (Linux 5.14 has)".to_owned()),
            Err(error) => Err(format!("cannot make {}: {error}", probe.0.display())),
        }
    }

    pub(super) fn instance(&self, id: &str) -> Cgroup {
        Cgroup(self.0.join(id))
    }

    /// The names of the instances' cgroups that exist.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        Ok(children(&self.0)?.into_iter().filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    /// The cgroup of the instances' keepers.
    pub(super) fn keepers(&self) -> Cgroup {
        Cgroup::of_keepers(&self.0)
    }

    /// Removes it when it is empty.
    pub(super) fn remove_if_empty(&self) {
        let _ = fs::remove_dir(self.keepers().path());
        let _ = fs::remove_dir(&self.0);
    }
}

/// The cgroup of one instance.
#[derive(Clone, Debug)]
pub(super) struct Cgroup(PathBuf);

impl Cgroup {
    pub(super) fn at(path: PathBuf) -> Cgroup {
        Cgroup(path)
    }

    /// That of the instances' keepers, beside those of the instances: what is in one of these is the guest's.
    pub(super) fn of_keepers(parent: &Path) -> Cgroup {
        Cgroup(parent.join(KEEPERS))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn create(&self) -> io::Result<()> {
        fs::create_dir_all(&self.0)
    }

    /// The file that takes in who writes `0` to it. Opened before a process changes its namespaces, written afterwards.
    pub(super) fn gate(&self) -> io::Result<fs::File> {
        fs::OpenOptions::new().write(true).open(self.0.join("cgroup.procs"))
    }

    /// Kills every process in it and below.
    pub(super) fn kill(&self) -> io::Result<()> {
        match fs::write(self.0.join("cgroup.kill"), "1") {
            Err(error) if gone(&error) => Ok(()),
            answer => answer,
        }
    }

    /// Whether any live process is in it or below.
    pub(super) fn populated(&self) -> io::Result<bool> {
        match fs::read_to_string(self.0.join("cgroup.events")) {
            Ok(events) => Ok(events.lines().any(|line| line == "populated 1")),
            Err(error) if gone(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Kills what is left in it and removes it, with the cgroups that were made inside.
    pub(super) fn remove(&self) -> io::Result<()> {
        // Killed processes leave their cgroup only when they have fully exited, which takes the kernel a moment.
        let deadline = Instant::now() + Duration::from_secs(2);
        loop {
            if self.populated()? {
                self.kill()?;
            }
            match remove_tree(&self.0, DEPTH_MAX) {
                Ok(()) => return Ok(()),
                Err(error) if gone(&error) => return Ok(()),
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}

fn lists(file: &Path, controller: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.split_ascii_whitespace().any(|name| name == controller))
}

/// A cgroup's file answers ENODEV when the cgroup was removed after the file was opened.
fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ENODEV)
}

fn remove_tree(path: &Path, depth_left: usize) -> io::Result<()> {
    if depth_left > 0 {
        for child in children(path)? {
            remove_tree(&child, depth_left - 1)?;
        }
    }
    fs::remove_dir(path)
}

fn children(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        answer => answer?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Where cgroup2 is mounted, from the text of `/proc/<pid>/mountinfo` (proc(5)).
fn mount_point(mountinfo: &[u8]) -> Option<PathBuf> {
    mountinfo.split(|b| *b == b'\n').find_map(|line| {
        let mount = Mount::parse(line)?;
        (mount.kind == b"cgroup2").then_some(mount.point)
    })
}

/// A line of `/proc/<pid>/mountinfo`.
pub(super) struct Mount<'a> {
    pub(super) point: PathBuf,
    pub(super) kind: &'a [u8],
    /// Of the file system, which for a cgroup hierarchy of version 1 are its controllers.
    options: &'a [u8],
}

impl Mount<'_> {
    pub(super) fn parse(line: &[u8]) -> Option<Mount<'_>> {
        let mut fields = line.split(|b| *b == b' ');
        let point = unescape(fields.nth(4)?);
        // A variable number of optional fields ends with a single dash.
        let mut fields = fields.skip_while(|field| *field != b"-");
        let kind = fields.nth(1)?;
        Some(Mount { point, kind, options: fields.nth(1).unwrap_or_default() })
    }

    /// Whether this is a hierarchy of version 1 with a controller.
    pub(super) fn controls(&self, controller: &str) -> bool {
        self.kind == b"cgroup" && self.options.split(|b| *b == b',').any(|option| option == controller.as_bytes())
    }
}

/// Mount points are written with space, tab, newline and backslash as three octal digits.
fn unescape(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, tail)) = rest.split_first() {
        let octal = match (first, tail) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..]) => Some((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0')),
            _ => None,
        };
        match octal {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[3..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cgroup2_is_found_beside_version_1_and_alone() {
        let hybrid = b"40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime shared:5 - cgroup cgroup rw,name=systemd\n\
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:6 master:1 - cgroup2 cgroup2 rw\n";
        assert_eq!(mount_point(hybrid), Some("/sys/fs/cgroup/unified".into()));
        let pure = b"30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        assert_eq!(mount_point(pure), Some("/sys/fs/cgroup".into()));
        assert_eq!(mount_point(b"22 27 0:21 / /proc rw - proc proc rw\n\nnonsense\n"), None);
    }

    #[test]
    fn a_controller_of_version_1_is_found_by_the_options_of_its_mount() {
        let line = b"39 31 0:36 / /sys/fs/cgroup/pids,x rw,memory shared:7 - cgroup cgroup rw,cpu,pids";
        let mount = Mount::parse(line).unwrap();
        assert!(mount.controls("pids") && mount.controls("cpu") && !mount.controls("memory"));
        assert!(!Mount::parse(b"41 31 0:38 / /unified rw - cgroup2 cgroup2 rw,pids").unwrap().controls("pids"));
    }

    #[test]
    fn a_mount_point_with_a_space_is_read_back() {
        assert_eq!(unescape(b"/mnt/a\\040b\\134"), PathBuf::from("/mnt/a b\\"));
        assert_eq!(unescape(b"/mnt/\\04"), PathBuf::from("/mnt/\\04"));
    }
}
