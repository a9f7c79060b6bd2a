//! Why a rule refuses. Free of the wire: codes and wording are chosen where an answer is made.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::ids::{
    AllocationId, AssociationId, InstanceId, LaunchTemplateId, NatGatewayId, NetworkAclId, NetworkInterfaceId,
    NetworkInterfacePermissionId, PrefixListId, ResourceId, RouteTableAssociationId, RouteTableId, SecurityGroupId,
    SubnetCidrAssociationId, SubnetId, VpcCidrAssociationId, VpcId, VpcPeeringConnectionId,
};
use crate::prefix_list::Family;
use crate::realm::{AccountId, Region, Zone};
use crate::route_table::Destination;
use crate::security_group::{Direction, Peer, Permission, Protocol};
use crate::vpc_peering::PeeringState;

/// Why a rule refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no such resource.
    NotFound(ResourceId),
    /// The resource still has dependents.
    DependencyViolation(ResourceId),
    /// A client token was used for another request before.
    TokenOfOtherRequest,
    /// What a request with this client token made was deleted since.
    TokenOfDeleted,
    /// Every instance that a request with this client token launched was terminated since.
    TokenOfTerminated,
    /// A block cannot be a VPC's: its length, or the range it is from.
    VpcBlockInvalid(Ipv4Net),
    /// A block cannot join the VPC's other blocks.
    VpcBlockRestricted(Ipv4Net),
    /// A block overlaps another block of the VPC or of a peer, or covers where one of its routes leads.
    VpcBlockConflict(Ipv4Net),
    /// A VPC has as many blocks of a family as it can.
    VpcBlockLimit(VpcId),
    /// The block that a VPC was created with stays.
    PrimaryVpcBlock(VpcCidrAssociationId),
    /// A block of a VPC still has subnets.
    VpcBlockInUse {
        /// The VPC.
        vpc: VpcId,
        /// The block.
        block: IpNet,
    },
    /// A block cannot be a subnet's of the VPC: its length, or it lies outside.
    SubnetBlockInvalid(IpNet),
    /// No subnet has an IPv6 block of this length.
    SubnetBlockLength(Ipv6Net),
    /// A block overlaps that of another subnet.
    SubnetBlockConflict(IpNet),
    /// A subnet has an IPv6 block already.
    SubnetBlockLimit(SubnetId),
    /// A subnet gives addresses of the block to new interfaces.
    SubnetBlockAssigned(SubnetCidrAssociationId),
    /// Addresses of the block are in use, or it is the subnet's only one.
    SubnetBlockInUse(SubnetCidrAssociationId),
    /// An attribute of a subnet makes sense only with a block of a family that it lacks.
    SubnetAttributeNeeds {
        /// The subnet.
        subnet: SubnetId,
        /// EC2's name of the attribute.
        attribute: &'static str,
        /// What it was to be.
        value: String,
        /// `IPv4` or `IPv6`.
        family: &'static str,
    },
    /// A reservation overlaps another one.
    ReservationOverlaps(IpNet),
    /// A reservation lies outside its subnet.
    ReservationOutsideSubnet(IpNet),
    /// No IPv6 block is left for VPCs.
    NoFreeIpv6Blocks,
    /// The region has a default VPC already.
    DefaultVpcExists,
    /// The region has no default VPC.
    NoDefaultVpc,
    /// A zone has a default subnet already.
    DefaultSubnetExists {
        /// The subnet.
        subnet: SubnetId,
        /// The zone.
        zone: Zone,
    },
    /// The name of a DHCP option is none.
    DhcpOptionUnknown(String),
    /// An option of a set of DHCP options does not have values like these.
    DhcpOptionInvalid {
        /// The option.
        name: String,
        /// The values that were given.
        values: Vec<String>,
    },
    /// An address lies outside the subnet.
    AddressOutsideSubnet(IpAddr),
    /// An address is one that EC2 keeps for itself.
    AddressReserved(IpAddr),
    /// An address is taken, and the operation can never move it.
    AddressInUse(IpAddr),
    /// An address was named twice, or once and as a part of a prefix.
    AddressRepeated(IpAddr),
    /// Addresses are taken by other interfaces and reassignment was not allowed.
    MoveNotAllowed(Vec<IpAddr>),
    /// An address is another interface's primary one, which never moves.
    PrimaryCannotMove(IpAddr),
    /// A block is not a prefix that can be delegated (/28 or /80, aligned).
    PrefixMalformed(IpNet),
    /// A prefix overlaps an address or prefix in use.
    PrefixInUse(IpNet),
    /// Prefixes were asked for on a type that has none.
    PrefixesUnsupported(&'static str),
    /// IPv6 was asked for on a type that has none.
    Ipv6Unsupported(&'static str),
    /// An interface without IPv4 was asked for on a type that has none.
    Ipv6OnlyUnsupported(&'static str),
    /// The instance type allows no more addresses on an interface.
    AddressLimit {
        /// The limit of the type.
        limit: u32,
        /// How many there would be.
        wanted: u32,
    },
    /// An interface that is to be attached holds more addresses than the instance type allows.
    InterfaceAddressLimit {
        /// The interface.
        interface: NetworkInterfaceId,
        /// The type.
        instance_type: &'static str,
        /// How many it holds.
        wanted: u32,
    },
    /// The instance type allows no more interfaces.
    InterfaceLimit {
        /// The type.
        instance_type: String,
        /// How many there would be.
        wanted: u32,
    },
    /// A subnet has too few free addresses.
    NoFreeAddresses(SubnetId),
    /// A subnet has fewer free addresses than there are in the prefixes that were asked for.
    NoFreeAddressesForPrefixes(SubnetId),
    /// A subnet has too few free prefixes.
    NoFreePrefixes(SubnetId),
    /// A subnet has no IPv6 block.
    NoIpv6Block(SubnetId),
    /// A subnet has no IPv4 block.
    NoIpv4Block(SubnetId),
    /// The primary address cannot be unassigned.
    PrimaryCannotBeUnassigned(IpAddr),
    /// Addresses or prefixes are not those of the interface.
    NotAssigned {
        /// The interface.
        interface: NetworkInterfaceId,
        /// What it does not have.
        blocks: Vec<IpNet>,
    },
    /// The interface has no IPv6 address that could be its primary one.
    NoIpv6Address(NetworkInterfaceId),
    /// An interface can be in no more security groups.
    TooManyGroups,
    /// The security groups of an interface have more rules together than one may be judged by.
    TooManyRules,
    /// A security group was named twice.
    GroupRepeated(SecurityGroupId),
    /// A security group is of another VPC than the subnet.
    GroupOfOtherVpc {
        /// The group.
        group: SecurityGroupId,
        /// The subnet.
        subnet: SubnetId,
    },
    /// An interface is in another zone than the instance.
    DifferentZones {
        /// The interface.
        interface: NetworkInterfaceId,
        /// The instance.
        instance: InstanceId,
    },
    /// The instance type has no such network card.
    NoNetworkCard {
        /// The type.
        instance_type: &'static str,
        /// The card.
        card: u16,
    },
    /// A device index is taken.
    DeviceIndexInUse {
        /// The instance.
        instance: InstanceId,
        /// The index.
        device_index: u16,
    },
    /// An interface is attached already.
    InterfaceInUse(NetworkInterfaceId),
    /// The primary interface stays with its instance.
    PrimaryInterfaceCannotBeDetached,
    /// The state of an instance does not allow what was asked for.
    IncorrectInstanceState {
        /// The instance.
        instance: InstanceId,
        /// What cannot be done, as EC2 words it: `started`, `stopped`.
        action: &'static str,
    },
    /// A launch template has no such version.
    NoSuchTemplateVersion {
        /// The template.
        template: LaunchTemplateId,
        /// The number.
        version: i64,
    },
    /// The default version of a launch template cannot be deleted.
    DefaultTemplateVersion {
        /// The template.
        template: LaunchTemplateId,
        /// The number.
        version: i64,
    },
    /// A launch template has as many versions as it can have.
    TooManyTemplateVersions,
    /// An instance must be stopped for what was asked for.
    NotStopped(InstanceId),
    /// An instance that was never running cannot be stopped.
    NeverRan(InstanceId),
    /// An instance is protected from what was asked for.
    Protected {
        /// The instance.
        instance: InstanceId,
        /// What cannot be done: `terminated`, `stopped`.
        action: &'static str,
        /// The attribute that protects it: `disableApiTermination`, `disableApiStop`.
        attribute: &'static str,
    },
    /// No internet gateway is attached to the VPC.
    NoInternetGateway(VpcId),
    /// An Elastic IP or a private address has an association, and reassociation was not allowed.
    AlreadyAssociated {
        /// What has it.
        allocation: AllocationId,
        /// The association.
        association: AssociationId,
    },
    /// An Elastic IP is associated, and cannot be released.
    ElasticIpInUse(Ipv4Addr),
    /// An Elastic IP has a reverse DNS record, and cannot be released before that is gone.
    ElasticIpWithDomainName(AllocationId),
    /// An Elastic IP is not offered to, or by, the account.
    NotOffered(Ipv4Addr),
    /// An Elastic IP was offered to the account that has it.
    TransferToSelf(AccountId),
    /// An Elastic IP is of a range that its account brought along, and cannot be transferred.
    TransferOfBrought(Ipv4Addr),
    /// An Elastic IP is associated, and cannot be transferred.
    TransferAssociated(Ipv4Addr),
    /// An Elastic IP has a reverse DNS record, and cannot be transferred.
    TransferWithDomainName(Ipv4Addr),
    /// A permission on an interface is given already.
    InterfacePermissionExists(NetworkInterfaceId),
    /// A permission on an interface is what an attachment was made by.
    InterfacePermissionInUse {
        /// The permission.
        permission: NetworkInterfacePermissionId,
        /// The interface.
        interface: NetworkInterfaceId,
        /// Who has attached it.
        account: AccountId,
    },
    /// Another account's interface cannot be the primary one of an instance.
    PrimaryInterfaceOfOtherAccount {
        /// The interface.
        interface: NetworkInterfaceId,
        /// Whose it is.
        owner: AccountId,
    },
    /// A public address is not one that can be allocated now.
    PublicAddressUnavailable(Ipv4Addr),
    /// No public address is free.
    NoFreePublicAddresses,
    /// A quota of the region is used up.
    Quota(&'static str),
    /// The VPC has a security group of this name.
    GroupExists {
        /// The name.
        name: String,
        /// The VPC.
        vpc: VpcId,
    },
    /// A VPC's default group stays with it.
    DefaultGroup(SecurityGroupId),
    /// Two resources of different VPCs, where they must be of one.
    DifferentNetworks,
    /// A rule of the group gives this permission already.
    PermissionExists(Box<Permission>),
    /// No rule of the group gives this permission.
    PermissionNotFound,
    /// One request names a permission twice.
    PermissionRepeated,
    /// A rule about peers of one kind cannot become one about another kind.
    PeerKind {
        /// What the rule is to name.
        wanted: Box<Peer>,
        /// What it names.
        own: Box<Peer>,
    },
    /// A group has no room for more rules in this direction.
    RuleLimit,
    /// A protocol that needs ports, or a type and code, was given without.
    PortsMissing(Protocol),
    /// No port has this number.
    PortOutOfRange(i32),
    /// A range of ports ends before it begins.
    PortRangeReversed {
        /// Its first port.
        from: i32,
        /// Its last port.
        to: i32,
    },
    /// There is no such ICMP type or code, or a code of all types.
    IcmpOutOfRange {
        /// The type.
        kind: i32,
        /// The code.
        code: i32,
    },
    /// The route table has a route for this destination.
    RouteExists(Destination),
    /// The route table has no route for this destination.
    RouteNotFound {
        /// The table.
        table: RouteTableId,
        /// The destination.
        destination: Destination,
    },
    /// The route table has no route for this destination that could be replaced.
    NoRouteToReplace(Destination),
    /// A local route cannot be removed.
    LocalRoute {
        /// The table.
        table: RouteTableId,
        /// One of the VPC's blocks.
        destination: Destination,
    },
    /// A destination inside the VPC was to be sent to something that can take none.
    TargetUnfitForLocal(Destination),
    /// A destination inside the VPC is neither one of its blocks nor one of its subnets.
    NotASubnet(Destination),
    /// The destination is one that no route can be for.
    DestinationReserved(Destination),
    /// A route table and what it was to be used with belong to different VPCs.
    RouteTableElsewhere {
        /// The table.
        table: RouteTableId,
        /// The target, subnet or gateway.
        other: ResourceId,
    },
    /// A route table has no room for more routes.
    RouteLimit,
    /// A subnet or gateway uses another route table already.
    RouteTableConflict(RouteTableId),
    /// A gateway cannot use a table with such routes, or a VPC such a table as its main one.
    RouteTableUnfit(RouteTableId),
    /// The main association of a route table can only be replaced.
    MainAssociation(RouteTableAssociationId),
    /// A route to an instance needs it to have exactly one interface.
    NotOneInterface(InstanceId),
    /// A VPC's default network ACL stays with it.
    DefaultNetworkAcl(NetworkAclId),
    /// A network ACL has an entry of this number in this direction.
    NetworkAclEntryExists(u16),
    /// A network ACL has no entry of this number in this direction.
    NetworkAclEntryNotFound {
        /// The ACL.
        acl: NetworkAclId,
        /// Into the subnet or out of it.
        direction: Direction,
        /// The number.
        number: u16,
    },
    /// A network ACL has no room for more entries in this direction.
    NetworkAclEntryLimit,
    /// A network ACL and the subnet that was to use it are of different VPCs.
    NetworkAclElsewhere {
        /// The ACL.
        acl: NetworkAclId,
        /// The subnet.
        subnet: SubnetId,
    },
    /// The version that a change of a prefix list builds on is not the current one.
    PrefixListVersion,
    /// A prefix list has no such version any more, or never had.
    PrefixListNoVersion(u64),
    /// A prefix list cannot have this size; the greatest is given.
    PrefixListSize(u32),
    /// A prefix list has no room for more entries.
    PrefixListFull(PrefixListId),
    /// A block is not of the family of its prefix list.
    PrefixListFamily {
        /// The block.
        block: IpNet,
        /// The family.
        family: Family,
    },
    /// A prefix list has this entry.
    PrefixListEntryExists {
        /// Its block.
        block: IpNet,
        /// Its description.
        description: Option<String>,
    },
    /// Nobody changes a prefix list of AWS's own.
    PrefixListOfAws(PrefixListId),
    /// A prefix list has no entry of this block.
    PrefixListEntryNotFound(IpNet),
    /// A VPC cannot be its own peer.
    PeeringWithItself(VpcId),
    /// Two VPCs are connected, or about to be, already.
    PeeringExists(VpcPeeringConnectionId),
    /// Only the account that was asked for a peering answers the request.
    PeeringOtherAccount {
        /// The connection.
        id: VpcPeeringConnectionId,
        /// Who is not that account.
        account: AccountId,
        /// `accept` or `reject`.
        action: &'static str,
    },
    /// A request for a peering is answered in the region that it was made to.
    PeeringOtherRegion {
        /// The connection.
        id: VpcPeeringConnectionId,
        /// Where it was answered.
        region: Region,
        /// Where it has to be.
        accepter: Region,
        /// `accepted` or `rejected`.
        done: &'static str,
    },
    /// An option of a peering connection is the other side's to set.
    PeeringOtherSide {
        /// Who wanted to set it.
        account: AccountId,
        /// `requester` or `accepter`.
        side: &'static str,
    },
    /// A peering connection is in no state for what was asked.
    PeeringState {
        /// The connection.
        id: VpcPeeringConnectionId,
        /// Its state.
        state: PeeringState,
        /// EC2's code for the state that it was to have next.
        wanted: &'static str,
    },
    /// Only an active peering connection has options.
    PeeringNotActive(VpcPeeringConnectionId),
    /// A gateway for IPv6 only cannot take packets to this destination.
    Ipv6Only(Destination),
    /// A NAT gateway cannot have more addresses than this.
    NatGatewayAddressLimit(usize),
    /// What was asked of a NAT gateway is for the other kind.
    NatGatewayKind {
        /// The gateway.
        id: NatGatewayId,
        /// Whether it is a public one.
        public: bool,
    },
}
