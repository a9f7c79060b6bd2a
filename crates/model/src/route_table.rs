//! Route tables: where packets for which destinations go, per subnet.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::ids::{
    EgressOnlyInternetGatewayId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PrefixListId, ResourceId, RouteTableAssociationId,
    RouteTableId, SubnetId, VpcId, VpcPeeringConnectionId,
};
use crate::index::{Entry, Indexed};

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
    }

    fn resource(&self) -> Option<ResourceId> {
        Some(self.id.into())
    }
}
