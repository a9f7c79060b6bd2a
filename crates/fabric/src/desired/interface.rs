//! An interface in the kernel: a link from the VPC to the instance, a route for each address, and what the VPC's maps say of it.

use model::ids::{InstanceId, NatGatewayId};
use model::interface::NetworkInterface;
use model::security_group::Direction;
use model::world::Pools;
use model::{Here, Realm};

use super::groups::{self, GroupSet};
use super::{connection_tracking, elastic, element, network_acl, vpc};
use crate::kernel::{Family, Key, Link, LinkKind, Name, Namespace, Objects, Peer, Value};
use crate::names::{self, ADDRESSES_TABLE};
use crate::ruleset;

/// Where an interface leads: to an instance that has its network, or to a NAT gateway.
enum Place {
    Instance { id: InstanceId, link: Name },
    NatGateway(NatGatewayId),
}

fn place(here: Here<'_>, row: &NetworkInterface) -> Option<Place> {
    if let Some(attachment) = &row.attachment {
        let instance = here.instance_of(row)?;
        let link = Name::from(guest_link(attachment.network_card_index, attachment.device_index));
        return instance.state.has_network().then_some(Place::Instance { id: instance.id, link });
    }
    nat_gateway(here.realm, row).map(Place::NatGateway)
}

/// The NAT gateway whose interface this is.
pub fn nat_gateway(realm: &Realm, row: &NetworkInterface) -> Option<NatGatewayId> {
    if !row.requester_managed {
        return None;
    }
    let gateways = realm.index.referrers_of_kind::<NatGatewayId>(row.subnet);
    gateways.filter_map(|id| realm.nat_gateways.get(&id)).find(|gateway| gateway.interface() == Some(row.id)).map(|gateway| gateway.id)
}

/// Whether an interface is in the kernel.
pub fn is_live(here: Here<'_>, row: &NetworkInterface) -> bool {
    place(here, row).is_some()
}

/// The hardware address of the router on an interface's link.
pub fn router_mac(row: &NetworkInterface) -> [u8; 6] {
    names::mac(&format!("{} router", row.id))
}

/// The VPC's end of an interface's link.
pub fn link(row: &NetworkInterface) -> Name {
    Name::from(names::interface_link(&row.id.to_string()))
}

/// All objects of an interface; none for one that leads nowhere.
pub fn objects(here: Here<'_>, row: &NetworkInterface, pools: &Pools) -> Objects {
    let mut objects = Objects::new();
    let Some(place) = place(here, row) else { return objects };
    let realm = here.realm;
    let namespace = vpc::namespace(row.vpc);
    let link = link(row);
    let id = row.id.to_string();
    // EC2's guests see the same thing: a router with a hardware address that is not theirs.
    let mac = router_mac(row);
    let (peer, alias) = match &place {
        Place::Instance { id: instance, link } => {
            let namespace = Namespace::named(&instance.to_string());
            let alias = format!("{}{id} on {instance} as {link} {}", names::ALIAS_PREFIX, row.mac);
            (Peer { namespace, name: link.clone(), mac: row.mac.0, alias: None }, Name::from(alias))
        }
        Place::NatGateway(gateway) => {
            let alias = Name::from(format!("{}{id} of {gateway}", names::ALIAS_PREFIX));
            let namespace = Namespace::named(&gateway.to_string());
            let name = Name::from(super::nat_gateway::LINK);
            (Peer { namespace, name, mac: row.mac.0, alias: Some(alias.clone()) }, alias)
        }
    };
    objects.insert(
        Key::Link { namespace: namespace.clone(), name: link.clone() },
        Value::Link(Link { kind: LinkKind::Veth { mac, mtu: vpc::MTU, alias, peer: Some(peer) }, up: true }),
    );
    // The router answers ARP for every address that it knows a way to, and at once.
    for (path, value) in [("ipv4/conf/{}/proxy_arp", "1"), ("ipv4/neigh/{}/proxy_delay", "0")] {
        let key = Key::LinkSysctl { namespace: namespace.clone(), link: link.clone(), path: Name::from(path) };
        objects.insert(key, Value::Sysctl(Name::from(value)));
    }
    objects.extend(vpc::next_hops(&namespace, &link, row.mac.0));
    objects.extend([vpc::router_address(&namespace, &link)]);
    for block in row.blocks() {
        let destination = block.trunc();
        let key = Key::Route { namespace: namespace.clone(), table: ADDRESSES_TABLE, destination };
        objects.insert(key, vpc::route_via(&link, Family::of(destination.addr()), None));
    }
    let name = names::link_key(&link);
    // A key's parts end at four bytes.
    let ethernet = [row.mac.0.as_slice(), &[0; 2]].concat();
    objects.extend([element(&namespace, ruleset::SENDERS, &[name.as_slice(), &ethernet].concat(), &[])]);
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
    objects.extend([element(&namespace, ruleset::SUBNETS, &name, &vpc::subnet_number(row.subnet).to_ne_bytes())]);
    let acl = realm.index.network_acl_of(row.subnet).and_then(|id| realm.network_acls.get(&id));
    for (direction, map) in [(Direction::Egress, ruleset::ACLS_EGRESS), (Direction::Ingress, ruleset::ACLS_INGRESS)] {
        if let Some(acl) = acl.filter(|acl| !network_acl::is_open(realm, acl, direction)) {
            objects.extend([element(&namespace, map, &name, &network_acl::number(acl).to_ne_bytes())]);
        }
    }
    let set: GroupSet = row.groups.iter().copied().collect();
    let number = match place {
        Place::Instance { .. } => groups::number(&set),
        // Security groups do not apply to NAT gateways.
        Place::NatGateway(_) => groups::open_number(),
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

/// The name that a guest knows its interface by: `eth` and the device index; with several network cards, where device indexes repeat,
/// the card's number stands between.
pub fn guest_link(card: u16, device: u16) -> String {
    if card == 0 { format!("eth{device}") } else { format!("eth{card}n{device}") }
}
