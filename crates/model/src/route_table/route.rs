//! Routes: what is in effect, what a route may be for and where it may go.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::error::Error;
use crate::here::Here;
use crate::ids::{InstanceId, NetworkInterfaceId, RouteTableId, SubnetId, VpcId};
use crate::quotas::ROUTES_PER_TABLE;
use crate::state::{Draft, Realm};
use crate::vpc::Vpc;
use crate::{aws_prefix_list, prefix_list};

use super::{Destination, Route, RouteTable, RouteTarget, find};

/// What no route may be for: EC2's own services.
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-table-concepts>, "Considerations".
const RESERVED_V4: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 168, 0), 22);
const RESERVED_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32);

/// A route as it is in effect, `local` ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectiveRoute {
    /// For which packets.
    pub destination: Destination,
    /// Where to.
    pub target: RouteTarget,
    /// Whether the table has had it from the beginning.
    pub implicit: bool,
    /// Whether the target can take packets; if not, the route is a blackhole.
    pub active: bool,
}

impl RouteTable {
    /// Every route of the table: those for the VPC's blocks first, then those that users added, in that order.
    pub fn effective_routes(&self, here: Here<'_>) -> Vec<EffectiveRoute> {
        let blocks: Vec<Destination> = here.realm.vpcs.get(&self.vpc).map(|vpc| vpc.blocks().map(Into::into).collect()).unwrap_or_default();
        let implicit = blocks.iter().map(|&destination| {
            let target = self.route(destination).map_or(RouteTarget::Local, |route| route.target);
            (destination, target, true)
        });
        let added = self.routes.iter().filter(|route| !blocks.contains(&route.destination));
        let added = added.map(|route| (route.destination, route.target, false));
        let effective = |(destination, target, implicit)| {
            let active = is_active(here, self.vpc, target);
            EffectiveRoute { destination, target, implicit, active }
        };
        implicit.chain(added).map(effective).collect()
    }
}

/// Whether a target can take packets of a VPC.
fn is_active(here: Here<'_>, vpc: VpcId, target: RouteTarget) -> bool {
    let realm = here.realm;
    match target {
        RouteTarget::Local => true,
        RouteTarget::InternetGateway(id) => realm.internet_gateways.get(&id).is_some_and(|gateway| gateway.vpc == Some(vpc)),
        RouteTarget::NetworkInterface(id) => {
            let instance = realm.interfaces.get(&id).and_then(|interface| here.instance_of(interface));
            instance.is_some_and(|instance| instance.state.has_network())
        }
        RouteTarget::EgressOnlyInternetGateway(id) => realm.egress_only_internet_gateways.contains(&id),
        RouteTarget::NatGateway(id) => realm.nat_gateways.get(&id).is_some_and(|gateway| gateway.interface().is_some()),
        RouteTarget::VpcPeeringConnection(id) => realm.vpc_peering_connections.get(&id).is_some_and(|connection| connection.is_active()),
    }
}

/// The interface that a route to an instance leads to.
///
/// # Errors
/// When the instance does not exist, or has none or several.
pub fn sole_interface(realm: &Realm, instance: InstanceId) -> Result<NetworkInterfaceId, Error> {
    if !realm.instances.contains(&instance) {
        return Err(Error::NotFound(instance.into()));
    }
    let mut interfaces = realm.index.referrers_of_kind::<NetworkInterfaceId>(instance);
    match (interfaces.next(), interfaces.next()) {
        (Some(sole), None) => Ok(sole),
        _ => Err(Error::NotOneInterface(instance)),
    }
}

/// Adds a route.
///
/// # Errors
/// When there is one for the destination, or the target is not fit for it.
pub fn add_route(draft: &mut Draft, id: RouteTableId, route: Route) -> Result<(), Error> {
    let realm = draft.realm();
    let mut table = find(realm, id)?;
    let vpc = vpc_of(realm, &table)?;
    check_prefix_list(draft, route.destination)?;
    check_route(realm, &table, &vpc, &route)?;
    if table.route(route.destination).is_some() || is_block_of(&vpc, route.destination) {
        return Err(Error::RouteExists(route.destination));
    }
    table.routes.push(route);
    check_limit(realm, &table)?;
    draft.put(table);
    Ok(())
}

/// Sees that a prefix list can be used in this region: ids of AWS's lists are of others too.
fn check_prefix_list(draft: &Draft, destination: Destination) -> Result<(), Error> {
    match destination {
        Destination::PrefixList(list) if aws_prefix_list::find(draft.realm(), draft.scope().region, list).is_none() => {
            Err(Error::NotFound(list.into()))
        }
        _ => Ok(()),
    }
}

/// Gives a route, `local` ones included, another target.
///
/// # Errors
/// When there is none for the destination, or the target is not fit for it.
pub fn replace_route(draft: &mut Draft, id: RouteTableId, route: Route) -> Result<(), Error> {
    let realm = draft.realm();
    let mut table = find(realm, id)?;
    let vpc = vpc_of(realm, &table)?;
    let local = is_block_of(&vpc, route.destination);
    if !local && table.route(route.destination).is_none() {
        return Err(Error::NoRouteToReplace(route.destination));
    }
    if route.target == RouteTarget::Local {
        if !local {
            return Err(Error::TargetUnfitForLocal(route.destination));
        }
        table.routes.retain(|old| old.destination != route.destination);
    } else {
        check_route(realm, &table, &vpc, &route)?;
        match table.routes.iter_mut().find(|old| old.destination == route.destination) {
            Some(old) => old.target = route.target,
            None => table.routes.push(route),
        }
    }
    draft.put(table);
    Ok(())
}

/// Removes a route that a user added.
///
/// # Errors
/// When there is none, or it is a `local` one.
pub fn delete_route(draft: &mut Draft, id: RouteTableId, destination: Destination) -> Result<(), Error> {
    let realm = draft.realm();
    let mut table = find(realm, id)?;
    if is_block_of(&vpc_of(realm, &table)?, destination) {
        return Err(Error::LocalRoute { table: id, destination });
    }
    if table.route(destination).is_none() {
        return Err(Error::RouteNotFound { table: id, destination });
    }
    table.routes.retain(|route| route.destination != destination);
    draft.put(table);
    Ok(())
}

pub(super) fn vpc_of(realm: &Realm, table: &RouteTable) -> Result<Vpc, Error> {
    realm.vpcs.get(&table.vpc).map(|vpc| Vpc::clone(vpc)).ok_or(Error::NotFound(table.vpc.into()))
}

fn is_block_of(vpc: &Vpc, destination: Destination) -> bool {
    destination.block().is_some_and(|block| vpc.blocks().any(|own| own == block))
}

/// What a destination may be and where it may go.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html>: a route more specific than `local`
/// must match a whole subnet and go to an interface or NAT gateway; and
/// <https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html>: in a gateway's table every route must be
/// for a block or subnet of the VPC and go to an interface.
pub(super) fn check_route(realm: &Realm, table: &RouteTable, vpc: &Vpc, route: &Route) -> Result<(), Error> {
    let destination = route.destination;
    let reserved = match destination {
        Destination::Ipv4(block) => RESERVED_V4.contains(&block),
        Destination::Ipv6(block) => RESERVED_V6.contains(&block),
        Destination::PrefixList(list) if realm.prefix_lists.contains(&list) || aws_prefix_list::weight(list).is_some() => false,
        Destination::PrefixList(list) => return Err(Error::NotFound(list.into())),
    };
    if reserved {
        return Err(Error::DestinationReserved(destination));
    }
    check_route_target(realm, table, route.target)?;
    if matches!(route.target, RouteTarget::EgressOnlyInternetGateway(_)) && is_for_ipv4(realm, destination) {
        return Err(Error::Ipv6Only(destination));
    }
    let inside = destination.block().is_some_and(|block| vpc.blocks().any(|own| own.contains(&block)));
    if !inside {
        return if table.serves_gateways() { Err(Error::NotASubnet(destination)) } else { Ok(()) };
    }
    let whole = is_block_of(vpc, destination);
    let fit = match route.target {
        RouteTarget::NetworkInterface(_) | RouteTarget::Local => true,
        RouteTarget::NatGateway(_) => !whole && !table.serves_gateways(),
        _ => false,
    };
    if !fit {
        return Err(Error::TargetUnfitForLocal(destination));
    }
    let is_subnet = || {
        let mut subnets = realm.index.referrers_of_kind::<SubnetId>(vpc.id).filter_map(|id| realm.subnets.get(&id));
        subnets.any(|subnet| match destination {
            Destination::Ipv4(block) => subnet.cidr == Some(block),
            Destination::Ipv6(block) => subnet.ipv6_blocks.iter().any(|own| own.cidr == block),
            Destination::PrefixList(_) => false,
        })
    };
    if whole || is_subnet() { Ok(()) } else { Err(Error::NotASubnet(destination)) }
}

/// Whether a target exists and is of the table's VPC.
fn check_route_target(realm: &Realm, table: &RouteTable, target: RouteTarget) -> Result<(), Error> {
    let Some(resource) = target.resource() else { return Ok(()) };
    let vpc = match target {
        RouteTarget::Local => Some(Some(table.vpc)),
        RouteTarget::InternetGateway(id) => realm.internet_gateways.get(&id).map(|gateway| gateway.vpc),
        RouteTarget::NetworkInterface(id) => realm.interfaces.get(&id).map(|interface| Some(interface.vpc)),
        RouteTarget::EgressOnlyInternetGateway(id) => realm.egress_only_internet_gateways.get(&id).map(|gateway| Some(gateway.vpc)),
        RouteTarget::NatGateway(id) => realm.nat_gateways.get(&id).map(|gateway| Some(gateway.vpc)),
        RouteTarget::VpcPeeringConnection(id) => {
            let connection = realm.vpc_peering_connections.get(&id);
            connection.map(|connection| connection.sides_from(table.vpc).map(|(own, _)| own.vpc))
        }
    };
    match vpc {
        None => Err(Error::NotFound(resource)),
        Some(vpc) if vpc != Some(table.vpc) => Err(Error::RouteTableElsewhere { table: table.id, other: resource }),
        Some(_) => Ok(()),
    }
}

fn is_for_ipv4(realm: &Realm, destination: Destination) -> bool {
    match destination {
        Destination::Ipv4(_) => true,
        Destination::Ipv6(_) => false,
        Destination::PrefixList(list) => prefix_list::weight(realm, list).0 > 0,
    }
}

/// The limit holds for IPv4 and IPv6 apart, `local` routes do not count, and a prefix list counts with its size.
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-route-tables>.
pub(crate) fn check_limit(realm: &Realm, table: &RouteTable) -> Result<(), Error> {
    let weight = |route: &Route| match route.destination {
        Destination::Ipv4(_) => (1, 0),
        Destination::Ipv6(_) => (0, 1),
        Destination::PrefixList(list) => prefix_list::weight(realm, list),
    };
    let (ipv4, ipv6) = table.routes.iter().map(weight).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if ipv4.max(ipv6) > ROUTES_PER_TABLE { Err(Error::RouteLimit) } else { Ok(()) }
}
