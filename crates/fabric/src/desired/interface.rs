//! An interface in the kernel: a link from the VPC to the instance, a route for each address, and what the VPC's maps say of it.

use model::Here;
use model::interface::NetworkInterface;
use model::security_group::Direction;
use model::world::Pools;

use super::group_sets::GroupSet;
use super::live::Place;
use super::nftables::element;
use super::{connection_tracking, elastic, live, network_acl, routing};
use crate::kernel::{Family, Key, Link, LinkKind, Name, Namespace, Objects, Peer, Value};
use crate::names::{self, ADDRESSES_TABLE};
use crate::ruleset;

/// All objects of an interface; none for one that leads nowhere.
pub fn objects(here: Here<'_>, row: &NetworkInterface, pools: &Pools) -> Objects {
    let mut objects = Objects::new();
    let Some(place) = live::place(here, row) else { return objects };
    let realm = here.realm;
    let namespace = names::vpc_namespace(row.vpc);
    let link = Name::from(names::interface_link(&row.id.to_string()));
    let id = row.id.to_string();
    // EC2's guests see the same thing: a router with a hardware address that is not theirs.
    let mac = names::router_mac(row.id);
    let (peer, alias) = match &place {
        Place::Instance { id: instance, link } => {
            let namespace = Namespace::named(&instance.to_string());
            let alias = format!("{}{id} on {instance} as {link} {}", names::ALIAS_PREFIX, row.mac);
            (Peer { namespace, name: link.clone(), mac: row.mac.0, alias: None }, Name::from(alias))
        }
        Place::NatGateway(gateway) => {
            let alias = Name::from(format!("{}{id} of {gateway}", names::ALIAS_PREFIX));
            let namespace = Namespace::named(&gateway.to_string());
            let name = Name::from(names::NAT_GATEWAY_LINK);
            (Peer { namespace, name, mac: row.mac.0, alias: Some(alias.clone()) }, alias)
        }
    };
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: link.clone() },
        Value::Link(Link { kind: LinkKind::Veth { mac, mtu: routing::MTU, alias, peer: Some(peer) }, up: true }),
    );
    // The router answers ARP for every address that it knows a way to, and at once.
    for (path, value) in [("ipv4/conf/{}/proxy_arp", "1"), ("ipv4/neigh/{}/proxy_delay", "0")] {
        let key = Key::LinkSysctl { namespace: namespace.clone(), link: link.clone(), path: Name::from(path) };
        objects.insert(key, Value::Sysctl(Name::from(value)));
    }
    objects.extend(routing::next_hops(&namespace, &link, row.mac.0));
    objects.extend([routing::router_address(&namespace, &link)]);
    for block in row.blocks() {
        let destination = block.trunc();
        let key = Key::Route { namespace: namespace.clone(), table: ADDRESSES_TABLE, destination };
        objects.insert(key, routing::route_via(&link, Family::of(destination.addr()), None));
    }
    let name = names::link_key(&link);
    // A key's parts end at four bytes.
    let ethernet = [row.mac.0.as_slice(), &[0; 2]].concat();
    objects.extend([element(&namespace, ruleset::SENDERS, &[name.as_slice(), &ethernet].concat(), &[])]);
    objects.extend([element(&namespace, ruleset::FRAGMENTS, &name, &[])]);
    objects.extend([element(&namespace, ruleset::SAME_LINK, &[name, name].concat(), &[])]);
    if !row.source_dest_check {
        objects.extend([element(&namespace, ruleset::UNCHECKED, &name, &[])]);
    }
    objects.extend([element(&namespace, ruleset::ZONES, &name, &names::zone(&id).to_ne_bytes())]);
    objects.extend(connection_tracking::objects(&namespace, &link, &row.connection_tracking));
    let table = realm.index.own_route_table(row.subnet).or_else(|| realm.index.main_route_table(row.vpc));
    if let Some(table) = table {
        let mark = names::route_table(&table.to_string()).to_ne_bytes();
        objects.extend([element(&namespace, ruleset::ROUTE_TABLES, &name, &mark)]);
    }
    objects.extend([element(&namespace, ruleset::SUBNETS, &name, &names::subnet(row.subnet).to_ne_bytes())]);
    let acl = realm.index.network_acl_of(row.subnet).and_then(|id| realm.network_acls.get(&id));
    for (direction, map) in [(Direction::Egress, ruleset::ACLS_EGRESS), (Direction::Ingress, ruleset::ACLS_INGRESS)] {
        if let Some(acl) = acl.filter(|acl| !network_acl::is_open(realm, acl, direction)) {
            objects.extend([element(&namespace, map, &name, &names::network_acl(acl.id).to_ne_bytes())]);
        }
    }
    let set: GroupSet = row.groups.iter().copied().collect();
    let number = match place {
        Place::Instance { .. } => names::group_set(&set),
        // Security groups do not apply to NAT gateways.
        Place::NatGateway(_) => names::open_group_set(),
    };
    if let Place::NatGateway(_) = place {
        objects.extend([element(&namespace, ruleset::TRACKED, &name, &[])]);
    }
    objects.extend([element(&namespace, ruleset::GROUPS, &name, &number.to_ne_bytes())]);
    if let (Some(public), Some(private)) = (row.auto_public_ipv4, row.primary_ipv4()) {
        objects.extend(elastic::mapping(realm, row.vpc, public, private, pools));
    }
    objects
}
