//! What keeps the network's namespaces while no server runs, wherever the next server runs.
//!
//! A bind mount keeps a namespace only within its mount namespace, and a server may have one of its own (`unshare -m`, `ip netns exec`, a
//! systemd unit with `PrivateTmp=`). So each data folder has a *holder*: a process that has all its namespaces open and hands them out
//! over a socket in the folder, which is the same from every mount namespace that sees the folder.
//!
//! The socket is also how a holder is found: who listens on it is alive, whatever pids are recorded anywhere. One holder at a time has the
//! folder (a lock that ends with it). It ends when told to, when it has held nothing for a while, and when its socket is gone from the
//! folder, since nobody could reach it any more. It is tiny, has no open files but namespaces, and belongs to no session, terminal or
//! service: it has a cgroup of its own beside those of the instances.
//!
//! | file | what it is about |
//! |---|---|
//! | `process` | the holder itself: `enid netns-holder <data folder>` |
//! | `wire` | what is said over the socket |
//! | `client` | finding or starting the holder, and asking it |

mod client;
mod process;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fabric::netns::Keeper;
use model::State;
use model::ids::{InstanceId, VpcId};
use model::instance::InstanceState;

use machine::Machines;

pub use client::{Holder, remove_cgroup};
pub use process::{SOCKET, SUBCOMMAND, main};

/// The name of the holder's cgroup, beside those of instances.
const CGROUP: &str = "holder";

/// Keeps namespaces in the holder, and knows which of them instances are in.
pub struct HeldNamespaces {
    data: PathBuf,
    machines: Arc<Machines>,
    holder: Option<Holder>,
    lost: bool,
}

impl HeldNamespaces {
    /// The namespaces of a data folder. The holder is found or started when first asked.
    pub fn new(data: &Path, machines: Arc<Machines>) -> Self {
        Self { data: data.to_owned(), machines, holder: None, lost: false }
    }

    /// Asks the holder. One that does not answer is left, and asked for anew later.
    fn ask<T>(&mut self, question: impl FnOnce(&Holder) -> io::Result<T>) -> io::Result<T> {
        let holder = self.holder.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        question(holder).inspect_err(|_| {
            self.holder = None;
            self.lost = true;
        })
    }
}

impl Keeper for HeldNamespaces {
    fn kept(&mut self) -> io::Result<BTreeMap<String, u64>> {
        if self.holder.as_ref().is_none_or(Holder::has_ended) {
            self.holder = Some(Holder::find_or_start(&self.data)?);
        }
        self.lost = false;
        self.ask(Holder::list).or_else(|error| {
            // It was just ending.
            self.holder = if wire::is_end(&error) { Some(Holder::find_or_start(&self.data)?) } else { return Err(error) };
            self.lost = false;
            self.ask(Holder::list)
        })
    }

    fn keep(&mut self, id: &str, namespace: &File) -> io::Result<()> {
        self.ask(|holder| holder.hold(id, namespace))
    }

    fn release(&mut self, id: &str) -> io::Result<()> {
        match self.ask(|holder| holder.release(id)) {
            // What has ended holds nothing.
            Err(error) if error.kind() == io::ErrorKind::NotConnected || wire::is_end(&error) => Ok(()),
            answer => answer,
        }
    }

    fn take(&mut self, id: &str) -> io::Result<Option<File>> {
        self.ask(|holder| holder.take(id))
    }

    fn occupied(&mut self) -> BTreeMap<String, u64> {
        self.machines.network_namespaces()
    }

    fn occupied_by(&mut self, id: &str) -> Option<File> {
        self.machines.network_namespace(id)
    }

    fn descriptor(&self) -> Option<RawFd> {
        self.holder.as_ref().map(AsRawFd::as_raw_fd)
    }

    fn is_lost(&mut self) -> bool {
        if self.holder.as_ref().is_some_and(Holder::has_ended) {
            self.holder = None;
            self.lost = true;
        }
        std::mem::take(&mut self.lost)
    }
}

/// The VPCs of instances that run whose network is not there, since nothing kept it while no server ran.
pub fn lost_networks(state: &State, running: &[&str], mut exists: impl FnMut(&str) -> bool) -> Vec<VpcId> {
    let ids: BTreeSet<InstanceId> = running.iter().filter_map(|id| id.parse().ok()).collect();
    let mut lost = BTreeSet::new();
    for (scope, realm) in state.realms() {
        let Some(here) = state.here(scope) else { continue };
        let running = realm.instances.iter().filter(|row| ids.contains(&row.id) && row.state == InstanceState::Running);
        lost.extend(running.flat_map(|row| here.interfaces_of(row.id)).map(|(_, interface)| interface.vpc));
    }
    lost.into_iter().filter(|vpc| !exists(&vpc.to_string())).collect()
}

/// Says so, and what comes of it.
pub fn lost_network(vpc: VpcId) -> String {
    format!(
        "the network of {vpc} ended while no server ran, and is made anew by one: open connections are cut, and its instances lose \
         addresses and routes that they configured themselves"
    )
}

/// What is not as it must be with the networks of a data folder's instances, for whoever looks while no server runs; one mends it.
pub fn faults(data: &Path, state: &State) -> Vec<String> {
    let mut known = fabric::netns::pinned(data).unwrap_or_default();
    let held = Holder::find(data).and_then(|holder| holder.map_or(Ok(BTreeMap::new()), |holder| holder.list()));
    let mut faults: Vec<String> =
        held.as_ref().err().map(|error| format!("the holder of the networks does not answer: {error}")).into_iter().collect();
    known.extend(held.unwrap_or_default());
    let running = machine::running(data);
    for machine::Running { id, pid } in &running {
        let Ok(own) = fs::metadata(format!("/proc/{pid}/ns/net")) else { continue };
        if known.get(id).is_some_and(|inode| *inode != own.ino()) {
            faults.push(format!("{id} runs in another network namespace than the one that is kept for it"));
        }
    }
    let ids: Vec<&str> = running.iter().map(|running| &*running.id).collect();
    faults.extend(lost_networks(state, &ids, |id| known.contains_key(id)).into_iter().map(lost_network));
    faults
}
