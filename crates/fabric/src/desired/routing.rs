//! What routes are made of: tables and preferences, the next hop that all routes to a link share, and the router that guests see.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::kernel::{Family, Key, Name, Namespace, Route, RouteTarget, Value};

/// The routing table that the host itself uses.
pub const MAIN_TABLE: u32 = 254;
/// MTU within a VPC: EC2's jumbo frames, in bytes.
pub const MTU: u32 = 9001;
/// MTU through an internet gateway, in bytes.
pub const INTERNET_MTU: u32 = 1500;
/// The next hop of every route to a link: a permanent neighbour entry gives it the hardware address at the link's other end, so that
/// nobody is asked for it.
pub const NEXT_HOP_V4: Ipv4Addr = Ipv4Addr::new(169, 254, 0, 1);
/// The same for IPv6.
pub const NEXT_HOP_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
/// The router, to guests: on every link of a VPC.
pub const ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
/// Preference of the rules that lead to EC2 route tables.
pub const ROUTE_TABLE_PREFERENCE: u32 = 100;
/// Preference of the rule that leads to the table of addresses.
pub const ADDRESSES_PREFERENCE: u32 = 200;
/// Preference of the kernel's own rule that leads to the main table.
pub const MAIN_PREFERENCE: u32 = 32766;

/// A route to whatever is at the other end of a link.
pub fn route_via(link: &Name, family: Family, source: Option<IpAddr>) -> Value {
    let gateway = match family {
        Family::V4 => IpAddr::V4(NEXT_HOP_V4),
        Family::V6 => IpAddr::V6(NEXT_HOP_V6),
    };
    Value::Route(Route { target: RouteTarget::Via { link: link.clone(), gateway }, source })
}

/// A route without a way.
pub fn route_to(target: RouteTarget) -> Value {
    Value::Route(Route { target, source: None })
}

/// The neighbour entries behind [`route_via`].
pub fn next_hops<'a>(namespace: &'a Namespace, link: &'a Name, mac: [u8; 6]) -> impl Iterator<Item = (Key, Value)> + 'a {
    [IpAddr::V4(NEXT_HOP_V4), IpAddr::V6(NEXT_HOP_V6)]
        .into_iter()
        .map(move |address| (Key::Neighbour { namespace: namespace.clone(), link: link.clone(), address }, Value::Neighbour(mac)))
}

/// The router's address on a link.
pub fn router_address(namespace: &Namespace, link: &Name) -> (Key, Value) {
    let address = IpNet::V6(Ipv6Net::new_assert(ROUTER_V6, 64));
    (Key::Address { namespace: namespace.clone(), link: link.clone(), address }, Value::Exists)
}

/// The router's address in a subnet: the one after the network's.
pub fn router(cidr: Ipv4Net) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(cidr.network()).wrapping_add(1))
}
