//! What of the host's own network enid's address pools would cut off. Pools are routed on the host: an address of one that somebody
//! else has can no longer be reached from here.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;

use fabric::kernel::linux::{Foreign, LinuxKernel};
use ipnet::IpNet;
use model::State;
use model::world::Pools;

/// Routes that cover as much as this stand for all the rest, as a default route does; VPNs split theirs in two.
const DEFAULT_LENGTHS: (u8, u8) = (7, 15);
/// Findings of a range that are told; the rest is counted.
const TOLD_MAX: usize = 6;
/// Ranges that are kept for documentation and tests, to be named as remedies.
const INSTEAD_V4: [&str; 4] = ["203.0.113.0/24", "198.18.0.0/15", "198.51.100.0/24", "192.0.2.0/24"];
const INSTEAD_V6: [&str; 2] = ["2001:db8::/32", "3fff::/20"];
/// `01` in `/proc/net/tcp`.
const ESTABLISHED: &str = "01";

/// Somebody whom the host talks to.
#[derive(Debug)]
struct Peer {
    address: IpAddr,
    /// The host's own end, of a connection.
    local: Option<IpAddr>,
    /// How it talks, in words.
    how: String,
}

/// Whom the host's network has and reaches.
#[derive(Debug, Default)]
pub struct HostNetwork {
    foreign: Foreign,
    /// Hosts that this one speaks with, and in words how that is known.
    peers: Vec<Peer>,
}

/// A range of addresses that the host uses already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The range.
    pub range: IpNet,
    /// What would be cut off, in words.
    pub uses: Vec<String>,
    /// What helps.
    pub remedy: String,
}

impl HostNetwork {
    /// Reads the addresses and routes of the calling thread's network, and whom it speaks with.
    ///
    /// # Errors
    /// When the kernel cannot be read.
    pub fn read() -> Result<Self, String> {
        let foreign = LinuxKernel::new(Path::new("/")).and_then(|mut kernel| kernel.foreign());
        let foreign = foreign.map_err(|error| format!("cannot read the host's addresses and routes: {error}"))?;
        Ok(Self { foreign, peers: peers() })
    }

    /// The ranges of the pools that the host uses, but for what the state has given to somebody.
    pub fn clashes(&self, pools: &Pools, state: Option<&State>) -> Vec<Clash> {
        let ipv4 = pools.ipv4.iter().map(|range| (IpNet::V4(*range), "ipv4"));
        let brought = pools.brought.iter().map(|range| (IpNet::V4(*range), "public_ipv4"));
        let ranges = ipv4.chain([(IpNet::V6(pools.ipv6), "ipv6")]).chain(brought);
        let clash = |(range, key)| {
            let uses = self.uses(range, pools, state);
            (!uses.is_empty()).then(|| Clash { range, uses, remedy: self.remedy(key, pools) })
        };
        ranges.filter_map(clash).collect()
    }

    fn uses(&self, range: IpNet, pools: &Pools, state: Option<&State>) -> Vec<String> {
        let mut uses = Vec::new();
        for own in self.foreign.addresses.iter().filter(|own| range.contains(&own.address)) {
            uses.push(format!("{} is this host's own address ({})", own.address, own.link));
        }
        for route in &self.foreign.routes {
            let link = route.link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
            let whole =
                if is_default(route.destination) { "the default route".into() } else { format!("the route to {}", route.destination) };
            for gateway in route.gateways.iter().filter(|gateway| range.contains(*gateway)) {
                uses.push(format!("{gateway} is the next hop of {whole}{link}"));
            }
            if overlap(range, route.destination) && !is_default(route.destination) && !is_left_alone(route.destination, pools) {
                uses.push(match route.gateways.first() {
                    Some(gateway) => format!("{} is reached by {gateway}{link}", route.destination),
                    None => format!("{} is the network of a link{link}", route.destination),
                });
            }
        }
        // A connection of the host's own address of a pool is left from an earlier network of enid's.
        let is_own = |local: IpAddr| local == IpAddr::V4(pools.host_v4()) || local == IpAddr::V6(pools.host_v6());
        let others = self.peers.iter().filter(|peer| !peer.local.is_some_and(is_own));
        for Peer { address: peer, how, .. } in others.filter(|peer| range.contains(&peer.address)) {
            if !state.is_some_and(|state| is_given(state, *peer)) && is_reached(*peer, pools) {
                uses.push(format!("{peer} {how}"));
            }
        }
        uses.dedup();
        if let Some(more) = uses.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
            uses.truncate(TOLD_MAX);
            uses.push(format!("and {more} more"));
        }
        uses
    }

    fn remedy(&self, key: &str, pools: &Pools) -> String {
        let candidates: &[&str] = match key {
            "ipv4" => &INSTEAD_V4,
            "ipv6" => &INSTEAD_V6,
            _ => return "take it out of public_ipv4 in [pools] of the configuration".into(),
        };
        let is_free =
            |range: &IpNet| self.uses(*range, pools, None).is_empty() && !pools.brought.iter().any(|own| overlap((*own).into(), *range));
        match candidates.iter().filter_map(|text| text.parse().ok()).find(is_free) {
            Some(free) => format!("name another range in the configuration: [pools] {key} = \"{free}\""),
            None => format!("name a range that nobody here uses in the configuration: [pools] {key}"),
        }
    }
}

/// Clashes as lines for a person.
pub fn describe(clashes: &[Clash]) -> String {
    let lines = |clash: &Clash| format!("{}:\n  {}\n  remedy: {}", clash.range, clash.uses.join("\n  "), clash.remedy);
    clashes.iter().map(lines).collect::<Vec<_>>().join("\n")
}

fn is_default(destination: IpNet) -> bool {
    let (v4, v6) = DEFAULT_LENGTHS;
    destination.prefix_len() <= if destination.addr().is_ipv4() { v4 } else { v6 }
}

fn overlap(one: IpNet, other: IpNet) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// Whether enid never routes these addresses: the longer route wins over that of the pool, and nobody is given one of them.
fn is_left_alone(destination: IpNet, pools: &Pools) -> bool {
    let IpNet::V4(destination) = destination else { return false };
    let address = destination.addr();
    let brought = pools.brought.iter().any(|range| range.contains(&address));
    destination.prefix_len() == 32 && !pools.hands_out(address) && address != pools.host_v4() && !brought
}

/// Whether an address is an instance's: that its name stands in `/etc/hosts` is its owner's business.
fn is_given(state: &State, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => state.public_address(address).is_some(),
        IpAddr::V6(address) => state.ipv6_blocks().any(|(block, ..)| block.contains(&address)),
    }
}

/// Whether packets to an address have a way out that is not enid's, whose routes give the host's own address of a pool as source.
fn is_reached(address: IpAddr, pools: &Pools) -> bool {
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // Nothing is sent: connecting only looks for the route.
    let source = UdpSocket::bind((any, 0)).and_then(|socket| socket.connect((address, 9)).and_then(|()| socket.local_addr()));
    source.is_ok_and(|source| source.ip() != IpAddr::V4(pools.host_v4()) && source.ip() != IpAddr::V6(pools.host_v6()))
}

fn peers() -> Vec<Peer> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    // With systemd-resolved, the first names only its stub.
    let resolvers = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].map(|path| (path, read(path)));
    let resolvers = resolvers.iter().flat_map(|(path, text)| resolvers_in(text).map(move |peer| (peer, format!("is a resolver ({path})"))));
    let hosts = read("/etc/hosts");
    let hosts = hosts_in(&hosts).map(|(peer, name)| (peer, format!("is {name} (/etc/hosts)")));
    let proxies = std::env::vars().filter(|(name, _)| name.to_ascii_lowercase().ends_with("_proxy"));
    let proxies = proxies.filter_map(|(name, url)| Some((proxy_in(&url)?, format!("is the proxy of {name}"))));
    let connections = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(read);
    let connections = connections.iter().flat_map(|text| connected_in(text));
    let connections =
        connections.map(|(local, address)| Peer { address, local: Some(local), how: "has a connection with this host".into() });
    let named = resolvers.chain(hosts).chain(proxies).map(|(address, how)| Peer { address, local: None, how });
    named.chain(connections).collect()
}

fn resolvers_in(text: &str) -> impl Iterator<Item = IpAddr> {
    text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        words.next().filter(|word| *word == "nameserver")?;
        words.next()?.split('%').next()?.parse().ok()
    })
}

fn hosts_in(text: &str) -> impl Iterator<Item = (IpAddr, &str)> {
    text.lines().filter_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?))
    })
}

/// The address of a proxy's URL, if it has no name instead.
fn proxy_in(url: &str) -> Option<IpAddr> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next()?.rsplit('@').next()?;
    let address = host.parse::<SocketAddr>().map(|address| address.ip());
    address.ok().or_else(|| host.trim_start_matches('[').trim_end_matches(']').parse().ok())
}

/// Both ends of connections in the form of `/proc/net/tcp`: words of the machine's own byte order, in hexadecimal digits.
fn connected_in(text: &str) -> impl Iterator<Item = (IpAddr, IpAddr)> {
    text.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (local, peer) = (address_in(words.next()?)?, address_in(words.next()?)?);
        words.next().filter(|state| *state == ESTABLISHED)?;
        Some((local, peer))
    })
}

/// The address of an end of a connection.
fn address_in(end: &str) -> Option<IpAddr> {
    let address = end.split_once(':')?.0;
    let words: Option<Vec<u32>> = (0..address.len()).step_by(8).map(|at| u32::from_str_radix(address.get(at..at + 8)?, 16).ok()).collect();
    let bytes: Vec<u8> = words?.into_iter().flat_map(u32::to_ne_bytes).collect();
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).to_canonical()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fabric::kernel::Name;
    use fabric::kernel::linux::{ForeignAddress, ForeignRoute};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn host(addresses: &[&str], routes: &[(&str, &[&str])]) -> HostNetwork {
        let link = || Name::from("eth0");
        let addresses = addresses.iter().map(|address| ForeignAddress { address: ip(address), link: link() }).collect();
        let route = |(to, by): &(&str, &[&str])| ForeignRoute {
            destination: to.parse().unwrap(),
            gateways: by.iter().map(|gateway| ip(gateway)).collect(),
            link: Some(link()),
        };
        HostNetwork { foreign: Foreign { addresses, routes: routes.iter().map(route).collect() }, peers: Vec::new() }
    }

    #[test]
    fn a_connection_that_is_left_from_an_earlier_network_of_enid_s_is_no_clash() {
        let mut host = host(&["127.0.0.1"], &[]);
        let pools = Pools::default();
        // An address of this machine, so that it is reached in whatever network the test runs.
        let range: IpNet = "127.0.0.0/8".parse().unwrap();
        let peer = |local| Peer { address: ip("127.0.0.9"), local: Some(local), how: "has a connection".into() };
        host.foreign.addresses.clear();
        host.peers = vec![peer(IpAddr::V4(pools.host_v4()))];
        assert_eq!(host.uses(range, &pools, None), Vec::<String>::new());
        host.peers = vec![peer(ip("127.0.0.1"))];
        assert_eq!(host.uses(range, &pools, None), ["127.0.0.9 has a connection"]);
    }

    #[test]
    fn a_network_like_any_other_clashes_with_nothing() {
        let host = host(
            &["192.168.1.7", "fd00::2", "fe80::1"],
            &[
                ("0.0.0.0/0", &["192.168.1.1"]),
                ("192.168.1.0/24", &[]),
                // A VPN that splits the default route, and Docker's bridge.
                ("128.0.0.0/1", &["10.8.0.1"]),
                ("172.17.0.0/16", &[]),
                ("2000::/3", &["fe80::9"]),
                ("fe80::/64", &[]),
            ],
        );
        assert_eq!(host.clashes(&Pools::default(), None), []);
    }

    #[test]
    fn what_the_host_is_and_reaches_clashes_with_a_pool_that_holds_it() {
        for (addresses, routes, range, said) in [
            (&["203.0.113.9"] as &[&str], &[] as &[(&str, &[&str])], "203.0.113.0/24", "203.0.113.9 is this host's own address (eth0)"),
            (&[], &[("203.0.113.0/24", &[])], "203.0.113.0/24", "203.0.113.0/24 is the network of a link (eth0)"),
            (&[], &[("203.0.112.0/20", &[])], "203.0.113.0/24", "203.0.112.0/20 is the network of a link (eth0)"),
            (&[], &[("203.0.113.128/25", &["192.0.2.1"])], "203.0.113.0/24", "203.0.113.128/25 is reached by 192.0.2.1 (eth0)"),
            (&[], &[("0.0.0.0/0", &["203.0.113.1"])], "203.0.113.0/24", "203.0.113.1 is the next hop of the default route (eth0)"),
            (&["198.18.0.1"], &[], "198.18.0.0/15", "198.18.0.1 is this host's own address (eth0)"),
            (&["2001:db8::5"], &[], "2001:db8::/32", "2001:db8::5 is this host's own address (eth0)"),
            (&[], &[("::/0", &["2001:db8::5"])], "2001:db8::/32", "2001:db8::5 is the next hop of the default route (eth0)"),
        ] {
            let clashes = host(addresses, routes).clashes(&Pools::default(), None);
            let told: Vec<_> = clashes.iter().map(|clash| (clash.range.to_string(), clash.uses.clone())).collect();
            assert_eq!(told, [(range.to_owned(), vec![said.to_owned()])]);
        }
    }

    #[test]
    fn a_host_route_to_what_enid_never_hands_out_is_no_clash() {
        let clashes = |to| host(&[], &[(to, &["192.0.2.1"])]).clashes(&Pools::default(), None).len();
        assert_eq!((clashes("203.0.113.255/32"), clashes("203.0.113.7/32"), clashes("203.0.113.1/32")), (0, 1, 1));
    }

    #[test]
    fn the_remedy_is_a_range_that_does_not_clash_itself() {
        let host = host(&["203.0.113.9", "198.18.0.1"], &[]);
        let clashes = host.clashes(&Pools::default(), None);
        assert_eq!(clashes.len(), 2);
        assert!(clashes[0].remedy.ends_with("[pools] ipv4 = \"198.51.100.0/24\""), "{}", clashes[0].remedy);
    }

    #[test]
    fn whom_a_host_speaks_with_is_read() {
        let text = "# a comment\nnameserver 192.0.2.53\nsearch example.com\nnameserver fe80::1%eth0\n";
        assert_eq!(resolvers_in(text).collect::<Vec<_>>(), [ip("192.0.2.53"), ip("fe80::1")]);
        let text = "127.0.0.1 localhost\n198.51.100.9 mirror alias # ours\n#203.0.113.9 gone\n";
        assert_eq!(hosts_in(text).collect::<Vec<_>>(), [(ip("127.0.0.1"), "localhost"), (ip("198.51.100.9"), "mirror")]);
        for (url, address) in [
            ("http://203.0.113.9:3128", Some("203.0.113.9")),
            ("203.0.113.9", Some("203.0.113.9")),
            ("https://me:word@203.0.113.9:1/", Some("203.0.113.9")),
            ("http://[2001:db8::1]:3128", Some("2001:db8::1")),
            ("http://proxy.example:3128", None),
        ] {
            assert_eq!(proxy_in(url), address.map(ip), "{url}");
        }
    }

    #[test]
    fn connections_are_read_as_the_kernel_writes_them() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let _open = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let text = fs::read_to_string("/proc/self/net/tcp").unwrap();
        assert!(connected_in(&text).any(|(_, peer)| peer == ip("127.0.0.1")));
        let text = "  sl  local_address                         remote_address                        st\n   \
                    0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF0000097100CB:D431 01 00000000:00000000\n   \
                    1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF0000087100CB:D431 06 00000000:00000000\n";
        assert_eq!(connected_in(text).collect::<Vec<_>>(), [(ip("127.0.0.1"), ip("203.0.113.9"))]);
    }
}
