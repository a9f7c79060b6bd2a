//! The parts that the desired state is computed in.

use model::Scope;
use model::ids::{AllocationId, InstanceId, NatGatewayId, NetworkAclId, NetworkInterfaceId, RouteTableId, VpcId, VpcPeeringConnectionId};

use super::group_sets::GroupSet;

/// A part of the desired state, by what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What the host has once.
    Host,
    /// A VPC: its namespace, tables, router and way to the internet.
    Vpc(Scope, VpcId),
    /// An instance: its namespace.
    Instance(Scope, InstanceId),
    /// An interface: its link, its addresses, what the VPC's maps say of it.
    Interface(Scope, NetworkInterfaceId),
    /// A route table.
    RouteTable(Scope, RouteTableId),
    /// A peering connection, in the realm of the side that asked for it.
    Peering(Scope, VpcPeeringConnectionId),
    /// The inside of a NAT gateway.
    NatGateway(Scope, NatGatewayId),
    /// A network ACL.
    NetworkAcl(Scope, NetworkAclId),
    /// The rules of a group set.
    Groups(Scope, VpcId, GroupSet),
    /// An Elastic IP.
    ElasticIp(Scope, AllocationId),
}
