//! Makes three agree: the namespaces that instances' processes are in, those that the [`Keeper`](crate::netns::Keeper) keeps, and those
//! that are pinned in this mount namespace, through which everything else finds them.
//!
//! Processes cannot be moved, so an instance's namespace is the one that its processes are in. Of the others, the keeper's counts: pins
//! may be left from an earlier server in this mount namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;

use netlink_sys::protocols::NETLINK_ROUTE;

use super::{LinuxKernel, Netlink, route};
use crate::kernel::{Keeping, KernelError, Namespace};
use crate::netns;

/// What is known of where namespaces are, by their ids.
#[derive(Default)]
struct Known {
    occupied: BTreeMap<String, u64>,
    kept: BTreeMap<String, u64>,
    pinned: BTreeMap<String, u64>,
}

impl Known {
    fn ids(&self) -> BTreeSet<String> {
        let all = self.occupied.keys().chain(self.kept.keys()).chain(self.pinned.keys());
        all.filter(|id| crate::names::is_namespace(id)).cloned().collect()
    }

    /// The inode of the namespace that is the right one.
    fn right(&self, id: &str) -> Option<u64> {
        self.occupied.get(id).or_else(|| self.kept.get(id)).or_else(|| self.pinned.get(id)).copied()
    }
}

impl LinuxKernel {
    /// Pins what is kept or occupied and not pinned, keeps what is not kept, and gives up namespaces that are not the right ones.
    pub(super) fn agree_with_keeper(&mut self) -> Keeping {
        let mut outcome = Keeping::default();
        let Some(keeper) = &mut self.keeper else { return outcome };
        let mut known = Known { occupied: keeper.occupied(), ..Known::default() };
        let keeps = match keeper.kept() {
            Ok(kept) => {
                known.kept = kept;
                true
            }
            Err(error) => {
                let what = "the networks end with this server or with its mounts, since nothing else keeps them";
                outcome.failed.push((Namespace::Host, KernelError::io(what, &error)));
                false
            }
        };
        match netns::pinned(&self.data) {
            Ok(pinned) => known.pinned = pinned,
            // Nothing may be concluded from what was not read.
            Err(error) => {
                outcome.failed.push((Namespace::Host, KernelError::io("list namespaces", &error)));
                return outcome;
            }
        }
        for id in known.ids() {
            match self.agree_on(&id, &known, keeps) {
                Ok(true) => outcome.exchanged.push(Namespace::named(&id)),
                Ok(false) => {}
                Err(error) => outcome.failed.push((Namespace::named(&id), KernelError::io(format!("keep namespace {id}"), &error))),
            }
        }
        // Only where the keeper has said what it has: what looks empty here may be all that holds a namespace elsewhere.
        if keeps && let Err(error) = netns::remove_empty(&self.data) {
            outcome.failed.push((Namespace::Host, KernelError::io("remove what is left of namespaces", &error)));
        }
        outcome
    }

    /// Whether another namespace had the id.
    fn agree_on(&mut self, id: &str, known: &Known, keeps: bool) -> io::Result<bool> {
        let Some(right) = known.right(id) else { return Ok(false) };
        let is_right = |inode: Option<&u64>| inode == Some(&right);
        let (pinned, kept) = (known.pinned.get(id), known.kept.get(id));
        if is_right(pinned) && (is_right(kept) || !keeps) {
            return Ok(false);
        }
        let Some(keeper) = &mut self.keeper else { return Ok(false) };
        let namespace = match (known.occupied.get(id), kept) {
            (Some(_), _) => keeper.occupied_by(id),
            (None, Some(_)) => keeper.take(id)?,
            (None, None) => Some(File::open(netns::path(&self.data, id))?),
        };
        // It has ended since, or was released: the next comparison sees what is so then.
        let Some(namespace) = namespace.filter(|namespace| netns::inode(namespace).is_ok_and(|inode| inode == right)) else {
            return Ok(false);
        };
        self.sockets.remove(&Namespace::named(id));
        if pinned.is_some() && !is_right(pinned) {
            give_up(&File::open(netns::path(&self.data, id))?)?;
        }
        if kept.is_some() && !is_right(kept) {
            keeper.take(id)?.map_or(Ok(()), |wrong| give_up(&wrong))?;
        }
        if !is_right(pinned) {
            netns::pin(&self.data, id, &namespace)?;
        }
        if keeps && !is_right(kept) {
            keeper.keep(id, &namespace)?;
        }
        Ok([pinned, kept].into_iter().flatten().any(|inode| *inode != right))
    }

    /// Makes a namespace that outlives this process; or finds it, when only its pin has gone.
    pub(super) fn make_namespace(&mut self, id: &str) -> io::Result<()> {
        let Some(keeper) = &mut self.keeper else { return netns::create(&self.data, id).map(drop) };
        // Without an answer the namespace is made, and kept by the next comparison.
        let found = keeper.occupied_by(id).or_else(|| keeper.take(id).ok().flatten());
        if let Some(namespace) = found
            && !netns::is_alive(&netns::path(&self.data, id))
        {
            netns::pin(&self.data, id, &namespace)?;
            let _ = keeper.keep(id, &namespace);
            return Ok(());
        }
        let made = netns::create(&self.data, id)?;
        let _ = keeper.keep(id, &made);
        Ok(())
    }

    /// Lets a namespace end.
    pub(super) fn remove_namespace(&mut self, id: &str) -> io::Result<()> {
        if let Some(keeper) = &mut self.keeper {
            keeper.release(id)?;
        }
        netns::remove(&self.data, id)
    }
}

/// Takes the links out of a namespace that is not the right one, and with them their other ends, which have names that are wanted
/// elsewhere. The namespace ends when nothing holds it.
fn give_up(namespace: &File) -> io::Result<()> {
    netns::run_in_file(namespace, || {
        let mut netlink = Netlink::open(NETLINK_ROUTE)?;
        let found = netlink.dump(libc::RTM_GETLINK, &route::all_links(), |_, payload| route::read_link(payload))?;
        let found = found.map_err(|refused| io::Error::from_raw_os_error(refused.errno))?;
        let requests: Vec<_> =
            found.into_iter().filter(|(_, name, _)| &**name != "lo").map(|(index, _, _)| route::delete_link(index)).collect();
        // Some cannot be deleted, such as the kernel's own tunnels. No link of enid's is among them.
        netlink.change(&requests).map(drop)
    })?
}
