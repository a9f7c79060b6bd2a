//! What a kernel object is: its key, which says where it is, and its value, which says what it is.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

/// A name inside the kernel, shared since the same names occur in thousands of keys.
pub type Name = Arc<str>;

/// A network namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// The namespace that enid itself runs in: EC2's internet.
    Host,
    /// One that enid made, by the name of its file below the data folder: the id of a VPC or of an instance.
    Named(Name),
}

impl Namespace {
    /// The namespace of this VPC or instance id.
    pub fn named(id: &str) -> Namespace {
        Namespace::Named(Name::from(id))
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Namespace::Host => f.write_str("host"),
            Namespace::Named(name) => f.write_str(name),
        }
    }
}

/// The version of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub fn of(ip: IpAddr) -> Family {
        if ip.is_ipv4() { Family::V4 } else { Family::V6 }
    }
}

/// Identity of a kernel object. The order of the variants is the order of creation, and its reverse that of deletion:
/// every object comes after those it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A network namespace, kept alive by a bind mount.
    Namespace(Namespace),
    /// A sysctl of a namespace, as a path below `/proc/sys/net`. Before links, which inherit `conf/default`.
    Sysctl {
        /// Where.
        namespace: Namespace,
        /// Such as `ipv4/ip_forward`.
        path: Name,
    },
    /// The nftables table of a namespace; always `inet enid`.
    Table(Namespace),
    /// An nftables set or map.
    Set {
        /// Where.
        namespace: Namespace,
        /// Its name in the table.
        name: Name,
    },
    /// An nftables chain with all its rules.
    Chain {
        /// Where.
        namespace: Namespace,
        /// Its name in the table.
        name: Name,
    },
    /// A network link. A veth pair is one object, keyed by the end that the namespace of a VPC or the host holds.
    Link {
        /// Where.
        namespace: Namespace,
        /// At most 15 bytes.
        name: Name,
    },
    /// A sysctl of a link, which exists only as long as the link.
    LinkSysctl {
        /// Where.
        namespace: Namespace,
        /// The link.
        link: Name,
        /// A path below `/proc/sys/net` with `{}` for the link's name.
        path: Name,
    },
    /// An address of a link.
    Address {
        /// Where.
        namespace: Namespace,
        /// The link.
        link: Name,
        /// Address and length of its prefix.
        address: IpNet,
    },
    /// A permanent neighbour entry.
    Neighbour {
        /// Where.
        namespace: Namespace,
        /// The link.
        link: Name,
        /// Whose hardware address is given.
        address: IpAddr,
    },
    /// A route.
    Route {
        /// Where.
        namespace: Namespace,
        /// Number of the routing table.
        table: u32,
        /// Destination.
        destination: IpNet,
    },
    /// A routing policy rule.
    Rule {
        /// Where.
        namespace: Namespace,
        /// Of which kind of packets.
        family: Family,
        /// Its preference: lower comes first.
        preference: u32,
        /// The packet mark that it is for; none: all packets.
        mark: Option<u32>,
    },
    /// A conntrack timeout policy: an nftables object, which elements of maps refer to. It can be made and removed, not changed.
    Timeouts {
        /// Where.
        namespace: Namespace,
        /// Its name in the table.
        name: Name,
    },
    /// An element of an nftables set or map.
    Element {
        /// Where.
        namespace: Namespace,
        /// The set.
        set: Name,
        /// The key, or the lowest of a range; each field padded to four bytes.
        key: Box<[u8]>,
        /// The highest key of a range, where the set has ranges.
        key_end: Option<Box<[u8]>>,
    },
}

impl Key {
    /// What kind of thing it is, in the plural.
    pub fn kind(&self) -> &'static str {
        match self {
            Key::Namespace(_) => "namespaces",
            Key::Sysctl { .. } | Key::LinkSysctl { .. } => "sysctls",
            Key::Table(_) => "nft tables",
            Key::Set { .. } => "nft sets",
            Key::Chain { .. } => "nft chains",
            Key::Link { .. } => "links",
            Key::Address { .. } => "addresses",
            Key::Neighbour { .. } => "neighbours",
            Key::Route { .. } => "routes",
            Key::Rule { .. } => "rules",
            Key::Timeouts { .. } => "conntrack timeouts",
            Key::Element { .. } => "nft elements",
        }
    }

    /// Where the object is.
    pub fn namespace(&self) -> &Namespace {
        match self {
            Key::Namespace(namespace) | Key::Table(namespace) => namespace,
            Key::Sysctl { namespace, .. }
            | Key::Set { namespace, .. }
            | Key::Chain { namespace, .. }
            | Key::Link { namespace, .. }
            | Key::LinkSysctl { namespace, .. }
            | Key::Address { namespace, .. }
            | Key::Neighbour { namespace, .. }
            | Key::Route { namespace, .. }
            | Key::Rule { namespace, .. }
            | Key::Timeouts { namespace, .. }
            | Key::Element { namespace, .. } => namespace,
        }
    }

    /// The link that the object is on, and that it vanishes with.
    pub fn link(&self) -> Option<&Name> {
        match self {
            Key::LinkSysctl { link, .. } | Key::Address { link, .. } | Key::Neighbour { link, .. } => Some(link),
            _ => None,
        }
    }

    /// Whether the object is part of the namespace's nftables table.
    pub fn is_nft(&self) -> bool {
        matches!(self, Key::Table(_) | Key::Set { .. } | Key::Chain { .. } | Key::Timeouts { .. } | Key::Element { .. })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Namespace(namespace) => write!(f, "namespace {namespace}"),
            Key::Sysctl { namespace, path } => write!(f, "{namespace}: sysctl {path}"),
            Key::Table(namespace) => write!(f, "{namespace}: nftables table"),
            Key::Set { namespace, name } => write!(f, "{namespace}: nftables set {name}"),
            Key::Chain { namespace, name } => write!(f, "{namespace}: nftables chain {name}"),
            Key::Link { namespace, name } => write!(f, "{namespace}: link {name}"),
            Key::LinkSysctl { namespace, link, path } => write!(f, "{namespace}: sysctl {path} of {link}"),
            Key::Address { namespace, link, address } => write!(f, "{namespace}: address {address} on {link}"),
            Key::Neighbour { namespace, link, address } => write!(f, "{namespace}: neighbour {address} on {link}"),
            Key::Route { namespace, table, destination } => {
                write!(f, "{namespace}: route {destination} in table {table}")
            }
            Key::Rule { namespace, preference, mark, family } => {
                write!(f, "{namespace}: {family:?} rule {preference} for mark {mark:?}")
            }
            Key::Timeouts { namespace, name } => write!(f, "{namespace}: conntrack timeouts {name}"),
            Key::Element { namespace, set, key, .. } => {
                write!(f, "{namespace}: element of {set} ")?;
                key.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// What a kernel object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// It exists, and its key says all.
    Exists,
    /// A link.
    Link(Link),
    /// What a sysctl holds, without the line's end.
    Sysctl(Name),
    /// The hardware address of a neighbour.
    Neighbour([u8; 6]),
    /// A route.
    Route(Route),
    /// The routing table that a rule names.
    Rule(u32),
    /// An nftables set or map.
    Set(Set),
    /// An nftables chain.
    Chain(Chain),
    /// A conntrack timeout policy.
    Timeouts(Timeouts),
    /// What a map's element maps to; empty for a set.
    Element(Box<[u8]>),
    /// The name of the [`Key::Timeouts`] that a map's element maps to.
    Reference(Name),
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What kind of link.
    pub kind: LinkKind,
    /// Whether it is up.
    pub up: bool,
}

/// The kinds of links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkKind {
    /// The namespace's `lo`: it cannot be made, only be up.
    Loopback,
    /// One end of a pair.
    Veth {
        /// Its hardware address.
        mac: [u8; 6],
        /// Its MTU in bytes.
        mtu: u32,
        /// What it is for, in words, for those who read `ip link`. Also tells a link apart from a later one of the same name.
        alias: Name,
        /// The other end: given when the pair is made, and not looked at later, since a guest may rename its interfaces or
        /// hand them to its containers.
        peer: Option<Peer>,
    },
}

/// The far end of a new veth pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Where it is made.
    pub namespace: Namespace,
    /// Its name there.
    pub name: Name,
    /// Its hardware address.
    pub mac: [u8; 6],
    /// What it is for; none for an end that belongs to a guest.
    pub alias: Option<Name>,
}

/// A route's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What happens to packets.
    pub target: RouteTarget,
    /// The source address that the host prefers for packets of its own.
    pub source: Option<IpAddr>,
}

/// What a route does with packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteTarget {
    /// Send them to a gateway that is reached on a link without any address there.
    Via {
        /// The link.
        link: Name,
        /// The gateway, whose hardware address a [`Key::Neighbour`] gives.
        gateway: IpAddr,
    },
    /// Drop them.
    Blackhole,
    /// Drop them and say so.
    Unreachable,
    /// Leave this table and go on with the next rule.
    Throw,
}

/// One field of the key of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetField {
    /// Packet mark.
    Mark,
    /// Packet priority.
    Priority,
    /// Number of a protocol of layer 4.
    Protocol,
    /// Port.
    Service,
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// Ethernet address.
    Ethernet,
    /// Name of a link.
    LinkName,
}

impl SetField {
    /// Number of the type in nftables' user space, which needs it to print elements (`enum datatypes` of its manual).
    pub fn datatype(self) -> u32 {
        match self {
            SetField::Ipv4 => 7,
            SetField::Ipv6 => 8,
            SetField::Ethernet => 9,
            SetField::Protocol => 12,
            SetField::Service => 13,
            SetField::Mark => 19,
            SetField::Priority => 23,
            SetField::LinkName => 41,
        }
    }

    /// Bytes.
    pub fn bytes(self) -> u32 {
        match self {
            SetField::Protocol => 1,
            SetField::Service => 2,
            SetField::Ipv4 | SetField::Mark | SetField::Priority => 4,
            SetField::Ethernet => 6,
            SetField::Ipv6 | SetField::LinkName => 16,
        }
    }
}

/// An nftables set or map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// The fields of the key.
    pub key: Vec<SetField>,
    /// What a map maps to.
    pub data: SetData,
    /// Whether elements are ranges.
    pub interval: bool,
    /// So many packets a second may match each element before the set says that it has it: it matches those beyond.
    pub beyond_per_second: Option<u32>,
}

/// What a map maps to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetData {
    /// Nothing: it is a set.
    None,
    /// A value of these fields.
    Fields(Vec<SetField>),
    /// A conntrack timeout policy, by name.
    Timeouts,
}

/// How long conntrack remembers flows that nothing is heard of, of one protocol. What is not named here takes as long as in the namespace at
/// the time when the policy is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeouts {
    /// Of TCP.
    Tcp {
        /// Of established connections.
        established_seconds: u32,
    },
    /// Of UDP.
    Udp {
        /// Of flows without an answer, or not older than two seconds at the last packet.
        unreplied_seconds: u32,
        /// Of older ones.
        replied_seconds: u32,
    },
}

impl Timeouts {
    /// Number of TCP.
    pub const TCP: u8 = 6;
    /// Number of UDP.
    pub const UDP: u8 = 17;

    /// Number of its protocol of layer 4.
    pub fn protocol(self) -> u8 {
        match self {
            Timeouts::Tcp { .. } => Timeouts::TCP,
            Timeouts::Udp { .. } => Timeouts::UDP,
        }
    }
}

impl Set {
    /// Length of the key in bytes, each field padded to four when there are several.
    pub fn key_len(&self) -> u32 {
        concat_len(&self.key)
    }

    /// Length of the data in bytes; 0 where it is none.
    pub fn data_len(&self) -> u32 {
        match &self.data {
            SetData::Fields(fields) => concat_len(fields),
            SetData::None | SetData::Timeouts => 0,
        }
    }
}

/// The number of a type in user space: six bits for each field.
pub fn datatype(fields: &[SetField]) -> u32 {
    fields.iter().fold(0, |number, field| number << 6 | field.datatype())
}

fn concat_len(fields: &[SetField]) -> u32 {
    match fields {
        [field] => field.bytes(),
        fields => fields.iter().map(|field| field.bytes().next_multiple_of(4)).sum(),
    }
}

/// An nftables chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The hook, for a base chain.
    pub hook: Option<Hook>,
    /// The identities of its rules, in order. [`crate::ruleset`] knows the rules themselves.
    pub rules: Vec<Name>,
}

/// Where packets enter a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hook {
    /// Number of the hook (`NF_INET_…`).
    pub number: u32,
    /// Lower comes first.
    pub priority: i32,
    /// Whether packets that no rule decides on are dropped.
    pub drop: bool,
    /// Whether it translates addresses: it then sees the first packet of each flow only.
    pub nat: bool,
}
