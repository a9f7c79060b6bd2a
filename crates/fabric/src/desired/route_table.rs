//! An EC2 route table as one of the kernel's.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::Here;
use model::aws_prefix_list;
use model::interface::NetworkInterface;
use model::route_table::{self, Destination, Route, RouteTable};

use super::{live, routing};
use crate::kernel::{Family, Key, Name, Objects, RouteTarget, Value};
use crate::names::{self, EIGW, IGW};

/// What EC2 answers on the instance's own link, such as its metadata. Led on to the host's internet, it would be answered by whatever
/// answers the host: on a machine of a cloud, that machine's own metadata and credentials.
const LINK_LOCAL: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32)),
];

/// Its routes, and the rules that lead to it.
pub fn objects(here: Here<'_>, table: &RouteTable) -> Objects {
    let realm = here.realm;
    let target = |route: &Route, destination| target(here, table, route.target, destination);
    let namespace = names::vpc_namespace(table.vpc);
    let number = names::route_table(&table.id.to_string());
    let mut routes: BTreeMap<IpNet, Value> = BTreeMap::new();
    // `local`: on to the table of addresses. A route of the same destination takes its place.
    let blocks = realm.vpcs.get(&table.vpc).into_iter().flat_map(|vpc| vpc.blocks().collect::<Vec<_>>());
    routes.extend(blocks.map(|block| (block.trunc(), routing::route_to(RouteTarget::Throw))));
    // A route of its own goes before an entry of a prefix list.
    for route in &table.routes {
        if let Destination::PrefixList(list) = route.destination {
            for entry in aws_prefix_list::find(realm, here.scope.region, list).iter().flat_map(|list| &list.entries) {
                routes.insert(entry.block.trunc(), target(route, entry.block));
            }
        }
    }
    for route in &table.routes {
        if let Some(destination) = route.destination.block() {
            routes.insert(destination.trunc(), target(route, destination));
        }
    }
    routes.retain(|destination, _| !LINK_LOCAL.iter().any(|block| block.contains(destination)));
    routes.extend(LINK_LOCAL.map(|block| (block, routing::route_to(RouteTarget::Blackhole))));
    let mut objects = Objects::new();
    for (destination, value) in routes {
        objects.insert(Key::Route { namespace: namespace.clone(), table: number, destination }, value);
    }
    for family in [Family::V4, Family::V6] {
        let key = Key::Rule { namespace: namespace.clone(), family, preference: routing::ROUTE_TABLE_PREFERENCE, mark: Some(number) };
        objects.insert(key, Value::Rule(number));
    }
    objects
}

/// A route's target; one that is gone, elsewhere or not running is a blackhole.
fn target(here: Here<'_>, table: &RouteTable, target: route_table::RouteTarget, destination: IpNet) -> Value {
    let realm = here.realm;
    let family = Family::of(destination.addr());
    let link = match target {
        route_table::RouteTarget::Local => return routing::route_to(RouteTarget::Throw),
        route_table::RouteTarget::InternetGateway(id) => (live::internet_gateway(realm, table.vpc) == Some(id)).then(|| Name::from(IGW)),
        route_table::RouteTarget::NetworkInterface(id) => {
            realm.interfaces.get(&id).filter(|row| row.vpc == table.vpc && live::is_live(here, row)).map(|row| link(row))
        }
        route_table::RouteTarget::EgressOnlyInternetGateway(id) => {
            (live::egress_only_internet_gateway(realm, table.vpc) == Some(id) && family == Family::V6).then(|| Name::from(EIGW))
        }
        route_table::RouteTarget::VpcPeeringConnection(id) => realm
            .vpc_peering_connections
            .get(&id)
            .filter(|row| row.is_active() && row.sides_from(table.vpc).is_some())
            .map(|row| Name::from(names::peering_link(&row.id.to_string()))),
        route_table::RouteTarget::NatGateway(id) => {
            let interface = realm.nat_gateways.get(&id).filter(|row| row.vpc == table.vpc).and_then(|row| row.interface());
            let interface = interface.filter(|_| family == Family::V4).and_then(|id| realm.interfaces.get(&id));
            interface.map(|row| link(row))
        }
    };
    link.map_or_else(|| routing::route_to(RouteTarget::Blackhole), |link| routing::route_via(&link, family, None))
}

/// The VPC's end of an interface's link.
fn link(row: &NetworkInterface) -> Name {
    Name::from(names::interface_link(&row.id.to_string()))
}
