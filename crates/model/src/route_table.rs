//! Route tables: where packets for which destinations go, per subnet.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{
    EgressOnlyInternetGatewayId, InstanceId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PrefixListId, ResourceId,
    RouteTableAssociationId, RouteTableId, SubnetId, VpcId, VpcPeeringConnectionId,
};
use crate::index::{Entry, Indexed};
use crate::prefix_list::{self, Family};
use crate::quotas::ROUTES_PER_TABLE;
use crate::state::{Draft, Key, Realm};
use crate::vpc::Vpc;

/// A route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// Its id.
    pub id: RouteTableId,
    /// The VPC it is of.
    pub vpc: VpcId,
    /// What uses it.
    pub associations: Vec<RouteTableAssociation>,
    /// The routes that users added. The `local` routes are not among them: they follow from the VPC's blocks, unless
    /// a route here has the same destination and so replaces one.
    pub routes: Vec<Route>,
}

/// The use of a route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTableAssociation {
    /// Its id.
    pub id: RouteTableAssociationId,
    /// What uses it.
    pub target: AssociationTarget,
}

/// What uses a route table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssociationTarget {
    /// Every subnet of the VPC without a table of its own.
    Main,
    /// A subnet.
    Subnet(SubnetId),
    /// What comes in through an internet gateway.
    InternetGateway(InternetGatewayId),
}

impl AssociationTarget {
    /// The subnet or gateway; none for the main association.
    pub fn resource(self) -> Option<ResourceId> {
        match self {
            Self::Main => None,
            Self::Subnet(id) => Some(id.into()),
            Self::InternetGateway(id) => Some(id.into()),
        }
    }
}

/// A route that a user added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// For which packets.
    pub destination: Destination,
    /// Where to.
    pub target: RouteTarget,
}

/// For which packets a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Destination {
    /// Those to these IPv4 addresses.
    Ipv4(Ipv4Net),
    /// Those to these IPv6 addresses.
    Ipv6(Ipv6Net),
    /// Those to the addresses of a prefix list.
    PrefixList(PrefixListId),
}

impl fmt::Display for Destination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv4(block) => block.fmt(out),
            Self::Ipv6(block) => block.fmt(out),
            Self::PrefixList(list) => fmt::Display::fmt(list, out),
        }
    }
}

impl From<IpNet> for Destination {
    fn from(block: IpNet) -> Self {
        match block {
            IpNet::V4(block) => Self::Ipv4(block),
            IpNet::V6(block) => Self::Ipv6(block),
        }
    }
}

impl Destination {
    /// The addresses, unless a prefix list names them.
    pub fn block(self) -> Option<IpNet> {
        match self {
            Self::Ipv4(net) => Some(net.into()),
            Self::Ipv6(net) => Some(net.into()),
            Self::PrefixList(_) => None,
        }
    }
}

/// Where a route sends packets. A target may be gone by now: the route is then a blackhole, as on EC2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouteTarget {
    /// The addresses of the VPC itself.
    Local,
    /// An internet gateway.
    InternetGateway(InternetGatewayId),
    /// A gateway that lets IPv6 out only.
    EgressOnlyInternetGateway(EgressOnlyInternetGatewayId),
    /// An interface, also when the request named its instance.
    NetworkInterface(NetworkInterfaceId),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// Another VPC.
    VpcPeeringConnection(VpcPeeringConnectionId),
}

impl RouteTarget {
    /// The resource it is, `Local` apart.
    pub fn resource(self) -> Option<ResourceId> {
        Some(match self {
            Self::Local => return None,
            Self::InternetGateway(id) => id.into(),
            Self::EgressOnlyInternetGateway(id) => id.into(),
            Self::NetworkInterface(id) => id.into(),
            Self::NatGateway(id) => id.into(),
            Self::VpcPeeringConnection(id) => id.into(),
        })
    }
}

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
    pub fn effective_routes(&self, realm: &Realm) -> Vec<EffectiveRoute> {
        let blocks: Vec<Destination> = realm.vpcs.get(&self.vpc).map(|vpc| vpc.blocks().map(Into::into).collect()).unwrap_or_default();
        let implicit = blocks.iter().map(|&destination| {
            let target = self.route(destination).map_or(RouteTarget::Local, |route| route.target);
            (destination, target, true)
        });
        let added = self.routes.iter().filter(|route| !blocks.contains(&route.destination));
        let added = added.map(|route| (route.destination, route.target, false));
        let effective =
            |(destination, target, implicit)| EffectiveRoute { destination, target, implicit, active: is_active(realm, self.vpc, target) };
        implicit.chain(added).map(effective).collect()
    }

    fn route(&self, destination: Destination) -> Option<&Route> {
        self.routes.iter().find(|route| route.destination == destination)
    }

    /// Whether it is its VPC's main table.
    pub fn is_main(&self) -> bool {
        self.associations.iter().any(|association| association.target == AssociationTarget::Main)
    }

    fn serves_gateways(&self) -> bool {
        self.associations.iter().any(|association| matches!(association.target, AssociationTarget::InternetGateway(_)))
    }
}

/// Whether a target can take packets of a VPC.
fn is_active(realm: &Realm, vpc: VpcId, target: RouteTarget) -> bool {
    match target {
        RouteTarget::Local => true,
        RouteTarget::InternetGateway(id) => realm.internet_gateways.get(&id).is_some_and(|gateway| gateway.vpc == Some(vpc)),
        RouteTarget::NetworkInterface(id) => realm.interfaces.get(&id).is_some_and(|interface| {
            let instance = interface.instance().and_then(|instance| realm.instances.get(&instance));
            instance.is_some_and(|instance| instance.state.has_network())
        }),
        RouteTarget::EgressOnlyInternetGateway(id) => realm.egress_only_internet_gateways.contains(&id),
        RouteTarget::NatGateway(id) => realm.nat_gateways.get(&id).is_some_and(|gateway| gateway.interface().is_some()),
        RouteTarget::VpcPeeringConnection(id) => realm.vpc_peering_connections.get(&id).is_some_and(|connection| connection.is_active()),
    }
}

/// Makes a route table, with nothing but `local` routes.
///
/// # Errors
/// When the VPC does not exist or the quota is used up.
pub fn create(draft: &mut Draft, ctx: &mut Ctx<'_>, vpc: VpcId) -> Result<RouteTableId, Error> {
    let realm = draft.realm();
    if !realm.vpcs.contains(&vpc) {
        return Err(Error::NotFound(vpc.into()));
    }
    let most = ctx.world.quotas.route_tables_per_vpc;
    if most.is_some_and(|most| realm.index.referrers_of_kind::<RouteTableId>(vpc).count() >= most as usize) {
        return Err(Error::Quota("route_tables_per_vpc"));
    }
    let id = RouteTableId::random(ctx.random);
    draft.put(RouteTable { id, vpc, associations: Vec::new(), routes: Vec::new() });
    Ok(id)
}

/// Deletes a route table that nothing uses.
///
/// # Errors
/// When something uses it, if only as the main table.
pub fn delete(draft: &mut Draft, id: RouteTableId) -> Result<(), Error> {
    if !find(draft.realm(), id)?.associations.is_empty() {
        return Err(Error::DependencyViolation(id.into()));
    }
    draft.delete(Key::RouteTable(id));
    Ok(())
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
    check_route(realm, &table, &vpc, &route)?;
    if table.route(route.destination).is_some() || is_block_of(&vpc, route.destination) {
        return Err(Error::RouteExists(route.destination));
    }
    table.routes.push(route);
    check_limit(realm, &table)?;
    draft.put(table);
    Ok(())
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

/// Has a subnet or gateway use a table. Repeated, it changes nothing.
///
/// # Errors
/// When it uses another one already, is of another VPC, or the table is not fit for it.
pub fn associate(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    id: RouteTableId,
    target: AssociationTarget,
) -> Result<RouteTableAssociationId, Error> {
    let realm = draft.realm();
    let mut table = find(realm, id)?;
    if let Some(association) = table.associations.iter().find(|association| association.target == target) {
        return Ok(association.id);
    }
    check_target(realm, &table, target)?;
    if target.resource().is_some_and(|resource| realm.index.own_route_table(resource).is_some()) {
        return Err(Error::RouteTableConflict(id));
    }
    let association = RouteTableAssociationId::random(ctx.random);
    table.associations.push(RouteTableAssociation { id: association, target });
    draft.put(table);
    Ok(association)
}

/// Ends the use of a table: a subnet goes back to the main one.
///
/// # Errors
/// When there is no such association, or it is the main one.
pub fn disassociate(draft: &mut Draft, id: RouteTableAssociationId) -> Result<(), Error> {
    let (mut table, association) = find_association(draft.realm(), id)?;
    if association.target == AssociationTarget::Main {
        return Err(Error::MainAssociation(id));
    }
    table.associations.retain(|association| association.id != id);
    draft.put(table);
    Ok(())
}

/// Has whatever uses one table, the main one's role included, use another, and returns the new association.
///
/// # Errors
/// When there is no such association or table, or they do not fit.
pub fn replace_association(
    draft: &mut Draft,
    ctx: &mut Ctx<'_>,
    id: RouteTableAssociationId,
    to: RouteTableId,
) -> Result<RouteTableAssociationId, Error> {
    let (mut from, association) = find_association(draft.realm(), id)?;
    let target = association.target;
    let new = find(draft.realm(), to)?;
    if new.vpc != from.vpc {
        return Err(Error::RouteTableElsewhere { table: to, other: target.resource().unwrap_or(from.vpc.into()) });
    }
    check_target(draft.realm(), &new, target)?;
    from.associations.retain(|association| association.id != id);
    draft.put(from);
    let mut new = find(draft.realm(), to)?;
    let association = RouteTableAssociationId::random(ctx.random);
    new.associations.push(RouteTableAssociation { id: association, target });
    draft.put(new);
    Ok(association)
}

/// Ends the use of a table by a gateway that is being detached.
pub fn forget_gateway(draft: &mut Draft, gateway: InternetGatewayId) {
    let realm = draft.realm();
    if let Some(mut table) = realm.index.own_route_table(gateway).and_then(|id| find(realm, id).ok()) {
        table.associations.retain(|association| association.target != AssociationTarget::InternetGateway(gateway));
        draft.put(table);
    }
}

fn find(realm: &Realm, id: RouteTableId) -> Result<RouteTable, Error> {
    realm.route_tables.get(&id).map(|table| RouteTable::clone(table)).ok_or(Error::NotFound(id.into()))
}

fn find_association(realm: &Realm, id: RouteTableAssociationId) -> Result<(RouteTable, RouteTableAssociation), Error> {
    let table = realm.index.route_table_association(id).and_then(|table| realm.route_tables.get(&table));
    let table = table.ok_or(Error::NotFound(id.into()))?;
    let association = table.associations.iter().find(|association| association.id == id).cloned();
    Ok((RouteTable::clone(table), association.ok_or(Error::NotFound(id.into()))?))
}

fn vpc_of(realm: &Realm, table: &RouteTable) -> Result<Vpc, Error> {
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
fn check_route(realm: &Realm, table: &RouteTable, vpc: &Vpc, route: &Route) -> Result<(), Error> {
    let destination = route.destination;
    let reserved = match destination {
        Destination::Ipv4(block) => RESERVED_V4.contains(&block),
        Destination::Ipv6(block) => RESERVED_V6.contains(&block),
        Destination::PrefixList(list) if realm.prefix_lists.contains(&list) => false,
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

/// Whether a subnet, gateway or, as its main table, a VPC can use a table.
fn check_target(realm: &Realm, table: &RouteTable, target: AssociationTarget) -> Result<(), Error> {
    let vpc = match target {
        AssociationTarget::Main => Some(Some(table.vpc)),
        AssociationTarget::Subnet(id) => realm.subnets.get(&id).map(|subnet| Some(subnet.vpc)),
        AssociationTarget::InternetGateway(id) => realm.internet_gateways.get(&id).map(|gateway| gateway.vpc),
    };
    let resource = target.resource().unwrap_or(table.vpc.into());
    match vpc {
        None => return Err(Error::NotFound(resource)),
        Some(vpc) if vpc != Some(table.vpc) => return Err(Error::RouteTableElsewhere { table: table.id, other: resource }),
        Some(_) => {}
    }
    let fit = match target {
        AssociationTarget::Main => !table.serves_gateways(),
        AssociationTarget::Subnet(_) => true,
        AssociationTarget::InternetGateway(_) => {
            let vpc = vpc_of(realm, table)?;
            let gateways = RouteTable {
                associations: vec![RouteTableAssociation { id: RouteTableAssociationId::MIN, target }],
                ..RouteTable::clone(table)
            };
            !table.is_main() && table.routes.iter().all(|route| check_route(realm, &gateways, &vpc, route).is_ok())
        }
    };
    if fit { Ok(()) } else { Err(Error::RouteTableUnfit(table.id)) }
}

fn is_for_ipv4(realm: &Realm, destination: Destination) -> bool {
    match destination {
        Destination::Ipv4(_) => true,
        Destination::Ipv6(_) => false,
        Destination::PrefixList(list) => realm.prefix_lists.get(&list).is_some_and(|list| list.family == Family::Ipv4),
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

impl Indexed for RouteTable {
    fn entries(&self, out: &mut Vec<Entry>) {
        out.push(Entry::Reference(self.vpc.into(), self.id.into()));
        for association in &self.associations {
            out.push(Entry::RouteTableAssociation(association.id, self.id));
            out.push(match association.target {
                AssociationTarget::Main => Entry::RouteTableOf(self.vpc.into(), self.id),
                AssociationTarget::Subnet(subnet) => Entry::RouteTableOf(subnet.into(), self.id),
                AssociationTarget::InternetGateway(gateway) => Entry::RouteTableOf(gateway.into(), self.id),
            });
        }
        out.extend(self.routes.iter().filter_map(|route| Some(Entry::RouteTo(route.target.resource()?, self.id))));
        out.extend(self.routes.iter().filter_map(|route| match route.destination {
            Destination::PrefixList(list) => Some(Entry::Reference(list.into(), self.id.into())),
            _ => None,
        }));
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::SeededRandom;
    use crate::gateway::InternetGateway;
    use crate::invariants;
    use crate::realm::{AccountId, Region, Scope};
    use crate::state::State;
    use crate::time::Timestamp;
    use crate::world::World;
    use crate::{subnet, vpc};

    /// A VPC 10.0.0.0/16 with a subnet 10.0.1.0/24, an attached internet gateway and a route table beside the main one.
    struct Stage {
        draft: Draft,
        vpc: VpcId,
        subnet: SubnetId,
        gateway: InternetGatewayId,
        table: RouteTableId,
    }

    fn on_stage(test: impl FnOnce(&mut Stage, &mut Ctx<'_>)) {
        let scope = Scope { account: AccountId::DEFAULT, region: Region::DEFAULT };
        let world = World::default();
        let mut ctx = Ctx { scope, now: Timestamp(0), random: &mut SeededRandom(3), world: &world };
        let mut draft = Draft::new(State::default(), scope);
        let vpc = vpc::create(&mut draft, &mut ctx, block("10.0.0.0/16"), "default").unwrap();
        let zone = scope.region.zones().next().unwrap();
        let subnet = subnet::create(&mut draft, &mut ctx, vpc, zone, Some(block("10.0.1.0/24")), None).unwrap();
        let gateway = InternetGatewayId::random(ctx.random);
        draft.put(InternetGateway { id: gateway, vpc: Some(vpc) });
        let table = create(&mut draft, &mut ctx, vpc).unwrap();
        let mut stage = Stage { draft, vpc, subnet, gateway, table };
        test(&mut stage, &mut ctx);
        assert_eq!(invariants::check(stage.draft.state()), []);
    }

    fn block(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    fn to(text: &str) -> Destination {
        Destination::Ipv4(block(text))
    }

    impl Stage {
        fn add(&mut self, destination: &str, target: RouteTarget) -> Result<(), Error> {
            add_route(&mut self.draft, self.table, Route { destination: to(destination), target })
        }

        fn routes(&self) -> Vec<(String, bool, bool)> {
            let table = self.draft.realm().route_tables.get(&self.table).unwrap();
            let routes = table.effective_routes(self.draft.realm());
            routes.iter().map(|route| (route.destination.to_string(), route.implicit, route.active)).collect()
        }
    }

    #[test]
    fn every_table_has_a_local_route_for_each_block_of_the_vpc_which_nobody_can_remove() {
        on_stage(|stage, _| {
            assert_eq!(stage.routes(), [("10.0.0.0/16".to_owned(), true, true)]);
            let destination = to("10.0.0.0/16");
            let expected = Error::LocalRoute { table: stage.table, destination };
            assert_eq!(delete_route(&mut stage.draft, stage.table, destination), Err(expected));
        });
    }

    #[test]
    fn a_destination_has_one_route_and_a_detached_gateway_leaves_a_blackhole() {
        on_stage(|stage, _| {
            let target = RouteTarget::InternetGateway(stage.gateway);
            stage.add("0.0.0.0/0", target).unwrap();
            assert_eq!(stage.add("0.0.0.0/0", target), Err(Error::RouteExists(to("0.0.0.0/0"))));
            assert_eq!(stage.routes()[1], ("0.0.0.0/0".to_owned(), false, true));
            stage.draft.put(InternetGateway { id: stage.gateway, vpc: None });
            assert_eq!(stage.routes()[1], ("0.0.0.0/0".to_owned(), false, false));
            delete_route(&mut stage.draft, stage.table, to("0.0.0.0/0")).unwrap();
            let gone = Error::RouteNotFound { table: stage.table, destination: to("0.0.0.0/0") };
            assert_eq!(delete_route(&mut stage.draft, stage.table, to("0.0.0.0/0")), Err(gone));
        });
    }

    #[test]
    fn only_an_existing_route_is_replaced() {
        on_stage(|stage, _| {
            let route = Route { destination: to("0.0.0.0/0"), target: RouteTarget::InternetGateway(stage.gateway) };
            assert_eq!(replace_route(&mut stage.draft, stage.table, route), Err(Error::NoRouteToReplace(to("0.0.0.0/0"))));
        });
    }

    #[test]
    fn a_destination_inside_the_vpc_does_not_go_to_an_internet_gateway() {
        on_stage(|stage, _| {
            let target = RouteTarget::InternetGateway(stage.gateway);
            for inside in ["10.0.0.0/16", "10.0.1.0/24", "10.0.1.7/32"] {
                assert_eq!(stage.add(inside, target), Err(Error::TargetUnfitForLocal(to(inside))));
            }
            stage.add("10.0.0.0/8", target).unwrap();
            assert_eq!(stage.add("169.254.169.254/32", target), Err(Error::DestinationReserved(to("169.254.169.254/32"))));
        });
    }

    #[test]
    fn a_gateway_of_another_network_is_no_target() {
        on_stage(|stage, ctx| {
            let gateway = InternetGatewayId::random(ctx.random);
            let target = RouteTarget::InternetGateway(gateway);
            assert_eq!(stage.add("0.0.0.0/0", target), Err(Error::NotFound(gateway.into())));
            stage.draft.put(InternetGateway { id: gateway, vpc: None });
            let elsewhere = Error::RouteTableElsewhere { table: stage.table, other: gateway.into() };
            assert_eq!(stage.add("0.0.0.0/0", target), Err(elsewhere));
        });
    }

    #[test]
    fn a_table_takes_fifty_routes() {
        on_stage(|stage, _| {
            let target = RouteTarget::InternetGateway(stage.gateway);
            for index in 0..50 {
                stage.add(&format!("192.168.{index}.0/24"), target).unwrap();
            }
            assert_eq!(stage.add("0.0.0.0/0", target), Err(Error::RouteLimit));
        });
    }

    #[test]
    fn a_subnet_uses_one_table_and_a_used_table_stays() {
        on_stage(|stage, ctx| {
            let target = AssociationTarget::Subnet(stage.subnet);
            let association = associate(&mut stage.draft, ctx, stage.table, target).unwrap();
            assert_eq!(associate(&mut stage.draft, ctx, stage.table, target), Ok(association));
            let other = create(&mut stage.draft, ctx, stage.vpc).unwrap();
            assert_eq!(associate(&mut stage.draft, ctx, other, target), Err(Error::RouteTableConflict(other)));
            assert_eq!(delete(&mut stage.draft, stage.table), Err(Error::DependencyViolation(stage.table.into())));
            let moved = replace_association(&mut stage.draft, ctx, association, other).unwrap();
            delete(&mut stage.draft, stage.table).unwrap();
            disassociate(&mut stage.draft, moved).unwrap();
            assert_eq!(disassociate(&mut stage.draft, moved), Err(Error::NotFound(moved.into())));
        });
    }

    #[test]
    fn the_main_association_is_replaced_but_never_ended() {
        on_stage(|stage, ctx| {
            let realm = stage.draft.realm();
            let main = realm.index.main_route_table(stage.vpc).unwrap();
            let association = realm.route_tables.get(&main).unwrap().associations[0].id;
            assert_eq!(disassociate(&mut stage.draft, association), Err(Error::MainAssociation(association)));
            assert_eq!(delete(&mut stage.draft, main), Err(Error::DependencyViolation(main.into())));
            replace_association(&mut stage.draft, ctx, association, stage.table).unwrap();
            assert_eq!(stage.draft.realm().index.main_route_table(stage.vpc), Some(stage.table));
            delete(&mut stage.draft, main).unwrap();
        });
    }

    #[test]
    fn a_gateways_table_has_routes_inside_the_vpc_only() {
        on_stage(|stage, ctx| {
            let target = AssociationTarget::InternetGateway(stage.gateway);
            stage.add("0.0.0.0/0", RouteTarget::InternetGateway(stage.gateway)).unwrap();
            assert_eq!(associate(&mut stage.draft, ctx, stage.table, target), Err(Error::RouteTableUnfit(stage.table)));
            delete_route(&mut stage.draft, stage.table, to("0.0.0.0/0")).unwrap();
            associate(&mut stage.draft, ctx, stage.table, target).unwrap();
            let refused = stage.add("192.168.0.0/16", RouteTarget::InternetGateway(stage.gateway));
            assert_eq!(refused, Err(Error::NotASubnet(to("192.168.0.0/16"))));
            forget_gateway(&mut stage.draft, stage.gateway);
            delete(&mut stage.draft, stage.table).unwrap();
        });
    }
}
