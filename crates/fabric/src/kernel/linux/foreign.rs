//! What the host's network has that is not enid's: its addresses and routes. Read so that nobody's network is cut off; never changed.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use netlink_packet_core::Parseable;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::route::{RouteAttribute, RouteMessage, RouteProtocol, RouteType};

use super::socket::Refused;
use super::{LinuxKernel, is_ours, route};
use crate::kernel::{Family, Name, Namespace};
use crate::names;

/// What the host's network has that is not enid's.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The host's own addresses.
    pub addresses: Vec<ForeignAddress>,
    /// Where it sends packets, by whichever routing table.
    pub routes: Vec<ForeignRoute>,
}

/// An address of the host's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignAddress {
    /// The address.
    pub address: IpAddr,
    /// The link that it is on.
    pub link: Name,
}

/// A route to somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignRoute {
    /// To whom; all, for a default route.
    pub destination: IpNet,
    /// By whom, where it is not the link's own network.
    pub gateways: Vec<IpAddr>,
    /// The link that packets leave by.
    pub link: Option<Name>,
}

impl LinuxKernel {
    /// Reads the addresses and routes of the host that are not enid's, of whatever server.
    ///
    /// # Errors
    /// When the kernel cannot be read.
    pub fn foreign(&mut self) -> io::Result<Foreign> {
        let refused = |refused: Refused| io::Error::from_raw_os_error(refused.errno);
        let netlink = &mut self.sockets(&Namespace::Host)?.route;
        let found = netlink.dump(libc::RTM_GETLINK, &route::all_links(), |_, payload| route::read_link(payload))?.map_err(refused)?;
        let (ours, theirs): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, name, link)| is_ours(name, link.as_ref()));
        let links: HashMap<u32, Name> = theirs.into_iter().map(|(index, name, _)| (index, name)).collect();
        let is_ours = |index: u32| ours.iter().any(|(own, ..)| *own == index);
        let addresses =
            netlink.dump(libc::RTM_GETADDR, &route::all_addresses(), |_, payload| address(payload, &links))?.map_err(refused)?;
        let mut routes = Vec::new();
        for family in [Family::V4, Family::V6] {
            let read = |_, payload: &[u8]| foreign_route(payload, &links, is_ours);
            routes.extend(netlink.dump(libc::RTM_GETROUTE, &route::all_routes(family, false), read)?.map_err(refused)?);
        }
        Ok(Foreign { addresses, routes })
    }
}

fn address(payload: &[u8], links: &HashMap<u32, Name>) -> Option<ForeignAddress> {
    let message = AddressMessage::parse(payload).ok()?;
    let link = links.get(&message.header.index)?.clone();
    let (mut local, mut remote) = (None, None);
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(address) => local = Some(*address),
            AddressAttribute::Address(address) => remote = Some(*address),
            _ => {}
        }
    }
    Some(ForeignAddress { address: local.or(remote)?, link })
}

fn foreign_route(payload: &[u8], links: &HashMap<u32, Name>, is_ours: impl Fn(u32) -> bool) -> Option<ForeignRoute> {
    let message = RouteMessage::parse(payload).ok()?;
    // Blackholes and the like lead nowhere; what is local shows among the addresses.
    if message.header.kind != RouteType::Unicast || message.header.protocol == RouteProtocol::Other(names::ROUTE_PROTOCOL) {
        return None;
    }
    let mut destination = match message.header.address_family {
        AddressFamily::Inet => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        AddressFamily::Inet6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => return None,
    };
    let (mut gateways, mut indexes) = (Vec::new(), Vec::new());
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(to) => destination = route::ip(to)?,
            RouteAttribute::Gateway(gateway) => gateways.extend(route::ip(gateway)),
            RouteAttribute::Oif(index) => indexes.push(*index),
            RouteAttribute::MultiPath(hops) => {
                for hop in hops {
                    indexes.push(hop.interface_index);
                    gateways.extend(hop.attributes.iter().filter_map(|attribute| match attribute {
                        RouteAttribute::Gateway(gateway) => route::ip(gateway),
                        _ => None,
                    }));
                }
            }
            _ => {}
        }
    }
    // The kernel makes routes for the links of enid's too.
    if indexes.iter().any(|index| is_ours(*index)) {
        return None;
    }
    let link = indexes.first().and_then(|index| links.get(index)).cloned();
    Some(ForeignRoute { destination: IpNet::new(destination, message.header.destination_prefix_length).ok()?, gateways, link })
}
