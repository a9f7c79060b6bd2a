//! What commands without a server need: which instances of a data folder run (`enid status`), ending all of them
//! (`enid down`), and whether this machine can run any (`enid doctor`).

use std::fs;
use std::path::Path;

use nix::sys::signal::Signal;
use nix::unistd::Uid;

use super::cgroup::Parent;
use super::enter::known;
use super::limits::Limiter;
use super::process;
use super::spec::{InstanceDir, check_id, instances, remove_if_there};
use super::{Error, KILL_LIMIT, Result, Running, What, dismiss_keeper};

/// The running instances of a data folder, by what is recorded there, in the order of their ids.
pub fn running(data: &Path) -> Vec<Running> {
    ids(data)
        .into_iter()
        .filter_map(|id| {
            let dir = InstanceDir::of(data, &id).ok()?;
            let process = process::running(&dir).ok()??;
            Some(Running { id, pid: process.pid() })
        })
        .collect()
}

/// What [`down`] did.
#[derive(Debug, Default)]
pub struct Down {
    /// The instances that were running and are not any more.
    pub ended: Vec<String>,
    /// What could not be done; the rest was.
    pub problems: Vec<Error>,
}

/// Kills every process of every instance of a data folder and removes their cgroups. The folders, with the console logs,
/// stay. Nothing else is touched.
pub fn down(data: &Path) -> Down {
    let mut report = Down::default();
    let cgroups = Parent::of(data).ok();
    let limiter = Limiter::find(data, cgroups.as_ref());
    let mut ids = ids(data);
    if let Some(parent) = &cgroups {
        let left = parent.names().unwrap_or_default();
        ids.extend(left.into_iter().filter(|id| check_id(id).is_ok()));
        ids.sort();
        ids.dedup();
    }
    for id in ids {
        match end(data, cgroups.as_ref(), &limiter, &id) {
            Ok(true) => report.ended.push(id),
            Ok(false) => {}
            Err(error) => report.problems.push(error),
        }
    }
    if let Some(parent) = cgroups {
        parent.remove_if_empty();
    }
    limiter.remove_if_empty();
    report
}

/// Whether there was anything to end.
fn end(data: &Path, cgroups: Option<&Parent>, limiter: &Limiter, id: &str) -> Result<bool> {
    let dir = InstanceDir::of(data, id)?;
    let failed = || format!("cannot end {id}");
    let found = process::running(&dir).what(failed)?;
    if let Some(process) = &found {
        process.signal(Signal::SIGKILL).what(failed)?;
        if !process.ended_within(KILL_LIMIT).what(failed)? {
            return Err(Error::Lingers(id.to_owned()));
        }
    }
    dismiss_keeper(&dir).what(failed)?;
    if let Some(parent) = cgroups {
        let cgroup = parent.instance(id);
        cgroup.remove().what(|| format!("cannot remove {}", cgroup.path().display()))?;
    }
    for cgroup in limiter.old(id) {
        cgroup.remove().what(|| format!("cannot remove {}", cgroup.path().display()))?;
    }
    remove_if_there(&dir.record())?;
    Ok(found.is_some())
}

fn ids(data: &Path) -> Vec<String> {
    let mut ids = known(&instances(data));
    ids.retain(|id| check_id(id).is_ok());
    ids
}

/// A thing that running instances takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is, such as `PID namespaces`.
    pub name: &'static str,
    /// Whether it is here.
    pub ok: bool,
    /// Whether instances cannot run without it.
    pub required: bool,
    /// What was found, or what is missing and what to do about it.
    pub detail: String,
}

/// What this machine has and lacks for running instances with this data folder.
pub fn check(data: &Path) -> Vec<Check> {
    let root = Uid::effective().is_root();
    let mut checks = vec![Check {
        name: "root",
        ok: root,
        required: true,
        detail: if root { "yes".to_owned() } else { "instances need root: run enid with sudo".to_owned() },
    }];
    for (name, file) in [
        ("network namespaces", "net"),
        ("mount namespaces", "mnt"),
        ("UTS namespaces", "uts"),
        ("PID namespaces", "pid"),
        ("IPC namespaces", "ipc"),
    ] {
        let ok = fs::symlink_metadata(format!("/proc/self/ns/{file}")).is_ok();
        checks.push(Check {
            name,
            ok,
            required: true,
            detail: if ok { "yes".to_owned() } else { "this kernel is built without them".to_owned() },
        });
    }
    let me = i32::try_from(std::process::id()).unwrap_or_default();
    let pidfd = process::Identity::of(me).and_then(|identity| identity.open());
    checks.push(Check {
        name: "pidfds",
        ok: pidfd.is_ok(),
        required: true,
        detail: match pidfd {
            Ok(_) => "yes".to_owned(),
            Err(error) => format!("{error}; Linux 5.9 or later has what instances need"),
        },
    });
    // Before the first start there is no data folder; where it will be answers as well.
    let there = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let cgroups = Parent::usable(there);
    let missing = Limiter::find(there, cgroups.as_ref().ok()).missing();
    checks.push(Check {
        name: "cgroup limits",
        ok: missing.is_empty(),
        required: false,
        detail: if missing.is_empty() { "yes".to_owned() } else { format!("{}; instances run without these limits", missing.join("; ")) },
    });
    checks.push(Check {
        name: "cgroup2",
        ok: cgroups.is_ok(),
        required: false,
        detail: match cgroups {
            Ok(parent) => {
                parent.remove_if_empty();
                "yes".to_owned()
            }
            Err(reason) => format!("{reason}; instances run without cgroups of their own"),
        },
    });
    checks
}
