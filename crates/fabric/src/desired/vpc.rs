//! A VPC in the kernel: its namespace, its fixed rules, its router's addresses, and its internet gateway's link to the host.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::Realm;
use model::ids::{InternetGatewayId, SubnetId};
use model::vpc::Vpc;
use model::world::Pools;

use super::nftables::element;
use super::{connection_tracking, groups, live, nftables, routing};
use crate::kernel::{Family, Key, Link, LinkKind, Name, Namespace, Objects, Peer, RouteTarget, Value};
use crate::names::{self, ADDRESSES_TABLE, EIGW, IGW};
use crate::ruleset::{self, ruleset};

/// What fragments may take while they wait, of each family. One interface's limit of jumbo frames is a quarter of it.
const REASSEMBLY_BYTES: &str = "268435456";

/// Sysctls of a VPC's namespace.
const SYSCTLS: [(&str, &str); 13] = [
    ("ipv4/ip_forward", "1"),
    // The router's own ICMP errors come back to it when an appliance or a NAT gateway passes them on to whom they are for.
    ("ipv4/conf/all/accept_local", "1"),
    // The source check is nftables', by the table of addresses alone.
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    // What leaves by the link that it came from needs no hint that there is a shorter way.
    ("ipv4/conf/all/send_redirects", "0"),
    ("ipv4/conf/default/send_redirects", "0"),
    ("ipv6/conf/all/forwarding", "1"),
    // `fe80::1` on every link is meant, and there from the first packet on.
    ("ipv6/conf/default/accept_dad", "0"),
    // What fragments wait for is sent at once, or lost. The memory takes what several interfaces at their limit bring in that time.
    ("ipv4/ipfrag_time", "1"),
    ("ipv4/ipfrag_high_thresh", REASSEMBLY_BYTES),
    ("netfilter/nf_conntrack_frag6_timeout", "1"),
    ("netfilter/nf_conntrack_frag6_high_thresh", REASSEMBLY_BYTES),
    // No link-local addresses besides it.
    ("ipv6/conf/default/addr_gen_mode", "1"),
];

/// All objects of a VPC besides its interfaces, route tables and groups.
pub fn objects(realm: &Realm, vpc: &Vpc, pools: &Pools) -> Objects {
    let namespace = names::vpc_namespace(vpc.id);
    let mut objects = Objects::new();
    objects.insert(Key::Namespace(namespace.clone()), Value::Exists);
    for (path, value) in SYSCTLS {
        objects.insert(Key::Sysctl { namespace: namespace.clone(), path: Name::from(path) }, Value::Sysctl(Name::from(value)));
    }
    objects.extend(connection_tracking::defaults(&namespace));
    let loopback = Name::from("lo");
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: loopback.clone() },
        Value::Link(Link { kind: LinkKind::Loopback, up: true }),
    );
    rules(&namespace, &mut objects);
    objects.extend(groups::open_elements(&namespace));
    for (family, everywhere) in [(Family::V4, IpNet::V4(Ipv4Net::default())), (Family::V6, IpNet::V6(Ipv6Net::default()))] {
        let route = Key::Route { namespace: namespace.clone(), table: ADDRESSES_TABLE, destination: everywhere };
        objects.insert(route, routing::route_to(RouteTarget::Blackhole));
        let rule = Key::Rule { namespace: namespace.clone(), family, preference: routing::ADDRESSES_PREFERENCE, mark: None };
        objects.insert(rule, Value::Rule(ADDRESSES_TABLE));
        // There from the beginning, but somebody may remove it, and neighbours are found by it.
        let rule = Key::Rule { namespace: namespace.clone(), family, preference: routing::MAIN_PREFERENCE, mark: None };
        objects.insert(rule, Value::Rule(routing::MAIN_TABLE));
    }
    for subnet in realm.index.referrers_of_kind::<SubnetId>(vpc.id) {
        let number = names::subnet(subnet).to_ne_bytes();
        objects.extend([element(&namespace, ruleset::SAME_SUBNET, &[number, number].concat(), &[])]);
        if let Some(cidr) = realm.subnets.get(&subnet).and_then(|subnet| subnet.cidr) {
            let address = IpNet::from(IpAddr::V4(routing::router(cidr)));
            objects.insert(Key::Address { namespace: namespace.clone(), link: loopback.clone(), address }, Value::Exists);
        }
    }
    let gateway = live::internet_gateway(realm, vpc.id);
    if let Some(gateway) = gateway {
        internet(realm, vpc, gateway, pools, &namespace, &mut objects);
    }
    if live::egress_only_internet_gateway(realm, vpc.id).is_some() {
        egress_only(vpc, gateway.is_none(), pools, &namespace, &mut objects);
    }
    objects
}

/// The fixed part of a VPC's nftables.
fn rules(namespace: &Namespace, objects: &mut Objects) {
    nftables::table(namespace, ruleset(), objects);
    for protocol in ruleset::PORTED.iter().chain(&ruleset::TYPED) {
        objects.extend([element(namespace, ruleset::KEYED, &[*protocol], &[])]);
    }
}

/// A pair of links between a VPC and the host.
struct Uplink {
    link: Name,
    host: Name,
    what: &'static str,
}

/// The internet gateway, and the way of the VPC's IPv6 blocks.
fn internet(realm: &Realm, vpc: &Vpc, gateway: InternetGatewayId, pools: &Pools, namespace: &Namespace, objects: &mut Objects) {
    let host = Name::from(names::host_link(&vpc.id.to_string()));
    let up = Uplink { link: Name::from(IGW), host, what: "internet gateway" };
    uplink(vpc, &up, namespace, objects);
    if let Some(table) = realm.index.own_route_table(gateway) {
        let mark = names::route_table(&table.to_string()).to_ne_bytes();
        objects.extend([element(namespace, ruleset::ROUTE_TABLES, &names::link_key(IGW), &mark)]);
    }
    ipv6_back(vpc, &up.host, pools, objects);
}

/// The egress-only internet gateway. What comes back takes the internet gateway's way where there is one: flows are known by both.
fn egress_only(vpc: &Vpc, alone: bool, pools: &Pools, namespace: &Namespace, objects: &mut Objects) {
    let host = Name::from(names::egress_only_host_link(&vpc.id.to_string()));
    let up = Uplink { link: Name::from(EIGW), host, what: "egress-only internet gateway" };
    uplink(vpc, &up, namespace, objects);
    for set in [ruleset::EGRESS_ONLY, ruleset::TRACKED] {
        objects.extend([element(namespace, set, &names::link_key(EIGW), &[])]);
    }
    if alone {
        ipv6_back(vpc, &up.host, pools, objects);
    }
}

fn uplink(vpc: &Vpc, up: &Uplink, namespace: &Namespace, objects: &mut Objects) {
    let id = vpc.id.to_string();
    let Uplink { link, host, what } = up;
    let mac = names::mac(&format!("{id} {link}"));
    let host_mac = names::mac(&format!("{id} {host}"));
    let alias = Name::from(format!("{}{what} of {id}", names::ALIAS_PREFIX));
    let kind = |mac, peer| LinkKind::Veth { mac, mtu: routing::INTERNET_MTU, alias: alias.clone(), peer };
    let peer = Peer { namespace: Namespace::Host, name: host.clone(), mac: host_mac, alias: Some(alias.clone()) };
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: link.clone() },
        Value::Link(Link { kind: kind(mac, Some(peer)), up: true }),
    );
    objects
        .insert(Key::Link { namespace: Namespace::Host, name: host.clone() }, Value::Link(Link { kind: kind(host_mac, None), up: true }));
    // From one VPC's Elastic IP to another's: forwarding on this link alone, whatever the host does elsewhere.
    for (path, value) in [("ipv4/conf/{}/forwarding", "1"), ("ipv4/conf/{}/rp_filter", "0")] {
        let key = Key::LinkSysctl { namespace: Namespace::Host, link: host.clone(), path: Name::from(path) };
        objects.insert(key, Value::Sysctl(Name::from(value)));
    }
    objects.extend(routing::next_hops(namespace, link, host_mac));
    objects.extend(routing::next_hops(&Namespace::Host, host, mac));
    objects.extend([routing::router_address(namespace, link)]);
    let key = names::link_key(link);
    objects.extend([
        element(namespace, ruleset::ZONES, &key, &ruleset::ZONE_INTERNET.to_ne_bytes()),
        element(namespace, ruleset::OUTSIDE, &key, &[]),
        element(namespace, ruleset::FRAGMENTS, &key, &[]),
    ]);
}

/// The host's routes to the VPC's IPv6 blocks.
fn ipv6_back(vpc: &Vpc, host: &Name, pools: &Pools, objects: &mut Objects) {
    for block in &vpc.ipv6_blocks {
        let destination = IpNet::V6(block.cidr.trunc());
        objects.insert(
            Key::Route { namespace: Namespace::Host, table: routing::MAIN_TABLE, destination },
            routing::route_via(host, Family::V6, Some(pools.host_v6().into())),
        );
    }
}
