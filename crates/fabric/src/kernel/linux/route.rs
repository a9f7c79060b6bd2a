//! Links, addresses, neighbours, routes and rules over rtnetlink: each object as a message, and each message as an object.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::RawFd;

use ipnet::IpNet;
use netlink_packet_core::{Emitable, Parseable};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage, AddressScope};
use netlink_packet_route::link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use netlink_packet_route::neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope, RouteType};
use netlink_packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};

use super::socket::Request;
use super::wire::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use crate::kernel::{Family, Key, Link, LinkKind, Name, Namespace, Peer, Route, RouteTarget, Value};
use crate::names;

/// Link index by name, in one namespace.
pub type Indexes = HashMap<Name, u32>;

fn payload(message: &impl Emitable) -> Vec<u8> {
    let mut payload = vec![0; message.buffer_len()];
    message.emit(&mut payload);
    payload
}

fn request(kind: u16, flags: u16, message: &impl Emitable) -> Request {
    Request { kind, flags, payload: payload(message) }
}

fn family(family: Family) -> AddressFamily {
    match family {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    }
}

fn family_of(address: IpAddr) -> AddressFamily {
    family(Family::of(address))
}

fn route_address(address: IpAddr) -> RouteAddress {
    match address {
        IpAddr::V4(address) => RouteAddress::Inet(address),
        IpAddr::V6(address) => RouteAddress::Inet6(address),
    }
}

/// Makes a pair of links, both down: veth refuses to bring an end up before it is paired. `peer_namespace` is an open
/// namespace file.
pub fn create_veth(name: &str, link: &Link, peer: &Peer, peer_namespace: RawFd) -> Option<Request> {
    let LinkKind::Veth { mac, mtu, .. } = &link.kind else { return None };
    let mut far = LinkMessage::default();
    far.attributes = vec![
        LinkAttribute::IfName(peer.name.to_string()),
        LinkAttribute::Address(peer.mac.to_vec()),
        LinkAttribute::Mtu(*mtu),
        LinkAttribute::NetNsFd(peer_namespace),
    ];
    let mut near = LinkMessage::default();
    near.attributes = vec![
        LinkAttribute::IfName(name.to_owned()),
        LinkAttribute::Address(mac.to_vec()),
        LinkAttribute::Mtu(*mtu),
        LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Veth), LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(far)))]),
    ];
    Some(request(libc::RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &near))
}

/// Gives an existing link its address, MTU, alias and state.
pub fn change_link(index: u32, link: &Link, tag: &str) -> Request {
    let mut message = LinkMessage::default();
    message.header.index = index;
    if link.up {
        message.header.flags = LinkFlags::Up;
    }
    message.header.change_mask = LinkFlags::Up;
    if let LinkKind::Veth { mac, mtu, alias, .. } = &link.kind {
        message.attributes =
            vec![LinkAttribute::Address(mac.to_vec()), LinkAttribute::Mtu(*mtu), LinkAttribute::IfAlias(format!("{alias}{tag}"))];
    }
    request(libc::RTM_NEWLINK, 0, &message)
}

/// Brings a new link up and gives it its alias, which is not taken when a link is made.
pub fn finish_link(name: &str, alias: Option<String>) -> Request {
    let mut message = LinkMessage::default();
    message.header.flags = LinkFlags::Up;
    message.header.change_mask = LinkFlags::Up;
    message.attributes = vec![LinkAttribute::IfName(name.to_owned())];
    message.attributes.extend(alias.map(LinkAttribute::IfAlias));
    request(libc::RTM_NEWLINK, 0, &message)
}

/// Asks for a link by name.
pub fn get_link(name: &str) -> Vec<u8> {
    let mut message = LinkMessage::default();
    message.attributes = vec![LinkAttribute::IfName(name.to_owned())];
    payload(&message)
}

/// Removes a link, and its peer with it.
pub fn delete_link(index: u32) -> Request {
    let mut message = LinkMessage::default();
    message.header.index = index;
    request(libc::RTM_DELLINK, 0, &message)
}

/// Sets an object other than a link. None for one that is no matter of rtnetlink, or whose link is unknown.
pub fn put(key: &Key, value: &Value, indexes: &Indexes) -> Option<Request> {
    let replace = NLM_F_CREATE | NLM_F_REPLACE;
    match (key, value) {
        (Key::Address { link, address, .. }, Value::Exists) => {
            Some(request(libc::RTM_NEWADDR, replace, &address_message(*indexes.get(link)?, *address)))
        }
        (Key::Neighbour { link, address, .. }, Value::Neighbour(mac)) => {
            let mut message = neighbour_message(*indexes.get(link)?, *address);
            message.attributes.push(NeighbourAttribute::LinkLayerAddress(mac.to_vec()));
            Some(request(libc::RTM_NEWNEIGH, replace, &message))
        }
        (Key::Route { namespace, table, destination }, Value::Route(route)) => {
            let mut message = route_message(namespace, *table, *destination);
            match &route.target {
                RouteTarget::Via { link, gateway } => {
                    message.header.kind = RouteType::Unicast;
                    message.header.flags = RouteFlags::Onlink;
                    message.attributes.push(RouteAttribute::Gateway(route_address(*gateway)));
                    message.attributes.push(RouteAttribute::Oif(*indexes.get(link)?));
                }
                RouteTarget::Blackhole => message.header.kind = RouteType::BlackHole,
                RouteTarget::Unreachable => message.header.kind = RouteType::Unreachable,
                RouteTarget::Throw => message.header.kind = RouteType::Throw,
            }
            if let Some(source) = route.source {
                message.attributes.push(RouteAttribute::PrefSource(route_address(source)));
            }
            Some(request(libc::RTM_NEWROUTE, replace, &message))
        }
        (Key::Rule { preference, mark, family, .. }, Value::Rule(table)) => {
            // A rule cannot be replaced; one that exists already is what was wanted.
            Some(request(libc::RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &rule_message(*family, *preference, *mark, *table)))
        }
        _ => None,
    }
}

/// Removes an object other than a link. None as with [`put`].
pub fn delete(key: &Key, old: &Value, indexes: &Indexes) -> Option<Request> {
    match (key, old) {
        (Key::Address { link, address, .. }, _) => Some(request(libc::RTM_DELADDR, 0, &address_message(*indexes.get(link)?, *address))),
        (Key::Neighbour { link, address, .. }, _) => {
            Some(request(libc::RTM_DELNEIGH, 0, &neighbour_message(*indexes.get(link)?, *address)))
        }
        (Key::Route { namespace, table, destination }, _) => {
            let mut message = route_message(namespace, *table, *destination);
            // Any kind and scope.
            message.header.scope = RouteScope::NoWhere;
            message.header.kind = RouteType::Unspec;
            // In a namespace of enid's, of anybody's.
            if *namespace != Namespace::Host {
                message.header.protocol = RouteProtocol::Unspec;
            }
            Some(request(libc::RTM_DELROUTE, 0, &message))
        }
        (Key::Rule { preference, mark, family, .. }, Value::Rule(table)) => {
            Some(request(libc::RTM_DELRULE, 0, &rule_message(*family, *preference, *mark, *table)))
        }
        _ => None,
    }
}

fn address_message(index: u32, address: IpNet) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = family_of(address.addr());
    message.header.prefix_len = address.prefix_len();
    message.header.index = index;
    message.header.scope = if is_link_local(address.addr()) { AddressScope::Link } else { AddressScope::Universe };
    message.header.flags = AddressHeaderFlags::Nodad;
    message.attributes = vec![AddressAttribute::Local(address.addr()), AddressAttribute::Address(address.addr())];
    message
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn neighbour_message(index: u32, address: IpAddr) -> NeighbourMessage {
    let mut message = NeighbourMessage::default();
    message.header.family = family_of(address);
    message.header.ifindex = index;
    message.header.state = NeighbourState::Permanent;
    message.header.kind = RouteType::Unicast;
    message.attributes = vec![NeighbourAttribute::Destination(NeighbourAddress::from(address))];
    message
}

fn route_message(namespace: &Namespace, table: u32, destination: IpNet) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family_of(destination.addr());
    message.header.destination_prefix_length = destination.prefix_len();
    // Larger numbers than a byte stand in the attribute.
    message.header.table = u8::try_from(table).unwrap_or(0);
    message.header.protocol = RouteProtocol::Other(names::ROUTE_PROTOCOL);
    message.header.scope = RouteScope::Universe;
    message.attributes = vec![RouteAttribute::Table(table)];
    if destination.prefix_len() > 0 {
        message.attributes.push(RouteAttribute::Destination(route_address(destination.network())));
    }
    // A route of the host's own to the same place is another route, and goes first.
    if *namespace == Namespace::Host {
        message.attributes.push(RouteAttribute::Priority(names::HOST_METRIC));
    }
    message
}

fn rule_message(version: Family, preference: u32, mark: Option<u32>, table: u32) -> RuleMessage {
    let mut message = RuleMessage::default();
    message.header.family = family(version);
    message.header.action = RuleAction::ToTable;
    message.header.table = u8::try_from(table).unwrap_or(0);
    // The rule for the main table is the kernel's, and only the same as another of its protocol.
    let protocol = if table == MAIN_TABLE { RouteProtocol::Kernel } else { RouteProtocol::Other(names::ROUTE_PROTOCOL) };
    message.attributes = vec![RuleAttribute::Priority(preference), RuleAttribute::Table(table), RuleAttribute::Protocol(protocol)];
    if let Some(mark) = mark {
        message.attributes.push(RuleAttribute::FwMark(mark));
        message.attributes.push(RuleAttribute::FwMask(u32::MAX));
    }
    message
}

/// Asks for all links.
pub fn all_links() -> Vec<u8> {
    payload(&LinkMessage::default())
}

/// Asks for all addresses.
pub fn all_addresses() -> Vec<u8> {
    payload(&AddressMessage::default())
}

/// Asks for all neighbours of a family.
pub fn all_neighbours(version: Family) -> Vec<u8> {
    let mut message = NeighbourMessage::default();
    message.header.family = family(version);
    payload(&message)
}

/// Asks for all routes of a family; of enid's protocol only, where others make routes too.
pub fn all_routes(version: Family, own: bool) -> Vec<u8> {
    let mut message = RouteMessage::default();
    message.header.address_family = family(version);
    if own {
        message.header.protocol = RouteProtocol::Other(names::ROUTE_PROTOCOL);
    }
    payload(&message)
}

/// Asks for all rules of a family.
pub fn all_rules(version: Family) -> Vec<u8> {
    let mut message = RuleMessage::default();
    message.header.family = family(version);
    payload(&message)
}

/// Reads a link: its index, its name, and itself if it is of a kind that enid makes.
pub fn read_link(payload: &[u8]) -> Option<(u32, Name, Option<Link>)> {
    let message = LinkMessage::parse(payload).ok()?;
    let mut name = None;
    let mut address = None;
    let mut bytes_max = 0;
    let mut alias = Name::from("");
    let mut veth = false;
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = Some(Name::from(text.as_str())),
            LinkAttribute::Address(bytes) => address = <[u8; 6]>::try_from(bytes.as_slice()).ok(),
            LinkAttribute::Mtu(mtu) => bytes_max = *mtu,
            LinkAttribute::IfAlias(text) => alias = Name::from(text.as_str()),
            LinkAttribute::LinkInfo(infos) => veth = infos.contains(&LinkInfo::Kind(InfoKind::Veth)),
            _ => {}
        }
    }
    let kind = if message.header.flags.contains(LinkFlags::Loopback) {
        Some(LinkKind::Loopback)
    } else if veth {
        address.map(|mac| LinkKind::Veth { mac, mtu: bytes_max, alias, peer: None })
    } else {
        None
    };
    let up = message.header.flags.contains(LinkFlags::Up);
    Some((message.header.index, name?, kind.map(|kind| Link { kind, up })))
}

/// The name of a link, and whether the other end takes packets: a pair's end has a carrier while the other is up.
pub fn carrier(payload: &[u8]) -> Option<(Name, bool)> {
    let message = LinkMessage::parse(payload).ok()?;
    let name = message.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::IfName(text) => Some(Name::from(text.as_str())),
        _ => None,
    });
    Some((name?, message.header.flags.contains(LinkFlags::LowerUp)))
}

/// The index of a link, from its message.
pub fn link_index(payload: &[u8]) -> Option<u32> {
    Some(LinkMessage::parse(payload).ok()?.header.index)
}

/// Whether the notification of a link says that it is down by now. Of a new link everything is said to have changed.
pub fn was_taken_down(payload: &[u8]) -> bool {
    LinkMessage::parse(payload).is_ok_and(|message| {
        let changed = message.header.change_mask;
        changed.contains(LinkFlags::Up) && changed.bits() != u32::MAX && !message.header.flags.contains(LinkFlags::Up)
    })
}

/// Names of links by index, for reading what refers to them.
pub struct Reader<'a> {
    /// Where.
    pub namespace: &'a Namespace,
    /// The links.
    pub links: &'a HashMap<u32, Name>,
}

impl Reader<'_> {
    /// Reads an address; loopback's own are the kernel's.
    pub fn address(&self, payload: &[u8]) -> Option<(Key, Value)> {
        let message = AddressMessage::parse(payload).ok()?;
        let link = self.links.get(&message.header.index)?.clone();
        // `Local` is the address itself; with IPv6 only `Address` is given.
        let find = |local: bool| {
            message.attributes.iter().find_map(|attribute| match attribute {
                AddressAttribute::Local(address) if local => Some(*address),
                AddressAttribute::Address(address) if !local => Some(*address),
                _ => None,
            })
        };
        let address = find(true).or_else(|| find(false))?;
        // Nor does the host's choice of link-local addresses concern enid.
        if address.is_loopback() || (*self.namespace == Namespace::Host && is_link_local(address)) {
            return None;
        }
        let address = IpNet::new(address, message.header.prefix_len).ok()?;
        Some((Key::Address { namespace: self.namespace.clone(), link, address }, Value::Exists))
    }

    /// Reads a permanent neighbour.
    pub fn neighbour(&self, payload: &[u8]) -> Option<(Key, Value)> {
        let message = NeighbourMessage::parse(payload).ok()?;
        if message.header.state != NeighbourState::Permanent {
            return None;
        }
        let link = self.links.get(&message.header.ifindex)?.clone();
        let mut address = None;
        let mut mac = None;
        for attribute in &message.attributes {
            match attribute {
                NeighbourAttribute::Destination(NeighbourAddress::Inet(found)) => address = Some(IpAddr::V4(*found)),
                NeighbourAttribute::Destination(NeighbourAddress::Inet6(found)) => address = Some(IpAddr::V6(*found)),
                NeighbourAttribute::LinkLayerAddress(bytes) => mac = <[u8; 6]>::try_from(bytes.as_slice()).ok(),
                _ => {}
            }
        }
        let key = Key::Neighbour { namespace: self.namespace.clone(), link, address: address? };
        Some((key, Value::Neighbour(mac?)))
    }

    /// Reads a route of a table other than the kernel's own.
    pub fn route(&self, payload: &[u8]) -> Option<(Key, Value)> {
        let message = RouteMessage::parse(payload).ok()?;
        let mut table = u32::from(message.header.table);
        let mut destination = None;
        let mut link = None;
        let mut gateway = None;
        let mut source = None;
        for attribute in &message.attributes {
            match attribute {
                RouteAttribute::Table(number) => table = *number,
                RouteAttribute::Destination(address) => destination = ip(address),
                RouteAttribute::Gateway(address) => gateway = ip(address),
                RouteAttribute::PrefSource(address) => source = ip(address),
                RouteAttribute::Oif(index) => link = self.links.get(index),
                _ => {}
            }
        }
        let ours = message.header.protocol == RouteProtocol::Other(names::ROUTE_PROTOCOL);
        if !ours && (*self.namespace == Namespace::Host || table == MAIN_TABLE || table == LOCAL_TABLE) {
            return None;
        }
        let destination = destination.unwrap_or(match message.header.address_family {
            AddressFamily::Inet6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        });
        let destination = IpNet::new(destination, message.header.destination_prefix_length).ok()?;
        let target = match message.header.kind {
            RouteType::BlackHole => RouteTarget::Blackhole,
            RouteType::Unreachable => RouteTarget::Unreachable,
            RouteType::Throw => RouteTarget::Throw,
            // One without a gateway is nobody's: it compares unequal to everything wanted.
            _ => RouteTarget::Via { link: link?.clone(), gateway: gateway.unwrap_or(destination.addr()) },
        };
        let key = Key::Route { namespace: self.namespace.clone(), table, destination };
        Some((key, Value::Route(Route { target, source })))
    }

    /// Reads a rule, but for those of the local and default tables, which each namespace begins with.
    pub fn rule(&self, payload: &[u8]) -> Option<(Key, Value)> {
        let message = RuleMessage::parse(payload).ok()?;
        let mut table = u32::from(message.header.table);
        let mut preference = 0;
        let mut mark = None;
        for attribute in &message.attributes {
            match attribute {
                RuleAttribute::Table(number) => table = *number,
                RuleAttribute::Priority(number) => preference = *number,
                RuleAttribute::FwMark(number) => mark = Some(*number),
                _ => {}
            }
        }
        if matches!(preference, 0 | 32767) {
            return None;
        }
        let version = if message.header.family == AddressFamily::Inet6 { Family::V6 } else { Family::V4 };
        Some((Key::Rule { namespace: self.namespace.clone(), family: version, preference, mark }, Value::Rule(table)))
    }
}

const MAIN_TABLE: u32 = 254;
const LOCAL_TABLE: u32 = 255;

/// An address of a route, where it is one of IP's.
pub fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
        RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}
