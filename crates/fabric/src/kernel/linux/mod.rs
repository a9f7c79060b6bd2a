//! The Linux kernel, by netlink and `/proc/sys/net`; no command is spawned.
//!
//! A netlink socket belongs for good to the namespace in which it was opened, so a thread joins a namespace once, opens its sockets
//! there, and from then on any thread can use them.

mod events;
mod foreign;
mod keeping;
mod nft;
mod route;
pub mod socket;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};

use netlink_sys::protocols::{NETLINK_NETFILTER, NETLINK_ROUTE};

use self::events::Events;
use self::route::Indexes;
use self::socket::{Netlink, Refused, Request};
use super::{Family, Keeping, Kernel, KernelError, Key, Link, LinkKind, Name, Namespace, Objects, Peer, Step, Value};
use crate::netns::Keeper;
use crate::{names, netns};

pub use self::foreign::{Foreign, ForeignAddress, ForeignRoute};
pub use self::nft::TABLE;

/// Sysctls that are read back in each of enid's namespaces.
pub const SYSCTLS: &[&str] = &[
    "ipv4/ip_forward",
    "ipv4/conf/all/accept_local",
    "ipv4/conf/all/rp_filter",
    "ipv4/conf/default/rp_filter",
    "ipv4/conf/all/send_redirects",
    "ipv4/conf/default/send_redirects",
    "ipv6/conf/all/forwarding",
    "ipv6/conf/default/accept_dad",
    "ipv6/conf/default/addr_gen_mode",
    "ipv4/ipfrag_time",
    "ipv4/ipfrag_high_thresh",
    "netfilter/nf_conntrack_frag6_timeout",
    "netfilter/nf_conntrack_frag6_high_thresh",
    "netfilter/nf_conntrack_tcp_be_liberal",
    "netfilter/nf_conntrack_tcp_loose",
    "netfilter/nf_conntrack_tcp_timeout_established",
    "netfilter/nf_conntrack_udp_timeout",
    "netfilter/nf_conntrack_udp_timeout_stream",
];

/// Sysctls that are read back for each link; `{}` stands for its name.
pub const LINK_SYSCTLS: &[&str] =
    &["ipv4/conf/{}/proxy_arp", "ipv4/neigh/{}/proxy_delay", "ipv4/conf/{}/forwarding", "ipv4/conf/{}/rp_filter"];

/// What is kept open for a namespace.
struct Sockets {
    namespace: File,
    route: Netlink,
    nft: Option<Netlink>,
    indexes: Indexes,
    events: Option<Events>,
    /// Links that enid removed and whose end was not notified yet.
    removed: HashSet<u32>,
    /// Links whose other end is down.
    silent: HashSet<Name>,
}

/// The kernel that this process runs on.
pub struct LinuxKernel {
    data: PathBuf,
    /// Ends the aliases of links on the host, so that two servers there do not take each other's for their own.
    tag: String,
    host: File,
    sockets: HashMap<Namespace, Sockets>,
    /// Keeps namespaces beyond this process; without one they live as long as their bind mounts.
    keeper: Option<Box<dyn Keeper>>,
}

impl LinuxKernel {
    /// Takes the calling thread's namespace for the host's; namespaces are kept below the data folder.
    ///
    /// # Errors
    /// When `/proc` is not there.
    pub fn new(data: &Path) -> io::Result<LinuxKernel> {
        // Mount points are compared with what the kernel calls them.
        fs::create_dir_all(data)?;
        let data = data.canonicalize()?;
        let tag = tag(&data);
        Ok(LinuxKernel { data, tag, host: netns::current()?, sockets: HashMap::new(), keeper: None })
    }

    /// Has namespaces kept beyond the life of this process.
    #[must_use]
    pub fn kept_by(mut self, keeper: Box<dyn Keeper>) -> LinuxKernel {
        self.keeper = Some(keeper);
        self
    }

    /// The data folder whose server has the host's link to its internet, if that is another one's than this: a host has one such link, and
    /// its addresses can be routed to one server's VPCs only.
    ///
    /// # Errors
    /// When the host's links cannot be read.
    pub fn other_owner(&mut self) -> io::Result<Option<String>> {
        let route = &mut self.sockets(&Namespace::Host)?.route;
        let found = route.dump(libc::RTM_GETLINK, &route::all_links(), |_, payload| route::read_link(payload))?;
        let found = found.map_err(|refused| io::Error::from_raw_os_error(refused.errno))?;
        let link = found.into_iter().find(|(_, name, link)| &**name == names::HOST_LINK && is_ours(name, link.as_ref()));
        let Some((_, _, Some(Link { kind: LinkKind::Veth { alias, .. }, .. }))) = link else { return Ok(None) };
        if alias.ends_with(&self.tag) {
            return Ok(None);
        }
        Ok(Some(alias.rsplit_once(TAG_PREFIX).map_or(&*alias, |(_, owner)| owner).to_owned()))
    }

    /// An open file of a namespace.
    fn file(&self, namespace: &Namespace) -> io::Result<File> {
        match namespace {
            Namespace::Host => self.host.try_clone(),
            Namespace::Named(id) => {
                let path = netns::path(&self.data, id);
                if netns::is_alive(&path) { File::open(path) } else { Err(io::ErrorKind::NotFound.into()) }
            }
        }
    }

    fn sockets(&mut self, namespace: &Namespace) -> io::Result<&mut Sockets> {
        // An instance's namespace is used when it is made and hardly ever after; a VPC's for every change.
        if !self.sockets.contains_key(namespace) {
            let file = self.file(namespace)?;
            let route = netns::run_in_file(&file, || Netlink::open(NETLINK_ROUTE))??;
            // Without notifications, the timer finds what changed. What a guest does inside is its own business, and it could do it
            // without end.
            let events = match names::is_guest(namespace) {
                true => None,
                false => netns::run_in_file(&file, || Events::open(*namespace == Namespace::Host))?.ok(),
            };
            let sockets = Sockets {
                namespace: file,
                route,
                nft: None,
                indexes: Indexes::new(),
                events,
                removed: HashSet::new(),
                silent: HashSet::new(),
            };
            self.sockets.insert(namespace.clone(), sockets);
        }
        self.sockets.get_mut(namespace).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn dump_namespace(&mut self, namespace: &Namespace, objects: &mut Objects) -> Result<(), KernelError> {
        let failed = |error: io::Error| KernelError::io(format!("read namespace {namespace}"), &error);
        let tag = self.tag.clone();
        let sockets = match self.sockets(namespace) {
            Ok(sockets) => sockets,
            // Of a namespace that is not there, there is nothing to say.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        let host = *namespace == Namespace::Host;
        objects.insert(Key::Namespace(namespace.clone()), Value::Exists);

        let refused = |what: &str, refused: Refused| KernelError {
            what: format!("read {what} of namespace {namespace}"),
            errno: refused.errno,
            message: refused.message(),
        };
        let route = &mut sockets.route;
        let found = route
            .dump(libc::RTM_GETLINK, &route::all_links(), |_, payload| route::read_link(payload).zip(route::carrier(payload)))
            .map_err(failed)?
            .map_err(|error| refused("links", error))?;
        let mut links = HashMap::new();
        sockets.indexes.clear();
        sockets.silent.clear();
        for ((index, name, mut link), (_, carries)) in found {
            if !host && !carries {
                sockets.silent.insert(name.clone());
            }
            // On the host, only what bears enid's names counts, and this server's tag.
            if host && !(is_ours(&name, link.as_ref()) && link.as_mut().is_some_and(|link| untag(link, &tag))) {
                continue;
            }
            sockets.indexes.insert(name.clone(), index);
            links.insert(index, name.clone());
            if let Some(link) = link {
                objects.insert(Key::Link { namespace: namespace.clone(), name }, Value::Link(link));
            }
        }
        let reader = route::Reader { namespace, links: &links };
        let found = route
            .dump(libc::RTM_GETADDR, &route::all_addresses(), |_, payload| reader.address(payload))
            .map_err(failed)?
            .map_err(|error| refused("addresses", error))?;
        objects.extend(found);
        for family in [Family::V4, Family::V6] {
            let found = route
                .dump(libc::RTM_GETNEIGH, &route::all_neighbours(family), |_, payload| reader.neighbour(payload))
                .map_err(failed)?
                .map_err(|error| refused("neighbours", error))?;
            objects.extend(found);
            let found = route
                .dump(libc::RTM_GETROUTE, &route::all_routes(family, host), |_, payload| reader.route(payload))
                .map_err(failed)?
                .map_err(|error| refused("routes", error))?;
            objects.extend(found);
            if !host {
                let found = route
                    .dump(libc::RTM_GETRULE, &route::all_rules(family), |_, payload| reader.rule(payload))
                    .map_err(failed)?
                    .map_err(|error| refused("rules", error))?;
                objects.extend(found);
            }
        }
        if !host {
            let nft = open_nft(&sockets.namespace, &mut sockets.nft).map_err(failed)?;
            nft::dump(nft, namespace, objects).map_err(failed)?.map_err(|error| refused("nftables", error))?;
        }
        let read = netns::run_in_file(&sockets.namespace, || read_sysctls(namespace, links.values(), host)).map_err(failed)?;
        objects.extend(read);
        Ok(())
    }

    fn apply_run(&mut self, class: Class, steps: &[&Step]) -> Vec<Result<(), KernelError>> {
        let Some(first) = steps.first() else { return Vec::new() };
        let namespace = first.key().namespace().clone();
        let outcome = match class {
            Class::Namespace => return steps.iter().map(|step| self.apply_namespace(step)).collect(),
            Class::Link => return steps.iter().map(|step| self.apply_link(step)).collect(),
            Class::Sysctl => self.apply_sysctls(&namespace, steps),
            Class::Route => self.apply_routes(&namespace, steps),
            Class::Nft => self.sockets(&namespace).and_then(|sockets| {
                let nft = open_nft(&sockets.namespace, &mut sockets.nft)?;
                nft::apply(nft, steps)
            }),
        };
        match outcome {
            Ok(results) => results,
            Err(error) => {
                // What the kernel made of it is unknown. New sockets see no answers to old questions.
                self.sockets.remove(&namespace);
                steps
                    .iter()
                    .map(|step| match step {
                        // A namespace that is gone has nothing left to remove.
                        Step::Delete { .. } if error.kind() == io::ErrorKind::NotFound => Ok(()),
                        step => Err(KernelError::io(step.key().to_string(), &error)),
                    })
                    .collect()
            }
        }
    }

    fn apply_namespace(&mut self, step: &Step) -> Result<(), KernelError> {
        let Key::Namespace(namespace) = step.key() else { return Ok(()) };
        let Namespace::Named(id) = namespace else { return Ok(()) };
        self.sockets.remove(namespace);
        match step {
            Step::Put { .. } => self.make_namespace(id).map_err(|error| KernelError::io(format!("make namespace {id}"), &error)),
            Step::Delete { .. } => self.remove_namespace(id).map_err(|error| KernelError::io(format!("remove namespace {id}"), &error)),
        }
    }

    fn apply_link(&mut self, step: &Step) -> Result<(), KernelError> {
        let Key::Link { namespace, name } = step.key() else { return Ok(()) };
        let failed = |error: io::Error| KernelError::io(step.key().to_string(), &error);
        match step {
            Step::Put { value: Value::Link(link), old, .. } => match (self.find(namespace, name).map_err(failed)?, &link.kind) {
                (Some((_, false)), _) => {
                    Err(KernelError::new(step.key().to_string(), "the host has a link of this name that is not enid's"))
                }
                (None, LinkKind::Veth { peer: Some(peer), alias, .. }) => self.create_pair(step, link, peer, alias),
                (None, _) => Err(KernelError { what: step.key().to_string(), errno: libc::ENODEV, message: "no such link".into() }),
                // Something of another kind has the name.
                (Some((index, true)), LinkKind::Veth { peer: Some(peer), alias, .. }) if old.is_none() => {
                    self.delete_link(namespace, index, step)?;
                    self.create_pair(step, link, peer, alias)
                }
                (Some((index, true)), _) => self.change(namespace, route::change_link(index, link, self.tag_in(namespace)), step),
            },
            Step::Delete { .. } => {
                let index = match self.find(namespace, name) {
                    Ok(Some((index, true))) => index,
                    Ok(_) => return Ok(()),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    Err(error) => return Err(failed(error)),
                };
                self.delete_link(namespace, index, step)?;
                if let Some(sockets) = self.sockets.get_mut(namespace) {
                    sockets.indexes.remove(name);
                }
                Ok(())
            }
            Step::Put { .. } => Ok(()),
        }
    }

    /// What aliases end with in a namespace.
    fn tag_in(&self, namespace: &Namespace) -> &str {
        if *namespace == Namespace::Host { &self.tag } else { "" }
    }

    /// Makes a pair of links. Half of one is worse than none, so it is made whole or not at all.
    fn create_pair(&mut self, step: &Step, link: &Link, peer: &Peer, alias: &Name) -> Result<(), KernelError> {
        let Key::Link { namespace, name } = step.key() else { return Ok(()) };
        let failed = |error: io::Error| KernelError::io(step.key().to_string(), &error);
        for end in [namespace, &peer.namespace] {
            if !self.has_rules(end).map_err(failed)? {
                return Err(KernelError::new(step.key().to_string(), format!("not made before the rules of {end} are in place")));
            }
        }
        let file = self
            .file(&peer.namespace)
            .map_err(|error| KernelError::io(format!("{}: its other end's namespace {}", step.key(), peer.namespace), &error))?;
        let request = route::create_veth(name, link, peer, file.as_raw_fd());
        let request = request.ok_or_else(|| KernelError::new(step.key().to_string(), "not a link that can be made"))?;
        self.change(namespace, request, step)?;
        let near = route::finish_link(name, Some(format!("{alias}{}", self.tag_in(namespace))));
        // The alias of this end says that the pair is whole, since the other is not looked at again: where a crash comes between,
        // the pair is made anew. In the host's namespace it also says whose the link is, and cannot wait.
        let finished = if *namespace == Namespace::Host {
            self.change(namespace, near, step).and_then(|()| self.finish_far_end(step, peer, &file))
        } else {
            self.finish_far_end(step, peer, &file).and_then(|()| self.change(namespace, near, step))
        };
        let made = self.find(namespace, name).map_err(failed)?;
        if let (Err(_), Some((index, _))) = (&finished, made) {
            self.delete_link(namespace, index, step)?;
        }
        finished
    }

    /// Whether the rules of a namespace are in place; the host's and guests' have none. A namespace that forwards without rules lets
    /// everything through, so no link leads there before. The table comes in one transaction, so it is there as a whole or not at all.
    fn has_rules(&mut self, namespace: &Namespace) -> io::Result<bool> {
        if *namespace == Namespace::Host || names::is_guest(namespace) {
            return Ok(true);
        }
        let sockets = self.sockets(namespace)?;
        nft::has_table(open_nft(&sockets.namespace, &mut sockets.nft)?)
    }

    fn finish_far_end(&mut self, step: &Step, peer: &Peer, namespace: &File) -> Result<(), KernelError> {
        let alias = peer.alias.as_ref().map(|alias| format!("{alias}{}", self.tag_in(&peer.namespace)));
        let finish = route::finish_link(&peer.name, alias);
        if let Some(sockets) = self.sockets.get_mut(&peer.namespace) {
            // An earlier link of that name is gone, and what was known of it with it.
            sockets.indexes.remove(&peer.name);
            return self.change(&peer.namespace, finish, step);
        }
        // A guest's namespace is hardly ever spoken to again, so the socket is not kept.
        let outcomes = netns::run_in_file(namespace, || Netlink::open(NETLINK_ROUTE)?.change(&[finish]))
            .and_then(|outcomes| outcomes)
            .map_err(|error| KernelError::io(step.key().to_string(), &error))?;
        outcomes.into_iter().try_for_each(|outcome| judge(step, outcome))
    }

    /// Removes a link, and its peer with it.
    fn delete_link(&mut self, namespace: &Namespace, index: u32, step: &Step) -> Result<(), KernelError> {
        if let Some(sockets) = self.sockets.get_mut(namespace) {
            sockets.removed.insert(index);
        }
        self.change(namespace, route::delete_link(index), step)
    }

    fn change(&mut self, namespace: &Namespace, request: Request, step: &Step) -> Result<(), KernelError> {
        let failed = |error: io::Error| KernelError::io(step.key().to_string(), &error);
        let outcomes = self.sockets(namespace).map_err(failed)?.route.change(&[request]).map_err(failed)?;
        outcomes.into_iter().try_for_each(|outcome| judge(step, outcome))
    }

    /// The index of a link, asked anew: the one known may be that of an earlier link of this name. Also whether it is enid's, as every
    /// link is but those that the host has by itself.
    fn find(&mut self, namespace: &Namespace, name: &Name) -> io::Result<Option<(u32, bool)>> {
        let tag = self.tag.clone();
        let sockets = self.sockets(namespace)?;
        let mut found = None;
        let _ = sockets.route.ask(libc::RTM_GETLINK, &route::get_link(name), |_, payload| {
            found = found.take().or_else(|| route::read_link(payload));
        })?;
        sockets.indexes.remove(name);
        let Some((index, name, link)) = found else { return Ok(None) };
        let own = *namespace != Namespace::Host || (is_ours(&name, link.as_ref()) && link.is_some_and(|mut link| untag(&mut link, &tag)));
        if own {
            sockets.indexes.insert(name, index);
        }
        Ok(Some((index, own)))
    }

    fn apply_routes(&mut self, namespace: &Namespace, steps: &[&Step]) -> io::Result<Vec<Result<(), KernelError>>> {
        let mut asked = HashSet::new();
        for step in steps {
            let link = match step {
                Step::Put { value: Value::Route(route), .. } => match &route.target {
                    super::RouteTarget::Via { link, .. } => Some(link),
                    _ => None,
                },
                step => step.key().link(),
            };
            if let Some(link) = link
                && !self.sockets(namespace)?.indexes.contains_key(link)
                && asked.insert(link.clone())
            {
                self.find(namespace, link)?;
            }
        }
        let sockets = self.sockets(namespace)?;
        let mut requests = Vec::with_capacity(steps.len());
        let mut of_steps = Vec::with_capacity(steps.len());
        let mut results: Vec<Result<(), KernelError>> = Vec::with_capacity(steps.len());
        for (position, step) in steps.iter().enumerate() {
            let request = match step {
                Step::Put { key, value, .. } => route::put(key, value, &sockets.indexes),
                Step::Delete { key, old } => route::delete(key, old, &sockets.indexes),
            };
            let gone = matches!(step, Step::Delete { .. });
            results.push(if request.is_some() || gone {
                Ok(())
            } else {
                Err(KernelError { what: step.key().to_string(), errno: libc::ENODEV, message: "no such link".into() })
            });
            // A rule has no replacement: the old one goes in the same breath.
            if let Step::Put { key: key @ Key::Rule { .. }, old: Some(old), .. } = step {
                requests.extend(route::delete(key, old, &sockets.indexes));
                of_steps.resize(requests.len(), position);
            }
            requests.extend(request);
            of_steps.resize(requests.len(), position);
        }
        for (outcome, position) in sockets.route.change(&requests)?.into_iter().zip(of_steps) {
            let result = judge(steps[position], outcome);
            if result.as_ref().is_err_and(|error| error.errno == libc::ENODEV) {
                // The link is another one by now.
                if let Some(link) = steps[position].key().link() {
                    sockets.indexes.remove(link);
                } else {
                    sockets.indexes.clear();
                }
            }
            if results[position].is_ok() {
                results[position] = result;
            }
        }
        Ok(results)
    }

    fn apply_sysctls(&mut self, namespace: &Namespace, steps: &[&Step]) -> io::Result<Vec<Result<(), KernelError>>> {
        let file = self.file(namespace)?;
        let mut foreign = HashSet::new();
        for step in steps {
            if let Key::LinkSysctl { link, .. } = step.key()
                && *namespace == Namespace::Host
                && !matches!(self.find(namespace, link)?, Some((_, true)))
            {
                foreign.insert(link);
            }
        }
        netns::run_in_file(&file, || {
            steps
                .iter()
                .map(|step| {
                    if matches!(step.key(), Key::LinkSysctl { link, .. } if foreign.contains(link)) {
                        return Err(KernelError::new(step.key().to_string(), "no such link"));
                    }
                    let path = match step.key() {
                        Key::Sysctl { path, .. } => sysctl_path(path, ""),
                        Key::LinkSysctl { link, path, .. } => sysctl_path(path, link),
                        _ => return Ok(()),
                    };
                    match step {
                        Step::Put { value: Value::Sysctl(value), .. } => {
                            fs::write(&path, value.as_bytes()).map_err(|error| KernelError::io(format!("set {}", step.key()), &error))
                        }
                        // A sysctl ends with its link or namespace.
                        _ => Ok(()),
                    }
                })
                .collect()
        })
    }
}

/// Errors that say that what should go is gone, or that what should be is there, are none.
fn judge(step: &Step, outcome: Result<(), Refused>) -> Result<(), KernelError> {
    let Err(refused) = outcome else { return Ok(()) };
    let gone = [libc::ENOENT, libc::ESRCH, libc::ENODEV, libc::EADDRNOTAVAIL];
    match step {
        Step::Delete { .. } if gone.contains(&refused.errno) => Ok(()),
        Step::Put { key: Key::Rule { .. }, .. } if refused.errno == libc::EEXIST => Ok(()),
        Step::Put { key: Key::Rule { .. }, old: Some(_), .. } if refused.errno == libc::ENOENT => Ok(()),
        step => {
            let verb = if matches!(step, Step::Put { .. }) { "set" } else { "remove" };
            Err(KernelError { what: format!("{verb} {}", step.key()), errno: refused.errno, message: refused.message() })
        }
    }
}

fn open_nft<'a>(namespace: &File, nft: &'a mut Option<Netlink>) -> io::Result<&'a mut Netlink> {
    if nft.is_none() {
        *nft = Some(netns::run_in_file(namespace, || Netlink::open(NETLINK_NETFILTER))??);
    }
    nft.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// What a tag begins with.
const TAG_PREFIX: &str = " for ";
/// An alias has room for 255 bytes; the rest of enid's own aliases takes less than 100.
const TAG_PATH_BYTES_MAX: usize = 150;

/// What aliases on the host end with: the data folder, as far as there is room.
fn tag(data: &Path) -> String {
    match data.to_str() {
        Some(path) if path.len() <= TAG_PATH_BYTES_MAX => format!("{TAG_PREFIX}{path}"),
        _ => format!("{TAG_PREFIX}{:08x}", names::hash32(&data.to_string_lossy())),
    }
}

/// Whether a link of the host's namespace is one that enid made.
fn is_ours(name: &str, link: Option<&Link>) -> bool {
    let named = name.starts_with(names::HOST_PREFIX) || name == names::HOST_LINK || name == names::HOST_LINK_PEER;
    let marked = link.is_some_and(|link| match &link.kind {
        LinkKind::Veth { alias, .. } => alias.starts_with(names::ALIAS_PREFIX),
        LinkKind::Loopback => false,
    });
    named && marked
}

/// Takes the tag off a link's alias; false if it has another.
fn untag(link: &mut Link, tag: &str) -> bool {
    let LinkKind::Veth { alias, .. } = &mut link.kind else { return false };
    let Some(plain) = alias.strip_suffix(tag) else { return false };
    *alias = Name::from(plain);
    true
}

fn sysctl_path(path: &str, link: &str) -> PathBuf {
    Path::new("/proc/sys/net").join(path.replace("{}", link))
}

fn read_sysctl(path: &str, link: &str) -> Option<Value> {
    let value = fs::read_to_string(sysctl_path(path, link)).ok()?;
    Some(Value::Sysctl(Name::from(value.trim_end())))
}

fn read_sysctls<'a>(namespace: &Namespace, links: impl Iterator<Item = &'a Name>, host: bool) -> Objects {
    let mut objects = BTreeMap::new();
    if !host {
        for path in SYSCTLS {
            if let Some(value) = read_sysctl(path, "") {
                objects.insert(Key::Sysctl { namespace: namespace.clone(), path: Name::from(*path) }, value);
            }
        }
    }
    for link in links {
        for path in LINK_SYSCTLS {
            if let Some(value) = read_sysctl(path, link) {
                let key = Key::LinkSysctl { namespace: namespace.clone(), link: link.clone(), path: Name::from(*path) };
                objects.insert(key, value);
            }
        }
    }
    objects
}

/// Steps that are taken together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Namespace,
    Link,
    Sysctl,
    Route,
    Nft,
}

fn class(key: &Key) -> Class {
    match key {
        Key::Namespace(_) => Class::Namespace,
        Key::Link { .. } => Class::Link,
        Key::Sysctl { .. } | Key::LinkSysctl { .. } => Class::Sysctl,
        Key::Address { .. } | Key::Neighbour { .. } | Key::Route { .. } | Key::Rule { .. } => Class::Route,
        Key::Table(_) | Key::Set { .. } | Key::Chain { .. } | Key::Timeouts { .. } | Key::Element { .. } => Class::Nft,
    }
}

impl Kernel for LinuxKernel {
    fn namespaces(&mut self) -> Result<Vec<Namespace>, KernelError> {
        let ids = netns::list(&self.data).map_err(|error| KernelError::io("list namespaces", &error))?;
        Ok(ids.iter().map(|id| Namespace::named(id)).collect())
    }

    fn exists(&mut self, namespace: &Namespace) -> Result<bool, KernelError> {
        Ok(match namespace {
            Namespace::Host => true,
            Namespace::Named(id) => netns::is_alive(&netns::path(&self.data, id)),
        })
    }

    fn keep_namespaces(&mut self) -> Keeping {
        self.agree_with_keeper()
    }

    fn lost_keeper(&mut self) -> bool {
        self.keeper.as_mut().is_some_and(|keeper| keeper.is_lost())
    }

    fn dump(&mut self, namespaces: &[Namespace]) -> Result<Objects, KernelError> {
        let mut objects = Objects::new();
        for namespace in namespaces {
            self.dump_namespace(namespace, &mut objects).inspect_err(|_| {
                // New sockets see no answers to old questions.
                self.sockets.remove(namespace);
            })?;
        }
        Ok(objects)
    }

    fn apply(&mut self, steps: &[Step]) -> Vec<Result<(), KernelError>> {
        let mut results = Vec::with_capacity(steps.len());
        let mut rest: Vec<&Step> = steps.iter().collect();
        while let Some(first) = rest.first() {
            let (kind, namespace) = (class(first.key()), first.key().namespace());
            let count = rest.iter().take_while(|step| class(step.key()) == kind && step.key().namespace() == namespace).count();
            let later = rest.split_off(count);
            results.extend(self.apply_run(kind, &rest));
            rest = later;
        }
        results
    }

    fn descriptors(&self) -> Vec<RawFd> {
        let events = self.sockets.values().filter_map(|sockets| sockets.events.as_ref()).flat_map(Events::descriptors);
        events.chain(self.keeper.as_ref().and_then(|keeper| keeper.descriptor())).collect()
    }

    fn touched(&mut self) -> BTreeSet<Namespace> {
        self.sockets
            .iter_mut()
            .filter_map(|(namespace, sockets)| {
                let own: Vec<u32> = [Some(&sockets.route), sockets.nft.as_ref()].into_iter().flatten().map(Netlink::port).collect();
                sockets.events.as_ref()?.foreign(&own, &mut sockets.removed, &mut sockets.silent).then(|| namespace.clone())
            })
            .collect()
    }

    fn silent(&self) -> BTreeSet<(Namespace, Name)> {
        let silent = |(namespace, sockets): (&Namespace, &Sockets)| -> Vec<_> {
            sockets.silent.iter().map(|name| (namespace.clone(), name.clone())).collect()
        };
        self.sockets.iter().flat_map(silent).collect()
    }
}
