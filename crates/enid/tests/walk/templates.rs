//! Requests as people make them: parameters that fit together, so that most are accepted and the walk gets somewhere.
//!
//! How often a template is drawn is written beside it; what it draws is mostly right, not always.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ec2_api::shape::Kind;
use model::AccountId;
use model::interface::NetworkInterface;
use model::interface_permission::Permission;
use model::nat_gateway::NatGateway;
use model::security_group::{Direction, Peer};
use model::subnet::Subnet;
use model::vpc_peering::PeeringState;

use crate::draw::Draw;
use crate::step::Form;

/// The account that shares the walk with the default one.
pub const OTHER_ACCOUNT: &str = "111122223333";

/// Makes a request; none when what it needs is not there.
type Template = fn(&mut Draw<'_>) -> Option<Form>;

/// Templates that build, each with its weight.
pub const BUILDING: &[(u64, &str, Template)] = &[
    (2, "CreateVpc", create_vpc),
    (3, "CreateSubnet", create_subnet),
    (1, "CreateInternetGateway", |_| Some(Form::new("CreateInternetGateway"))),
    (2, "AttachInternetGateway", |draw| with_ids(draw, "AttachInternetGateway", &[("InternetGatewayId", "igw"), ("VpcId", "vpc")])),
    (2, "AssociateVpcCidrBlock", |draw| {
        Some(with_ids(draw, "AssociateVpcCidrBlock", &[("VpcId", "vpc")])?.with("AmazonProvidedIpv6CidrBlock", true))
    }),
    (2, "AssociateSubnetCidrBlock", associate_subnet_block),
    (2, "ModifySubnetAttribute", modify_subnet),
    (2, "CreateSubnetCidrReservation", reserve),
    (1, "CreateDhcpOptions", |_| {
        let option = "DhcpConfiguration.1";
        Some(Form::new("CreateDhcpOptions").with(format!("{option}.Key"), "ntp-servers").with(format!("{option}.Value.1"), "10.0.0.9"))
    }),
    (2, "CreateRouteTable", |draw| with_ids(draw, "CreateRouteTable", &[("VpcId", "vpc")])),
    (3, "AssociateRouteTable", associate_route_table),
    (5, "CreateRoute", |draw| route(draw, "CreateRoute")),
    (2, "ReplaceRoute", replace_route),
    (3, "CreateSecurityGroup", create_group),
    (5, "AuthorizeSecurityGroupIngress", |draw| rule(draw, "AuthorizeSecurityGroupIngress")),
    (2, "AuthorizeSecurityGroupEgress", |draw| rule(draw, "AuthorizeSecurityGroupEgress")),
    (12, "CreateNetworkInterface", create_interface),
    (18, "AssignPrivateIpAddresses", assign),
    (4, "AssignIpv6Addresses", assign_ipv6),
    (5, "ModifyNetworkInterfaceAttribute", modify_interface),
    (7, "AttachNetworkInterface", attach_interface),
    (4, "AllocateAddress", |_| Some(Form::new("AllocateAddress").with("Domain", "vpc"))),
    (12, "AssociateAddress", associate_address),
    (9, "RunInstances", run_instances),
    (3, "StartInstances", |draw| with_ids(draw, "StartInstances", &[("InstanceId.1", "i")])),
    (3, "StopInstances", |draw| with_ids(draw, "StopInstances", &[("InstanceId.1", "i")])),
    (1, "RebootInstances", |draw| with_ids(draw, "RebootInstances", &[("InstanceId.1", "i")])),
    (1, "CreateKeyPair", |draw| Some(Form::new("CreateKeyPair").with("KeyName", format!("key{}", draw.dice.below(6))))),
    (3, "CreateTags", tags),
    (1, "ImportKeyPair", import_key_pair),
    (1, "ModifyVpcAttribute", modify_vpc),
    (1, "ModifyVpcTenancy", modify_tenancy),
    (2, "ModifyInstanceAttribute", modify_instance),
    (2, "EnableAddressTransfer", |draw| {
        Some(with_ids(draw, "EnableAddressTransfer", &[("AllocationId", "eipalloc")])?.with("TransferAccountId", OTHER_ACCOUNT))
    }),
    (4, "AcceptAddressTransfer", accept_transfer),
    (1, "DisableAddressTransfer", |draw| with_ids(draw, "DisableAddressTransfer", &[("AllocationId", "eipalloc")])),
    (1, "ModifyAddressAttribute", |draw| {
        Some(with_ids(draw, "ModifyAddressAttribute", &[("AllocationId", "eipalloc")])?.with("DomainName", "walk.example"))
    }),
    (1, "ResetAddressAttribute", |draw| {
        Some(with_ids(draw, "ResetAddressAttribute", &[("AllocationId", "eipalloc")])?.with("Attribute", "domain-name"))
    }),
    (4, "CreateNatGateway", create_nat_gateway),
    (1, "AssignPrivateNatGatewayAddress", |draw| {
        Some(with_ids(draw, "AssignPrivateNatGatewayAddress", &[("NatGatewayId", "nat")])?.with("PrivateIpAddressCount", 1))
    }),
    (2, "AssociateNatGatewayAddress", associate_nat_gateway_address),
    (1, "CreateLaunchTemplate", |draw| {
        let form = Form::new("CreateLaunchTemplate").with("LaunchTemplateName", format!("walk{}", draw.dice.below(4)));
        Some(form.with("LaunchTemplateData.InstanceType", "t3.micro").with("LaunchTemplateData.ImageId", draw.image()))
    }),
    (1, "CreateLaunchTemplateVersion", |draw| {
        let form = with_ids(draw, "CreateLaunchTemplateVersion", &[("LaunchTemplateId", "lt")])?;
        // Newer than the boto3 of the other tests: only here is it seen in an answer.
        let form = form.with("LaunchTemplateData.Monitoring.MetricCategoryId.1", "network");
        Some(form.with("LaunchTemplateData.Monitoring.Enabled", true).with("LaunchTemplateData.InstanceType", "m5.large"))
    }),
    (1, "ModifyLaunchTemplate", |draw| {
        Some(with_ids(draw, "ModifyLaunchTemplate", &[("LaunchTemplateId", "lt")])?.with("SetDefaultVersion", 1 + draw.dice.below(2)))
    }),
    (1, "DescribeLaunchTemplateVersions", |draw| with_ids(draw, "DescribeLaunchTemplateVersions", &[("LaunchTemplateId", "lt")])),
    (2, "CreateManagedPrefixList", create_prefix_list),
    (2, "ModifyManagedPrefixList", |draw| modify_prefix_list(draw, "ModifyManagedPrefixList")),
    (1, "RestoreManagedPrefixListVersion", |draw| modify_prefix_list(draw, "RestoreManagedPrefixListVersion")),
    (1, "GetManagedPrefixListEntries", |draw| with_ids(draw, "GetManagedPrefixListEntries", &[("PrefixListId", "pl")])),
    (1, "GetManagedPrefixListAssociations", |draw| with_ids(draw, "GetManagedPrefixListAssociations", &[("PrefixListId", "pl")])),
    (2, "CreateNetworkAclEntry", |draw| acl_entry(draw, "CreateNetworkAclEntry")),
    (1, "ReplaceNetworkAclEntry", |draw| acl_entry(draw, "ReplaceNetworkAclEntry")),
    (6, "CreateNetworkInterfacePermission", |draw| {
        let form = with_ids(draw, "CreateNetworkInterfacePermission", &[("NetworkInterfaceId", "eni")])?;
        let own = draw.scope.account.to_string();
        let other = if own == OTHER_ACCOUNT { AccountId::DEFAULT.to_string() } else { OTHER_ACCOUNT.to_owned() };
        Some(form.with("AwsAccountId", other).with("Permission", draw.dice.word(&["INSTANCE-ATTACH", "EIP-ASSOCIATE"])))
    }),
    (1, "ModifySecurityGroupRules", modify_rule),
    (1, "UpdateSecurityGroupRuleDescriptionsIngress", |draw| {
        describe_rule(draw, "UpdateSecurityGroupRuleDescriptionsIngress", Direction::Ingress)
    }),
    (1, "UpdateSecurityGroupRuleDescriptionsEgress", |draw| {
        describe_rule(draw, "UpdateSecurityGroupRuleDescriptionsEgress", Direction::Egress)
    }),
    (2, "CreateVpcPeeringConnection", request_peering),
    (2, "AcceptVpcPeeringConnection", |draw| {
        let requests = draw.realm.vpc_peering_connections.iter();
        let pending: Vec<_> =
            requests.filter(|row| row.state == PeeringState::PendingAcceptance && row.accepter.scope == draw.scope).collect();
        match draw.dice.pick(&pending) {
            Some(request) if draw.dice.percent(80) => {
                Some(Form::new("AcceptVpcPeeringConnection").with("VpcPeeringConnectionId", request.id))
            }
            _ => with_ids(draw, "AcceptVpcPeeringConnection", &[("VpcPeeringConnectionId", "pcx")]),
        }
    }),
    (1, "ModifyVpcPeeringConnectionOptions", |draw| {
        let form = with_ids(draw, "ModifyVpcPeeringConnectionOptions", &[("VpcPeeringConnectionId", "pcx")])?;
        Some(form.with("RequesterPeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc", draw.dice.percent(50)))
    }),
    (1, "ResetInstanceAttribute", |draw| {
        Some(with_ids(draw, "ResetInstanceAttribute", &[("InstanceId", "i")])?.with("Attribute", "sourceDestCheck"))
    }),
    (1, "DescribeInstanceAttribute", |draw| {
        Some(with_ids(draw, "DescribeInstanceAttribute", &[("InstanceId", "i")])?.with("Attribute", "sourceDestCheck"))
    }),
    (1, "ModifyInstanceMetadataOptions", |draw| {
        Some(with_ids(draw, "ModifyInstanceMetadataOptions", &[("InstanceId", "i")])?.with("HttpTokens", "required"))
    }),
    (1, "MonitorInstances", |draw| with_ids(draw, "MonitorInstances", &[("InstanceId.1", "i")])),
    (1, "UnmonitorInstances", |draw| with_ids(draw, "UnmonitorInstances", &[("InstanceId.1", "i")])),
];

/// Templates that take away, each with its weight.
pub const TAKING_AWAY: &[(u64, &str, Template)] = &[
    (8, "UnassignPrivateIpAddresses", unassign),
    (3, "UnassignIpv6Addresses", unassign_ipv6),
    (4, "DisassociateAddress", |draw| with_ids(draw, "DisassociateAddress", &[("AssociationId", "eipassoc")])),
    (4, "ReleaseAddress", |draw| with_ids(draw, "ReleaseAddress", &[("AllocationId", "eipalloc")])),
    (5, "DetachNetworkInterface", |draw| with_ids(draw, "DetachNetworkInterface", &[("AttachmentId", "eni-attach")])),
    (7, "DeleteNetworkInterface", |draw| with_ids(draw, "DeleteNetworkInterface", &[("NetworkInterfaceId", "eni")])),
    (5, "TerminateInstances", |draw| with_ids(draw, "TerminateInstances", &[("InstanceId.1", "i")])),
    (3, "RevokeSecurityGroupIngress", revoke),
    (2, "RevokeSecurityGroupEgress", revoke_egress),
    (3, "DeleteSecurityGroup", |draw| with_ids(draw, "DeleteSecurityGroup", &[("GroupId", "sg")])),
    (3, "DeleteRoute", delete_route),
    (2, "DisassociateRouteTable", |draw| with_ids(draw, "DisassociateRouteTable", &[("AssociationId", "rtbassoc")])),
    (1, "ReplaceRouteTableAssociation", replace_association),
    (1, "ReplaceNetworkAclAssociation", replace_acl_association),
    (1, "RejectVpcPeeringConnection", |draw| {
        let requests = draw.realm.vpc_peering_connections.iter();
        let pending: Vec<_> = requests.filter(|request| request.state == PeeringState::PendingAcceptance).collect();
        Some(Form::new("RejectVpcPeeringConnection").with("VpcPeeringConnectionId", draw.dice.pick(&pending)?.id))
    }),
    (2, "DeleteRouteTable", |draw| with_ids(draw, "DeleteRouteTable", &[("RouteTableId", "rtb")])),
    (1, "DetachInternetGateway", detach_gateway),
    (1, "DeleteInternetGateway", |draw| with_ids(draw, "DeleteInternetGateway", &[("InternetGatewayId", "igw")])),
    (1, "DisassociateSubnetCidrBlock", |draw| with_ids(draw, "DisassociateSubnetCidrBlock", &[("AssociationId", "subnet-cidr-assoc")])),
    (1, "DisassociateVpcCidrBlock", |draw| with_ids(draw, "DisassociateVpcCidrBlock", &[("AssociationId", "vpc-cidr-assoc")])),
    (1, "DeleteSubnetCidrReservation", |draw| with_ids(draw, "DeleteSubnetCidrReservation", &[("SubnetCidrReservationId", "scr")])),
    (1, "DeleteNatGateway", |draw| with_ids(draw, "DeleteNatGateway", &[("NatGatewayId", "nat")])),
    (2, "UnassignPrivateNatGatewayAddress", |draw| nat_gateway_address(draw, "UnassignPrivateNatGatewayAddress")),
    (2, "DisassociateNatGatewayAddress", |draw| nat_gateway_address(draw, "DisassociateNatGatewayAddress")),
    (1, "DeleteLaunchTemplateVersions", |draw| {
        let form = with_ids(draw, "DeleteLaunchTemplateVersions", &[("LaunchTemplateId", "lt")])?;
        Some(form.with("LaunchTemplateVersion.1", 1 + draw.dice.below(3)))
    }),
    (1, "DeleteLaunchTemplate", |draw| with_ids(draw, "DeleteLaunchTemplate", &[("LaunchTemplateId", "lt")])),
    (1, "DeleteManagedPrefixList", |draw| with_ids(draw, "DeleteManagedPrefixList", &[("PrefixListId", "pl")])),
    (1, "DeleteNetworkAclEntry", |draw| acl_entry(draw, "DeleteNetworkAclEntry")),
    (1, "DeleteNetworkInterfacePermission", |draw| {
        with_ids(draw, "DeleteNetworkInterfacePermission", &[("NetworkInterfacePermissionId", "eni-perm")])
    }),
    (1, "DeleteDhcpOptions", |draw| with_ids(draw, "DeleteDhcpOptions", &[("DhcpOptionsId", "dopt")])),
    (2, "DeleteSubnet", |draw| with_ids(draw, "DeleteSubnet", &[("SubnetId", "subnet")])),
    (1, "DeleteVpc", |draw| with_ids(draw, "DeleteVpc", &[("VpcId", "vpc")])),
    (1, "DeleteKeyPair", |draw| with_ids(draw, "DeleteKeyPair", &[("KeyPairId", "key")])),
    (1, "DeleteTags", |draw| {
        let id = draw.any_id();
        Some(Form::new("DeleteTags").with("ResourceId.1", id))
    }),
];

fn with_ids(draw: &mut Draw<'_>, action: &str, ids: &[(&str, &str)]) -> Option<Form> {
    Some(ids.iter().fold(Form::new(action), |form, (name, prefix)| form.with(*name, draw.id(prefix))))
}

fn subnet(draw: &mut Draw<'_>) -> Option<Subnet> {
    let subnets: Vec<_> = draw.realm.subnets.iter().collect();
    // Small subnets fill up, and two interfaces in one can take addresses from each other.
    let few = &subnets[..subnets.len().min(8)];
    draw.dice.pick(few).map(|subnet| Subnet::clone(subnet))
}

fn interface(draw: &mut Draw<'_>) -> Option<NetworkInterface> {
    let interfaces: Vec<_> = draw.realm.interfaces.iter().collect();
    draw.dice.pick(&interfaces).map(|interface| NetworkInterface::clone(interface))
}

fn address_in(draw: &mut Draw<'_>, subnet: &Subnet) -> Option<Ipv4Addr> {
    let cidr = subnet.cidr?;
    let offset = 1 + draw.dice.below(30) as u32;
    Some(Ipv4Addr::from(u32::from(cidr.network()).wrapping_add(offset)))
}

fn ipv6_address_in(draw: &mut Draw<'_>, subnet: &Subnet) -> Option<Ipv6Addr> {
    let block = subnet.ipv6_blocks.first()?.cidr;
    Some(Ipv6Addr::from(u128::from(block.network()) + u128::from(draw.dice.below(24))))
}

fn reserve(draw: &mut Draw<'_>) -> Option<Form> {
    let subnet = subnet(draw)?;
    let cidr = match subnet.ipv6_blocks.first() {
        Some(block) if draw.dice.percent(40) => format!("{}/80", block.cidr.network()),
        _ => format!("{}/{}", address_in(draw, &subnet)?, [28, 30, 32][draw.dice.below(3) as usize]),
    };
    let kind = draw.dice.word(&["prefix", "explicit"]);
    Some(Form::new("CreateSubnetCidrReservation").with("SubnetId", subnet.id).with("Cidr", cidr).with("ReservationType", kind))
}

fn create_vpc(draw: &mut Draw<'_>) -> Option<Form> {
    let form = Form::new("CreateVpc").with("CidrBlock", format!("10.{}.0.0/16", draw.dice.below(3)));
    let form = if draw.dice.percent(20) { form.with("InstanceTenancy", "dedicated") } else { form };
    Some(if draw.dice.percent(50) { form.with("AmazonProvidedIpv6CidrBlock", true) } else { form })
}

fn modify_tenancy(draw: &mut Draw<'_>) -> Option<Form> {
    let dedicated: Vec<_> = draw.realm.vpcs.iter().filter(|vpc| vpc.tenancy == "dedicated").collect();
    let vpc = draw.dice.pick(&dedicated)?;
    Some(Form::new("ModifyVpcTenancy").with("VpcId", vpc.id).with("InstanceTenancy", "default"))
}

fn create_subnet(draw: &mut Draw<'_>) -> Option<Form> {
    let vpcs: Vec<_> = draw.realm.vpcs.iter().collect();
    let vpc = draw.dice.pick(&vpcs)?;
    let base = u32::from(vpc.primary_block()?.network());
    let length = [24, 26, 28][draw.dice.below(3) as usize];
    let network = Ipv4Addr::from(base + 128 * 256 + (draw.dice.below(12) as u32) * 256);
    let form = Form::new("CreateSubnet").with("VpcId", vpc.id).with("CidrBlock", format!("{network}/{length}"));
    match vpc.ipv6_blocks.first() {
        Some(block) if draw.dice.percent(50) => {
            let part = u128::from(draw.dice.below(12)) << 64;
            Some(form.with("Ipv6CidrBlock", format!("{}/64", Ipv6Addr::from(u128::from(block.cidr.network()) | part))))
        }
        _ => Some(form),
    }
}

fn associate_subnet_block(draw: &mut Draw<'_>) -> Option<Form> {
    let subnet = subnet(draw)?;
    let block = draw.realm.vpcs.get(&subnet.vpc)?.ipv6_blocks.first()?.cidr;
    let part = u128::from(draw.dice.below(12)) << 64;
    let block = format!("{}/64", Ipv6Addr::from(u128::from(block.network()) | part));
    Some(Form::new("AssociateSubnetCidrBlock").with("SubnetId", subnet.id).with("Ipv6CidrBlock", block))
}

fn modify_subnet(draw: &mut Draw<'_>) -> Option<Form> {
    let name = draw.dice.word(&["MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "EnableDns64"]);
    let form = Form::new("ModifySubnetAttribute").with("SubnetId", draw.id("subnet"));
    Some(form.with(format!("{name}.Value"), draw.dice.percent(50)))
}

fn associate_route_table(draw: &mut Draw<'_>) -> Option<Form> {
    let tables: Vec<_> = draw.realm.route_tables.iter().collect();
    let table = draw.dice.pick(&tables)?;
    let of_vpc: Vec<_> = draw.realm.subnets.iter().filter(|subnet| subnet.vpc == table.vpc).collect();
    let form = Form::new("AssociateRouteTable").with("RouteTableId", table.id);
    match draw.dice.pick(&of_vpc) {
        Some(subnet) if draw.dice.percent(85) => Some(form.with("SubnetId", subnet.id)),
        _ => Some(form.with("GatewayId", draw.id("igw"))),
    }
}

fn replace_association(draw: &mut Draw<'_>) -> Option<Form> {
    let tables: Vec<_> = draw.realm.route_tables.iter().filter(|table| !table.associations.is_empty()).collect();
    let table = draw.dice.pick(&tables)?;
    let association = draw.dice.pick(&table.associations)?.id;
    let of_vpc: Vec<_> = draw.realm.route_tables.iter().filter(|other| other.vpc == table.vpc).collect();
    let form = Form::new("ReplaceRouteTableAssociation").with("AssociationId", association);
    Some(form.with("RouteTableId", draw.dice.pick(&of_vpc)?.id))
}

/// Another ACL of the VPC for a subnet.
fn replace_acl_association(draw: &mut Draw<'_>) -> Option<Form> {
    let acls: Vec<_> = draw.realm.network_acls.iter().collect();
    let used: Vec<_> = acls.iter().flat_map(|acl| acl.associations.iter().map(|association| (acl.vpc, association.id))).collect();
    let (vpc, association) = draw.dice.pick(&used)?;
    let of_vpc: Vec<_> = acls.iter().filter(|acl| acl.vpc == *vpc).collect();
    let form = Form::new("ReplaceNetworkAclAssociation").with("AssociationId", association);
    Some(form.with("NetworkAclId", draw.dice.pick(&of_vpc)?.id))
}

fn route(draw: &mut Draw<'_>, action: &str) -> Option<Form> {
    let tables: Vec<_> = draw.realm.route_tables.iter().collect();
    let table = draw.dice.pick(&tables)?;
    let form = Form::new(action).with("RouteTableId", table.id);
    let destination = draw.dice.below(7);
    let of_vpc: Vec<_> = draw.realm.subnets.iter().filter(|subnet| subnet.vpc == table.vpc).collect();
    let form = match (destination, draw.dice.pick(&of_vpc)) {
        (0, _) => form.with("DestinationCidrBlock", "0.0.0.0/0"),
        (1, _) => form.with("DestinationIpv6CidrBlock", "::/0"),
        // More specific than `local`: how an appliance comes between two subnets.
        (2 | 3, Some(subnet)) => form.with("DestinationCidrBlock", subnet.cidr?),
        (4, _) if !draw.known.existing(draw.scope, "pl").is_empty() => form.with("DestinationPrefixListId", draw.id("pl")),
        _ => form.with("DestinationCidrBlock", format!("192.168.{}.0/24", draw.dice.below(4))),
    };
    let interfaces: Vec<_> = draw.realm.interfaces.iter().filter(|interface| interface.vpc == table.vpc).collect();
    let gateways: Vec<_> = draw.realm.internet_gateways.iter().filter(|gateway| gateway.vpc == Some(table.vpc)).collect();
    let nat: Vec<_> = draw.realm.nat_gateways.iter().filter(|gateway| gateway.vpc == table.vpc).collect();
    let peerings: Vec<_> = draw.realm.vpc_peering_connections.iter().filter(|row| row.sides_from(table.vpc).is_some()).collect();
    Some(match (draw.dice.below(5), draw.dice.pick(&interfaces), gateways.first()) {
        (0, Some(interface), _) => form.with("NetworkInterfaceId", interface.id),
        (1, ..) => form.with("InstanceId", draw.id("i")),
        (2, ..) if !nat.is_empty() => form.with("NatGatewayId", draw.dice.pick(&nat)?.id),
        (3, ..) if !peerings.is_empty() => form.with("VpcPeeringConnectionId", draw.dice.pick(&peerings)?.id),
        (_, _, Some(gateway)) => form.with("GatewayId", gateway.id),
        _ => form.with("GatewayId", draw.id("igw")),
    })
}

fn delete_route(draw: &mut Draw<'_>) -> Option<Form> {
    existing_route(draw, "DeleteRoute").map(|(form, _)| form)
}

fn replace_route(draw: &mut Draw<'_>) -> Option<Form> {
    let (form, vpc) = existing_route(draw, "ReplaceRoute")?;
    let interfaces: Vec<_> = draw.realm.interfaces.iter().filter(|interface| interface.vpc == vpc).collect();
    Some(match draw.dice.pick(&interfaces) {
        Some(interface) if draw.dice.percent(50) => form.with("NetworkInterfaceId", interface.id),
        _ => form.with("GatewayId", draw.id("igw")),
    })
}

fn existing_route(draw: &mut Draw<'_>, action: &str) -> Option<(Form, model::ids::VpcId)> {
    let tables: Vec<_> = draw.realm.route_tables.iter().filter(|table| !table.routes.is_empty()).collect();
    let table = draw.dice.pick(&tables)?;
    let destination = draw.dice.pick(&table.routes)?.destination;
    let name = match destination {
        model::route_table::Destination::Ipv4(_) => "DestinationCidrBlock",
        model::route_table::Destination::Ipv6(_) => "DestinationIpv6CidrBlock",
        model::route_table::Destination::PrefixList(_) => "DestinationPrefixListId",
    };
    Some((Form::new(action).with("RouteTableId", table.id).with(name, destination), table.vpc))
}

/// Between two VPCs of one's own, or with another account's; what both have running instances in is the most interesting.
fn request_peering(draw: &mut Draw<'_>) -> Option<Form> {
    let form = with_ids(draw, "CreateVpcPeeringConnection", &[("VpcId", "vpc")])?;
    if draw.dice.percent(50) {
        return Some(form.with("PeerVpcId", draw.id("vpc")));
    }
    let state = draw.state;
    let others: Vec<_> = state.realms().filter(|(scope, _)| *scope != draw.scope && scope.region == draw.scope.region).collect();
    let (scope, realm) = draw.dice.pick(&others)?;
    let vpcs: Vec<_> = realm.vpcs.iter().collect();
    Some(form.with("PeerVpcId", draw.dice.pick(&vpcs)?.id).with("PeerOwnerId", scope.account))
}

fn create_group(draw: &mut Draw<'_>) -> Option<Form> {
    let form = Form::new("CreateSecurityGroup").with("GroupName", format!("group{}", draw.dice.below(8)));
    Some(form.with("GroupDescription", "of the walk").with("VpcId", draw.id("vpc")))
}

fn rule(draw: &mut Draw<'_>, action: &str) -> Option<Form> {
    let group = draw.id("sg");
    let port = 80 + draw.dice.below(4);
    let form = Form::new(action).with("GroupId", &group);
    let form = form.with("IpPermissions.1.IpProtocol", draw.dice.word(&["tcp", "udp"]));
    let form = form.with("IpPermissions.1.FromPort", port).with("IpPermissions.1.ToPort", port + draw.dice.below(2));
    Some(match draw.dice.below(6) {
        0 => form.with("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
        1 => form.with("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "::/0"),
        2 => form.with("IpPermissions.1.PrefixListIds.1.PrefixListId", draw.id("pl")),
        3 => return peered_rule(draw, form),
        _ => form.with("IpPermissions.1.Groups.1.GroupId", draw.id("sg")),
    })
}

/// A rule of a group that names one of a VPC which its own is peered with, perhaps another account's.
fn peered_rule(draw: &mut Draw<'_>, form: Form) -> Option<Form> {
    let active: Vec<_> = draw.realm.vpc_peering_connections.iter().filter(|row| row.is_active()).collect();
    let connection = draw.dice.pick(&active)?;
    let sides = [(&connection.requester, &connection.accepter), (&connection.accepter, &connection.requester)];
    let (own, far) = *draw.dice.pick(&sides).filter(|(own, _)| own.scope == draw.scope)?;
    let groups: Vec<_> = draw.realm.security_groups.iter().filter(|group| group.vpc == own.vpc).map(|group| group.id).collect();
    let there = draw.state.realm(far.scope)?;
    // Those that interfaces are in.
    let used: Vec<_> = there.interfaces.iter().filter(|row| row.vpc == far.vpc).flat_map(|row| row.groups.iter().copied()).collect();
    let (group, peer) = (draw.dice.pick(&groups)?, draw.dice.pick(&used)?);
    let mut form = form;
    form.pairs.retain(|(name, _)| name != "GroupId");
    let named = form.with("GroupId", group).with("IpPermissions.1.Groups.1.GroupId", peer);
    Some(named.with("IpPermissions.1.Groups.1.UserId", far.scope.account))
}

fn revoke(draw: &mut Draw<'_>) -> Option<Form> {
    revoke_rule(draw, "RevokeSecurityGroupIngress", Direction::Ingress)
}

fn revoke_egress(draw: &mut Draw<'_>) -> Option<Form> {
    revoke_rule(draw, "RevokeSecurityGroupEgress", Direction::Egress)
}

fn revoke_rule(draw: &mut Draw<'_>, action: &str, direction: Direction) -> Option<Form> {
    let (group, rule) = any_rule(draw, direction)?;
    Some(Form::new(action).with("GroupId", group).with("SecurityGroupRuleId.1", rule))
}

fn groups_of(draw: &mut Draw<'_>, vpc: model::ids::VpcId) -> Vec<model::ids::SecurityGroupId> {
    let groups: Vec<_> = draw.realm.security_groups.iter().filter(|group| group.vpc == vpc).map(|group| group.id).collect();
    let wanted = draw.dice.below(3) as usize;
    groups.into_iter().take(wanted).collect()
}

fn create_interface(draw: &mut Draw<'_>) -> Option<Form> {
    let subnet = subnet(draw)?;
    let groups = groups_of(draw, subnet.vpc);
    let form = Form::new("CreateNetworkInterface").with("SubnetId", subnet.id).with_each("SecurityGroupId", groups);
    Some(match draw.dice.below(7) {
        0 => form.with("PrivateIpAddress", address_in(draw, &subnet)?),
        1 => form.with("SecondaryPrivateIpAddressCount", draw.dice.below(4)),
        2 => {
            let form = form.with("PrivateIpAddresses.1.PrivateIpAddress", address_in(draw, &subnet)?);
            let form = form.with("PrivateIpAddresses.1.Primary", true);
            form.with("PrivateIpAddresses.2.PrivateIpAddress", address_in(draw, &subnet)?).with("PrivateIpAddresses.2.Primary", false)
        }
        3 => form.with("Ipv6AddressCount", 1 + draw.dice.below(2)),
        4 => form.with("Ipv4PrefixCount", 1),
        5 => with_timeouts(draw, form),
        _ => form,
    })
}

/// Some of the idle timeouts of tracked connections.
fn with_timeouts(draw: &mut Draw<'_>, form: Form) -> Form {
    let timeouts = [("TcpEstablishedTimeout", [60, 432_000]), ("UdpStreamTimeout", [60, 180]), ("UdpTimeout", [30, 60])];
    timeouts.into_iter().fold(form, |form, (name, values)| match draw.dice.below(3) {
        0 => form,
        place => form.with(format!("ConnectionTrackingSpecification.{name}"), values[usize::from(place == 2)]),
    })
}

fn assign(draw: &mut Draw<'_>) -> Option<Form> {
    let interface = interface(draw)?;
    let subnet = draw.realm.subnets.get(&interface.subnet).map(|subnet| Subnet::clone(subnet))?;
    let form = Form::new("AssignPrivateIpAddresses").with("NetworkInterfaceId", interface.id);
    let form = match draw.dice.below(8) {
        0 => form.with("SecondaryPrivateIpAddressCount", 1 + draw.dice.below(3)),
        1 => form.with("Ipv4PrefixCount", 1),
        2 => form.with("Ipv4Prefix.1", draw.block_of_subnet(28)),
        3 | 4 => {
            // Another interface's address, of the same subnet.
            let mut others = Vec::new();
            for other in draw.realm.interfaces.iter().filter(|other| other.subnet == subnet.id && other.id != interface.id) {
                others.extend(other.secondary_ipv4());
                others.extend(other.primary_ipv4().filter(|_| draw.dice.percent(10)));
            }
            form.with("PrivateIpAddress.1", draw.dice.pick(&others)?)
        }
        _ => {
            let form = form.with("PrivateIpAddress.1", address_in(draw, &subnet)?);
            if draw.dice.percent(30) { form.with("PrivateIpAddress.2", address_in(draw, &subnet)?) } else { form }
        }
    };
    Some(if draw.dice.percent(50) { form.with("AllowReassignment", draw.dice.percent(85)) } else { form })
}

fn unassign(draw: &mut Draw<'_>) -> Option<Form> {
    let interface = interface(draw)?;
    let form = Form::new("UnassignPrivateIpAddresses").with("NetworkInterfaceId", interface.id);
    if let Some(prefix) = draw.dice.pick(&interface.ipv4_prefixes) {
        return Some(form.with("Ipv4Prefix.1", prefix));
    }
    let secondary = if draw.dice.percent(90) { interface.secondary_ipv4() } else { &interface.ipv4 };
    Some(form.with("PrivateIpAddress.1", draw.dice.pick(secondary)?))
}

fn assign_ipv6(draw: &mut Draw<'_>) -> Option<Form> {
    let interfaces: Vec<_> = draw.realm.interfaces.iter().collect();
    let with_block =
        |interface: &&Arc<NetworkInterface>| draw.realm.subnets.get(&interface.subnet).is_some_and(|subnet| !subnet.ipv6_blocks.is_empty());
    let interfaces: Vec<_> = interfaces.into_iter().filter(with_block).collect();
    let interface = draw.dice.pick(&interfaces)?;
    let subnet = draw.realm.subnets.get(&interface.subnet).map(|subnet| Subnet::clone(subnet))?;
    let form = Form::new("AssignIpv6Addresses").with("NetworkInterfaceId", interface.id);
    Some(match draw.dice.below(4) {
        0 => form.with("Ipv6AddressCount", 1),
        1 => form.with("Ipv6PrefixCount", 1),
        _ => form.with("Ipv6Addresses.1", ipv6_address_in(draw, &subnet)?),
    })
}

fn unassign_ipv6(draw: &mut Draw<'_>) -> Option<Form> {
    let interfaces: Vec<_> = draw.realm.interfaces.iter().filter(|interface| !interface.ipv6.is_empty()).collect();
    let interface = draw.dice.pick(&interfaces)?;
    let form = Form::new("UnassignIpv6Addresses").with("NetworkInterfaceId", interface.id);
    Some(form.with("Ipv6Addresses.1", draw.dice.pick(&interface.ipv6)?))
}

fn modify_interface(draw: &mut Draw<'_>) -> Option<Form> {
    let interface = interface(draw)?;
    let form = Form::new("ModifyNetworkInterfaceAttribute").with("NetworkInterfaceId", interface.id);
    Some(match draw.dice.below(5) {
        0 => form.with("SourceDestCheck.Value", draw.dice.percent(50)),
        1 => form.with("Description.Value", "walked"),
        2 => {
            let groups = groups_of(draw, interface.vpc);
            form.with_each("SecurityGroupId", groups)
        }
        3 => with_timeouts(draw, form),
        _ => {
            let attachment = interface.attachment?;
            form.with("Attachment.AttachmentId", attachment.id).with("Attachment.DeleteOnTermination", draw.dice.percent(50))
        }
    })
}

fn attach_interface(draw: &mut Draw<'_>) -> Option<Form> {
    let lent = lent(draw, Permission::InstanceAttach);
    let interfaces = if !lent.is_empty() && draw.dice.percent(40) { lent } else { draw.realm.interfaces.iter().collect() };
    let free: Vec<_> = interfaces.into_iter().filter(|free| free.attachment.is_none()).collect();
    let interface = draw.dice.pick(&free)?;
    let instances: Vec<_> = draw.realm.instances.iter().filter(|instance| instance.zone == interface.zone).collect();
    let instance = draw.dice.pick(&instances)?;
    let form = Form::new("AttachNetworkInterface").with("InstanceId", instance.id).with("NetworkInterfaceId", interface.id);
    Some(form.with("DeviceIndex", 1 + draw.dice.below(2)))
}

fn associate_address(draw: &mut Draw<'_>) -> Option<Form> {
    let elastic: Vec<_> = draw.realm.elastic_ips.iter().collect();
    let elastic = draw.dice.pick(&elastic)?;
    let form = Form::new("AssociateAddress").with("AllocationId", elastic.id);
    let form = if draw.dice.percent(60) { form.with("AllowReassociation", draw.dice.percent(80)) } else { form };
    if draw.dice.percent(15) {
        return Some(form.with("InstanceId", draw.id("i")));
    }
    let lent = lent(draw, Permission::EipAssociate);
    let interface =
        if !lent.is_empty() && draw.dice.percent(30) { NetworkInterface::clone(draw.dice.pick(&lent)?) } else { interface(draw)? };
    let form = form.with("NetworkInterfaceId", interface.id);
    // As Terraform does: the instance beside its own interface.
    let own = interface.instance().filter(|_| draw.dice.percent(30));
    let form = own.into_iter().fold(form, |form, instance| form.with("InstanceId", instance));
    Some(if draw.dice.percent(60) { form.with("PrivateIpAddress", draw.dice.pick(&interface.ipv4)?) } else { form })
}

/// The interfaces that other accounts let the caller use so.
fn lent<'a>(draw: &Draw<'a>, permission: Permission) -> Vec<&'a Arc<NetworkInterface>> {
    let (state, scope) = (draw.state, draw.scope);
    let others = state.realms().filter(move |(other, _)| *other != scope && other.region == scope.region);
    let permitted = others.flat_map(|(_, realm)| {
        let given = realm.network_interface_permissions.iter();
        given
            .filter(|row| row.account == scope.account && row.permission == permission)
            .filter_map(|row| realm.interfaces.get(&row.interface))
    });
    permitted.collect()
}

fn run_instances(draw: &mut Draw<'_>) -> Option<Form> {
    let subnet = subnet(draw)?;
    let count = 1 + u64::from(draw.dice.percent(15));
    let form = Form::new("RunInstances").with("ImageId", draw.image()).with("MinCount", 1).with("MaxCount", count);
    let form = form.with("InstanceType", draw.dice.word(&["t3.micro", "t3.micro", "m5.large", "c5.xlarge", "t2.micro"]));
    let form = match draw.dice.below(5) {
        0 => form.with("SubnetId", subnet.id).with("SecondaryPrivateIpAddressCount", draw.dice.below(3)),
        1 => form.with("SubnetId", subnet.id).with("PrivateIpAddress", address_in(draw, &subnet)?),
        2 => {
            let free: Vec<_> = draw.realm.interfaces.iter().filter(|interface| interface.attachment.is_none()).collect();
            form.with("NetworkInterface.1.NetworkInterfaceId", draw.dice.pick(&free)?.id).with("NetworkInterface.1.DeviceIndex", 0)
        }
        3 => {
            let form = form.with("NetworkInterface.1.DeviceIndex", 0).with("NetworkInterface.1.SubnetId", subnet.id);
            let form = form.with("NetworkInterface.1.DeleteOnTermination", draw.dice.percent(50));
            let form = form.with("NetworkInterface.1.PrivateIpAddresses.1.PrivateIpAddress", address_in(draw, &subnet)?);
            let form = form.with("NetworkInterface.1.PrivateIpAddresses.1.Primary", true);
            if draw.dice.percent(50) {
                form.with("NetworkInterface.2.DeviceIndex", 1).with("NetworkInterface.2.SubnetId", subnet.id)
            } else {
                form
            }
        }
        _ => form.with("SubnetId", subnet.id),
    };
    Some(if draw.dice.percent(15) { form.with("ClientToken", format!("token-{}", draw.dice.below(10))) } else { form })
}

fn detach_gateway(draw: &mut Draw<'_>) -> Option<Form> {
    let attached: Vec<_> = draw.realm.internet_gateways.iter().filter(|gateway| gateway.vpc.is_some()).collect();
    let gateway = draw.dice.pick(&attached)?;
    Some(Form::new("DetachInternetGateway").with("InternetGatewayId", gateway.id).with("VpcId", gateway.vpc?))
}

fn tags(draw: &mut Draw<'_>) -> Option<Form> {
    let id = draw.any_id();
    let form = Form::new("CreateTags").with("ResourceId.1", id);
    let value = draw.scalar(Kind::String, "Tag.1.Value", &form);
    Some(form.with("Tag.1.Key", draw.dice.word(&["Name", "team", "aws:mine"])).with("Tag.1.Value", value))
}

/// An Ed25519 key of nobody.
const PUBLIC_KEY: &str =
    "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUg3SThaQit2aTdXRVdHek5ERi90dndaVU92empFUWxWb2NGQkF4c1NCOVggd2Fsaw==";

fn import_key_pair(draw: &mut Draw<'_>) -> Option<Form> {
    let form = Form::new("ImportKeyPair").with("KeyName", format!("key{}", draw.dice.below(6)));
    Some(form.with("PublicKeyMaterial", PUBLIC_KEY))
}

fn modify_vpc(draw: &mut Draw<'_>) -> Option<Form> {
    let name = draw.dice.word(&["EnableDnsSupport", "EnableDnsHostnames"]);
    let form = Form::new("ModifyVpcAttribute").with("VpcId", draw.id("vpc"));
    Some(form.with(format!("{name}.Value"), draw.dice.percent(50)))
}

fn modify_instance(draw: &mut Draw<'_>) -> Option<Form> {
    let form = Form::new("ModifyInstanceAttribute").with("InstanceId", draw.id("i"));
    Some(match draw.dice.below(4) {
        0 => form.with("SourceDestCheck.Value", draw.dice.percent(50)),
        1 => form.with("DisableApiTermination.Value", draw.dice.percent(30)),
        2 => form.with("InstanceType.Value", draw.dice.word(&["t3.micro", "m5.large", "c5.xlarge"])),
        _ => form.with_each("GroupId", [draw.id("sg")]),
    })
}

fn accept_transfer(draw: &mut Draw<'_>) -> Option<Form> {
    let nearby = draw.state.realms().filter(|(scope, _)| scope.region == draw.scope.region);
    let transfers = nearby.flat_map(|(_, realm)| realm.address_transfers.iter());
    let offered: Vec<_> = transfers.filter(|transfer| transfer.to == draw.scope.account && transfer.accepted.is_none()).collect();
    Some(Form::new("AcceptAddressTransfer").with("Address", draw.dice.pick(&offered)?.public))
}

fn create_prefix_list(draw: &mut Draw<'_>) -> Option<Form> {
    let form = Form::new("CreateManagedPrefixList").with("PrefixListName", "walk").with("AddressFamily", "IPv4");
    Some(form.with("MaxEntries", 1 + draw.dice.below(5)).with("Entry.1.Cidr", format!("192.168.{}.0/24", draw.dice.below(4))))
}

fn modify_prefix_list(draw: &mut Draw<'_>, action: &str) -> Option<Form> {
    let lists: Vec<_> = draw.realm.prefix_lists.iter().collect();
    let list = draw.dice.pick(&lists)?;
    let form = Form::new(action).with("PrefixListId", list.id).with("CurrentVersion", list.version);
    if action == "RestoreManagedPrefixListVersion" {
        return Some(form.with("PreviousVersion", 1 + draw.dice.below(list.version)));
    }
    let change = draw.dice.word(&["AddEntry", "RemoveEntry"]);
    Some(form.with(format!("{change}.1.Cidr"), format!("192.168.{}.0/24", draw.dice.below(4))))
}

fn acl_entry(draw: &mut Draw<'_>, action: &str) -> Option<Form> {
    let acls: Vec<_> = draw.realm.network_acls.iter().collect();
    let acl = draw.dice.pick(&acls)?;
    let form = Form::new(action).with("NetworkAclId", acl.id);
    let (number, egress) = match draw.dice.pick(&acl.entries) {
        Some(entry) if action != "CreateNetworkAclEntry" => (u64::from(entry.number), entry.direction == Direction::Egress),
        _ => (1 + draw.dice.below(200), draw.dice.percent(50)),
    };
    let form = form.with("RuleNumber", number).with("Egress", egress);
    if action == "DeleteNetworkAclEntry" {
        return Some(form);
    }
    let form = form.with("Protocol", "-1").with("RuleAction", draw.dice.word(&["allow", "deny"]));
    Some(form.with("CidrBlock", draw.dice.word(&["0.0.0.0/0", "10.0.0.0/8"])))
}

/// A group and one of its rules.
fn any_rule(draw: &mut Draw<'_>, direction: Direction) -> Option<(model::ids::SecurityGroupId, model::ids::SecurityGroupRuleId)> {
    let groups: Vec<_> = draw.realm.security_groups.iter().filter(|group| group.rules(direction).next().is_some()).collect();
    let group = draw.dice.pick(&groups)?;
    let rules: Vec<_> = group.rules(direction).map(|rule| rule.id).collect();
    Some((group.id, *draw.dice.pick(&rules)?))
}

fn modify_rule(draw: &mut Draw<'_>) -> Option<Form> {
    let (group, rule) = any_rule(draw, Direction::Ingress)?;
    let row = draw.realm.security_groups.get(&group)?.rules.iter().find(|own| own.id == rule)?;
    let names_group = matches!(row.peer, Peer::Group { .. });
    let form = Form::new("ModifySecurityGroupRules").with("GroupId", group).with("SecurityGroupRule.1.SecurityGroupRuleId", rule);
    let port = 80 + draw.dice.below(4);
    let rule = "SecurityGroupRule.1.SecurityGroupRule";
    let form = form.with(format!("{rule}.IpProtocol"), "tcp").with(format!("{rule}.FromPort"), port).with(format!("{rule}.ToPort"), port);
    // A rule keeps to its kind of peer.
    Some(if names_group {
        form.with(format!("{rule}.ReferencedGroupId"), group)
    } else {
        form.with(format!("{rule}.CidrIpv4"), "10.0.0.0/8")
    })
}

fn describe_rule(draw: &mut Draw<'_>, action: &str, direction: Direction) -> Option<Form> {
    let (group, rule) = any_rule(draw, direction)?;
    let form = Form::new(action).with("GroupId", group).with("SecurityGroupRuleDescription.1.SecurityGroupRuleId", rule);
    Some(form.with("SecurityGroupRuleDescription.1.Description", "walked"))
}

fn create_nat_gateway(draw: &mut Draw<'_>) -> Option<Form> {
    let subnet = subnet(draw)?;
    let form = Form::new("CreateNatGateway").with("SubnetId", subnet.id);
    if draw.dice.percent(40) {
        return Some(form.with("ConnectivityType", "private").with("SecondaryPrivateIpAddressCount", 1));
    }
    let free: Vec<_> = draw.realm.elastic_ips.iter().filter(|elastic| elastic.association.is_none()).collect();
    Some(form.with("ConnectivityType", "public").with("AllocationId", draw.dice.pick(&free)?.id))
}

fn associate_nat_gateway_address(draw: &mut Draw<'_>) -> Option<Form> {
    let is_public = |gateway: &&Arc<NatGateway>| gateway.addresses(draw.realm).first().is_some_and(|address| address.public.is_some());
    let gateways: Vec<_> = draw.realm.nat_gateways.iter().filter(is_public).collect();
    let gateway = draw.dice.pick(&gateways)?;
    let free: Vec<_> = draw.realm.elastic_ips.iter().filter(|elastic| elastic.association.is_none()).collect();
    let form = Form::new("AssociateNatGatewayAddress").with("NatGatewayId", gateway.id);
    Some(form.with("AllocationId.1", draw.dice.pick(&free)?.id))
}

/// A secondary address of a gateway: one to give up, or the association of its Elastic IP.
fn nat_gateway_address(draw: &mut Draw<'_>, action: &str) -> Option<Form> {
    let has_secondary = |gateway: &&Arc<NatGateway>| gateway.interface().is_some() && gateway.addresses(draw.realm).len() > 1;
    let gateways: Vec<_> = draw.realm.nat_gateways.iter().filter(has_secondary).collect();
    let gateway = draw.dice.pick(&gateways)?;
    let form = Form::new(action).with("NatGatewayId", gateway.id);
    let addresses = gateway.addresses(draw.realm);
    if action == "UnassignPrivateNatGatewayAddress" {
        return Some(form.with("PrivateIpAddress.1", draw.dice.pick(addresses.get(1..)?)?.private));
    }
    let associations: Vec<_> = addresses.iter().skip(1).filter_map(|address| address.public?.2).collect();
    Some(form.with("AssociationId.1", draw.dice.pick(&associations)?))
}
