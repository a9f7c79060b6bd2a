//! A peering connection as a pair of links between two VPCs.
//!
//! Not transitive, as on EC2: what comes from a peer must be from its blocks and for an address of this VPC, since no route table is asked
//! for it. Each side judges by its own groups and ACLs.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use model::State;
use model::vpc::Vpc;
use model::vpc_peering::VpcPeeringConnection;

use super::nftables::element;
use super::routing;
use crate::kernel::{Key, Link, LinkKind, Name, Objects, Peer, Value};
use crate::names;
use crate::ruleset;

/// All objects of an active peering connection, from the row of the side that asked for it; none from the other side's row.
pub fn objects(state: &State, row: &VpcPeeringConnection) -> Objects {
    let mut objects = Objects::new();
    if !row.is_active() || row.here != row.requester.scope {
        return objects;
    }
    let [requester, accepter] =
        [&row.requester, &row.accepter].map(|side| state.realm(side.scope).and_then(|realm| realm.vpcs.get(&side.vpc)));
    let (Some(requester), Some(accepter)) = (requester, accepter) else { return objects };
    let id = row.id.to_string();
    let link = Name::from(names::peering_link(&id));
    let macs = ["requester", "accepter"].map(|side| names::mac(&format!("{id} {side}")));
    let alias = |other: &Vpc| Name::from(format!("{}{id} to {}", names::ALIAS_PREFIX, other.id));
    let kind = |mac, alias, peer| LinkKind::Veth { mac, mtu: routing::MTU, alias, peer };
    let far = Peer { namespace: names::vpc_namespace(accepter.id), name: link.clone(), mac: macs[1], alias: Some(alias(requester)) };
    objects.insert(
        Key::Link { namespace: names::vpc_namespace(requester.id), name: link.clone() },
        Value::Link(Link { kind: kind(macs[0], alias(accepter), Some(far)), up: true }),
    );
    objects.insert(
        Key::Link { namespace: names::vpc_namespace(accepter.id), name: link.clone() },
        Value::Link(Link { kind: kind(macs[1], alias(requester), None), up: true }),
    );
    for (own, other, other_mac) in [(requester, accepter, macs[1]), (accepter, requester, macs[0])] {
        let namespace = names::vpc_namespace(own.id);
        let key = names::link_key(&link);
        objects.extend(routing::next_hops(&namespace, &link, other_mac));
        objects.extend([
            routing::router_address(&namespace, &link),
            element(&namespace, ruleset::OUTSIDE, &key, &[]),
            element(&namespace, ruleset::PEERS, &key, &[]),
            element(&namespace, ruleset::ZONES, &key, &names::zone(&id).to_ne_bytes()),
        ]);
        for block in other.blocks() {
            let (set, first, last) = match block.trunc() {
                IpNet::V4(net) => (ruleset::PEER_SOURCES4, Ipv4Addr::octets(&net.network()).to_vec(), net.broadcast().octets().to_vec()),
                IpNet::V6(net) => (ruleset::PEER_SOURCES6, Ipv6Addr::octets(&net.network()).to_vec(), net.broadcast().octets().to_vec()),
            };
            let end = |address: Vec<u8>| [key.to_vec(), address].concat().into_boxed_slice();
            let element = Key::Element { namespace: namespace.clone(), set: Name::from(set), key: end(first), key_end: Some(end(last)) };
            objects.insert(element, Value::Element(Box::default()));
        }
    }
    objects
}
