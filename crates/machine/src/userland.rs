//! The mount namespace of an instance: the host's userland with what belongs to the instance put over it.
//!
//! Own: `/proc`, `/sys` (read-only), `/run`, `/dev/shm`, `/dev/mqueue`, the files `/etc/hostname`, `/etc/hosts` and
//! `/etc/resolv.conf`, and the commands `halt`, `poweroff`, `reboot` and `shutdown`. Hidden: the data folders of
//! this enid and of others on the host. Everything else, `/tmp` too, is the host's. This keeps instances out of each other's
//! way; it does not lock them in: root in an instance is root on the host.
//!
//! What the host mounts and unmounts later is mounted and unmounted here too, so that no instance keeps a device of the
//! host's busy; nothing that an instance mounts is seen by the host.
//!
//! Runs in pid 1 of the instance, before anything else does.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::cgroup::Mount;
use super::spec::{Boot, InstanceDir};
use super::{Result, What, ended, tmpfiles};
use crate::folders::Register;

const NONE: Option<&str> = None;

/// The files of `/etc` that an instance has for itself.
const ETC: [&str; 3] = ["hostname", "hosts", "resolv.conf"];

/// How many links `/etc/resolv.conf` may lead through, as Linux has it (`MAXSYMLINKS`).
const LINKS_MAX: usize = 40;

/// Arranges the mounts of the calling process's mount namespace, which must be its own. Returns what tells of data folders
/// that are to be hidden later.
pub(super) fn build(boot: &Boot, dir: &InstanceDir) -> Result<Option<Register>> {
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_SLAVE, NONE).what(|| "cannot make the mounts the instance's own".to_owned())?;
    release_namespaces(&boot.data)?;
    let others = Register::open();
    // Opened before anything is put over them; /proc/self/fd needs the host's /proc, so they are bound before it goes.
    let mut etc = Vec::new();
    for name in ETC {
        let path = dir.etc(name);
        let file =
            OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(&path).what(|| format!("cannot open {}", path.display()))?;
        etc.push((Path::new("/etc").join(name), file));
    }
    run_folder()?;
    for (target, file) in etc {
        bind_etc(&target, &file)?;
    }
    commands()?;
    shared_memory()?;
    hide(&boot.data)?;
    others.as_ref().map_or(Ok(()), hide_others)?;
    sys(boot.cgroup.is_some())?;
    proc_folder()?;
    Ok(others)
}

/// Hides the data folders of other servers of the host.
pub(super) fn hide_others(register: &Register) -> Result<()> {
    register.take_news();
    register.folders().iter().try_for_each(|folder| hide(folder))
}

/// A copy of the host's mounts holds every network namespace that is kept by a bind mount, in enid's folder or in
/// `/run/netns`: it would live on after the host has unmounted it, for as long as this instance runs.
fn release_namespaces(data: &Path) -> Result<()> {
    // Where the folder is a mount of its own, all of enid's go at once, however many there are.
    let _ = umount2(&data.join("netns"), MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW);
    let mounts = fs::read("/proc/self/mountinfo").what(|| "cannot read the mounts".to_owned())?;
    for line in mounts.split(|b| *b == b'\n') {
        if let Some(Mount { point, kind: b"nsfs", .. }) = Mount::parse(line) {
            // One hidden under another mount cannot be reached by its path; nothing else can be done for it.
            let _ = umount2(&point, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW);
        }
    }
    Ok(())
}

/// A fresh `/run`, so that pid files and sockets of two instances do not meet. `/var/run` and `/var/lock` are links into
/// it; where `/var/run` is a folder it gets the same.
fn run_folder() -> Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    let mut folders = vec!["/run"];
    if fs::symlink_metadata("/var/run").is_ok_and(|found| found.is_dir()) {
        folders.push("/var/run");
    }
    for folder in folders {
        mount(Some("tmpfs"), folder, Some("tmpfs"), flags, Some("mode=0755,size=20%"))
            .what(|| format!("cannot mount a tmpfs on {folder}"))?;
    }
    fs::create_dir("/run/lock")
        .and_then(|()| fs::set_permissions("/run/lock", fs::Permissions::from_mode(0o1777)))
        .what(|| "cannot make /run/lock".to_owned())?;
    tmpfiles::make();
    Ok(())
}

/// The commands that end an instance, in the place of the host's, which ask a systemd that is not here; in `/run/sbin`, the
/// last of `PATH`, where the host has none.
fn commands() -> Result<()> {
    let failed = || "cannot make the commands that end an instance".to_owned();
    let folder = Path::new("/run/sbin");
    fs::create_dir(folder).and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o755))).what(failed)?;
    let command = folder.join(ended::NAMES[0]);
    fs::write(&command, ended::COMMANDS).what(failed)?;
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).what(failed)?;
    for name in &ended::NAMES[1..] {
        std::os::unix::fs::symlink(ended::NAMES[0], folder.join(name)).what(failed)?;
    }
    // Where `/sbin` is a link to `/usr/sbin`, they are one.
    let folders: BTreeSet<PathBuf> =
        ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
    for path in folders.iter().flat_map(|folder| ended::NAMES.map(|name| folder.join(name))) {
        // A link is covered itself: where it leads may be a program of many names.
        let flags = libc::O_PATH | libc::O_NOFOLLOW;
        let Ok(host_s) = OpenOptions::new().read(true).custom_flags(flags).open(&path) else { continue };
        let target = format!("/proc/self/fd/{}", host_s.as_raw_fd());
        mount(Some(&command), target.as_str(), NONE, MsFlags::MS_BIND, NONE).what(|| format!("cannot cover {}", path.display()))?;
    }
    Ok(())
}

/// The instance's own POSIX shared memory and message queues, where the host has a place for them.
fn shared_memory() -> Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    for (folder, kind, options) in [("/dev/shm", "tmpfs", "mode=1777"), ("/dev/mqueue", "mqueue", "")] {
        match mount(Some(kind), folder, Some(kind), flags, Some(options)) {
            Err(Errno::ENOENT | Errno::ENODEV) => {}
            answer => answer.what(|| format!("cannot mount {folder}"))?,
        }
    }
    Ok(())
}

/// Puts an instance's file over one of the host's. A file the host lacks is left out: making it would change the host.
fn bind_etc(target: &Path, file: &File) -> Result<()> {
    let Some(target) = destination(target) else {
        return Ok(());
    };
    if !target.exists() {
        // systemd-resolved's /etc/resolv.conf is a link into /run, which is now empty and the instance's own.
        if !target.starts_with("/run") {
            return Ok(());
        }
        let made = target.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(&target));
        made.what(|| format!("cannot make {}", target.display()))?;
    }
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    mount(Some(source.as_str()), &target, NONE, MsFlags::MS_BIND, NONE)
        .what(|| format!("cannot put the instance's file over {}", target.display()))
}

/// Where a path leads, also when nothing is there; nowhere if its links form a circle.
fn destination(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        let Ok(link) = fs::read_link(&path) else {
            return Some(path);
        };
        path = normal(&path.parent()?.join(link));
    }
    None
}

/// Without `.` and `..`, by the text alone: folders on the way may not exist any more.
fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// Enid's folder holds access keys and every instance's user data.
fn hide(data: &Path) -> Result<()> {
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    match mount(Some("tmpfs"), data, Some("tmpfs"), flags, Some("mode=0700,size=4k")) {
        // A folder below /run is out of sight already.
        Err(Errno::ENOENT) => Ok(()),
        answer => answer.what(|| format!("cannot hide {}", data.display())),
    }
}

/// The `/sys` of the instance's network namespace. Read-only, since most of it belongs to the host; the instance's part of
/// the cgroup hierarchy is its own.
fn sys(has_cgroup: bool) -> Result<()> {
    let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let _ = umount2("/sys", MntFlags::MNT_DETACH);
    mount(Some("sysfs"), "/sys", Some("sysfs"), plain | MsFlags::MS_RDONLY, NONE).what(|| "cannot mount /sys".to_owned())?;
    if has_cgroup {
        mount(Some("cgroup2"), "/sys/fs/cgroup", Some("cgroup2"), plain, NONE).what(|| "cannot mount /sys/fs/cgroup".to_owned())?;
    }
    Ok(())
}

/// The `/proc` of the instance's PID namespace. Settings outside `/proc/sys/net` are the whole host's, so they are
/// read-only; those of the network namespace are the instance's own, and appliances set them (`ip_forward`).
fn proc_folder() -> Result<()> {
    let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let _ = umount2("/proc", MntFlags::MNT_DETACH);
    mount(Some("proc"), "/proc", Some("proc"), plain, NONE).what(|| "cannot mount /proc".to_owned())?;
    for path in ["/proc/sys", "/proc/sysrq-trigger"] {
        rebind(path, plain | MsFlags::MS_RDONLY)?;
    }
    rebind("/proc/sys/net", plain)
}

/// Gives a folder or file mount flags of its own.
fn rebind(path: &str, flags: MsFlags) -> Result<()> {
    match mount(Some(path), path, NONE, MsFlags::MS_BIND, NONE) {
        // Kernels are built without sysrq.
        Err(Errno::ENOENT) => Ok(()),
        answer => answer
            .and_then(|()| mount(NONE, path, NONE, MsFlags::MS_BIND | MsFlags::MS_REMOUNT | flags, NONE))
            .what(|| format!("cannot remount {path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_into_an_emptied_run_still_tells_where_it_leads() {
        let dir = tempfile::tempdir().unwrap();
        let etc = dir.path().join("etc");
        fs::create_dir(&etc).unwrap();
        let link = etc.join("resolv.conf");
        std::os::unix::fs::symlink("../run/systemd/resolve/stub-resolv.conf", &link).unwrap();
        assert_eq!(destination(&link), Some(dir.path().join("run/systemd/resolve/stub-resolv.conf")));
        let circle = etc.join("circle");
        std::os::unix::fs::symlink("circle", &circle).unwrap();
        assert_eq!(destination(&circle), None);
    }
}
