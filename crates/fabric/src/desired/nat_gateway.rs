//! A NAT gateway: a namespace of its own at the end of its interface, which sends on what it gets, from one of its addresses.
//!
//! To the VPC it is an appliance like any other: routes lead to its interface, whose check is off, and its subnet's route table leads on
//! from there, for a public one to the internet gateway, where an Elastic IP stands for each of its addresses.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use model::Realm;
use model::nat_gateway::NatGateway;

use super::nftables::element;
use super::{nftables, routing};
use crate::kernel::{Family, Key, Link, LinkKind, Name, Namespace, Objects, Value};
use crate::names;
use crate::ruleset::{self, nat_ruleset};

/// For how long a NAT gateway remembers a connection of which it hears nothing.
const IDLE_SECONDS: &str = "350";

/// Sysctls of a gateway's namespace.
const SYSCTLS: [(&str, &str); 11] = [
    ("ipv4/ip_forward", "1"),
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/conf/all/send_redirects", "0"),
    ("ipv4/conf/default/send_redirects", "0"),
    // It has no IPv6.
    ("ipv6/conf/default/addr_gen_mode", "1"),
    // A connection that was idle for longer than EC2's gateways remember is reset by its next packet; one that is not, never.
    ("netfilter/nf_conntrack_tcp_timeout_established", IDLE_SECONDS),
    ("netfilter/nf_conntrack_udp_timeout", IDLE_SECONDS),
    ("netfilter/nf_conntrack_udp_timeout_stream", IDLE_SECONDS),
    ("netfilter/nf_conntrack_tcp_loose", "0"),
    ("netfilter/nf_conntrack_tcp_be_liberal", "1"),
];

/// The inside of a gateway that works; its interface is a part of its own.
pub fn objects(realm: &Realm, gateway: &NatGateway) -> Objects {
    let mut objects = Objects::new();
    let Some(row) = gateway.interface().and_then(|id| realm.interfaces.get(&id)) else { return objects };
    let namespace = Namespace::named(&gateway.id.to_string());
    let link = Name::from(names::NAT_GATEWAY_LINK);
    objects.insert(Key::Namespace(namespace.clone()), Value::Exists);
    for (path, value) in SYSCTLS {
        objects.insert(Key::Sysctl { namespace: namespace.clone(), path: Name::from(path) }, Value::Sysctl(Name::from(value)));
    }
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: Name::from("lo") },
        Value::Link(Link { kind: LinkKind::Loopback, up: true }),
    );
    let alias = Name::from(format!("{}{} of {}", names::ALIAS_PREFIX, row.id, gateway.id));
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: link.clone() },
        Value::Link(Link { kind: LinkKind::Veth { mac: row.mac.0, mtu: routing::MTU, alias, peer: None }, up: true }),
    );
    for address in &row.ipv4 {
        let address = IpNet::from(IpAddr::V4(*address));
        objects.insert(Key::Address { namespace: namespace.clone(), link: link.clone(), address }, Value::Exists);
    }
    let next_hop = Key::Neighbour { namespace: namespace.clone(), link: link.clone(), address: routing::NEXT_HOP_V4.into() };
    objects.insert(next_hop, Value::Neighbour(names::router_mac(row.id)));
    let everywhere = IpNet::V4(Ipv4Net::default());
    let route = Key::Route { namespace: namespace.clone(), table: routing::MAIN_TABLE, destination: everywhere };
    objects.insert(route, routing::route_via(&link, Family::V4, None));
    for family in [Family::V4, Family::V6] {
        let rule = Key::Rule { namespace: namespace.clone(), family, preference: routing::MAIN_PREFERENCE, mark: None };
        objects.insert(rule, Value::Rule(routing::MAIN_TABLE));
    }
    nftables::table(&namespace, nat_ruleset(), &mut objects);
    for (slot, address) in (0..ruleset::NAT_SLOTS_COUNT).zip(row.ipv4.iter().cycle()) {
        objects.extend([element(&namespace, ruleset::NAT_SLOTS, &slot.to_ne_bytes(), &address.octets())]);
    }
    objects
}
