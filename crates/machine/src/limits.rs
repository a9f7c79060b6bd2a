//! How much an instance may take of the host: limits in its cgroup.
//!
//! The controllers are those of cgroup2 or, where a host binds them to hierarchies of version 1, those. Where a controller is
//! in neither, or may not be enabled, instances run without that limit, and `enid up` and `enid doctor` say so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cgroup::{Cgroup, Mount, Parent};
use super::{Result, What};

/// What an instance may have at most; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processes and threads.
    pub processes: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
}

/// A controller of cgroups, and the file of its limit in version 2 and in version 1.
struct Controller {
    name: &'static str,
    file: &'static str,
    old_file: &'static str,
    limit: fn(&Limits) -> Option<u64>,
    /// One that every kernel takes and nothing reaches, for trying out.
    high: u64,
}

const CONTROLLERS: [Controller; 2] = [
    Controller { name: "pids", file: "pids.max", old_file: "pids.max", limit: |limits| limits.processes, high: 1 << 20 },
    Controller { name: "memory", file: "memory.max", old_file: "memory.limit_in_bytes", limit: |limits| limits.memory, high: 1 << 40 },
];

/// Where a controller's cgroups are.
#[derive(Debug)]
enum Place {
    /// In cgroup2.
    Unified,
    /// In a hierarchy of version 1: the cgroup that holds those of the data folder's instances.
    Old(PathBuf),
    /// Nowhere, and why.
    Nowhere(String),
}

/// Sets the limits of a data folder's instances.
#[derive(Debug)]
pub(super) struct Limiter {
    unified: Option<Parent>,
    /// One for each controller.
    places: Vec<Place>,
}

impl Limiter {
    /// Finds the controllers. Nothing is changed.
    pub(super) fn find(data: &Path, unified: Option<&Parent>) -> Limiter {
        let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
        let name = Parent::name(data).ok();
        let place = |controller: &Controller| {
            let in_unified = unified.is_some_and(|parent| parent.has(controller.name));
            let old = || {
                let mount = mounts.split(|b| *b == b'\n').filter_map(Mount::parse).find(|mount| mount.controls(controller.name))?;
                Some(mount.point.join(name.as_ref()?))
            };
            match old() {
                _ if in_unified => Place::Unified,
                Some(path) => Place::Old(path),
                None => Place::Nowhere(format!("no cgroup hierarchy here has the controller {}", controller.name)),
            }
        };
        Limiter { unified: unified.cloned(), places: CONTROLLERS.iter().map(place).collect() }
    }

    /// Tries the limits, and from now on leaves out those that cannot be set. Says which, and why.
    pub(super) fn try_out(&mut self) -> Vec<String> {
        let probe = format!("probe-{}", std::process::id());
        for (controller, place) in CONTROLLERS.iter().zip(&mut self.places) {
            let cgroup = cgroup(place, self.unified.as_ref(), &probe);
            let Some(cgroup) = cgroup else { continue };
            let tried = set(controller, place, self.unified.as_ref(), &cgroup, controller.high);
            let _ = cgroup.remove();
            if let Err(error) = tried {
                *place = Place::Nowhere(format!("the controller {} cannot be used: {error}", controller.name));
            }
        }
        self.missing()
    }

    /// What cannot be limited, and why.
    pub(super) fn missing(&self) -> Vec<String> {
        let missing = |place: &Place| match place {
            Place::Nowhere(reason) => Some(reason.clone()),
            _ => None,
        };
        self.places.iter().filter_map(missing).collect()
    }

    /// Sets an instance's limits, as far as they can be, before anything runs in it. Returns its cgroups of version 1, which
    /// its pid 1 is to enter beside the other.
    pub(super) fn set(&self, id: &str, limits: &Limits) -> Result<Vec<PathBuf>> {
        let mut entered = Vec::new();
        for (controller, place) in CONTROLLERS.iter().zip(&self.places) {
            let cgroup = cgroup(place, self.unified.as_ref(), id);
            let (Some(limit), Some(cgroup)) = ((controller.limit)(limits), cgroup) else { continue };
            set(controller, place, self.unified.as_ref(), &cgroup, limit)
                .what(|| format!("cannot set the limit of {} in {}", controller.name, cgroup.path().display()))?;
            if matches!(place, Place::Old(_)) {
                entered.push(cgroup.path().to_owned());
            }
        }
        Ok(entered)
    }

    /// An instance's cgroups in hierarchies of version 1, there or not.
    pub(super) fn old(&self, id: &str) -> Vec<Cgroup> {
        self.places.iter().filter_map(|place| old(place).map(|path| Cgroup::at(path.join(id)))).collect()
    }

    /// Removes what held them, when it is empty.
    pub(super) fn remove_if_empty(&self) {
        for path in self.places.iter().filter_map(old) {
            let _ = fs::remove_dir(path);
        }
    }
}

fn old(place: &Place) -> Option<&Path> {
    match place {
        Place::Old(path) => Some(path),
        _ => None,
    }
}

/// The cgroup of an instance that has its limit by a controller.
fn cgroup(place: &Place, unified: Option<&Parent>, id: &str) -> Option<Cgroup> {
    match place {
        Place::Unified => unified.map(|parent| parent.instance(id)),
        Place::Old(path) => Some(Cgroup::at(path.join(id))),
        Place::Nowhere(_) => None,
    }
}

fn set(controller: &Controller, place: &Place, unified: Option<&Parent>, cgroup: &Cgroup, limit: u64) -> io::Result<()> {
    let file = match place {
        Place::Old(_) => controller.old_file,
        _ => {
            unified.map_or(Ok(()), |parent| parent.enable(controller.name))?;
            controller.file
        }
    };
    cgroup.create()?;
    fs::write(cgroup.path().join(file), limit.to_string())
}
