//! From the model's errors to EC2's codes and words: one exhaustive match.
//!
//! Words marked [seen] are those of recorded answers; the others say the same as EC2's page of error codes.

use std::fmt::Display;

use ec2_api::{ApiError, ErrorCode as Code};
use model::quotas::CIDR_BLOCKS_PER_VPC;
use model::route_table::Destination;
use model::security_group::{DEFAULT_NAME, Direction, Peer, Permission, Protocol};
use model::vpc_peering::PeeringState;
use model::{Error, ResourceId};

use crate::id_errors;

/// What EC2 answers when a rule refuses a launch, where that differs from what other operations answer.
pub fn answer_at_launch(error: Error) -> ApiError {
    match error {
        // [seen]
        Error::AddressInUse(address) => ApiError::new(Code::InvalidIPAddressInUse, format!("Address {address} is in use.")),
        // [seen]
        Error::NoFreeAddresses(subnet) | Error::NoFreeAddressesForPrefixes(subnet) => {
            let message = format!("There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances.");
            ApiError::new(Code::InsufficientFreeAddressesInSubnet, message)
        }
        error => answer(error),
    }
}

/// What EC2 answers when a rule refuses.
pub fn answer(error: Error) -> ApiError {
    match error {
        Error::NotFound(id) => id_errors::not_found(id),
        // [seen]
        Error::DependencyViolation(id @ ResourceId::SecurityGroup(_)) => {
            ApiError::new(Code::DependencyViolation, format!("resource {id} has a dependent object"))
        }
        Error::DependencyViolation(id) => {
            let what = noun(id);
            ApiError::new(Code::DependencyViolation, format!("The {what} '{id}' has dependencies and cannot be deleted."))
        }
        // [seen] of launches
        Error::TokenOfOtherRequest => {
            let message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).";
            ApiError::new(Code::IdempotentParameterMismatch, message)
        }
        // [seen] of volumes
        Error::TokenOfDeleted => {
            let message = "The client token you have provided is associated with a resource that is already deleted. Please use a \
                           different client token.";
            ApiError::new(Code::IdempotentParameterMismatch, message)
        }
        // [seen]
        Error::TokenOfTerminated => {
            let message = "The client token you have provided is associated with a terminated instance. Please use a different client \
                           token.";
            ApiError::new(Code::IdempotentInstanceTerminated, message)
        }
        // [seen]
        Error::VpcBlockInvalid(block) => ApiError::new(Code::InvalidVpcRange, format!("The CIDR '{block}' is invalid.")),
        // [seen]
        Error::VpcBlockRestricted(block) => {
            let message = format!(
                "The CIDR '{block}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a \
                 publicly-routable CIDR. For additional restrictions, see \
                 https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
            );
            ApiError::new(Code::InvalidVpcRange, message)
        }
        Error::VpcBlockConflict(block) => {
            let message = format!("The CIDR '{block}' conflicts with a CIDR block, a route or a peering connection of the VPC");
            ApiError::new(Code::InvalidVpcRange, message)
        }
        // [seen]
        Error::VpcBlockLimit(vpc) => {
            let message = format!("This network '{vpc}' has met its maximum number of allowed CIDRs: {CIDR_BLOCKS_PER_VPC}");
            ApiError::new(Code::CidrLimitExceeded, message)
        }
        // [seen]
        Error::PrimaryVpcBlock(association) => {
            let message = format!(
                "The vpc CIDR block with association ID {association} may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
            );
            ApiError::new(Code::OperationNotPermitted, message)
        }
        // [seen]
        Error::VpcBlockInUse { vpc, block } => {
            ApiError::new(Code::InvalidCidrBlockInUse, format!("The vpc {vpc} currently has a subnet within CIDR block {block}"))
        }
        // [seen], both families.
        Error::SubnetBlockInvalid(block) => {
            let family = if block.addr().is_ipv4() { "" } else { "IPv6 " };
            ApiError::new(Code::InvalidSubnetRange, format!("The {family}CIDR '{block}' is invalid."))
        }
        // [seen]
        Error::SubnetBlockLength(block) => {
            ApiError::new(Code::InvalidParameterValue, format!("invalid value for parameter ipv6-cidr-block: {block}"))
        }
        // [seen], both families.
        Error::SubnetBlockConflict(block) => {
            let family = if block.addr().is_ipv4() { "" } else { "IPv6 " };
            ApiError::new(Code::InvalidSubnetConflict, format!("The {family}CIDR '{block}' conflicts with another subnet"))
        }
        Error::SubnetBlockLimit(subnet) => {
            ApiError::new(Code::CidrLimitExceeded, format!("This subnet '{subnet}' has met its maximum number of allowed IPv6 CIDRs: 1"))
        }
        // [seen]
        Error::SubnetBlockAssigned(association) => {
            let message = format!(
                "The subnet IPv6 CIDR block with association ID {association} may not be disassociated, because its subnet has \
                 assign-ipv6-address-on-creation set to true."
            );
            ApiError::new(Code::InvalidCidrBlockInUse, message)
        }
        Error::SubnetBlockInUse(association) => {
            let message =
                format!("The subnet IPv6 CIDR block with association ID {association} may not be disassociated, because it is in use.");
            ApiError::new(Code::InvalidCidrBlockInUse, message)
        }
        // [seen] for what needs IPv6.
        Error::SubnetAttributeNeeds { subnet, attribute, value, family } => {
            let message = format!(
                "Invalid value '{value}' for {attribute}. Cannot set {attribute} to {value} unless the subnet ({subnet}) has an {family} \
                 CIDR block associated with it."
            );
            ApiError::new(Code::InvalidParameterValue, message)
        }
        // [seen]
        Error::ReservationOverlaps(block) => {
            let message = format!("Reservation CIDR {block} has overlap with existing reserved CIDR block");
            ApiError::new(Code::InvalidParameterValue, message)
        }
        Error::ReservationOutsideSubnet(block) => {
            ApiError::new(Code::InvalidParameterValue, format!("Reservation CIDR {block} is not within a CIDR block of the subnet"))
        }
        Error::NoFreeIpv6Blocks => {
            ApiError::new(Code::InsufficientCidrBlocks, "There are not enough free cidr blocks in the Amazon-provided IPv6 pool.")
        }
        Error::DefaultVpcExists => {
            ApiError::new(Code::DefaultVpcAlreadyExists, "A Default VPC already exists for this account in this region.")
        }
        Error::NoDefaultVpc => ApiError::new(Code::DefaultVpcDoesNotExist, "There is no default VPC for this account in this region."),
        Error::DefaultSubnetExists { subnet, zone } => {
            let message = format!("'{subnet}' is already the default subnet in {zone}.");
            ApiError::new(Code::DefaultSubnetAlreadyExistsInAvailabilityZone, message)
        }
        Error::DhcpOptionUnknown(name) => ApiError::invalid_value(name, "key", "Unknown DHCP option"),
        Error::DhcpOptionInvalid { name, values } => {
            ApiError::invalid_value(list(&values), name, "This is not a valid value of the option.")
        }
        // [seen]
        Error::AddressOutsideSubnet(_) => {
            ApiError::new(Code::InvalidParameterValue, "Address does not fall within the subnet's address range")
        }
        // [seen]
        Error::AddressReserved(address) => {
            ApiError::new(Code::InvalidParameterValue, format!("Address {address} is in subnet's reserved address range"))
        }
        // [seen]
        Error::AddressInUse(_) => ApiError::new(Code::InvalidIPAddressInUse, "The specified address is already in use."),
        Error::AddressRepeated(address) => {
            ApiError::new(Code::InvalidParameterValue, format!("The address {address} is specified more than once."))
        }
        // [seen]: clients match it with a regular expression.
        Error::MoveNotAllowed(addresses) => {
            ApiError::new(Code::InvalidParameterValue, format!("[{}] assigned, but move is not allowed.", list(&addresses)))
        }
        Error::PrimaryCannotMove(address) => {
            let message = format!("[{address}] is the primary private address of a network interface and cannot be reassigned.");
            ApiError::new(Code::InvalidParameterValue, message)
        }
        Error::PrefixMalformed(prefix) => {
            let length = if prefix.addr().is_ipv4() { 28 } else { 80 };
            ApiError::new(
                Code::InvalidParameterValue,
                format!("invalid value for parameter prefix: {prefix}; it must be an aligned /{length} block"),
            )
        }
        Error::PrefixInUse(prefix) => {
            ApiError::new(Code::InvalidParameterValue, format!("The prefix {prefix} overlaps addresses that are in use"))
        }
        Error::PrefixesUnsupported(name) => {
            ApiError::new(Code::UnsupportedOperation, format!("Prefix delegation is not supported for instance type {name}"))
        }
        Error::Ipv6Unsupported(name) => {
            ApiError::new(Code::UnsupportedOperation, format!("IPv6 addresses are not supported for instance type {name}"))
        }
        Error::Ipv6OnlyUnsupported(name) => {
            ApiError::new(Code::UnsupportedOperation, format!("IPv6-only subnets are not supported for instance type {name}"))
        }
        // [seen]
        Error::AddressLimit { .. } => ApiError::new(Code::PrivateIpAddressLimitExceeded, "Number of private addresses will exceed limit."),
        // [seen] of attaching and launching.
        Error::InterfaceAddressLimit { interface, instance_type, wanted } => ApiError::new(
            Code::InvalidInterfaceIpAddressLimitExceeded,
            format!("Address count {wanted} on interface {interface} exceeds the limit for {instance_type}"),
        ),
        // [seen]
        Error::InterfaceLimit { instance_type, wanted } => {
            ApiError::new(Code::AttachmentLimitExceeded, format!("Interface count {wanted} exceeds the limit for {instance_type}"))
        }
        // [seen]
        Error::NoFreeAddresses(_) => ApiError::new(
            Code::InsufficientFreeAddressesInSubnet,
            "The specified subnet does not have enough free addresses to satisfy the request.",
        ),
        // [seen] of CreateNetworkInterface and AssignPrivateIpAddresses: EC2 told the authors of Cilium (their pull request 31016)
        // that this means fewer free addresses than are asked for, and InsufficientCidrBlocks that they lie scattered. Where
        // addresses are asked for, and not prefixes, the code above was seen.
        Error::NoFreeAddressesForPrefixes(_) => {
            ApiError::new(Code::InvalidParameterValue, "There aren't sufficient free Ipv4 addresses or prefixes")
        }
        // [seen]
        Error::NoFreePrefixes(_) => ApiError::new(
            Code::InsufficientCidrBlocks,
            "The specified subnet does not have enough free cidr blocks to satisfy the request.",
        ),
        Error::NoIpv6Block(subnet) => {
            ApiError::new(Code::InvalidParameterValue, format!("The subnet '{subnet}' does not have an associated IPv6 CIDR block."))
        }
        Error::NoIpv4Block(subnet) => {
            ApiError::new(Code::InvalidParameterValue, format!("The subnet '{subnet}' does not have an associated IPv4 CIDR block."))
        }
        // The sentence is [seen]; what stands before it is not known.
        Error::PrimaryCannotBeUnassigned(address) => {
            let message = format!("[{address}] is a primary address. The primary IP address of an interface cannot be unassigned.");
            ApiError::new(Code::InvalidParameterValue, message)
        }
        // [seen]
        Error::NotAssigned { interface, .. } => {
            ApiError::new(Code::InvalidParameterValue, format!("Some of the specified addresses are not assigned to interface {interface}"))
        }
        Error::NoIpv6Address(interface) => {
            let message = format!("Network interface '{interface}' has no IPv6 address that could be its primary one.");
            ApiError::new(Code::InvalidParameterCombination, message)
        }
        Error::TooManyGroups => ApiError::new(
            Code::SecurityGroupsPerInterfaceLimitExceeded,
            "The maximum number of security groups per interface has been reached.",
        ),
        Error::TooManyRules => {
            ApiError::new(Code::RulesPerSecurityGroupLimitExceeded, "The maximum number of rules per network interface has been reached.")
        }
        Error::GroupRepeated(group) => {
            ApiError::new(Code::InvalidParameterValue, format!("The security group '{group}' is specified more than once."))
        }
        // [seen]
        Error::GroupOfOtherVpc { group, subnet } => {
            ApiError::new(Code::InvalidParameter, format!("Security group {group} and subnet {subnet} belong to different networks."))
        }
        // [seen]
        Error::DifferentZones { .. } => ApiError::new(
            Code::InvalidParameterCombination,
            "You may not attach a network interface to an instance if they are not in the same availability zone",
        ),
        Error::NoNetworkCard { instance_type, card } => ApiError::new(
            Code::InvalidParameterValue,
            format!("Network card index {card} exceeds the number of network cards of instance type {instance_type}"),
        ),
        // [seen]
        Error::DeviceIndexInUse { instance, device_index } => {
            let message = format!("Instance '{instance}' already has an interface attached at device index '{device_index}'.");
            ApiError::new(Code::InvalidParameterValue, message)
        }
        Error::InterfaceInUse(interface) => ApiError::new(Code::InvalidNetworkInterfaceInUse, format!("Interface: [{interface}] in use.")),
        // [seen]
        Error::PrimaryInterfaceCannotBeDetached => ApiError::new(
            Code::OperationNotPermitted,
            "The network interface at device index 0 and networkCard index 0 cannot be detached.",
        ),
        // [seen]
        Error::IncorrectInstanceState { instance, action } => {
            let message = format!("The instance '{instance}' is not in a state from which it can be {action}.");
            ApiError::new(Code::IncorrectInstanceState, message)
        }
        // [seen]
        Error::NoSuchTemplateVersion { template, version } => {
            let message = format!("Could not find the specified version {version} for the launch template with ID {template}.");
            ApiError::new(Code::InvalidLaunchTemplateIdVersionNotFound, message)
        }
        Error::DefaultTemplateVersion { template, version } => {
            let message = format!("The version {version} of the launch template {template} is its default version and cannot be deleted.");
            ApiError::new(Code::OperationNotPermitted, message)
        }
        Error::TooManyTemplateVersions => {
            let message = "The launch template has reached its maximum number of versions.";
            ApiError::new(Code::MaxTemplateVersionLimitExceeded, message)
        }
        // [seen]
        Error::NotStopped(instance) => {
            ApiError::new(Code::IncorrectInstanceState, format!("The instance '{instance}' is not in the 'stopped' state."))
        }
        // [seen]
        Error::NeverRan(instance) => {
            let message = format!("Instance '{instance}' cannot be stopped as it has never reached the 'running' state.");
            ApiError::new(Code::IncorrectInstanceState, message)
        }
        // [seen]
        Error::Protected { instance, action, attribute } => {
            let message =
                format!("The instance '{instance}' may not be {action}. Modify its '{attribute}' instance attribute and try again.");
            ApiError::new(Code::OperationNotPermitted, message)
        }
        // [seen]
        Error::NoInternetGateway(vpc) => {
            ApiError::new(Code::GatewayNotAttached, format!("Network {vpc} is not attached to any internet gateway"))
        }
        // [seen]
        Error::AlreadyAssociated { allocation, association } => ApiError::new(
            Code::ResourceAlreadyAssociated,
            format!("resource {allocation} is already associated with associate-id {association}"),
        ),
        // [seen]
        Error::ElasticIpInUse(address) => ApiError::new(Code::InvalidIPAddressInUse, format!("Address {address} is in use.")),
        // [seen]
        Error::ElasticIpWithDomainName(id) => {
            let message = format!("The address with allocation id [{id}] cannot be released because it has a PTR record set.");
            ApiError::new(Code::InvalidAddressPtrSet, message)
        }
        Error::NotOffered(address) => ApiError::new(Code::InvalidAddressNotFound, format!("No transfer of address '{address}' was found.")),
        Error::TransferToSelf(account) => {
            ApiError::invalid_value(account, "transferAccountId", "An address cannot be transferred to the account that has it.")
        }
        // EC2's page on transfers has the rule, and no code for it.
        Error::TransferOfBrought(address) => {
            let message = format!("Address {address} was allocated from an address pool of your own and cannot be transferred.");
            ApiError::new(Code::UnsupportedOperation, message)
        }
        // The codes are those of EC2's page on transfers.
        Error::TransferAssociated(address) => {
            ApiError::new(Code::InvalidTransferAddressAssociated, format!("Address {address} is associated and cannot be transferred."))
        }
        Error::TransferWithDomainName(address) => ApiError::new(
            Code::InvalidTransferAddressCustomPtrSet,
            format!("Address {address} has a reverse DNS record and cannot be transferred."),
        ),
        Error::InterfacePermissionExists(interface) => {
            ApiError::new(Code::InvalidPermissionDuplicate, format!("The permission on network interface '{interface}' already exists."))
        }
        // EC2 names no code for this; the words are those of its reference.
        Error::InterfacePermissionInUse { permission, interface, account } => {
            let message = format!(
                "The permission '{permission}' cannot be deleted: account {account} has attached network interface '{interface}' to an \
                 instance. Detach it, or use force."
            );
            ApiError::new(Code::OperationNotPermitted, message)
        }
        // Whether EC2 allows it is not said anywhere.
        Error::PrimaryInterfaceOfOtherAccount { interface, owner } => {
            let message = format!(
                "Network interface '{interface}' of account {owner} cannot be the primary network interface of an instance; attach it at \
                 another device index."
            );
            ApiError::new(Code::UnsupportedOperation, message)
        }
        // EC2's code when an address is to be recovered that cannot be.
        Error::PublicAddressUnavailable(address) => {
            ApiError::new(Code::InvalidAddressNotFound, format!("Address '{address}' is not available."))
        }
        Error::NoFreePublicAddresses => {
            ApiError::new(Code::InsufficientAddressCapacity, "Insufficient capacity to fulfill your Elastic IP address request.")
        }
        Error::Quota(what) => quota(what),
        // [seen]
        Error::GroupExists { name, vpc } => {
            ApiError::new(Code::InvalidGroupDuplicate, format!("The security group '{name}' already exists for VPC '{vpc}'"))
        }
        // [seen]
        Error::DefaultGroup(id) => {
            let message = format!("the specified group: \"{id}\" name: \"{DEFAULT_NAME}\" cannot be deleted by a user");
            ApiError::new(Code::CannotDelete, message)
        }
        // [seen], with this code.
        Error::DifferentNetworks => {
            ApiError::new(Code::InvalidGroupNotFound, "You have specified two resources that belong to different networks.")
        }
        // [seen]
        Error::PermissionExists(permission) => {
            let message = format!("the specified rule \"{}\" already exists", rule_in_words(&permission));
            ApiError::new(Code::InvalidPermissionDuplicate, message)
        }
        // [seen]
        Error::PermissionRepeated => ApiError::new(Code::InvalidParameterValue, "The same permission must not appear multiple times"),
        // [seen], but for the words of IPv6 blocks and of rules that name a prefix list.
        Error::PeerKind { wanted, own } => {
            let article = if matches!(*wanted, Peer::Ipv4(_) | Peer::Ipv6(_)) { "an" } else { "a" };
            let message = format!("You may not specify {article} {} for an existing {} rule.", peer_kind(&wanted), peer_kind(&own));
            ApiError::new(Code::InvalidParameterValue, message)
        }
        // [seen]
        Error::RuleLimit => {
            ApiError::new(Code::RulesPerSecurityGroupLimitExceeded, "The maximum number of rules per security group has been reached.")
        }
        // [seen] for TCP, UDP and ICMP.
        Error::PortsMissing(protocol) => {
            let protocols = match protocol {
                Protocol::ICMP => "ICMP",
                Protocol::ICMPV6 => "ICMPv6",
                _ => "TCP/UDP",
            };
            let message = format!("Invalid value 'Must specify both from and to ports with {protocols}.' for portRange.");
            ApiError::new(Code::InvalidParameterValue, message)
        }
        // [seen]
        Error::PortOutOfRange(port) => ApiError::new(Code::InvalidPermissionMalformed, format!("TCP/UDP port ({port}) out of range")),
        Error::PortRangeReversed { from, to } => {
            ApiError::new(Code::InvalidParameterValue, format!("Invalid TCP/UDP port range ({from}:{to})"))
        }
        Error::IcmpOutOfRange { kind, code } => {
            ApiError::new(Code::InvalidPermissionMalformed, format!("ICMP type ({kind}) or code ({code}) out of range"))
        }
        // [seen]
        Error::RouteExists(destination) => {
            ApiError::new(Code::RouteAlreadyExists, format!("The route identified by {destination} already exists."))
        }
        // [seen]
        Error::RouteNotFound { table, destination } => {
            let kind = match destination {
                Destination::Ipv4(_) => "destination-cidr-block",
                Destination::Ipv6(_) => "destination-ipv6-cidr-block",
                Destination::PrefixList(_) => "destination-prefix-list-id",
            };
            ApiError::new(Code::InvalidRouteNotFound, format!("no route with {kind} {destination} in route table {table}"))
        }
        // [seen]
        Error::NoRouteToReplace(destination) => ApiError::new(
            Code::InvalidParameterValue,
            format!("There is no route defined for '{destination}' in the route table. Use CreateRoute instead."),
        ),
        // [seen]
        Error::LocalRoute { table, destination } => {
            ApiError::new(Code::InvalidParameterValue, format!("cannot remove local route {destination} in route table {table}"))
        }
        // [seen]
        Error::TargetUnfitForLocal(destination) => {
            let message = format!(
                "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. \
                 This route can target only an interface or an instance."
            );
            ApiError::new(Code::InvalidParameterValue, message)
        }
        Error::NotASubnet(destination) => ApiError::new(
            Code::InvalidParameterValue,
            format!("The destination CIDR block {destination} must match a CIDR block of the VPC or of one of its subnets."),
        ),
        Error::DestinationReserved(destination) => ApiError::new(
            Code::InvalidParameterValue,
            format!("The destination CIDR block {destination} is in a range that is reserved for use by AWS services."),
        ),
        // [seen] for gateways and subnets.
        Error::RouteTableElsewhere { table, other } => {
            let message = format!("route table {table} and {} {other} belong to different networks", network_noun(other));
            ApiError::new(Code::InvalidParameterValue, message)
        }
        Error::RouteLimit => ApiError::new(Code::RouteLimitExceeded, "The maximum number of routes has been reached."),
        // [seen]
        Error::RouteTableConflict(table) => ApiError::new(
            Code::ResourceAlreadyAssociated,
            format!("the specified association for route table {table} conflicts with an existing association"),
        ),
        Error::RouteTableUnfit(table) => ApiError::new(
            Code::InvalidParameterValue,
            format!("The routes and associations of route table {table} do not allow this association."),
        ),
        // [seen]
        Error::MainAssociation(association) => {
            ApiError::new(Code::InvalidParameterValue, format!("cannot disassociate the main route table association {association}"))
        }
        // [seen]
        Error::PermissionNotFound => {
            ApiError::new(Code::InvalidPermissionNotFound, "The specified rule does not exist in this security group.")
        }
        Error::DefaultNetworkAcl(acl) => ApiError::new(Code::InvalidParameterValue, format!("cannot delete default network ACL {acl}")),
        // [seen]
        Error::NetworkAclEntryExists(number) => {
            ApiError::new(Code::NetworkAclEntryAlreadyExists, format!("The network acl entry identified by {number} already exists."))
        }
        // [seen]
        Error::NetworkAclEntryNotFound { acl, direction, number } => {
            let direction = if direction == Direction::Egress { "egress" } else { "ingress" };
            let message = format!("no {direction} entry with number {number} in network ACL {acl}");
            ApiError::new(Code::InvalidNetworkAclEntryNotFound, message)
        }
        Error::NetworkAclEntryLimit => {
            ApiError::new(Code::NetworkAclEntryLimitExceeded, "The maximum number of network acl entries has been reached.")
        }
        Error::NetworkAclElsewhere { acl, subnet } => {
            ApiError::new(Code::InvalidParameterValue, format!("network ACL {acl} and subnet {subnet} belong to different networks"))
        }
        // [seen]
        Error::PrefixListVersion => ApiError::new(Code::PrefixListVersionMismatch, "The prefix list has the incorrect version number."),
        // The words are those of EC2's user guide; which code EC2 has is not known.
        Error::PrefixListOfAws(list) => {
            let message = format!("You cannot modify, share, or delete the AWS-managed prefix list {list}.");
            ApiError::new(Code::OperationNotPermitted, message)
        }
        Error::PrefixListNoVersion(version) => {
            ApiError::new(Code::InvalidParameterValue, format!("The prefix list version {version} does not exist."))
        }
        // [seen] in the console.
        Error::PrefixListSize(most) => ApiError::new(Code::InvalidParameterValue, format!("Must specify a max size between 1 and {most}")),
        Error::PrefixListFull(list) => ApiError::new(
            Code::PrefixListMaxEntriesExceeded,
            format!("The number of entries exceeds the maximum number of entries of the prefix list {list}."),
        ),
        Error::PrefixListFamily { block, family } => {
            let message = format!("The CIDR {block} does not match the address family {}.", family.name());
            ApiError::new(Code::InvalidParameterValue, message)
        }
        // [seen]
        Error::PrefixListEntryExists { block, description } => {
            let description = description.unwrap_or_default();
            let message = format!("An entry with the CIDR ({block}) and description ({description}) already exists.");
            ApiError::new(Code::InvalidPrefixListModification, message)
        }
        Error::PrefixListEntryNotFound(block) => {
            ApiError::new(Code::InvalidPrefixListModification, format!("An entry with the CIDR ({block}) does not exist."))
        }
        Error::PeeringWithItself(vpc) => ApiError::new(Code::InvalidParameterValue, format!("The VPC {vpc} cannot be peered with itself.")),
        Error::PeeringExists(id) => {
            ApiError::new(Code::VpcPeeringConnectionAlreadyExists, format!("A peering connection {id} between the VPCs already exists."))
        }
        // [seen] for accepting (hashicorp/terraform#20473).
        Error::PeeringOtherAccount { id, account, action } => {
            ApiError::new(Code::OperationNotPermitted, format!("User {account} cannot {action} peering {id}"))
        }
        // [seen] for accepting (hashicorp/terraform-provider-aws#2508).
        Error::PeeringOtherRegion { id, region, accepter, done } => {
            let message = format!(
                "Incorrect region ({region}) specified for this request. VPC peering connection {id} must be {done} in region {accepter}"
            );
            ApiError::new(Code::OperationNotPermitted, message)
        }
        // [seen] (hashicorp/terraform#12448).
        Error::PeeringOtherSide { account, side } => {
            let message = format!("User {account} does not have permission to modify the {side} side peering options");
            ApiError::new(Code::OperationNotPermitted, message)
        }
        // [seen] for deletions: clients take one that ends in "to deleting" for done.
        Error::PeeringState { id, state, wanted } => {
            let message = format!("Invalid state transition for {id}, attempted to transition from {} to {wanted}", peering_state(state));
            ApiError::new(Code::InvalidStateTransition, message)
        }
        // [seen]
        Error::PeeringNotActive(id) => ApiError::new(
            Code::OperationNotPermitted,
            format!("Peering {id} is not active. Peering options can be added only to active peerings."),
        ),
        Error::Ipv6Only(destination) => ApiError::new(
            Code::InvalidParameterValue,
            format!("The destination CIDR block {destination} is not an IPv6 one; an egress-only internet gateway takes no other."),
        ),
        Error::NatGatewayAddressLimit(most) => {
            ApiError::new(Code::PrivateIpAddressLimitExceeded, format!("A NAT gateway can have at most {most} private IPv4 addresses."))
        }
        Error::NatGatewayKind { id, public } => {
            let kind = if public { "public" } else { "private" };
            ApiError::new(Code::UnsupportedOperation, format!("The operation is not supported for the {kind} NAT gateway {id}."))
        }
        // [seen]
        Error::NotOneInterface(instance) => {
            let message = format!(
                "There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the operation instead."
            );
            ApiError::new(Code::InvalidInstanceID, message)
        }
    }
}

/// A rule as EC2 repeats it in errors [seen].
fn rule_in_words(permission: &Permission) -> String {
    let peer = match &permission.peer {
        Peer::Ipv4(block) => block.to_string(),
        Peer::Ipv6(block) => block.to_string(),
        Peer::Group { group, .. } => group.to_string(),
        Peer::PrefixList(list) => list.to_string(),
    };
    let (from, to) = (permission.from_port.unwrap_or(-1), permission.to_port.unwrap_or(-1));
    let or_all = |value: i32| if value == -1 { "ALL".to_owned() } else { value.to_string() };
    let what = match permission.protocol {
        Protocol::All => "ALL".to_owned(),
        Protocol::TCP => format!("TCP, from port: {from}, to port: {to}"),
        Protocol::UDP => format!("UDP, from port: {from}, to port: {to}"),
        Protocol::ICMP => format!("ICMP, type: {}, code: {}", or_all(from), or_all(to)),
        Protocol::ICMPV6 => format!("ICMPv6, type: {}, code: {}", or_all(from), or_all(to)),
        Protocol::Number(number) => number.to_string(),
    };
    format!("peer: {peer}, {what}, ALLOW")
}

/// What EC2 calls the peers of a rule.
fn peer_kind(peer: &Peer) -> &'static str {
    match peer {
        Peer::Ipv4(_) => "IPv4 CIDR",
        Peer::Ipv6(_) => "IPv6 CIDR",
        Peer::PrefixList(_) => "prefix list",
        Peer::Group { .. } => "referenced group id",
    }
}

/// The code that EC2 has for the state of a peering connection.
pub fn peering_state(state: PeeringState) -> &'static str {
    match state {
        PeeringState::PendingAcceptance => "pending-acceptance",
        PeeringState::Active => "active",
        PeeringState::Rejected => "rejected",
        PeeringState::Failed => "failed",
        PeeringState::Deleted(_) => "deleted",
        PeeringState::Expired => "expired",
    }
}

/// What EC2 calls a resource that a route table was to be used with.
fn network_noun(id: ResourceId) -> &'static str {
    match id {
        ResourceId::InternetGateway(_) => "network gateway",
        ResourceId::Subnet(_) => "subnet",
        ResourceId::NetworkInterface(_) => "interface",
        ResourceId::RouteTable(_) => "route table",
        _ => "resource",
    }
}

fn noun(id: ResourceId) -> &'static str {
    match id {
        ResourceId::Vpc(_) => "vpc",
        ResourceId::Subnet(_) => "subnet",
        ResourceId::InternetGateway(_) => "internetGateway",
        ResourceId::RouteTable(_) => "routeTable",
        ResourceId::DhcpOptions(_) => "dhcpOptions",
        ResourceId::NetworkAcl(_) => "networkAcl",
        _ => "resource",
    }
}

fn quota(what: &'static str) -> ApiError {
    let (code, message) = match what {
        "elastic_ips" => (Code::AddressLimitExceeded, "The maximum number of addresses has been reached."),
        "vpcs" => (Code::VpcLimitExceeded, "The maximum number of VPCs has been reached."),
        "internet_gateways" => (Code::InternetGatewayLimitExceeded, "The maximum number of internet gateways has been reached."),
        "subnets_per_vpc" => (Code::SubnetLimitExceeded, "The maximum number of subnets has been reached."),
        "interfaces" => (Code::NetworkInterfaceLimitExceeded, "The maximum number of network interfaces has been reached."),
        "security_groups" => (Code::SecurityGroupLimitExceeded, "The maximum number of security groups for this VPC has been reached."),
        "route_tables_per_vpc" => (Code::RouteTableLimitExceeded, "The maximum number of route tables has been reached."),
        _ => (Code::ResourceLimitExceeded, "A limit of the account has been reached."),
    };
    ApiError::new(code, message)
}

fn list<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What is answered where a bug kept enid from answering.
pub fn internal_error() -> ApiError {
    ApiError::new(ec2_api::ErrorCode::InternalError, "An internal error has occurred")
}
