//! Route tables: where packets for which destinations go, per subnet. What can be in them is in `route`.

mod route;
#[cfg(test)]
mod tests;

use std::fmt;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ids::{
    EgressOnlyInternetGatewayId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PrefixListId, ResourceId, RouteTableAssociationId,
    RouteTableId, SubnetId, VpcId, VpcPeeringConnectionId,
};
use crate::index::{Entry, Indexed};
use crate::state::{Draft, Key, Realm};

pub(crate) use route::check_limit;
pub use route::{EffectiveRoute, add_route, delete_route, replace_route, sole_interface};
use route::{check_route, vpc_of};

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

impl RouteTable {
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
