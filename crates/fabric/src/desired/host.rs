//! What the host has once, for all VPCs.

use std::net::IpAddr;

use ipnet::IpNet;
use model::world::Pools;

use super::routing;
use crate::kernel::{Key, Link, LinkKind, Name, Namespace, Objects, Peer, RouteTarget, Value};
use crate::names;

/// A link with its addresses on the internet, and no way out for the pools' addresses that nobody has.
pub fn objects(pools: &Pools) -> Objects {
    let mut objects = Objects::new();
    let name = |text: &str| Name::from(text);
    let alias = format!("{}the host on its internet", names::ALIAS_PREFIX);
    let mac = names::mac("host");
    let peer_mac = names::mac("host peer");
    let kind = |mac, peer| LinkKind::Veth { mac, mtu: routing::INTERNET_MTU, alias: name(&alias), peer };
    let peer = Peer { namespace: Namespace::Host, name: name(names::HOST_LINK_PEER), mac: peer_mac, alias: Some(name(&alias)) };
    let link = |text: &str| Key::Link { namespace: Namespace::Host, name: name(text) };
    objects.insert(link(names::HOST_LINK), Value::Link(Link { kind: kind(mac, Some(peer)), up: true }));
    objects.insert(link(names::HOST_LINK_PEER), Value::Link(Link { kind: kind(peer_mac, None), up: true }));
    for address in [IpAddr::V4(pools.host_v4()), IpAddr::V6(pools.host_v6())] {
        let key = Key::Address { namespace: Namespace::Host, link: name(names::HOST_LINK), address: IpNet::from(address) };
        objects.insert(key, Value::Exists);
    }
    let ranges = pools.ipv4.iter().chain(&pools.brought).map(|range| IpNet::V4(range.trunc()));
    for pool in ranges.chain([IpNet::V6(pools.ipv6.trunc())]) {
        objects.insert(
            Key::Route { namespace: Namespace::Host, table: routing::MAIN_TABLE, destination: pool },
            routing::route_to(RouteTarget::Unreachable),
        );
    }
    objects
}
